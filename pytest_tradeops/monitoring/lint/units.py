"""Units of columns, panels and thresholds, as far as names and definitions tell them."""

import re
from dataclasses import dataclass
from typing import Literal

from .material import Panel, mapping, sequence, text
from .schema import Schema
from .sqltext import Token, named_tables, statements

type FamilyName = Literal["share", "time", "bytes"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a family, and how many of the family's base one of it is.

    Attributes:
        family: `share` (base: the whole), `time` (base: a second), `bytes`.
    """

    family: FamilyName
    size: float
    written: str


PERCENT, FRACTION = Unit("share", 0.01, "percent"), Unit("share", 1.0, "shares of 1 (percentunit)")
_BY_NAME = {
    "percent": PERCENT,
    "fraction": FRACTION,
    "ns": Unit("time", 1e-9, "nanoseconds"),
    "us": Unit("time", 1e-6, "microseconds"),
    "ms": Unit("time", 1e-3, "milliseconds"),
    "s": Unit("time", 1.0, "seconds"),
    "m": Unit("time", 60.0, "minutes"),
    "h": Unit("time", 3600.0, "hours"),
}
_PANEL = {
    "percent": PERCENT,
    "percentunit": FRACTION,
    **{name: _BY_NAME[name.lower() if name != "µs" else "us"] for name in ("ns", "ms", "s", "m", "h", "µs")},
}
_SUFFIX = re.compile(
    r"(?:^|_)(pct|percent|percentage|perc|ratio|fraction|frac|ns|nanos|us|micros|ms|millis|s|sec|secs|seconds)$"
)
_SUFFIXES = {
    **dict.fromkeys(("pct", "percent", "percentage", "perc"), PERCENT),
    **dict.fromkeys(("fraction", "frac"), FRACTION),
    **dict.fromkeys(("ns", "nanos"), _BY_NAME["ns"]),
    **dict.fromkeys(("us", "micros"), _BY_NAME["us"]),
    **dict.fromkeys(("ms", "millis"), _BY_NAME["ms"]),
    **dict.fromkeys(("s", "sec", "secs", "seconds"), _BY_NAME["s"]),
}
#: Functions that leave the unit as it is.
_KEEPING = frozenset(
    {
        "max",
        "min",
        "avg",
        "sum",
        "first",
        "last",
        "abs",
        "coalesce",
        "approx_percentile",
        "first_not_null",
        "last_not_null",
    }
    | {"round", "nullif", "approx_median", "stddev", "ksum", "nsum"}
)


def column_unit(name: str, tables: list[str], schema: Schema) -> Unit | None:
    """Of a column: by the definition of its table, else by the end of its name."""
    for table in tables:
        definition = schema.find(table)
        if definition is not None and name in definition.units:
            return _BY_NAME.get(definition.units[name])
    match = _SUFFIX.search(name.lower())
    return _SUFFIXES.get(match[1]) if match else None


def panel_unit(panel: Panel) -> Unit | None:
    """Of the numbers on the screen, new style or old."""
    unit = text(mapping(mapping(panel.value.get("fieldConfig")).get("defaults")).get("unit"))
    if not unit and panel.type == "graph":
        axes = sequence(panel.value.get("yaxes"))
        unit = text(mapping(axes[0]).get("format")) if axes else ""
    if not unit and panel.type == "singlestat":
        unit = text(panel.value.get("format"))
    return _PANEL.get(unit)


def selected(sql: str, output: str, schema: Schema) -> Unit | None:
    """The unit of an output column, where it is one column of a table, perhaps aggregated, and nothing is computed."""
    column = selected_column(sql, output)
    if column is None:
        return None
    return column_unit(column, [one.name for one in named_tables(sql)], schema)


def selected_column(sql: str, output: str) -> str | None:
    """The one table column behind an output column; None where more goes into it."""
    parts = statements(sql)
    if not parts or sum(token.low == "select" for token in parts[0]) != 1 or "union" in {t.low for t in parts[0]}:
        return None
    for item in _items(parts[0]):
        name, expression = _alias(item)
        if name != output and not (not name and _default_name(expression) == output):
            continue
        columns = []
        for index, token in enumerate(expression):
            follows = expression[index + 1].text if index + 1 < len(expression) else ""
            if token.kind == "word" and follows == "(":
                if token.low not in _KEEPING:
                    return None
            elif token.kind in ("word", "quoted") and token.low not in ("null", "distinct"):
                columns.append(token.name)
            elif token.text in ("*", "/", "+", "-", "%", "||", "::"):
                return None
        return columns[-1] if len(set(columns)) == 1 else None
    return None


def _items(statement: list[Token]) -> list[list[Token]]:
    """The select list, split at its commas."""
    items: list[list[Token]] = [[]]
    depth, inside = 0, False
    for token in statement:
        if token.low == "select" and not inside:
            inside = True
            continue
        if not inside:
            continue
        if depth == 0 and token.low == "from":
            break
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == ",":
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item]


def _alias(item: list[Token]) -> tuple[str, list[Token]]:
    if len(item) > 2 and item[-2].low == "as":
        return item[-1].name, item[:-2]
    if len(item) > 1 and item[-1].kind in ("word", "quoted") and (item[-2].text == ")" or item[-2].kind == "word"):
        return item[-1].name, item[:-1]
    return "", item


def _default_name(expression: list[Token]) -> str:
    """What QuestDB calls a column without an alias."""
    if len(expression) == 1:
        return expression[0].name
    if len(expression) > 1 and expression[-2].text == ".":
        return expression[-1].name
    return expression[0].low + "".join(token.text for token in expression[1:]) if expression else ""

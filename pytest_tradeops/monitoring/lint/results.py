"""What a query answers, against what its panel or its rule can take."""

from collections.abc import Mapping

from ...questdb_sql import Result
from .expressions import kind, referenced
from .finding import Report
from .material import Node, Panel, Query, Rule, mapping, sequence, text
from .schema import Schema
from .sqltext import tokens
from .units import Unit, panel_unit, selected

_NUMBERS = frozenset({"BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE"})
_TIMES = frozenset({"TIMESTAMP", "TIMESTAMP_NS", "DATE"})
_TIMED_PANELS = frozenset({"timeseries", "graph", "heatmap", "status-history", "candlestick"})
_NUMBER_PANELS = frozenset(
    {"timeseries", "graph", "gauge", "bargauge", "singlestat", "piechart", "heatmap", "histogram"}
)


def kind_of(type_: str) -> str:
    """`number`, `time`, `boolean` or `text`, of a type as QuestDB names it."""
    name = type_.upper()
    if name in _NUMBERS or name.startswith("DECIMAL"):
        return "number"
    if name in _TIMES:
        return "time"
    return "boolean" if name == "BOOLEAN" else "text"


def panel_result(panel: Panel, query: Query, answer: Result, schema: Schema, report: Report) -> None:
    """Against the panel's type and its unit."""
    kinds = [kind_of(column.type) for column in answer.columns]
    if not _series(query, answer, kinds, report):
        return
    transformed = bool(sequence(panel.value.get("transformations")))
    timed = "time" in kinds or "time" in answer.names
    if panel.type in _TIMED_PANELS and not timed and not transformed:
        shown = ", ".join(answer.names)
        report.add("panel-needs-time", query.place, f"A {panel.type} panel needs a time; the query answers {shown}.")
    if panel.type in _NUMBER_PANELS and not transformed and not {"number", "boolean"} & set(kinds):
        shown = ", ".join(answer.names)
        report.add(
            "panel-needs-number", query.place, f"A {panel.type} panel needs a number; the query answers {shown}."
        )
    if not transformed:
        _unit(panel, query, answer, schema, report)


def rule_result(rule: Rule, node: Node, query: Query, answer: Result, report: Report) -> None:
    """Against what Grafana's expressions take."""
    kinds = [kind_of(column.type) for column in answer.columns]
    if not _series(query, answer, kinds, report) or rule.is_recording:
        return
    if node.ref not in [one.ref for one in rule.chain()]:
        return
    numbers = [column.name for column, one in zip(answer.columns, kinds, strict=True) if one == "number"]
    booleans = [column.name for column, one in zip(answer.columns, kinds, strict=True) if one == "boolean"]
    if not numbers:
        what = f"`{booleans[0]}` is a boolean" if booleans else f"it answers {', '.join(answer.names)}"
        report.add("value-missing", query.place, f"The query has no numeric column: {what}.")
        return
    if query.is_series:
        _reduced(rule, node, report)
        return
    if "time" in kinds:
        if "text" in kinds or booleans:
            message = "The table has a time, a number and text, which is neither numbers nor a time series."
            remedy = "Leave the time out, or use the format time_series and a reduce."
            report.add("series-not-reduced", query.place, message, remedy)
        else:
            _reduced(rule, node, report)
        return
    if len(numbers) > 1:
        message = f"The table has {len(numbers)} numeric columns: {', '.join(numbers)}."
        report.add("value-several", query.place, message)
    elif booleans:
        message = f"Beside the number there is the boolean `{booleans[0]}`, which is no label: every evaluation fails."
        report.add("value-missing", query.place, message)


def _series(query: Query, answer: Result, kinds: list[str], report: Report) -> bool:
    """A time series has a column called time, in ascending order where text stands beside it."""
    if not query.is_series or query.plugin or query.format not in ("time_series", None, ""):
        return True
    if "time" not in answer.names:
        times = [column.name for column, one in zip(answer.columns, kinds, strict=True) if one == "time"]
        hint = f" `{times[0]}` is not called so." if times else ""
        if query.format is None:
            hint += " Without `format` a query is a time series."
        report.add("time-column-missing", query.place, f"No column is called `time`: {', '.join(answer.names)}.{hint}")
        return False
    if "text" in kinds and _descends(query.sql):
        message = "The rows come in descending order of time, with a text column beside it."
        report.add("time-descending", query.place, message)
        return False
    return True


def _descends(sql: str) -> bool:
    """Whether the last ORDER BY begins with a time in descending order."""
    found = tokens(sql)
    orders = [index for index, token in enumerate(found[:-1]) if token.low == "order" and found[index + 1].low == "by"]
    if not orders:
        return False
    rest = found[orders[-1] + 2 :]
    if rest and rest[0].text == "(":
        return False
    # An outer query may turn the order of an inner one round.
    depth = 0
    for token in rest:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            return False
    return len(rest) > 1 and rest[1].low == "desc" and rest[0].name.lower() in ("time", "timestamp", "ts", "1")


def _reduced(rule: Rule, node: Node, report: Report) -> None:
    condition = rule.node(text(rule.value.get("condition")))
    if condition is None or not _is_series(rule, condition, set()):
        return
    chain = [one.ref for one in rule.chain()]
    if node.ref in chain:
        message = f"A time series reaches the condition `{condition.ref}`, and nothing reduces it to a number."
        report.add("series-not-reduced", rule.place, message)


def _is_series(rule: Rule, node: Node, seen: set[str]) -> bool:
    """Whether a node's result is a series, as far as its shape tells."""
    if node.ref in seen:
        return False
    seen.add(node.ref)
    if not node.is_expression:
        return node.query is not None
    if kind(node) in ("reduce", "classic_conditions", "sql"):
        return False
    inner = [found for ref in referenced(node) if (found := rule.node(ref)) is not None]
    return any(_is_series(rule, one, seen) for one in inner)


def _unit(panel: Panel, query: Query, answer: Result, schema: Schema, report: Report) -> None:
    shown = panel_unit(panel)
    if shown is None or _overridden(panel.value):
        return
    for column in answer.columns:
        if kind_of(column.type) != "number":
            continue
        unit: Unit | None = selected(query.sql, column.name, schema)
        if unit is not None and unit.family == shown.family and unit != shown:
            message = f"The panel shows {shown.written}, and `{column.name}` is in {unit.written}."
            report.add("panel-unit", query.place, message)


def _overridden(value: Mapping[str, object]) -> bool:
    """Single columns may have units of their own."""
    overrides = sequence(mapping(value.get("fieldConfig")).get("overrides"))
    return any(
        text(mapping(one).get("id")) == "unit"
        for override in overrides
        for one in sequence(mapping(override).get("properties"))
    )

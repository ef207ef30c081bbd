"""Synthetic rows for the tables that a rule reads: what its SQL compares with occurs in them, and the opposite too."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..sql import rfc3339
from .results import kind_of
from .scratch import Shape
from .sqltext import compared, tokens, words

#: Seconds before the evaluation; wide apart, because a window is either short or long.
AGES = (0.2, 4.0, 50.0, 1_500.0, 80_000.0)
STALE = (11_000.0, 90_000.0, 900_000.0)
_MOST_COMBINATIONS = 9
_TEXT = frozenset({"SYMBOL", "VARCHAR", "STRING"})
_NULL = "\0null"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the SQL of a rule demands of text and booleans.

    Attributes:
        choices: Lower-cased column to the values worth having: those it is compared with, and another one.
        mentioned: Every name in the SQL, lower-cased; only such columns are filled.
        everything: The SQL has a `*`: all columns are filled.
        sizes: Columns that are never negative: a duration, a share, a count.
    """

    choices: Mapping[str, tuple[str, ...]]
    mentioned: frozenset[str]
    everything: bool = False
    sizes: frozenset[str] = frozenset()


def filters(sqls: Sequence[str], sizes: frozenset[str] = frozenset()) -> Filters:
    """Of all queries of a rule."""
    choices: dict[str, list[str]] = {}
    mentioned: set[str] = set()
    everything = False
    for sql in sqls:
        mentioned |= words(sql)
        found = tokens(sql)
        everything |= any(
            (token.text == "*" and index and found[index - 1].text in (",", "."))
            or (token.text == "*" and found[index - 1].low == "select")
            for index, token in enumerate(found)
        )
        for column, value, same in compared(sql):
            known = choices.setdefault(column.lower(), [])
            if same:
                known.append(value)
            else:
                known += [f"{value}-not", value]
        for column in _nulls(sql):
            choices.setdefault(column.lower(), []).extend(("a", _NULL))
    return Filters(
        {name: tuple(dict.fromkeys(values)) for name, values in choices.items()},
        frozenset(mentioned),
        everything,
        sizes,
    )


def _nulls(sql: str) -> Iterator[str]:
    """Columns of `x IS NULL`, `x IS NOT NULL`, `x = NULL`, `x != NULL`."""
    found = tokens(sql)
    for index, token in enumerate(found[:-2]):
        if token.kind in ("word", "quoted"):
            after = [one.low for one in found[index + 1 : index + 4]]
            if after[:2] in (["is", "null"], ["=", "null"], ["!=", "null"], ["<>", "null"]) or after[:3] == [
                "is",
                "not",
                "null",
            ]:
                yield token.name


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows are made.

    Attributes:
        number: For every numeric column; None for NULL. `numbers` wins for single columns.
        ages: Seconds before the evaluation, one row for each and for each combination of choices.
        only: Of the combinations, the number of the only one to have; None for all.
        varied: One more row for each text column that nothing is compared with, another only there.
        copies: How often each row stands there.
    """

    number: float | None = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    ages: Sequence[float] = AGES
    only: int | None = None
    varied: bool = False
    copies: int = 1


def combinations(shape: Shape, wanted: Filters) -> list[dict[str, str]]:
    """Column to value, for the columns of this table that are compared; at least one, perhaps empty."""
    names, options = [], []
    for name, type_ in shape.columns.items():
        low = name.lower()
        if low in wanted.choices and type_.upper() in _TEXT:
            names.append(name)
            options.append(wanted.choices[low])
        elif kind_of(type_) == "boolean" and (low in wanted.mentioned or wanted.everything):
            names.append(name)
            options.append(("true", "false"))
    return [
        dict(zip(names, one, strict=True)) for one in itertools.islice(itertools.product(*options), _MOST_COMBINATIONS)
    ]


def rows(shape: Shape, wanted: Filters, recipe: Recipe, now: int) -> Iterator[dict[str, str]]:
    """Column to SQL expression."""
    found = combinations(shape, wanted)
    if recipe.only is not None:
        found = [found[recipe.only % len(found)]]
    for age in recipe.ages:
        for chosen in found:
            base = _row(shape, wanted, recipe, chosen, now - int(age * 10**9))
            yield base
            if recipe.varied:
                for name, type_ in shape.columns.items():
                    if type_.upper() in _TEXT and name in base and name not in chosen:
                        yield {**base, name: "'b'"}


def _row(shape: Shape, wanted: Filters, recipe: Recipe, chosen: Mapping[str, str], at: int) -> dict[str, str]:
    made: dict[str, str] = {}
    for name, type_ in shape.columns.items():
        kind = kind_of(type_)
        if name == shape.timestamp:
            made[name] = f"'{rfc3339(at // 1000 * 1000)}'"
        elif not (wanted.everything or name.lower() in wanted.mentioned):
            continue
        elif kind == "number":
            value = recipe.numbers.get(name, recipe.number)
            if value is not None:
                made[name] = _number(type_, max(value, 0.0) if name in wanted.sizes else value)
        elif kind == "boolean":
            made[name] = chosen.get(name, "false")
        elif kind == "time":
            made[name] = f"'{rfc3339(at // 1000 * 1000)}'"
        elif type_.upper() in _TEXT:
            value_ = chosen.get(name, "a")
            if value_ != _NULL:
                made[name] = _quoted(value_)
        elif type_.upper() == "UUID":
            made[name] = f"'{_uuid(at)}'"
        elif type_.upper() == "CHAR":
            made[name] = "'a'"
    return made


_BOUNDS = {"BYTE": 2**7 - 1, "SHORT": 2**15 - 1, "INT": 2**31 - 1, "LONG": 2**63 - 1}


def _number(type_: str, value: float) -> str:
    bound = _BOUNDS.get(type_.upper())
    if bound is not None:
        return str(int(max(-bound, min(bound, value))))
    if type_.upper().startswith("DECIMAL"):
        return f"{max(-1e6, min(1e6, value)):.2f}m"
    return repr(float(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _uuid(seed: int) -> str:
    digits = f"{Random(seed).getrandbits(128):032x}"  # noqa: S311 - an id, no secret
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def numbers(columns: Sequence[str], thresholds: Sequence[float], random: Random) -> dict[str, float]:
    """For each column another number: around the thresholds, or log-uniform."""
    pool = [0.0, 1.0, -1.0, *thresholds, *(2 * one for one in thresholds), *(one / 2 for one in thresholds)]
    return {
        name: random.choice(pool)
        if random.random() < 0.5
        else random.choice((1, 1, 1, -1)) * 10.0 ** random.uniform(-3, 7)
        for name in columns
    }

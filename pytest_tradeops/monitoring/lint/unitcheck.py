"""Whether a threshold is in the unit of the value it is compared with."""

import math
import re
from collections.abc import Sequence

from .expressions import kind, referenced
from .material import Query, Rule
from .results import kind_of
from .rows import Recipe
from .sqltext import named_tables
from .trial import Seen, Trial
from .units import FRACTION, PERCENT, Unit, column_unit, selected

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent\b|pct\b|per\s?cent\b)", re.IGNORECASE)
_TIME = re.compile(
    r"(\d+(?:\.\d+)?)\s*(ns|µs|us|ms|milliseconds?|s|secs?|seconds?|min|minutes?|h|hours?)\b", re.IGNORECASE
)
_SECONDS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "mi": 60.0, "s": 1.0, "h": 3600.0}


def value_unit(trial: Trial, now: int) -> Unit | None:
    """The unit of what the rule compares; None where it is not known.

    From the column's definition or name; where something is computed of a single such column, by how the value grows
    with it.
    """
    query = _query(trial)
    if query is None:
        return None
    for output in trial.outputs(query):
        found = selected(query.sql, output, trial.schema)
        if found is not None:
            return found
    return _by_growth(trial, query.sql, now)


def _query(trial: Trial) -> Query | None:
    """The one query that the threshold looks at, directly or through a reduce."""
    node = trial.rule.node(trial.looked_at)
    steps = 0
    while node is not None and node.is_expression and kind(node) == "reduce" and steps < 10:
        refs = referenced(node)
        node = trial.rule.node(refs[0]) if refs else None
        steps += 1
    return node.query if node is not None else None


def _by_growth(trial: Trial, sql: str, now: int) -> Unit | None:
    tables = [one.name for one in named_tables(sql)]
    units = {}
    for shape in trial.shapes:
        for name, type_ in shape.columns.items():
            if kind_of(type_) == "number" and name.lower() in trial.filters.mentioned:
                unit = column_unit(name, tables, trial.schema)
                if unit is not None:
                    units[name] = unit
    if len(units) != 1:
        return None
    (unit,) = units.values()
    answers = []
    for number in (1_000.0, 2_000.0):
        seen = trial.run([(shape, Recipe(number, ages=(0.2,))) for shape in trial.shapes], now)
        values = {one for one in seen.values if math.isfinite(one)}
        if len(values) != 1:
            return None
        answers.append(values.pop())
    one, two = answers
    if not one or abs(two / one - 2) > 1e-6:
        return None
    size = unit.size * 1_000.0 / one
    return _known(unit, size)


def _known(unit: Unit, size: float) -> Unit:
    for known in (PERCENT, FRACTION):
        if unit.family == "share" and math.isclose(known.size, size, rel_tol=1e-6):
            return known
    names = {1e-9: "nanoseconds", 1e-6: "microseconds", 1e-3: "milliseconds", 1.0: "seconds", 60.0: "minutes"}
    for seconds, name in names.items():
        if unit.family == "time" and math.isclose(seconds, size, rel_tol=1e-6):
            return Unit("time", seconds, name)
    return Unit(unit.family, size, f"{size:g} of the {'whole' if unit.family == 'share' else 'second'}")


def threshold_unit(rule: Rule, trial: Trial, unit: Unit | None, seen: Sequence[Seen]) -> str:
    """A sentence if a threshold is in another unit; empty if it is not, or if nothing is known."""
    if unit is None:
        unit = _share(trial, seen)
    if unit is None or not trial.thresholds:
        return ""
    words = " ".join(
        (rule.title, *(re.sub(r"\{\{.*?\}\}", " ", one, flags=re.DOTALL) for one in rule.annotations.values()))
    )
    for threshold in dict.fromkeys(trial.thresholds):
        said = _said(words, unit)
        if not threshold or any(math.isclose(base / unit.size, threshold, rel_tol=1e-3) for _, base in said):
            continue
        for number, base in said:
            if any(math.isclose(number * factor, threshold, rel_tol=1e-6) for factor in (1.0, *_factors(unit))):
                return (
                    f"The threshold is {threshold:g}, the value is in {unit.written}, and the rule speaks of what "
                    f"would be {base / unit.size:g}."
                )
        if not said and _absurd(threshold, unit, words + " " + " ".join(trial.sqls)):
            return f"The threshold is {threshold:g}, and the value is in {unit.written}."
    return ""


def _factors(unit: Unit) -> tuple[float, ...]:
    return (0.01, 100.0) if unit.family == "share" else (1e3, 1e-3, 1e6, 1e-6, 1e9, 1e-9)


def _said(words: str, unit: Unit) -> list[tuple[float, float]]:
    """Numbers that the rule's own words give, each with what it is in the family's base."""
    if unit.family == "share":
        return [(float(number), float(number) / 100) for number in _SHARE.findall(words)]
    if unit.family == "time":
        found = []
        for number, name in _TIME.findall(words):
            low = name.lower()
            size = (
                _SECONDS["mi"] if low.startswith("min") else _SECONDS["ms"] if low.startswith(("ms", "milli")) else None
            )
            size = size or _SECONDS.get(low) or _SECONDS.get(low[0], 1.0)
            found.append((float(number), float(number) * size))
        return found
    return []


def _absurd(threshold: float, unit: Unit, words: str) -> bool:
    """Without any word of the rule's own: what nobody can mean."""
    size = abs(threshold)
    if unit == PERCENT:
        return size < (0.5 if re.search(r"draw.?down", words, re.IGNORECASE) else 0.02)
    if unit == FRACTION:
        return 1 < size <= 100
    if unit.family == "time":
        return size * unit.size < 1e-5 or size * unit.size > 1e7
    return False


def _share(trial: Trial, seen: Sequence[Seen]) -> Unit | None:
    """A quotient of two counts is a share by its bounds: it never went beyond 1, or beyond 100."""
    query = _query(trial)
    if query is None or "/" not in query.sql or "count" not in query.sql.lower():
        return None
    values = [value for one in seen for value in one.values if math.isfinite(value)]
    if len(seen) < 6 or not values:
        return None
    top = max(values)
    return FRACTION if math.isclose(top, 1.0) else PERCENT if math.isclose(top, 100.0) else None

"""Classic conditions: several reduced queries compared and joined by and/or into one alert without labels."""

import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .values import EvaluationError, Match, Number, Series, Value

type Points = list[float]


@dataclass(frozen=True, slots=True)
class Condition:
    """One of them; `params` are the bounds of its evaluator."""

    ref_id: str
    reducer: str
    evaluator: str
    params: tuple[float, ...]
    operator: str


def conditions(model: Sequence[Mapping[str, object]]) -> tuple[Condition, ...]:
    """Those of an expression's model.

    Raises:
        EvaluationError: Grafana would not build the rule.
    """
    return tuple(_condition(one, number) for number, one in enumerate(model, 1))


def execute(given: Sequence[Condition], variables: Mapping[str, Sequence[Value]]) -> list[Value]:
    """One number: 1 fires, 0 does not, None is no data."""
    firing, no_data = True, True
    matches: list[Match] = []
    for number, one in enumerate(given):
        values = variables.get(one.ref_id) or (Number(None, name="no data"),)
        found = [_match(one, value) for value in values]
        hits = [match for match, hit in found if hit]
        matches.extend(hits)
        fires = bool(hits)
        empty = sum(match.value is None and not hit for match, hit in found) == len(found)
        if number == 0:
            firing, no_data = fires, empty
        if one.operator == "or":
            firing, no_data = firing or fires, no_data or empty
        else:
            firing, no_data = firing and fires, no_data and empty
        if empty:
            matches.append(Match(None, "NoData"))
    return [Number(None if no_data else float(firing), matches=tuple(matches))]


def _match(one: Condition, value: Value) -> tuple[Match, bool]:
    if isinstance(value, Series):
        reduced, name = _reduced(one.reducer, value.values), value.name
    else:
        reduced, name = value.value, "" if value.name == "no data" else value.name
    return Match(reduced, name, dict(value.labels)), _hit(one, reduced)


def _hit(one: Condition, value: float | None) -> bool:
    if one.evaluator == "no_value":
        return value is None
    if value is None:
        return False
    low, high = min(one.params), max(one.params)
    match one.evaluator:
        case "gt":
            return value > one.params[0]
        case "lt":
            return value < one.params[0]
        case "within_range":
            return low < value < high
        case _:
            return value < low or value > high


def _condition(one: Mapping[str, object], number: int) -> Condition:
    operator = _text(_map(one.get("operator")).get("type"))
    if number > 1 and operator not in ("and", "or"):
        raise EvaluationError(f"condition {number} operator must be `and` or `or`")
    names = _map(one.get("query")).get("params")
    if not isinstance(names, Sequence) or not names or not names[0]:
        raise EvaluationError(f"condition {number} is missing the query RefID argument")
    reducer = _text(_map(one.get("reducer")).get("type"))
    if reducer not in _REDUCERS:
        raise EvaluationError(f"invalid reducer '{reducer}' in condition {number}")
    evaluator = _map(one.get("evaluator"))
    kind, given = _text(evaluator.get("type")), evaluator.get("params")
    params = given if isinstance(given, list | tuple) else ()
    if kind in ("gt", "lt") and not params:
        raise EvaluationError(f"evaluator '{kind}' is missing the threshold parameter")
    if kind in ("within_range", "outside_range") and len(params) != 2:
        raise EvaluationError("ranged evaluator requires 2 parameters")
    if kind not in ("gt", "lt", "within_range", "outside_range", "no_value"):
        raise EvaluationError(f"evaluator invalid evaluator type: {kind}")
    return Condition(str(names[0]), reducer, kind, tuple(float(x) for x in params), operator)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _reduced(reducer: str, values: Sequence[float | None]) -> float | None:
    """None if there is nothing to reduce. NULL and NaN are left out, except by `count`."""
    if not values:
        return None
    if reducer == "count":
        return float(len(values))
    points = [value for value in values if value is not None and not math.isnan(value)]
    if not points:
        return None
    if reducer in _DIFFERENCES:
        newest = max(at for at, value in enumerate(values) if value is not None and not math.isnan(value))
        return _DIFFERENCES[reducer](points[-1], points[0]) if newest >= 1 else 0.0
    return _REDUCERS[reducer](points)


def _sum(points: Points) -> float:
    """One after the other, as Grafana adds; Python's `sum` is more exact than that."""
    total = 0.0
    for point in points:
        total += point
    return total


def _percent(newest: float, oldest: float, base: float) -> float:
    if base == 0:
        return math.nan if newest == oldest else math.copysign(math.inf, newest - oldest)
    return (newest - oldest) / base * 100


_DIFFERENCES: Mapping[str, Callable[[float, float], float]] = {
    "diff": lambda newest, oldest: newest - oldest,
    "diff_abs": lambda newest, oldest: abs(newest - oldest),
    "percent_diff": lambda newest, oldest: _percent(newest, oldest, abs(oldest)),
    "percent_diff_abs": lambda newest, oldest: abs(_percent(newest, oldest, oldest)),
}
_REDUCERS: Mapping[str, Callable[[Points], float]] = {
    "avg": lambda points: _sum(points) / len(points),
    "sum": _sum,
    "min": lambda points: min(sys.float_info.max, *points),
    "max": lambda points: max(-sys.float_info.max, *points),
    "count": lambda points: float(len(points)),
    "last": lambda points: points[-1],
    "median": statistics.median,
    "count_non_null": lambda points: float(len(points)),
    **dict.fromkeys(_DIFFERENCES, lambda points: points[-1]),
}

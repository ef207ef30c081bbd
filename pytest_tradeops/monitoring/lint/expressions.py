"""Expressions of Grafana's rules as they are written: what they refer to, their operators and thresholds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .material import Node, mapping, sequence, text

TYPES = ("reduce", "math", "resample", "threshold", "classic_conditions", "sql")
REDUCERS = ("last", "min", "max", "mean", "sum", "count", "median")
#: Reducers of classic conditions, which are another set.
CLASSIC_REDUCERS = (
    "avg",
    "sum",
    "min",
    "max",
    "count",
    "last",
    "median",
    "diff",
    "diff_abs",
    "percent_diff",
    "percent_diff_abs",
    "count_non_null",
)
#: Operator to the number of parameters that it needs.
OPERATORS = {
    "gt": 1,
    "lt": 1,
    "eq": 1,
    "ne": 1,
    "gte": 1,
    "lte": 1,
    "within_range": 2,
    "outside_range": 2,
    "within_range_included": 2,
    "outside_range_included": 2,
}
CLASSIC_OPERATORS = {"gt": 1, "lt": 1, "within_range": 2, "outside_range": 2, "no_value": 0} | {
    "eq": 1,
    "ne": 1,
    "gte": 1,
    "lte": 1,
    "within_range_included": 2,
    "outside_range_included": 2,
}

_MATH_REF = re.compile(r"\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))")
_SQL_REF = re.compile(r"\b(?:from|join)\s+[`\"]?(\w+)", re.IGNORECASE)
_COMPARISON = re.compile(r"[<>]=?|[!=]=|&&|\|\||\bis_(?:inf|nan|null|number)\s*\(")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison with constants, and the refId whose value it looks at."""

    operator: str
    parameters: tuple[Any, ...]
    ref: str
    classic: bool = False

    @property
    def numbers(self) -> tuple[float, ...]:
        return tuple(float(one) for one in self.parameters if _is_number(one))


def kind(node: Node) -> str:
    """The expression's type as written."""
    return text(node.model.get("type"))


def referenced(node: Node) -> list[str]:
    """The refIds that it depends on, in order of appearance."""
    expression = text(node.model.get("expression"))
    match kind(node):
        case "math":
            found = [braced or bare for braced, bare in _MATH_REF.findall(expression)]
        case "classic_conditions":
            found = [classic_query(one) for one in conditions(node)]
        case "sql":
            found = _SQL_REF.findall(expression)
        case _:
            found = [expression.lstrip("$").strip("{}")] if expression else []
    return [one for one in dict.fromkeys(found) if one]


def conditions(node: Node) -> list[Mapping[str, Any]]:
    """Its conditions, of a threshold or of classic conditions."""
    return [mapping(one) for one in sequence(node.model.get("conditions"))]


def classic_query(condition: Mapping[str, Any]) -> str:
    """The refId that a classic condition looks at."""
    parameters = sequence(mapping(condition.get("query")).get("params"))
    return text(parameters[0]) if parameters else ""


def comparisons(node: Node) -> Iterator[Comparison]:
    """The comparisons of a threshold or of classic conditions; a threshold has no more than the first."""
    type_ = kind(node)
    if type_ not in ("threshold", "classic_conditions"):
        return
    for one in conditions(node)[: 1 if type_ == "threshold" else None]:
        evaluator = mapping(one.get("evaluator"))
        ref = classic_query(one) if type_ == "classic_conditions" else text(node.model.get("expression"))
        yield Comparison(
            text(evaluator.get("type")),
            tuple(sequence(evaluator.get("params"))),
            ref.lstrip("$").strip("{}"),
            type_ == "classic_conditions",
        )


def compares(node: Node) -> bool:
    """Whether its result is a verdict rather than a measurement."""
    match kind(node):
        case "threshold" | "classic_conditions":
            return True
        case "math":
            return bool(_COMPARISON.search(_MATH_REF.sub("", text(node.model.get("expression")))))
        case "sql":
            return True  # its SQL may compare; nothing is known about it here
        case _:
            return False


_NUMBER = re.compile(r"(?<![\w.$])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def constants(node: Node) -> list[float]:
    """The numbers that it compares with."""
    if kind(node) == "math":
        return [float(one) for one in _NUMBER.findall(_MATH_REF.sub("", text(node.model.get("expression"))))]
    return [number for one in comparisons(node) for number in one.numbers]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300

"""A math expression executed on the values of a rule, with Grafana's joins of labels and its NaN and NULL."""

import math
from collections.abc import Callable, Mapping, Sequence

from .formula import Binary, Call, Constant, Node, Unary, Variable
from .values import NONE, EvaluationError, Labels, Number, Series, Value, contains

type Variables = Mapping[str, Sequence[Value]]


def execute(node: Node, variables: Variables) -> list[Value]:
    """The values of a formula.

    Raises:
        EvaluationError: an operation that Grafana has not.
    """
    match node:
        case Constant(value):
            return [Number(value, scalar=True)]
        case Variable(name):
            return list(variables.get(name, ()))
        case Unary(operator, operand):
            return [_each(value, lambda x: _unary(operator, x), null=None) for value in execute(operand, variables)]
        case Binary(operator, left, right):
            pairs = _union(execute(left, variables), execute(right, variables))
            return [_combine(operator, labels, a, b) for labels, a, b in pairs]
        case Call(name, arguments):
            return _call(name, [execute(one, variables) for one in arguments])


def _call(name: str, arguments: list[list[Value]]) -> list[Value]:
    if name in _CONSTANTS:
        return [Number(_CONSTANTS[name], scalar=True)]
    (values,) = arguments
    if name in _PLAIN:
        return [_each(value, _PLAIN[name], null=math.nan) for value in values]
    asked = _NULLABLE[name]
    return [
        Series(value.times, tuple(asked(x) for x in value.values), value.labels, value.name)
        if isinstance(value, Series)
        else Number(asked(value.value), value.labels, scalar=value.scalar)
        for value in values
    ]


def _each(value: Value, function: Callable[[float], float], *, null: float | None) -> Value:
    """The function on every value; a NULL becomes `null`."""

    def one(x: float | None) -> float | None:
        return null if x is None else function(x)

    if isinstance(value, Series):
        return Series(value.times, tuple(one(x) for x in value.values), value.labels, value.name)
    return Number(one(value.value), value.labels, scalar=value.scalar)


def _unary(operator: str, value: float) -> float:
    if math.isnan(value):
        return math.nan
    return float(value == 0) if operator == "!" else -value


def _union(left: Sequence[Value], right: Sequence[Value]) -> list[tuple[Labels, Value, Value]]:
    """Which values meet: the same labels, or one side's labels within the other's; alone on both sides always."""
    pairs: list[tuple[Labels, Value, Value]] = []
    for a in left:
        for b in right:
            if not a.labels or not b.labels or a.labels == b.labels:
                pairs.append((a.labels or b.labels, a, b))
            elif len(a.labels) == len(b.labels):
                continue
            elif contains(a.labels, b.labels):
                pairs.append((a.labels, a, b))
            elif contains(b.labels, a.labels):
                pairs.append((b.labels, a, b))
    if not pairs and len(left) == len(right) == 1:
        pairs.append((NONE, left[0], right[0]))
    return pairs


def _combine(operator: str, labels: Labels, a: Value, b: Value) -> Value:
    def one(x: float | None, y: float | None) -> float | None:
        return None if x is None or y is None else _binary(operator, x, y)

    if isinstance(a, Series) and isinstance(b, Series):
        other = dict(zip(b.times, b.values, strict=True))
        points = [(at, one(x, other[at])) for at, x in zip(a.times, a.values, strict=True) if at in other]
        return Series(tuple(at for at, _ in points), tuple(x for _, x in points), labels)
    if isinstance(b, Series):
        return Series(b.times, tuple(one(_alone(a), y) for y in b.values), labels)
    if isinstance(a, Series):
        return Series(a.times, tuple(one(x, b.value) for x in a.values), labels)
    return Number(one(a.value, b.value), labels, scalar=a.scalar and b.scalar)


def _alone(value: Value) -> float | None:
    return value.value if isinstance(value, Number) else None


def _binary(operator: str, a: float, b: float) -> float:
    # These two decide before NaN is looked at.
    if operator == "||" and a != 0:
        return 1.0
    if operator == "&&" and a == 0:
        return 0.0
    if math.isnan(a) or math.isnan(b):
        return math.nan
    try:
        return float(_OPERATIONS[operator](a, b))
    except KeyError:
        raise EvaluationError(f"expr: unknown operator {operator}") from None
    except OverflowError:
        return math.inf


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _modulo(a: float, b: float) -> float:
    return math.nan if b == 0 or math.isinf(a) else math.fmod(a, b)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except ValueError:  # zero to a negative power, or a root of a negative number
        return math.inf if a == 0 else math.nan


_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": _modulo,
    "**": _power,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "||": lambda a, b: a != 0 or b != 0,
    "&&": lambda a, b: a != 0 and b != 0,
}
_CONSTANTS = {"nan": math.nan, "inf": math.inf, "infn": -math.inf, "null": None}


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _whole(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: function(value) if math.isfinite(value) else value


_PLAIN: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "log": _log,
    "is_nan": lambda value: float(math.isnan(value)),
    "is_inf": lambda value: float(math.isinf(value)),
    # Half away from zero, as Go rounds; Python's own goes to the even neighbour.
    "round": _whole(lambda value: math.copysign(math.floor(abs(value) + 0.5), value)),
    "ceil": _whole(lambda value: float(math.ceil(value))),
    "floor": _whole(lambda value: float(math.floor(value))),
}
_NULLABLE: Mapping[str, Callable[[float | None], float]] = {
    "is_null": lambda value: float(value is None),
    "is_number": lambda value: float(value is not None and math.isfinite(value)),
}

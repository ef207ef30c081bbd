"""The expressions of a rule as steps: math, reduce, resample, threshold, classic conditions, with Grafana's errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import intervals
from ..rules.model import Query
from . import classic, formula, mathexp
from .semantics import Semantics
from .values import EvaluationError, Number, Series, Value, reduce_series, resample

type Variables = dict[str, list[Value]]
type _Step = Callable[[Variables, int], list[Value]]


@dataclass(frozen=True, slots=True)
class Node:
    """One step; `kind` is empty for a query to a data source."""

    ref_id: str
    needs: tuple[str, ...]
    run: _Step
    kind: str = ""


def expression(query: Query, semantics: Semantics) -> Node:
    """The step of an expression.

    Raises:
        EvaluationError: Grafana would not build it.
    """
    kind = query.model.get("type")
    if "type" not in query.model:
        trouble = f"no expression command type in query for refId {query.ref_id}"
    elif not isinstance(kind, str):
        trouble = "expected expression command type to be a string"
    elif kind not in _COMMANDS:
        trouble = f"'{kind}' is not a recognized expression type"
    else:
        try:
            return _COMMANDS[kind](query, semantics)
        except EvaluationError as error:
            raise EvaluationError(f"failed to parse expression '{query.ref_id}': {error.message}") from None
    raise EvaluationError(f"invalid command type in expression '{query.ref_id}': {trouble}")


def _needed(query: Query, missing: str) -> str:
    name = query.model.get("expression")
    if name is None:
        raise EvaluationError(missing)
    if not isinstance(name, str):
        raise EvaluationError("expression ID is expected to be a string")
    return name


def _math(query: Query, _: Semantics) -> Node:
    try:
        tree = formula.parse(_needed(query, "command is missing an expression"))
    except EvaluationError as error:
        raise EvaluationError(f"invalid math command type: {error.message}") from None

    def run(variables: Variables, _: int) -> list[Value]:
        return mathexp.execute(tree, variables)

    return Node(query.ref_id, tuple(formula.variables(tree)), run, "math")


def _reduce(query: Query, semantics: Semantics) -> Node:
    name = _needed(
        query, "no expression ID is specified to reduce. Must be a reference to an existing query or expression"
    )
    name = name.removeprefix("$")
    wanted = query.model.get("reducer")
    if not isinstance(wanted, str):
        raise EvaluationError("no reducer specified")
    reducer = semantics.reducers.get(wanted.lower())
    if reducer is None:
        raise EvaluationError(f"reduction {wanted} not implemented")
    mode, replacement = _mode(query.model.get("settings"), query.ref_id)

    def run(variables: Variables, _: int) -> list[Value]:
        return [
            Number(reduce_series(one, reducer, mode, replacement), one.labels)
            if isinstance(one, Series)
            else _already_reduced(one)
            for one in variables[name]
        ]

    return Node(query.ref_id, (name,), run, "reduce")


def _already_reduced(one: Number) -> Number:
    if one.scalar:
        raise EvaluationError("can only reduce type series, got type scalar")
    return Number(one.value, one.labels)


def _mode(settings: object, ref_id: str) -> tuple[str, float]:
    if settings is None:
        return "", 0.0
    if not isinstance(settings, Mapping):
        raise EvaluationError(f"field settings must be an object for refId {ref_id}")
    mode = settings.get("mode") or ""
    if mode not in ("", "dropNN", "replaceNN"):
        raise EvaluationError(f"reducer mode '{mode}' is not supported. Supported only: [dropNN,replaceNN]")
    replacement = settings.get("replaceWithValue", 0.0)
    if mode == "replaceNN" and "replaceWithValue" not in settings:
        raise EvaluationError("setting replaceWithValue must be specified when mode is 'replaceNN'")
    if isinstance(replacement, bool) or not isinstance(replacement, int | float):
        raise EvaluationError("setting replaceWithValue must be a number")
    return mode, float(replacement)


def _resample(query: Query, _: Semantics) -> Node:
    name = _needed(query, "no expression ID to resample. must be a reference to an existing query or expression")
    name = name.removeprefix("$")
    for key, missing in (
        ("window", "no time duration specified for the window in resample command"),
        ("downsampler", "no downsampler function specified in resample command"),
        ("upsampler", "no upsampler specified in resample command"),
    ):
        if not isinstance(query.model.get(key), str):
            raise EvaluationError(missing)
    window = intervals.parse_interval(query.model["window"])
    if window is None:
        raise EvaluationError('failed to parse resample "window" duration field "0s"')

    def run(variables: Variables, now: int) -> list[Value]:
        start, end = (now - int(one * 10**9) for one in query.span)
        down, up = query.model["downsampler"], query.model["upsampler"]
        found: list[Value] = []
        for one in variables[name]:
            if not isinstance(one, Series):
                kind = "scalar" if one.scalar else "numberSet"
                raise EvaluationError(f"can only resample type series, got type {kind}")
            found.append(resample(one, int(window * 10**9), down, up, start, end))
        return found

    return Node(query.ref_id, (name,), run, "resample")


def _threshold(query: Query, semantics: Semantics) -> Node:
    name = _needed(query, f"no variable specified to reference for refId {query.ref_id}")
    given = query.model.get("conditions")
    given = given if isinstance(given, list) else []
    evaluators = [one.get("evaluator") or {} for one in given if isinstance(one, Mapping)]
    for one in evaluators:
        if one.get("type") not in semantics.thresholds:
            known = ", ".join(semantics.thresholds)
            raise EvaluationError(f"expected threshold function to be one of {known}, got {one.get('type') or ''}")
    if len(evaluators) != 1:
        raise EvaluationError("threshold expression requires exactly one condition")
    kind, params = evaluators[0]["type"], _floats(evaluators[0].get("params"))

    def run(variables: Variables, _: int) -> list[Value]:
        if len(params) < (2 if "range" in kind else 1):
            raise EvaluationError("alert rule panic; please check the logs for the full stack")
        return mathexp.execute(formula.parse(semantics.threshold(name, kind, params)), variables)

    return Node(query.ref_id, (name,), run, "threshold")


def _floats(params: Any) -> list[float]:
    if not isinstance(params, list | tuple):
        return []
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in params):
        raise EvaluationError("failed to unmarshal remarshaled threshold expression body")
    return [float(one) for one in params]


def _classic(query: Query, _: Semantics) -> Node:
    given = query.model.get("conditions")
    found = classic.conditions([one for one in given or () if isinstance(one, Mapping)])

    def run(variables: Variables, _: int) -> list[Value]:
        return classic.execute(found, variables)

    return Node(query.ref_id, tuple(one.ref_id for one in found), run, "classic_conditions")


_COMMANDS: Mapping[str, Callable[[Query, Semantics], Node]] = {
    "math": _math,
    "reduce": _reduce,
    "resample": _resample,
    "threshold": _threshold,
    "classic_conditions": _classic,
}

"""What one evaluation says of each instance of a rule: normal, alerting, no data, or an error."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..rules.model import Rule
from .expressions import Variables
from .values import NONE, EvaluationError, Labels, Match, Number, Series, Value, contains, label_text

type Verdict = Literal["Normal", "Alerting", "NoData", "Error"]

_FORMAT = "invalid format of evaluation results for the alert definition"
_EXPONENT = re.compile(r"e([+-])0*(\d+)$")


@dataclass(frozen=True, slots=True)
class Capture:
    """A value of some step that belongs to an instance."""

    ref_id: str
    labels: Labels
    value: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one instance.

    Attributes:
        captures: By the name under which templates and the state API know them (`A`, or `B0` of classic conditions).
        text: `$value` of templates.
        error: Of an Error only.
    """

    verdict: Verdict
    labels: Labels = field(default_factory=dict)
    captures: Mapping[str, Capture] = field(default_factory=dict)
    text: str = ""
    error: EvaluationError | None = None


def judge(rule: Rule, variables: Variables) -> list[Outcome]:
    """The outcomes of an evaluation that ran to its end.

    A step without any value is no data, whatever the condition says; each data source gets an instance of its own.
    """
    empty: dict[str, list[str]] = {}
    sources = {one.ref_id: one.datasource for one in rule.data}
    for ref_id in sorted(variables):
        # Expressions of the old uid are passed over: Grafana compares with that one only.
        if not variables[ref_id] and sources[ref_id] != "-100":
            empty.setdefault(sources[ref_id], []).append(ref_id)
    if empty:
        return [Outcome("NoData", {"datasource_uid": uid, "ref_id": ",".join(empty[uid])}) for uid in sorted(empty)]
    found = variables[rule.condition]
    if not found:
        return [Outcome("NoData")]
    captures = [
        Capture(ref_id, one.labels, one.value)
        for ref_id in sorted(variables)
        for one in variables[ref_id]
        if isinstance(one, Number)
    ]
    outcomes = [_outcome(rule.condition, one, captures) for one in found]
    seen: set[str] = set()
    for one in outcomes:
        text = label_text(one.labels)
        if text in seen:
            reason = "frame cannot uniquely be identified by its labels: has duplicate results with labels"
            return [Outcome("Error", one.labels, error=EvaluationError(f"{_FORMAT} : {reason} {{{text}}}"))]
        seen.add(text)
    return outcomes


def failed(error: EvaluationError) -> list[Outcome]:
    """The outcome of an evaluation that did not run to its end: one error without labels."""
    return [Outcome("Error", error=error)]


def _outcome(ref_id: str, value: Value, captures: Sequence[Capture]) -> Outcome:
    if isinstance(value, Series):
        reason = "looks like time series data, only reduced data can be alerted on."
        return Outcome("Error", error=EvaluationError(f"{_FORMAT} {ref_id}: {reason}"))
    if value.matches is not None:
        named = {f"{ref_id}{at}": Capture(ref_id, one.labels, one.value) for at, one in enumerate(value.matches)}
        text = ", ".join(_classic_text(ref_id, at, one) for at, one in enumerate(value.matches))
    else:
        mine = [one for one in captures if _related(value.labels, one.labels)]
        named = {one.ref_id: one for one in mine}
        text = ", ".join(
            f"[ var='{one.ref_id}' labels={{{label_text(one.labels)}}} value={number_text(one.value)} ]" for one in mine
        )
    verdict: Verdict = "NoData" if value.value is None else "Normal" if value.value == 0 else "Alerting"
    return Outcome(verdict, value.labels or NONE, named, text)


def _related(a: Labels, b: Labels) -> bool:
    return contains(a, b) or contains(b, a)


def _classic_text(ref_id: str, at: int, one: Match) -> str:
    labels = label_text(one.labels)
    return f"[ var='{ref_id}{at}' metric='{one.metric}' labels={{{labels}}} value={number_text(one.value)} ]"


def number_text(value: float | None) -> str:
    """As Go prints a float with %v: the shortest digits, an exponent from 1e+21 on and below 1e-4."""
    if value is None:
        return "null"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return _EXPONENT.sub(lambda match: f"e{match[1]}{int(match[2]):02d}", repr(value))


def exponent_text(value: float) -> str:
    """As the state API prints a value: `1e+00`, `5.000001e+02`."""
    if not math.isfinite(value):
        return number_text(value)
    if value == 0:
        return "0e+00"
    digits = len(repr(abs(value)).split("e")[0].replace(".", "").strip("0")) or 1
    # The shortest digits that give the value back, found by printing more and more of them.
    for precision in range(max(digits - 1, 0), 18):
        text = f"{value:.{precision}e}"
        if float(text) == value:
            return text
    return f"{value:e}"

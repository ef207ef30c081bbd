"""The states of a rule's instances from one evaluation to the next: Grafana's state manager.

Times are seconds on the evaluator's clock; `starts_at` is None where Grafana has its zero time.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..rules.model import Rule
from .outcomes import Outcome, exponent_text
from .semantics import Semantics
from .values import EvaluationError

type StateName = Literal["Normal", "Pending", "Alerting", "Recovering", "NoData", "Error"]

#: Nothing is sent again within this many seconds of a send, and an alert that is not renewed ends after thrice that.
RESEND = 30.0
MISSING = "MissingSeries"


@dataclass(slots=True)
class Instance:
    """One instance: what the state API shows, and what is sent.

    Attributes:
        key: Which instance it is; stays when labels change.
        reason: Beside the state, as in `Normal (NoData)`.
        error: Of the evaluation that failed; Grafana keeps it until the state changes.
        resolved: This evaluation ended an alert.
        ends_at: When the alert ends unless it is renewed.
        sent_at: When it was handed on last.
    """

    key: tuple[tuple[str, str], ...]
    labels: dict[str, str]
    annotations: dict[str, str] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    state: StateName = "Normal"
    reason: str = ""
    error: EvaluationError | None = None
    resolved: bool = False
    starts_at: float | None = None
    ends_at: float = 0.0
    sent_at: float = -math.inf
    evaluated_at: float = 0.0
    recovers_since: float | None = None
    outcome: Outcome = field(default_factory=lambda: Outcome("Normal"))

    @property
    def shown(self) -> str:
        """State with reason."""
        return f"{self.state} ({self.reason})" if self.reason else self.state

    def value(self, condition: str) -> str:
        """The value that the state API shows; only alerts and pending ones have one."""
        if self.state not in ("Alerting", "Pending", "Recovering"):
            return ""
        named = {name: one.value for name, one in self.outcome.captures.items() if condition in name}
        texts = {name: exponent_text(math.nan if value is None else value) for name, value in named.items()}
        if len(texts) == 1:
            return next(iter(texts.values()))
        return ", ".join(sorted(f"{name}: {text}" for name, text in texts.items())) or self.outcome.text

    def needs_sending(self) -> bool:
        if self.state == "Pending":
            return False
        if self.state == "Normal":
            return self.resolved
        return self.sent_at + RESEND <= self.evaluated_at


type Expand = Callable[[Rule, Outcome], tuple[Mapping[str, str], Mapping[str, str]]]


class States:
    """Every instance of one rule.

    Args:
        interval: Seconds between evaluations.
        reserved: Labels that every instance has (`alertname`, `grafana_folder`, ...); they win over all others.
        expand: The rule's labels and annotations for an outcome, templates expanded.
    """

    def __init__(
        self, rule: Rule, interval: float, reserved: Mapping[str, str], expand: Expand, semantics: Semantics
    ) -> None:
        self._rule = rule
        self._interval = interval
        self._reserved = dict(reserved)
        self._expand = expand
        self._semantics = semantics
        self._instances: dict[tuple[tuple[str, str], ...], Instance] = {}

    @property
    def instances(self) -> Sequence[Instance]:
        return tuple(self._instances.values())

    def process(self, outcomes: Sequence[Outcome], now: float) -> list[Instance]:
        """Takes an evaluation's outcomes: the instances that they changed, and those that are gone now."""
        touched = [self._next(one, now) for one in outcomes]
        return touched + self._drop_stale(now)

    def _next(self, outcome: Outcome, now: float) -> Instance:
        one = self._get(outcome, now)
        before = one.state
        one.evaluated_at = now
        one.outcome = outcome
        match outcome.verdict:
            case "Normal":
                self._normal(one, now)
            case "Alerting":
                self._alerting(one, now)
            case "Error":
                self._error(one, outcome, now)
            case "NoData":
                self._no_data(one, outcome, now)
        one.reason = outcome.verdict if outcome.verdict in ("NoData", "Error") and one.state != outcome.verdict else ""
        one.resolved = before in ("Alerting", "Recovering") and one.state == "Normal"
        if self._semantics.pends and before in ("NoData", "Error") and one.state == "Normal":
            one.resolved = True
        return one

    def _get(self, outcome: Outcome, now: float) -> Instance:
        own, annotations = self._expand(self._rule, outcome)
        labels = {**outcome.labels, **own, **self._reserved}
        key = tuple(sorted(labels.items()))
        values = {one.ref_id: math.nan if one.value is None else one.value for one in outcome.captures.values()}
        one = self._instances.get(key)
        if one is None:
            starts = now if outcome.verdict == "Alerting" else None
            one = self._instances[key] = Instance(key, labels, starts_at=starts)
        one.annotations, one.values = dict(annotations), values
        return one

    def _set(self, one: Instance, state: StateName, now: float, error: EvaluationError | None = None) -> None:
        one.state, one.error = state, error
        one.starts_at = now
        one.ends_at = now if state == "Normal" else self._end(now)
        one.recovers_since = None

    def _end(self, now: float) -> float:
        return now + 3 * max(RESEND, self._interval)

    def _normal(self, one: Instance, now: float) -> None:
        keep = self._rule.keep_firing if self._semantics.keeps_firing else 0.0
        if one.state in ("Alerting", "Recovering") and keep > 0:
            if one.recovers_since is None:
                one.recovers_since = now
            if now - one.recovers_since < keep:
                one.state, one.ends_at = "Recovering", self._end(now)
                return
        if one.state != "Normal":
            self._set(one, "Normal", now)

    def _alerting(self, one: Instance, now: float) -> None:
        if one.state == "Alerting":
            one.ends_at = self._end(now)
        elif one.state == "Recovering":  # it never stopped: the alert goes on
            one.state, one.ends_at, one.recovers_since = "Alerting", self._end(now), None
        elif one.state == "Pending":
            if now - _begun(one, now) >= self._rule.wait:
                self._set(one, "Alerting", now)
        else:
            self._set(one, "Pending" if self._rule.wait > 0 else "Alerting", now)

    def _error(self, one: Instance, outcome: Outcome, now: float) -> None:
        match self._rule.error:
            case "Alerting":
                self._alerting(one, now)
                one.error = outcome.error
            case "OK":
                self._normal(one, now)
            case "KeepLast" if self._semantics.keeps_last:
                self._keep(one, now)
            case "Error":
                self._special(one, "Error", outcome, now)
            case other:
                one.state, one.ends_at = "Error", self._end(now)
                one.error = EvaluationError(f"unsupported execution error state: {other}")
                one.annotations["Error"] = one.error.message

    def _special(self, one: Instance, state: StateName, outcome: Outcome, now: float) -> None:
        if one.state == state:
            one.ends_at = self._end(now)
            return
        if self._semantics.pends and self._rule.wait > 0 and not self._has_pended(one, now):
            return
        self._set(one, state, now, outcome.error)
        if outcome.error is not None and outcome.error.ref_id:
            # They stay with the instance when it recovers, and its key stays the old one.
            query = self._rule.query(outcome.error.ref_id)
            one.labels |= {"ref_id": query.ref_id, "datasource_uid": query.datasource}
            one.annotations["Error"] = outcome.error.message

    def _has_pended(self, one: Instance, now: float) -> bool:
        """By documentation: no data and errors wait for `for` as a breach does."""
        if one.state != "Pending":
            self._set(one, "Pending", now)
        return now - _begun(one, now) >= self._rule.wait

    def _no_data(self, one: Instance, outcome: Outcome, now: float) -> None:
        if self._semantics.pends:
            self._documented_no_data(one, outcome, now)
            return
        # The state is set at once, `for` or not; when it began is not touched if the instance had begun before.
        one.error = outcome.error
        if one.starts_at is None:
            one.starts_at = now
        one.ends_at = self._end(now)
        states: Mapping[str, StateName] = {"Alerting": "Alerting", "NoData": "NoData", "OK": "Normal"}
        one.state = states.get(self._rule.no_data, one.state)

    def _documented_no_data(self, one: Instance, outcome: Outcome, now: float) -> None:
        match self._rule.no_data:
            case "Alerting":
                self._alerting(one, now)
            case "OK":
                self._normal(one, now)
            case "KeepLast":
                self._keep(one, now)
            case _:
                self._special(one, "NoData", outcome, now)

    def _keep(self, one: Instance, now: float) -> None:
        if one.state in ("Alerting", "Pending"):
            self._alerting(one, now)
        elif one.state == "Normal":
            one.ends_at = now

    def _drop_stale(self, now: float) -> list[Instance]:
        missing = self._rule.missing_evals if self._semantics.counts_missing else 2
        stale = [one for one in self._instances.values() if one.evaluated_at + missing * self._interval <= now]
        for one in stale:
            del self._instances[one.key]
            fired = one.state in ("Alerting", "Recovering")
            one.state, one.reason = "Normal", MISSING
            one.ends_at = one.evaluated_at = now
            one.resolved = one.resolved or fired
        return stale


def _begun(one: Instance, now: float) -> float:
    return now if one.starts_at is None else one.starts_at

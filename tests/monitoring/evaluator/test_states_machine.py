"""Whatever an evaluation says, the states of a rule keep Grafana's invariants, in both versions."""

import itertools
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_tradeops.monitoring.alerts import Notification
from pytest_tradeops.monitoring.evaluator.dispatch import Dispatcher, OneRoute, Posted
from pytest_tradeops.monitoring.evaluator.outcomes import Outcome
from pytest_tradeops.monitoring.evaluator.semantics import VERSIONS
from pytest_tradeops.monitoring.evaluator.states import RESEND, Instance, States
from pytest_tradeops.monitoring.evaluator.values import EvaluationError
from pytest_tradeops.monitoring.rules.model import Query, Rule

INTERVAL = 10.0
LABELS = ({"s": "a"}, {"s": "b"}, {})
VERDICTS = ("Normal", "Alerting", "NoData", "Error")


class RuleStates(RuleBasedStateMachine):
    """One rule, evaluated every ten seconds with any outcomes."""

    @initialize(
        version=st.sampled_from(sorted(VERSIONS)),
        wait=st.sampled_from([0.0, 10.0, 15.0, 20.0]),
        no_data=st.sampled_from(["OK", "NoData", "Alerting"]),
        error=st.sampled_from(["OK", "Error", "Alerting"]),
        keep=st.sampled_from([0.0, 20.0]),
        missing=st.integers(1, 4),
    )
    def begin(self, version: str, wait: float, no_data: str, error: str, keep: float, missing: int) -> None:
        self.semantics = VERSIONS[version]
        query = Query("A", "questdb", {}, (5.0, 0.0))
        self.of = Rule("r", "r", "A", (query,), wait, no_data, error, keep_firing=keep, missing_evals=missing)
        self.states = States(self.of, INTERVAL, {"alertname": "r"}, lambda *_: ({}, {}), self.semantics)
        self.dispatcher = Dispatcher(OneRoute())
        self.now = 0.0
        self.before: dict[object, tuple[str, float | None]] = {}
        self.told: dict[str, list[Notification]] = {}

    @rule(verdicts=st.tuples(*(st.sampled_from([None, *VERDICTS]) for _ in LABELS)))
    def evaluate(self, verdicts: Sequence[str | None]) -> None:
        self.before = {one.key: (one.state, one.starts_at) for one in self.states.instances}
        self.now += INTERVAL
        outcomes = [
            Outcome(verdict, labels, error=EvaluationError("no") if verdict == "Error" else None)  # type: ignore[arg-type]
            for labels, verdict in zip(LABELS, verdicts, strict=True)
            if verdict is not None
        ]
        changed = self.states.process(outcomes, self.now)
        for one in changed:
            if one.needs_sending():
                assert one.state != "Pending"
                assert one.state == "Normal" or one.sent_at + RESEND <= self.now
                one.sent_at = self.now + 0.05
                starts = one.ends_at if one.starts_at is None else one.starts_at
                self.dispatcher.post(Posted(one.labels, {}, starts, one.ends_at, one.sent_at))
        for sent in self.dispatcher.advance(self.now + INTERVAL - 0.1):
            self.told.setdefault(repr(sent.group_labels), []).append(sent)

    @invariant()
    def no_alert_before_its_time(self) -> None:
        """A breach that waits goes through Pending, and fires no earlier than `for` after it began."""
        for one in self._instances():
            state, starts = self.before.get(one.key, ("none", None))
            breach = one.outcome.verdict == "Alerting"
            if breach and one.state == "Alerting" and state not in ("Alerting", "Recovering") and self.of.wait > 0:
                assert state == "Pending"
                assert starts is not None
                assert self.now - starts >= self.of.wait

    @invariant()
    def a_missing_series_does_not_stay(self) -> None:
        missing = self.of.missing_evals if self.semantics.counts_missing else 2
        for one in self._instances():
            assert one.evaluated_at + missing * INTERVAL > self.now

    @invariant()
    def what_is_over_is_over(self) -> None:
        for one in self._instances():
            if one.outcome.verdict == "Normal" and one.evaluated_at == self.now:
                assert one.state in ("Normal", "Recovering")
                assert one.state == "Normal" or self.semantics.keeps_firing
            if one.state in ("Alerting", "Error") and one.starts_at is not None:
                assert one.starts_at <= one.evaluated_at < one.ends_at

    @invariant()
    def a_receiver_hears_an_end_only_after_a_beginning(self) -> None:
        for sent in getattr(self, "told", {}).values():
            assert sent[0].status == "firing"
            ends = [one.status for one in sent]
            assert "resolved,resolved" not in ",".join(ends)
            assert all(later.at > earlier.at for earlier, later in itertools.pairwise(sent))

    def _instances(self) -> Sequence[Instance]:
        return self.states.instances if hasattr(self, "states") else ()


TestRuleStates = RuleStates.TestCase
TestRuleStates.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

"""Rules evaluated on a virtual clock over a real database, and what they would have sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ...exceptions import DeclarationError
from ...questdb_sql import Result
from ..alerts import ERROR, NO_DATA, Notification
from ..rules.model import BASE_INTERVAL, Rule, RuleGroup
from .dispatch import Dispatcher, Posted, Routing
from .formats import TemplateError
from .outcomes import Outcome, failed, judge
from .pipeline import Frozen, build
from .semantics import semantics
from .states import Instance, States
from .template import expand
from .values import EvaluationError

#: From the tick to the end of the evaluation, and to the alert being handed on. Grafana spreads its rules over the
#: interval; here all of them are evaluated this soon after the tick.
DELAY = 0.05

RULE_UID = "__alert_rule_uid__"


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One instance, as the state API of Grafana shows it.

    Attributes:
        labels: Without the rule's uid.
        state: With the reason, as in `Normal (NoData)`.
        active_at: Seconds on the evaluator's clock; None if it was never active.
        value: As text: that of the condition (`1e+00`), not the measurement.
        values: RefId to the measurement.
    """

    labels: Mapping[str, str]
    state: str
    active_at: float | None
    value: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule, as the state API of Grafana shows it.

    Attributes:
        state: `inactive`, `pending`, `firing`, or `recovering`.
        health: `ok`, `nodata` or `error`.
        evaluated_at: Seconds, of the last evaluation that ended; None before the first.
    """

    uid: str
    state: str
    health: str
    instances: tuple[InstanceView, ...]
    last_error: str | None = None
    evaluated_at: float | None = None


class Evaluator:
    """Evaluates rules every time that their interval comes round, as Grafana of that version does.

    Args:
        groups: What is evaluated.
        run: Asks the database: one statement, already macro-free, with `now()` replaced by the tick.
        start: Second 0 of the clock: an aware datetime, or nanoseconds since 1970.
        routing: The policy tree; default: everything to one receiver, at once.
        version: `9.4`, which was compared with a real one, or `13`, by documentation.
        datasources: The uids that there are; None: any will do.

    Raises:
        DeclarationError: the version is not known, or two rules have one uid.
    """

    def __init__(
        self,
        groups: Sequence[RuleGroup],
        run: Callable[[str], Result],
        *,
        start: datetime | int,
        routing: Routing | None = None,
        version: str = "9.4",
        datasources: Sequence[str] | None = None,
    ) -> None:
        self.semantics = semantics(version)
        self._start = start if isinstance(start, int) else _nanoseconds(start)
        self._run = run
        self._datasources = datasources
        self._dispatcher = Dispatcher(routing)
        self._evaluated: dict[str, float] = {}
        self._now = 0.0
        self._next = 0.0
        self.notes: list[str] = []
        self._rules: dict[str, tuple[RuleGroup, Rule]] = {}
        self._states: dict[str, States] = {}
        for group in groups:
            for rule in group.rules:
                if rule.uid in self._rules:
                    raise DeclarationError(f"Two rules have the uid {rule.uid!r}.", remedy="Give each its own.")
                self._rules[rule.uid] = (group, rule)
                reserved = {"alertname": rule.title, "grafana_folder": group.folder, RULE_UID: rule.uid}
                self._states[rule.uid] = States(rule, group.interval, reserved, self._expand, self.semantics)

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self._now

    @property
    def moment(self) -> int:
        """Now, in nanoseconds since 1970."""
        return self._start + round(self._now * 10**9)

    @property
    def next_tick(self) -> float:
        """When the scheduler ticks next, in seconds since the start."""
        return self._next

    def advance(self, seconds: float) -> list[Notification]:
        """Lets the clock run on: what is sent meanwhile. A tick at its end is part of it, with its evaluation."""
        return self.until(self._now + seconds)

    def until(self, second: float) -> list[Notification]:
        """The same, up to that second since the start."""
        sent: list[Notification] = []
        while self._next <= second:
            sent += self._dispatcher.advance(self._next)
            self._tick(self._next)
            # What the tick made is sent before a caller looks: evaluation and hand-over take no whole interval.
            sent += self._dispatcher.advance(self._next + DELAY)
            self._next += BASE_INTERVAL
        self._now = max(self._now, second)
        return sent + self._dispatcher.advance(second)

    def listen(self, seconds: float) -> list[Notification]:
        """What is sent within that time if the scheduler stands still: alerts that end by time-out, and repeats."""
        self._now += seconds
        self._next = max(self._next, (self._now // BASE_INTERVAL + 1) * BASE_INTERVAL)
        return self._dispatcher.advance(self._now)

    def leap(self, seconds: float) -> None:
        """Moves the moment on as if every evaluation meanwhile had come out as the last one: `now` and states stay.

        The database sees the later moment from the next tick on. Seconds are a multiple of the scheduler's 10 s.
        """
        if seconds < 0 or seconds % BASE_INTERVAL:
            raise DeclarationError(f"The clock cannot leap {seconds:g} s.", remedy="Leap a multiple of 10 s.")
        self._start += round(seconds * 10**9)

    def rule(self, uid: str) -> RuleView:
        """What the state API shows of a rule.

        Raises:
            DeclarationError: there is no such rule.
        """
        if uid not in self._rules:
            raise DeclarationError(
                f"There is no rule {uid!r}.", remedy=f"There are {', '.join(self._rules) or 'none'}."
            )
        _, rule = self._rules[uid]
        instances = sorted(self._states[uid].instances, key=lambda one: sorted(one.labels.items()))
        states = {one.state for one in instances}
        health = "nodata" if "NoData" in states else "ok"
        if "Error" in states or any(one.error is not None for one in instances):
            health = "error"
        return RuleView(
            uid,
            "firing"
            if "Alerting" in states
            else "recovering"
            if "Recovering" in states
            else "pending"
            if "Pending" in states
            else "inactive",
            health,
            tuple(_view(one, rule) for one in instances),
            next((one.error.message for one in instances if one.error is not None), None),
            self._evaluated.get(uid),
        )

    def _tick(self, second: float) -> None:
        due = round(self._start / 10**9 + second)
        for uid, (group, rule) in self._rules.items():
            # Counted from 1970, as Grafana's scheduler counts.
            if (due // BASE_INTERVAL) % max(group.interval // BASE_INTERVAL, 1) == 0 and not self._paused(rule):
                self._evaluate(uid, rule, second)

    def _paused(self, rule: Rule) -> bool:
        return rule.paused and self.semantics.pauses

    def _evaluate(self, uid: str, rule: Rule, second: float) -> None:
        now = self._start + round(second * 10**9)
        try:
            pipeline = build(rule, self._run, self.semantics, self._datasources)
            outcomes = judge(rule, pipeline.execute(now))
        except EvaluationError as error:
            outcomes = failed(error)
        except Frozen:
            if not self.semantics.times_out:
                return
            outcomes = failed(EvaluationError("context deadline exceeded"))
        self._evaluated[uid] = second
        sent_at = second + DELAY
        for one in self._states[uid].process(outcomes, second):
            if one.needs_sending():
                one.sent_at = sent_at
                self._dispatcher.post(_posted(one, rule, sent_at))

    def _expand(self, rule: Rule, outcome: Outcome) -> tuple[Mapping[str, str], Mapping[str, str]]:
        group, _ = self._rules[rule.uid]
        labels = {
            **outcome.labels,
            "alertname": rule.title,
            "grafana_folder": group.folder,
            RULE_UID: rule.uid,
        }

        def every(texts: Mapping[str, str]) -> dict[str, str]:
            done = {}
            for name, text in texts.items():
                try:
                    done[name] = expand(text, labels, outcome.captures, outcome.text)
                except TemplateError as error:
                    done[name] = text
                    note = f"{rule.uid}: {name} stays as it is, for {error.message}."
                    if note not in self.notes:
                        self.notes.append(note)
            return done

        return every(rule.labels), every(rule.annotations)


def _view(one: Instance, rule: Rule) -> InstanceView:
    labels = {name: text for name, text in one.labels.items() if name != RULE_UID}
    return InstanceView(labels, one.shown, one.starts_at, one.value(rule.condition), dict(one.values))


def _posted(one: Instance, rule: Rule, at: float) -> Posted:
    labels = {name: text for name, text in one.labels.items() if text}
    if one.state in ("NoData", "Error"):
        labels |= {"rulename": labels["alertname"], "alertname": NO_DATA if one.state == "NoData" else ERROR}
    annotations = {name: text for name, text in one.annotations.items() if text}
    if one.outcome.text:
        annotations["__value_string__"] = one.outcome.text
    if one.reason:
        annotations["grafana_state_reason"] = one.reason
    starts = one.ends_at if one.starts_at is None else one.starts_at
    return Posted(labels, annotations, starts, one.ends_at, at, dict(one.values), rule.uid)


def _nanoseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise DeclarationError("The start of the clock has no time zone.", remedy="Give datetime.now(UTC).")
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000

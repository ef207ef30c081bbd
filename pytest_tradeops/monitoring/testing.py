"""Unit tests for alert rules, on a virtual clock over a real QuestDB: yours or ours, without a Grafana.

    rules = AlertRules.load(folder, place)
    trial = rules.rule("drawdown-critical").with_rows("trading_risk", {"bot": "A", "drawdown_pct": 11.0})
    assert trial.after("20s").is_firing(bot="A")

The rules are evaluated as Grafana 9.4 evaluates them. An assertion that fails shows what the rule did, tick by tick.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..exceptions import DeclarationError
from .alerts import Notification
from .evaluator.dispatch import Routing
from .evaluator.engine import Evaluator, InstanceView, RuleView
from .place import MetricsPlace, Value
from .rules.model import RuleGroup, parse_duration, parse_rules

#: The clock starts this long ago, so that rows of a few hours are none of the future.
_AGO = 6 * 3600

type Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that is true or false, and shows how it came about."""

    holds: bool
    question: str
    trace: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return f"<{'yes' if self.holds else 'no'}: {self.question}\n{self.trace}\n>"


@dataclass(slots=True)
class _Repeated:
    table: str
    rows: tuple[Row, ...]
    every: float
    due: float


class RuleTrial:
    """One rule on trial: rows come, time passes, and it fires or not. Every step gives the trial back."""

    def __init__(self, uid: str, evaluator: Evaluator, place: MetricsPlace) -> None:
        self.uid = uid
        self.notifications: list[Notification] = []
        self._evaluator = evaluator
        self._place = place
        self._repeated: list[_Repeated] = []
        self._seen: list[tuple[float, RuleView]] = []
        self._leapt = 0.0
        evaluator.rule(uid)  # complains of an unknown uid at once

    @property
    def view(self) -> RuleView:
        """The rule as Grafana's state API would show it now."""
        return self._evaluator.rule(self.uid)

    @property
    def now(self) -> float:
        """Seconds since the trial began."""
        return self._evaluator.now + self._leapt

    @property
    def moment(self) -> int:
        """Now, in nanoseconds since 1970: for the `timestamp` of rows that are older."""
        return self._evaluator.moment

    @property
    def ticks(self) -> int:
        """How often the rule's state was looked at: once each tick of the scheduler."""
        return len(self._seen)

    def with_rows(self, table: str, *rows: Row, every: str = "") -> "RuleTrial":
        """Writes rows, stamped with the present moment unless they have a `timestamp` (nanoseconds since 1970).

        Args:
            every: Again and again, so long apart, while the clock runs on, until the table's `stops`.
        """
        if every:
            self._repeated.append(_Repeated(table, rows, _seconds(every), self._evaluator.now))
            self._write_due(self._evaluator.now)
        else:
            self._place.insert(table, _stamped(rows, self._evaluator.moment))
        return self

    def stops(self, table: str, **columns: Value) -> "RuleTrial":
        """Ends the repetition of the table's rows; with columns given, of those rows that have these values."""
        for one in self._repeated:
            if one.table == table:
                one.rows = tuple(row for row in one.rows if any(row.get(k) != v for k, v in columns.items()))
        self._repeated = [one for one in self._repeated if one.rows]
        return self

    def after(self, duration: str) -> "RuleTrial":
        """Lets the time run on; every tick of the scheduler in it, and one at its very end, is evaluated."""
        until = self._evaluator.now + _seconds(duration)
        while self._evaluator.next_tick <= until:
            tick = self._evaluator.next_tick
            self._write_due(tick)
            self.notifications += self._evaluator.until(tick)
            self._seen.append((self.now, self.view))
        self.notifications += self._evaluator.until(until)
        return self

    def leap(self, duration: str) -> "RuleTrial":
        """Moves the present on as if every evaluation meanwhile had come out as the last; repeated rows go on."""
        seconds = _seconds(duration)
        self._evaluator.leap(seconds)
        self._leapt += seconds
        return self

    def is_firing(self, **labels: str) -> Said:
        """Whether an instance with these labels fires; without labels, whether any does."""
        found = any(one.state.startswith("Alerting") for one in self._matching(labels))
        return self._said(found, "is firing", labels)

    def is_pending(self, **labels: str) -> Said:
        """Whether an instance with these labels waits for its `for`."""
        found = any(one.state.startswith("Pending") for one in self._matching(labels))
        return self._said(found, "is pending", labels)

    def is_silent(self, **labels: str) -> Said:
        """Whether nothing with these labels is wrong: normal, or not there. No data and errors are not silent."""
        found = all(one.state.split(" ")[0] == "Normal" for one in self._matching(labels))
        return self._said(found and (bool(labels) or self.view.health == "ok"), "is silent", labels)

    def is_broken(self) -> Said:
        """Whether it cannot be evaluated; `view.last_error` says why."""
        return self._said(self.view.health == "error", "is broken", {})

    def told(self, status: str = "firing", **labels: str) -> float | None:
        """When the first notification of that status about such an alert was sent, in the evaluator's seconds."""
        for notification in self.notifications:
            for alert in notification.alerts:
                if alert.rule == self.uid and alert.status == status and _has(alert.labels, labels):
                    return notification.at
        return None

    def trace(self) -> str:
        """What the rule did, tick by tick."""
        lines = [f"{at:8g} s  {view.state:10} {view.health:7} {_shown(view)}" for at, view in self._seen]
        sent = [
            f"{one.at:8g} s  sent to {one.receiver}: {one.status} {dict(one.group_labels)}"
            for one in self.notifications
        ]
        return "\n".join(["ticks:", *(lines or ["  none yet"]), "notifications:", *(sent or ["  none"])])

    def _matching(self, labels: Mapping[str, str]) -> list[InstanceView]:
        return [one for one in self.view.instances if _has(one.labels, labels)]

    def _said(self, holds: bool, what: str, labels: Mapping[str, str]) -> Said:
        about = f" with {dict(labels)}" if labels else ""
        return Said(holds, f"{self.uid} {what}{about} at {self.now:g} s", self.trace())

    def _write_due(self, until: float) -> None:
        for one in self._repeated:
            rows: list[Row] = []
            while one.due <= until:
                moment = self._evaluator.moment + round((one.due - self._evaluator.now) * 10**9)
                rows += _stamped(one.rows, moment)
                one.due += one.every
            if rows:
                self._place.insert(one.table, rows)


class AlertRules:
    """The rules of provisioning files, to be tried on a place of one's own.

    Args:
        place: Where rows go and queries run: the fixture `metrics`, or one for each rule.
        routing: The policy tree; default: everything to one receiver, at once.
        version: Of Grafana: `9.4` as measured, or `13` by documentation.
    """

    def __init__(
        self, groups: Sequence[RuleGroup], place: MetricsPlace, *, routing: Routing | None = None, version: str = "9.4"
    ) -> None:
        self.groups = tuple(groups)
        self._place = place
        self._routing = routing
        self._version = version

    @classmethod
    def load(
        cls,
        source: Path,
        place: MetricsPlace,
        *,
        routing: Routing | None = None,
        version: str = "9.4",
        environment: Mapping[str, str] | None = None,
    ) -> "AlertRules":
        """The rules of a file, or of all files of a folder.

        Raises:
            RuleError: Grafana would refuse one of them.
            DeclarationError: there is no rule at all.
        """
        return cls(read_rules(source, environment=environment), place, routing=routing, version=version)

    @property
    def uids(self) -> tuple[str, ...]:
        return tuple(rule.uid for group in self.groups for rule in group.rules)

    def rule(self, uid: str) -> RuleTrial:
        """That rule alone, on a clock of its own.

        Raises:
            DeclarationError: there is none of that uid.
        """
        groups = [
            RuleGroup(group.name, group.folder, group.interval, (rule,), group.org)
            for group in self.groups
            for rule in group.rules
            if rule.uid == uid
        ]
        if not groups:
            raise DeclarationError(f"There is no rule {uid!r}.", remedy=f"There are {', '.join(self.uids) or 'none'}.")
        return RuleTrial(uid, self._evaluator(groups), self._place)

    def _evaluator(self, groups: Sequence[RuleGroup]) -> Evaluator:
        start = (int(datetime.now(UTC).timestamp()) - _AGO) // 60 * 60
        return Evaluator(groups, self._place.sql, start=start * 10**9, routing=self._routing, version=self._version)


def read_rules(source: Path, *, environment: Mapping[str, str] | None = None) -> tuple[RuleGroup, ...]:
    """The groups of a provisioning file, or of every `.yaml`, `.yml` and `.json` file of a folder.

    Raises:
        RuleError: Grafana would refuse one of them.
        DeclarationError: there is no rule at all.
    """
    files: Iterable[Path] = [source]
    if source.is_dir():
        files = sorted(one for one in source.iterdir() if one.suffix in (".yaml", ".yml", ".json"))
    groups = tuple(
        group
        for file in files
        if file.is_file()
        for group in parse_rules(file.read_text(encoding="utf-8"), file=file.name, environment=environment)
    )
    if not groups:
        raise DeclarationError(f"{source.name} has no alert rules.", remedy="Run: tradeops init monitoring.")
    return groups


def _has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in wanted.items())


def _stamped(rows: Iterable[Row], moment: int) -> list[Row]:
    return [{"timestamp": moment, **row} for row in rows]


def _seconds(text: str) -> float:
    seconds = parse_duration(text)
    if seconds is None:
        raise DeclarationError(f"{text!r} is no duration.", remedy="Write it as 20s, 5m or 1h.")
    return seconds


def _shown(view: RuleView) -> str:
    hidden = ("alertname", "grafana_folder")
    parts = [
        "{}={}{}".format(
            ",".join(f"{k}:{v}" for k, v in sorted(one.labels.items()) if k not in hidden) or "-",
            one.state,
            "".join(f" {name}={value:g}" for name, value in sorted(one.values.items()) if name == "A"),
        )
        for one in view.instances
    ]
    return "; ".join(parts) + (f" ({view.last_error})" if view.last_error else "")

"""From money lost at the exchange to the message on somebody's phone: a bot's own rows, the subject's own rules.

The clock of the rules goes with the clock on the wall: a rule is due when it would be in Grafana, and what it cannot
see yet it does not see.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..model import Finding
from ..questdb_sql import Result
from .alerts import Notification
from .contacts.delivery import Attempt, Courier
from .contacts.notify import Sender
from .contacts.parse import Alerting
from .contacts.routing import Routing
from .evaluator.engine import Evaluator, RuleView
from .rules.model import RuleGroup

REASON = "drawdown: alert not received"
#: Seconds from the row to the message, for the first alert of a quiet group.
BUDGET = 15.0
#: How often the rules are due again after the loss: once is enough, twice shows that nothing repeats it.
_TICKS = 2
_LOOK = 0.1
#: Samples of a lower equity after which a drawdown that none of them has is held never to be written.
_UNSAID = 4
_REMEDY = "See `tradeops explain MON-028`; docs/evaluator.md shows how to try a rule on rows."


class Database(Protocol):
    """The tables of metrics."""

    def sql(self, query: str) -> Result: ...


@dataclass(frozen=True, slots=True)
class Loss:
    """The samples of a bot's equity while it lost money.

    Attributes:
        worst: The largest drawdown that was written, in percent; 0 if none was.
        at_ns: When the limit was crossed first, nanoseconds since 1970; None if it never was.
        samples: How many there were.
    """

    worst: float
    at_ns: int | None
    samples: int


@dataclass(slots=True)
class Watch:
    """The subject's rules and routes, on a clock that began before anything was lost.

    Args:
        groups: The rules; only that with the uid is looked at.
        begun_ns: When the clock began, nanoseconds since 1970.
    """

    groups: tuple[RuleGroup, ...]
    uid: str
    alerting: Alerting
    database: Database
    begun_ns: int
    notifications: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        routing = Routing(self.alerting.policy) if self.alerting.policy else None
        self._evaluator = Evaluator(self.groups, self.database.sql, start=self.begun_ns, routing=routing)
        self.notifications += self._evaluator.until(0.0)

    _evaluator: Evaluator = field(init=False, repr=False)

    @property
    def rule(self) -> RuleView:
        return self._evaluator.rule(self.uid)

    @property
    def evaluations(self) -> int:
        return 1 + round(self._evaluator.now // 10)

    def run_on(self, now_ns: int) -> None:
        """Lets the clock run to now, and on until the rules were due twice with all that there is now."""
        until = (now_ns - self.begun_ns) / 1e9
        self.notifications += self._evaluator.until(until)
        for _ in range(_TICKS):
            self.notifications += self._evaluator.until(self._evaluator.next_tick)

    def told(self) -> Notification | None:
        """The first notification that the rule fires."""
        for one in self.notifications:
            if one.status == "firing" and any(alert.rule == self.uid for alert in one.alerts):
                return one
        return None


def until_lost(database: Database, bot: str, percent: float, seconds: float = 15.0) -> Loss:
    """The samples once a drawdown beyond `percent` was written.

    Or as they are when time is over, or when the bot has written an equity that is this much lower, and no drawdown,
    some times: it knows of the loss, and says nothing.
    """
    deadline = time.monotonic() + seconds
    statement = (
        "select cast(timestamp as long) at_us, drawdown_pct, equity from trading_risk"
        f" where bot = '{bot}' and instrument is null and drawdown_pct is not null order by timestamp"
    )
    while True:
        rows = database.sql(statement).rows
        beyond = [int(at) * 1_000 for at, drawdown, _ in rows if drawdown > percent]
        peak = max((float(equity) for *_, equity in rows if equity is not None), default=0.0)
        known = sum(equity is not None and equity < peak * (1 - percent / 100) for *_, equity in rows)
        if beyond or known >= _UNSAID or time.monotonic() > deadline:
            worst = max((float(drawdown) for _, drawdown, _ in rows), default=0.0)
            return Loss(worst, beyond[0] if beyond else None, len(rows))
        time.sleep(_LOOK)


def deliver(watch: Watch, environ: Mapping[str, str], kind: str) -> tuple[Attempt, ...]:
    """Sends what the rules have told, through the subject's own contact points of that kind."""
    sender = Sender(live=False)
    return Courier(watch.alerting, environ, sender.send).deliver(watch.notifications, kind)


def judge(watch: Watch, loss: Loss, lost_percent: float, arrived: bool, seconds: float | None) -> list[Finding]:
    """What is wrong with the way from the loss to the message.

    Args:
        lost_percent: What was truly lost, by the exchange's books.
        arrived: Whether the message is in the inbox.
        seconds: From the row to the message.
    """
    if loss.at_ns is None:
        told = f"{lost_percent:.1f} percent were lost at the exchange, and the bot wrote at most {loss.worst:.1f}."
        return [Finding(REASON, told, "trading_risk", _REMEDY)]
    if watch.told() is None:
        view = watch.rule
        told = f"A drawdown of {loss.worst:.1f} percent was written; the rule is {view.state}, health {view.health}."
        return [Finding(REASON, f"{told} {view.last_error or ''}".strip(), f"rule {watch.uid}", _REMEDY)]
    if not arrived:
        return [Finding(REASON, "The rule fired, and no message of it arrived.", f"rule {watch.uid}", _REMEDY)]
    if seconds is None or seconds > BUDGET:
        told = f"The message left {seconds or 0:.1f} s after the row; the budget is {BUDGET:g} s."
        return [Finding("drawdown: alert too late", told, f"rule {watch.uid}", _REMEDY)]
    return []

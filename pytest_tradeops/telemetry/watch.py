"""Whether connections live, concluded from what comes through them: NautilusTrader tells nobody when one is lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

type Status = Literal["connected", "stale", "disconnected"]
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Sign:
    """The state of one component.

    Attributes:
        component: `data:BINANCE`, `data:BTCUSDT.BINANCE` where a client has several instruments, or `exec:BINANCE`.
        age: Seconds since its last market data; None where none is expected.
        connected: None before it is known.
    """

    component: str
    connected: bool | None
    age: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A component's new state."""

    component: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The market data of one instrument: when the newest came (nanoseconds, 0 for never), and how long is too long."""

    instrument: str
    venue: str
    newest: int
    limit: float


class Watch:
    """Remembers how each component was, and what is new.

    Args:
        patience: Seconds that an order may be on its way to an exchange.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._states: dict[str, Status] = {}
        self._since: dict[str, int] = {}

    def look(self, now: int, feeds: list[Feed], orders: Mapping[str, int]) -> tuple[list[Sign], list[Change]]:
        """The state of every component now, and what has changed since the last look.

        Args:
            now: Nanoseconds, on the clock of the others.
            feeds: All that is subscribed.
            orders: Venue of each account to when its oldest order on the way was sent; 0 if there is none.
        """
        signs = [*self._data(now, feeds), *self._exec(now, orders)]
        return signs, [change for sign in signs if (change := self._change(sign)) is not None]

    def end(self, reason: str) -> list[Change]:
        """Every component that is not disconnected yet now is."""
        changes = [Change(one, "disconnected", reason) for one, was in self._states.items() if was != "disconnected"]
        self._states.update({one.component: one.status for one in changes})
        return changes

    def _data(self, now: int, feeds: list[Feed]) -> Iterator[Sign]:
        venues: dict[str, list[Sign]] = {}
        for feed in feeds:
            since = self._since.setdefault(feed.instrument, now)  # data that never came are late, too
            age = (now - (feed.newest or since)) / SECOND
            late = age > feed.limit
            reason = f"no market data of {feed.instrument} for {age:.1f} s" if late else "market data came"
            connected = False if late else True if feed.newest else None
            venues.setdefault(feed.venue, []).append(Sign(f"data:{feed.instrument}", connected, age, reason))
        for venue, signs in sorted(venues.items()):
            # One instrument may be quiet; a connection is lost when nothing at all comes through it.
            best = min(signs, key=lambda one: (one.connected is not True, one.connected is not None, one.age or 0.0))
            yield Sign(f"data:{venue}", best.connected, best.age, best.reason)
            if len(signs) > 1:
                yield from signs

    def _exec(self, now: int, orders: Mapping[str, int]) -> Iterator[Sign]:
        for venue, sent in sorted(orders.items()):
            age = (now - sent) / SECOND if sent else 0.0
            late = age > self._patience
            reason = f"an order has been on its way for {age:.1f} s" if late else "no order is overdue"
            yield Sign(f"exec:{venue}", not late, None, reason)

    def _change(self, sign: Sign) -> Change | None:
        if sign.connected is None:
            return None
        status: Status = "connected" if sign.connected else "stale"
        if self._states.get(sign.component) == status:
            return None
        self._states[sign.component] = status
        return Change(sign.component, status, sign.reason)

"""The way of the engine's events to the clients, on which faults lose, double, delay, swap or falsify them."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ..engine.events import Event, OrderUpdate, PositionUpdate, WalletUpdate

if TYPE_CHECKING:
    from .exchange import Exchange

type Listener = Callable[[Event], None]

_SECOND = 1_000_000_000
#: A swapped event waits for one that follows it, but not for ever.
_SWAP_NS = 200_000_000


def subject(event: Event) -> str:
    """What a fault's `match` is compared with: `OrderUpdate.TRADE`, `WalletUpdate.fill`, `PositionUpdate.`."""
    if isinstance(event, OrderUpdate):
        return f"OrderUpdate.{event.execution.value}"
    return f"WalletUpdate.{event.cause}" if isinstance(event, WalletUpdate) else f"{type(event).__name__}."


def account_of(event: Event) -> str:
    """Whose event it is; empty for public ones."""
    if isinstance(event, OrderUpdate):
        return event.order.account
    if isinstance(event, WalletUpdate):
        return event.account
    return event.position.account if isinstance(event, PositionUpdate) else ""


class Pushes:
    """Hands events to listeners, through the faults."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._listeners: list[Listener] = []
        self._late: list[tuple[int, int, Event]] = []  # a heap by due time
        self._order = itertools.count()
        self._swapped: list[tuple[int, Event]] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def publish(self, events: Iterable[Event], *, muted: str = "") -> None:
        """Sends events on their way.

        Args:
            muted: An account whose events are lost this time.
        """
        faulty = bool(self._exchange.faults.active())
        for event in events:
            account = account_of(event)
            if not account:
                self._deliver(event)
            elif account != muted:
                if faulty or self._swapped:
                    self._shape(event, account)
                else:
                    self._deliver(event)

    def pump(self) -> None:
        """Delivers what is due by now."""
        now = self._exchange.clock.true_ns()
        while self._late and self._late[0][0] <= now:
            self._deliver(heapq.heappop(self._late)[2])
        while self._swapped and self._swapped[0][0] <= now:
            self._deliver(self._swapped.pop(0)[1])

    def _shape(self, event: Event, account: str) -> None:
        faults, what = self._exchange.faults, subject(event)
        if isinstance(event, OrderUpdate) and event.fill is not None:
            wrong = faults.take("wrong_fee", what, account)
            if wrong:
                fee = event.fill.fee * Decimal(str(wrong.params["factor"]))
                event = replace(event, fill=replace(event.fill, fee=fee))
        if faults.take("lost_push", what, account):
            return
        now = self._exchange.clock.true_ns()
        late = faults.take("delay_push", what, account)
        if late:
            due = now + round(late.params["delay"] * _SECOND)
            heapq.heappush(self._late, (due, next(self._order), event))
            return
        if not self._swapped and faults.take("reorder_push", what, account):
            self._swapped.append((now + _SWAP_NS, event))
            return
        self._deliver(event)
        if faults.take("duplicate_push", what, account):
            self._deliver(event)
        if self._swapped and type(self._swapped[0][1]) is type(event):
            self._deliver(self._swapped.pop(0)[1])

    def _deliver(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:  # a face's defect must not become the engine's
                self._exchange.crashed(f"listener of {type(event).__name__}", error)

"""User data: who listens to which account, and what they are sent."""

import json
from collections.abc import Callable
from typing import Any

from ..engine.events import Event, Execution, OrderUpdate, WalletUpdate
from ..engine.model import Balance
from . import spot_events
from .common.numbers import MILLI
from .spot_desk import Desk, new_id

#: Takes an event as JSON.
type Sink = Callable[[str], None]


class Users:
    """Account events on their way to those who have subscribed to them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sinks: dict[str, dict[Sink, int]] = {}
        self._known: dict[tuple[str, str], Balance] = {}

    def add(self, account: str, sink: Sink, unit: int = MILLI) -> Callable[[], None]:
        """Sends the account's events there from now on; returns what ends that."""
        self._sinks.setdefault(account, {})[sink] = unit
        for asset, balance in self._desk.exchange.engine.balances(account).items():
            self._known[account, asset] = balance

        def end() -> None:
            self._sinks.get(account, {}).pop(sink, None)

        return end

    def on_event(self, event: Event) -> None:
        """Takes an event of the exchange."""
        if isinstance(event, OrderUpdate) and event.order.market in self._desk.symbols:
            self._send(event.order.account, lambda unit: [self._report(event, unit)])
        elif isinstance(event, WalletUpdate):
            self._send(event.account, lambda unit: self._wallet(event, unit))
            for asset, balance in event.balances.items():
                self._known[event.account, asset] = balance

    def _send(self, account: str, make: Callable[[int], list[dict[str, Any]]]) -> None:
        made: dict[int, list[str]] = {}
        for sink, unit in tuple(self._sinks.get(account, {}).items()):
            if unit not in made:
                made[unit] = [json.dumps(one, separators=(",", ":")) for one in make(unit)]
            for text in made[unit]:
                sink(text)

    def _report(self, event: OrderUpdate, unit: int) -> dict[str, Any]:
        desk = self._desk
        order, current, former = desk.shown(event.order), "", ""
        if event.execution is Execution.CANCELED:
            former = order.meta.get("client", order.client_id)
            current = desk.cancel_ids.setdefault(order.id, new_id())
        elif event.execution is Execution.AMENDED and order.id in desk.amendments:
            former = desk.amendments[order.id][-1].former_id
        return spot_events.execution_report(
            desk_event(event, order),
            desk.symbols[order.market],
            desk.execution_id(event),
            now_ns=desk.exchange.clock.now_ns(),
            unit=unit,
            current=current,
            former=former,
        )

    def _wallet(self, event: WalletUpdate, unit: int) -> list[dict[str, Any]]:
        now_ns = self._desk.exchange.clock.now_ns()
        sent = []
        if event.cause == "deposit":
            for asset, after in event.balances.items():
                before = self._known.get((event.account, asset), Balance())
                sent.append(spot_events.balance_update(asset, before, after, event.time_ns, now_ns=now_ns, unit=unit))
        sent.append(spot_events.account_position(event, now_ns=now_ns, unit=unit))
        return sent


def desk_event(event: OrderUpdate, order: Any) -> OrderUpdate:
    """The event with its order as the desk shows it."""
    if order is event.order:
        return event
    return OrderUpdate(execution=event.execution, order=order, fill=event.fill, time_ns=event.time_ns)

"""Writes down what an engine did, in the order in which it did it, without anything that is random by design."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from .market import account_terms, instrument_terms, price_of


class Recorder:
    """Listens to an engine's order events.

    The cache keeps orders in sets, whose order differs with PYTHONHASHSEED, and identifiers may be UUIDs. Orders
    are therefore numbered by their first event, and identifiers never leave the child.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._numbers: dict[Any, int] = {}
        self._reasons: dict[int, list[str]] = {}
        self._submitted: dict[int, Any] = {}
        self.fills: list[dict[str, Any]] = []
        self._starts: dict[Any, dict[str, str]] = {}
        engine.kernel.msgbus.subscribe("events.order.*", self._record)
        engine.kernel.msgbus.subscribe("events.account.*", self._start)

    def _record(self, event: Any) -> None:
        number = self._numbers.setdefault(event.client_order_id, len(self._numbers))
        kind = type(event).__name__
        if kind == "OrderInitialized":
            self._submitted[number] = event
        elif kind == "OrderFilled":
            self.fills.append(
                {
                    "order": number,
                    "strategy": event.strategy_id.value,
                    "instrument": event.instrument_id.value,
                    "side": event.order_side.name,
                    "qty": str(event.last_qty.as_decimal()),
                    "px": str(event.last_px.as_decimal()),
                    "commission": str(event.commission.as_decimal()),
                    "currency": event.commission.currency.code,
                    "liquidity": event.liquidity_side.name,
                    "ts": event.ts_event,
                }
            )
        elif getattr(event, "reason", None):
            reason = str(event.reason).replace(event.client_order_id.value, f"#{number}")
            self._reasons.setdefault(number, []).append(f"{kind}: {reason}")

    def _start(self, event: Any) -> None:
        # Now and as text: the engine changes the balances of this very event in place later on.
        amounts = {balance.currency.code: str(balance.total.as_decimal()) for balance in event.balances}
        self._starts.setdefault(event.account_id, amounts)

    def report(self) -> dict[str, Any]:
        """Everything as JSON values; money and quantities as decimal text, times in nanoseconds."""
        cache = self._engine.cache
        prices = {one: price_of(cache, one.id) for one in cache.instruments()}
        # Rounded to the tick, so that the engine's marks and those computed from this report are the same.
        marks = {one.id: None if price is None else one.make_price(price) for one, price in prices.items()}
        return {
            "orders": self._orders(),
            "fills": self.fills,
            "positions": sorted(self._positions(marks), key=str),
            "accounts": [
                account_terms(one, self._starts.get(one.id, {}))
                for one in sorted(cache.accounts(), key=lambda one: str(one.id))
            ],
            "instruments": {
                one.id.value: instrument_terms(one, marks[one.id])
                for one in sorted(cache.instruments(), key=lambda one: str(one.id.value))
            },
            "iterations": self._engine.iteration,
        }

    def _orders(self) -> list[dict[str, Any]]:
        known = {order.client_order_id: order for order in self._engine.cache.orders()}
        executed: dict[int, Decimal] = defaultdict(Decimal)
        for fill in self.fills:
            executed[fill["order"]] += Decimal(fill["qty"])
        rows = []
        for identifier, number in self._numbers.items():
            order: Any = known.get(identifier)
            event: Any = self._submitted.get(number)
            if order is not None:
                state = {
                    "filled": str(order.filled_qty.as_decimal()),
                    "status": order.status.name,
                    "open": bool(order.is_open or order.is_inflight),
                }
            elif event is not None:  # a strategy may purge closed orders from the cache
                state = {"filled": str(executed[number]), "status": "PURGED", "open": False}
            else:
                continue
            source = event if order is None else order
            rows.append(
                {
                    "number": number,
                    "strategy": source.strategy_id.value,
                    "instrument": source.instrument_id.value,
                    "side": source.side.name,
                    "type": source.order_type.name,
                    "quantity": str(source.quantity.as_decimal()),
                    **state,
                    "reasons": self._reasons.get(number, []),
                    "ts": source.ts_init,
                }
            )
        return rows

    def _positions(self, marks: dict[Any, Any]) -> list[dict[str, Any]]:
        cache = self._engine.cache
        return [self._position(one, marks.get(one.instrument_id)) for one in cache.positions()] + [
            self._position(one, None) for one in cache.position_snapshots()
        ]

    def _position(self, position: Any, mark: Any) -> dict[str, Any]:
        unrealized = position.unrealized_pnl(mark) if position.is_open and mark is not None else None
        realized = position.realized_pnl
        return {
            "strategy": position.strategy_id.value,
            "instrument": position.instrument_id.value,
            "signed_qty": str(position.signed_decimal_qty()),
            "entry": position.entry.name,
            "opened": position.ts_opened,
            "closed": position.ts_closed,
            "realized": None if realized is None else str(realized.as_decimal()),
            "currency": position.settlement_currency.code,
            "unrealized": None if unrealized is None else str(unrealized.as_decimal()),
        }

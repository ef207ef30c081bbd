"""Makes rows of NautilusTrader's events: what `tables.py` says they hold, in a thread that the trading loop never sees.

Only attributes of the events are read, so that this module imports nothing of NautilusTrader's.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .books import Book, Fill, Terms
from .sentry import clean
from .tables import ERRORS, LATENCY, ORDERS, PNL, POSITIONS

type Value = str | int | float | bool | None
type Emit = Callable[[str, int, Mapping[str, Value]], None]

#: Orders that are remembered; what is open is never that much.
_ORDERS = 50_000
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ERRORS = {
    "OrderRejected": "rejected",
    "OrderDenied": "denied",
    "OrderCancelRejected": "cancel_rejected",
    "OrderModifyRejected": "modify_rejected",
}
#: Event to the leg of the latency that it ends, and the event that it began with.
_LEGS = {
    "OrderSubmitted": ("submit", "OrderInitialized"),
    "OrderAccepted": ("accept", "OrderSubmitted"),
    "OrderCanceled": ("cancel", "OrderPendingCancel"),
    "OrderUpdated": ("modify", "OrderPendingUpdate"),
}
_BEGINNINGS = frozenset(beginning for _, beginning in _LEGS.values())
#: Orders that are meant to trade at once; the others wait for their price, which is no latency.
_IMMEDIATE = frozenset({"MARKET", "LIMIT", "MARKET_TO_LIMIT"})
_OVER = frozenset({"OrderCanceled", "OrderExpired", "OrderRejected", "OrderDenied"})


@dataclass(slots=True)
class _Order:
    """What later events of an order no longer say."""

    side: str = ""
    type: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    filled: Decimal = Decimal(0)
    times: dict[str, int] | None = None  #: event to its `ts_init`; None of orders that this process did not make


class Converter:
    """Turns events into rows, in the order in which they happened.

    Args:
        emit: Gets table, time (nanoseconds, the bot's own clock) and values of each row.
        bot: Name of the bot.
        mode: Venue to `live`, `paper` or `backtest`.
        terms: Instrument id to what its money depends on; None while that is unknown.
        order: Client order id to NautilusTrader's order, for orders that were there before this process.
        since: When the bot was started, nanoseconds: fills from before move positions, and are no profit of this run.
    """

    def __init__(
        self,
        emit: Emit,
        *,
        bot: str,
        mode: Callable[[str], str],
        terms: Callable[[Any], Terms | None],
        order: Callable[[Any], Any] = lambda _client_order_id: None,
        since: int = 0,
    ) -> None:
        self._emit = emit
        self._bot = bot
        self._mode = mode
        self._terms = terms
        self._order = order
        self._since = since
        self._orders: OrderedDict[str, _Order] = OrderedDict()
        self.books: dict[tuple[str, Any], Book] = {}

    def order_event(self, event: Any) -> None:
        """Rows of an order event: its own, and where it brings them latency, error and profit."""
        kind = type(event).__name__
        number = event.client_order_id.value
        order = self._known(kind, event, number)
        common = self._common(event)
        reconciled = bool(getattr(event, "reconciliation", False))
        self._emit(ORDERS.name, event.ts_init, {**common, **self._order_row(kind, event, order, reconciled)})
        if kind in _ERRORS:
            self._emit(ERRORS.name, event.ts_init, {**common, **_error_row(_ERRORS[kind], event)})
        if not reconciled and common["mode"] == "live":
            self._latency(kind, event, order, common)
        if order.times is not None and kind in _BEGINNINGS:
            order.times[kind] = event.ts_init
        if kind == "OrderFilled":
            self._fill(event, order, common)
        if kind in _OVER or (order.quantity is not None and order.filled >= order.quantity):
            self._orders.pop(number, None)

    def position_event(self, event: Any) -> None:
        """The row of a change of a position."""
        realized = event.realized_pnl
        self._emit(
            POSITIONS.name,
            event.ts_init,
            {
                **self._common(event),
                "position_id": event.position_id.value,
                "event": _words(type(event).__name__, "Position"),
                "event_id": event.id.value,
                "side": _name(event.side),
                "signed_quantity": float(event.signed_qty),
                "average_open": float(event.avg_px_open),
                "average_close": float(event.avg_px_close) or None,
                "currency": event.currency.code if realized is None else realized.currency.code,
                "realized": None if realized is None else float(realized.as_decimal()),
            },
        )

    def prices(self, at_ns: int, prices: Mapping[Any, Decimal]) -> None:
        """A row of profit for every open book, at these prices; instrument id to price."""
        for (strategy, instrument), book in self.books.items():
            if book.open:
                book.price = prices.get(instrument, book.price)
                self._profit(at_ns, strategy, instrument, book)

    def exception(self, at_ns: int, error_id: str, strategy: str, component: str, error: BaseException) -> None:
        """The row of an exception; its text is redacted."""
        text = " ".join(str(error).split())[:500]
        values: dict[str, Value] = {
            "bot": self._bot,
            "mode": self._mode(""),
            "strategy": strategy or None,
            "kind": "exception",
            "error_id": error_id,
            "component": component,
            "reason": str(clean(f"{type(error).__name__}: {text}" if text else type(error).__name__)),
        }
        self._emit(ERRORS.name, at_ns, values)

    # Inside

    def _common(self, event: Any) -> dict[str, Value]:
        instrument = event.instrument_id
        venue = instrument.venue.value
        return {
            "bot": self._bot,
            "mode": self._mode(venue),
            "strategy": event.strategy_id.value,
            "instrument": instrument.value,
            "venue": venue,
        }

    def _known(self, kind: str, event: Any, number: str) -> _Order:
        order = self._orders.get(number)
        if order is None:
            order = self._orders[number] = _Order()
            if len(self._orders) > _ORDERS:
                self._orders.popitem(last=False)
            source = event if kind == "OrderInitialized" else self._order(event.client_order_id)
            if source is not None:
                order.side, order.type = _name(source.side), _name(source.order_type)
                order.quantity = source.quantity.as_decimal()
                price = source.options.get("price") if kind == "OrderInitialized" else getattr(source, "price", None)
                order.price = None if price is None else Decimal(str(price))
            if kind == "OrderInitialized":
                order.times = {}
        if kind == "OrderUpdated":
            order.quantity = event.quantity.as_decimal()
            order.price = order.price if event.price is None else event.price.as_decimal()
        return order

    def _order_row(self, kind: str, event: Any, order: _Order, reconciled: bool) -> dict[str, Value]:
        venue_order_id = getattr(event, "venue_order_id", None)
        row: dict[str, Value] = {
            "event": _words(kind, "Order"),
            "event_id": event.id.value,
            "client_order_id": event.client_order_id.value,
            "venue_order_id": None if venue_order_id is None else venue_order_id.value,
            "side": order.side or None,
            "quantity": None if order.quantity is None else float(order.quantity),
            "price": None if order.price is None else float(order.price),
            "reason": _reason(event),
            "reconciliation": reconciled,
        }
        if kind == "OrderFilled":
            commission = event.commission
            row |= {
                "trade_id": event.trade_id.value,
                "side": _name(event.order_side),
                "quantity": float(event.last_qty.as_decimal()),
                "price": float(event.last_px.as_decimal()),
                "commission": None if commission is None else float(commission.as_decimal()),
                "currency": None if commission is None else commission.currency.code,
                "liquidity": _liquidity(event),
            }
        return row

    def _latency(self, kind: str, event: Any, order: _Order, common: Mapping[str, Value]) -> None:
        leg, beginning = _LEGS.get(kind, ("", ""))
        if kind == "OrderFilled" and order.type in _IMMEDIATE and _liquidity(event) != "MAKER":
            leg, beginning = "fill", "OrderSubmitted"
        start = (order.times or {}).get(beginning)
        if not leg or start is None:
            return
        row: dict[str, Value] = {
            "leg": leg,
            "event_id": event.id.value,
            "client_order_id": event.client_order_id.value,
            "latency_ns": self.elapsed(start, event),
        }
        self._emit(LATENCY.name, event.ts_init, {**common, **row})

    def elapsed(self, start: int, event: Any) -> int:
        """Nanoseconds on the bot's own clock: the exchange's stamps have its clock, and only milliseconds."""
        return int(event.ts_init) - start

    def _fill(self, event: Any, order: _Order, common: Mapping[str, Value]) -> None:
        quantity = event.last_qty.as_decimal()
        order.filled += quantity
        key = (str(common["strategy"]), event.instrument_id)
        book = self.books.get(key)
        if book is None:
            terms = self._terms(event.instrument_id)
            if terms is None:
                raise LookupError(f"{event.instrument_id} is not in the cache, so its profit is not known")
            book = self.books[key] = Book(terms)
        book.apply(self.fill(event, quantity))
        self._profit(event.ts_init, *key, book)

    def fill(self, event: Any, quantity: Decimal) -> Fill:
        """The event as the book takes it."""
        commission, position = event.commission, event.position_id
        return Fill(
            position="" if position is None else position.value,
            quantity=quantity if _name(event.order_side) == "BUY" else -quantity,
            price=event.last_px.as_decimal(),
            commission=Decimal(0) if commission is None else commission.as_decimal(),
            currency="" if commission is None else commission.currency.code,
            counts=event.ts_event >= self._since,
        )

    def _profit(self, at_ns: int, strategy: str, instrument: Any, book: Book) -> None:
        venue = instrument.venue.value
        common: dict[str, Value] = {
            "bot": self._bot,
            "mode": self._mode(venue),
            "strategy": strategy,
            "instrument": instrument.value,
            "venue": venue,
        }
        for currency, realized, unrealized, commission in book.amounts():
            row: dict[str, Value] = {
                "currency": currency,
                "realized": float(realized),
                "unrealized": None if unrealized is None else float(unrealized),
                "commission": float(commission),
            }
            self._emit(PNL.name, at_ns, {**common, **row})


def _error_row(kind: str, event: Any) -> dict[str, Value]:
    return {
        "kind": kind,
        "error_id": event.id.value,
        "client_order_id": event.client_order_id.value,
        "component": "RiskEngine" if kind == "denied" else f"exec:{event.instrument_id.venue.value}",
        "reason": _reason(event),
    }


def _reason(event: Any) -> str | None:
    reason = getattr(event, "reason", None)
    return str(clean(str(reason))) if reason else None


def _liquidity(event: Any) -> str | None:
    name = _name(event.liquidity_side)
    return name if name in ("MAKER", "TAKER") else None


def _words(kind: str, prefix: str) -> str:
    """`pending_cancel` of `OrderPendingCancel`."""
    return _WORD.sub("_", kind.removeprefix(prefix)).lower()


def _name(value: Any) -> str:
    """The name of an enumeration's value, which events give as a plain number in some versions."""
    name = getattr(value, "name", None)
    return str(name) if name is not None else str(value)

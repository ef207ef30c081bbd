"""What an account asks about its orders, executions and closed profit."""

from collections.abc import Callable, Mapping
from typing import Any

from ..engine.model import Instrument, Kind, Order, Status
from . import account_text, ids, listing, orders_text, params
from .desk import Desk
from .errors import params_error
from .pages import page, result, time_window
from .text import NANOS_PER_MS

_DAY_MS = 86_400_000
WEEK_MS = 7 * _DAY_MS
#: How many ended orders order/realtime still knows.
RECENT = 500

_WHICH = (
    params.CATEGORY,
    params.SYMBOL,
    params.text("baseCoin"),
    params.text("settleCoin"),
    params.text("orderId"),
    params.text("orderLinkId"),
    params.text("cursor"),
)
_FILTER = params.text("orderFilter", "Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")
_REALTIME = (*_WHICH, _FILTER, params.integer("openOnly", 0, 2, default=0), params.integer("limit", 1, 50, default=20))
_STATUSES = (
    "New",
    "PartiallyFilled",
    "Untriggered",
    "Rejected",
    "PartiallyFilledCanceled",
    "Filled",
    "Cancelled",
    "Triggered",
    "Deactivated",
)
_HISTORY = (
    *_WHICH,
    _FILTER,
    *params.WINDOW,
    params.text("orderStatus", *_STATUSES),
    params.integer("limit", 1, 50, default=20),
)
_EXEC_TYPES = (
    "Trade",
    "AdlTrade",
    "Funding",
    "BustTrade",
    "Delivery",
    "Settle",
    "BlockTrade",
    "MovePosition",
    "FutureSpread",
)
_EXECUTIONS = (
    *_WHICH,
    *params.WINDOW,
    params.text("execType", *_EXEC_TYPES),
    params.integer("limit", 1, 100, default=50),
)
_CLOSED = (
    params.CATEGORY,
    params.SYMBOL,
    *params.WINDOW,
    params.integer("limit", 1, 100, default=50),
    params.text("cursor"),
)

type Given = Mapping[str, Any]


class Queries:
    """Answers of one account at a time; each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def realtime(self, account: str, given: Given) -> dict[str, Any]:
        """Open orders; one that is named, and the last 500 with openOnly=1, also when they have ended."""
        asked = params.read(given, _REALTIME)
        category = asked["category"]
        named = asked["orderId"] or asked["orderLinkId"]
        if category == "linear" and not named and not (asked["symbol"] or asked["baseCoin"] or asked["settleCoin"]):
            raise params_error("params error: symbol, baseCoin or settleCoin is required")
        engine = self._desk.read()
        if named:
            found = self._named(account, asked)
        elif asked["openOnly"] == 1:
            found = [one for one in self._orders(account, asked) if not one.status.open][-RECENT:]
        else:
            markets = self._markets(asked)
            found = [one for one in engine.open_orders(account) if one.market in markets]
        found = self._filtered(found, asked["orderFilter"])
        return self._page(found, asked)

    def history(self, account: str, given: Given) -> dict[str, Any]:
        """Orders that have ended."""
        asked = params.read(given, _HISTORY)
        first, last = time_window(
            asked["startTime"], asked["endTime"], self._desk.now_ms, default_ms=WEEK_MS, longest_ms=WEEK_MS
        )
        self._desk.read()
        found = [
            one
            for one in self._orders(account, asked)
            if not one.status.open and first <= one.created_ns // NANOS_PER_MS <= last
        ]
        if asked["orderStatus"]:
            instruments = self._desk.exchange.engine.instruments
            wanted = asked["orderStatus"]
            found = [one for one in found if orders_text.status(one, instruments[one.market].kind) == wanted]
        return self._page(self._filtered(found, asked["orderFilter"]), asked)

    def executions(self, account: str, given: Given) -> dict[str, Any]:
        """Fills, newest first."""
        asked = params.read(given, _EXECUTIONS)
        first, last = time_window(
            asked["startTime"], asked["endTime"], self._desk.now_ms, default_ms=WEEK_MS, longest_ms=WEEK_MS
        )
        engine = self._desk.read()
        if asked["orderId"] or asked["orderLinkId"]:
            ids_ = {one.id for one in self._named(account, asked)}
            fills = [fill for fill in engine.fills(account) if fill.order_id in ids_]
        else:
            markets = self._markets(asked)
            fills = [
                fill
                for fill in engine.fills(account)
                if fill.market in markets and first <= fill.time_ns // NANOS_PER_MS <= last
            ]
        if asked["execType"] not in (None, "Trade"):
            fills = []
        fills.sort(key=lambda fill: (fill.time_ns, fill.trade_id), reverse=True)
        chunk, cursor = page(
            fills, asked["limit"], asked["cursor"], lambda fill: f"{fill.market}:{fill.trade_id}:{fill.order_id}"
        )
        shown = []
        for fill in chunk:
            order = engine.order(account, fill.market, order_id=fill.order_id)
            if order is not None:
                shown.append(self._desk.execution(order, fill))
        return result(asked["category"], shown, cursor)

    def closed_pnl(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _CLOSED)
        first, last = time_window(
            asked["startTime"], asked["endTime"], self._desk.now_ms, default_ms=WEEK_MS, longest_ms=WEEK_MS
        )
        if asked["symbol"]:
            self._desk.instrument(asked["category"], asked["symbol"])
        engine = self._desk.read()
        records = [
            one
            for one in reversed(self._desk.ledger.closed.get(account, []))
            if self._in(engine.instruments[one.market], asked) and first <= one.created_ns // NANOS_PER_MS <= last
        ]
        chunk, cursor = page(records, asked["limit"], asked["cursor"], lambda one: f"{one.market}:{one.order_id}")
        shown = []
        for record in chunk:
            order = engine.order(account, record.market, order_id=record.order_id)
            if order is not None:
                instrument = engine.instruments[record.market]
                shown.append(account_text.closed_pnl(instrument, record, self._desk.order(order)))
        return result(asked["category"], shown, cursor)

    def _orders(self, account: str, asked: Given) -> list[Order]:
        """By id; those that the most specific of orderId, orderLinkId, symbol, baseCoin and settleCoin names."""
        engine = self._desk.exchange.engine
        if asked["orderId"] or asked["orderLinkId"]:
            return self._named(account, asked)
        markets = self._markets(asked)
        if len(markets) == 1:
            return engine.orders(account, next(iter(markets)))
        return [one for one in engine.orders(account) if one.market in markets]

    def _markets(self, asked: Given) -> set[str]:
        """Those that symbol, baseCoin or settleCoin names; raises Refusal for a symbol that there is not."""
        if asked["symbol"]:
            return {self._desk.instrument(asked["category"], asked["symbol"]).key}
        return {one.key for one in self._desk.exchange.engine.instruments.values() if self._in(one, asked)}

    def _named(self, account: str, asked: Given) -> list[Order]:
        engine = self._desk.exchange.engine
        kind = listing.kind_of(asked["category"])
        if kind is None:
            return []
        markets = [one.key for one in listing.of_category(engine.instruments.values(), asked["category"])]
        if asked["orderId"]:
            number = ids.order_number(kind, asked["orderId"])
            if number is None:
                return []
            given: dict[str, Any] = {"order_id": number}
        else:
            given = {"client_id": asked["orderLinkId"]}
        found = (engine.order(account, market, **given) for market in markets)
        return [one for one in found if one is not None]

    @staticmethod
    def _in(instrument: Instrument, asked: Given) -> bool:
        if instrument.kind is not listing.kind_of(asked["category"]):
            return False
        if asked.get("symbol"):
            return bool(instrument.symbol == asked["symbol"])
        if asked.get("baseCoin"):
            return bool(instrument.base == asked["baseCoin"])
        settle = asked.get("settleCoin")
        return not settle or instrument.kind is Kind.SPOT or instrument.quote == settle

    @staticmethod
    def _filtered(orders: list[Order], wanted: str | None) -> list[Order]:
        if wanted is None:
            return orders
        keeps: dict[str, Callable[[Order], bool]] = {
            "Order": lambda one: not one.type.conditional or bool(one.triggered_ns),
            "StopOrder": lambda one: _waits(one) and one.meta.get("filter", "StopOrder") == "StopOrder",
            "tpslOrder": lambda one: _waits(one) and one.meta.get("filter") == "tpslOrder",
        }
        keep = keeps.get(wanted)
        return [one for one in orders if keep(one)] if keep else []

    def _page(self, orders: list[Order], asked: Given) -> dict[str, Any]:
        newest = orders[::-1]
        chunk, cursor = page(newest, asked["limit"], asked["cursor"], lambda one: str(one.id))
        return result(asked["category"], [self._desk.order(one) for one in chunk], cursor)


def _waits(one: Order) -> bool:
    """Conditional, and either still waiting or ended."""
    return one.type.conditional and (one.status is Status.PENDING or not one.status.open)

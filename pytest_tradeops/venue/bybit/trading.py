"""order/create, amend, cancel and cancel-all, one by one and in batches, for REST and the trade socket."""

from collections.abc import Callable, Mapping
from typing import Any

from ..engine.model import Instrument, Kind, Order, Reason, Rejected, Status
from . import ids, intake, listing, params
from .desk import Desk
from .errors import Refusal, by_kind, order_refusal, params_error, refusal

#: How many orders a batch may have.
BATCH = {"linear": 20, "spot": 10}

_NAMED = (
    params.CATEGORY,
    params.text("symbol", required=True),
    params.text("orderId"),
    params.text("orderLinkId"),
)
_AMEND = (
    *_NAMED,
    params.decimal("qty"),
    params.decimal("price"),
    params.decimal("triggerPrice"),
    params.decimal("takeProfit"),
    params.decimal("stopLoss"),
)
_CANCEL = (*_NAMED, params.text("orderFilter", "Order", "StopOrder", "tpslOrder"))
_CANCEL_ALL = (
    params.CATEGORY,
    params.SYMBOL,
    params.text("baseCoin"),
    params.text("settleCoin"),
    params.text("orderFilter", "Order", "StopOrder", "OpenOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder"),
    params.text("stopOrderType", "Stop"),
)

type Given = Mapping[str, Any]
type One = Callable[[str, Given], dict[str, Any]]


class Trading:
    """Commands of one account at a time; each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, account: str, given: Given) -> dict[str, Any]:
        engine = self._desk.read()
        request = intake.read(engine, account, given)
        try:
            order: Order = self._desk.exchange.call("submit", account, request)
        except Rejected as rejected:
            instrument = engine.instruments[request.market]
            flat = instrument.kind is Kind.SPOT or not engine.position(account, request.market).quantity
            raise order_refusal(rejected, instrument, request, flat=flat) from rejected
        return self._acknowledged(order)

    def amend(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _AMEND)
        instrument = self._desk.instrument(asked["category"], asked["symbol"], trading=True)
        self._named(asked)
        self._desk.read()
        order = self._desk.find(account, instrument, asked["orderId"], asked["orderLinkId"], missing="replace")
        if not order.status.open:
            raise by_kind(
                instrument.kind,
                spot=(170213, "Order does not exist."),
                linear=(110001, "order not exists or too late to replace"),
            )
        if asked["takeProfit"] or asked["stopLoss"]:
            raise by_kind(
                instrument.kind,
                spot=(170227, "This feature is not supported."),
                linear=(110057, "TP/SL params of an order are not supported: use /v5/position/trading-stop"),
            )
        changes = {"quantity": asked["qty"], "price": asked["price"], "trigger_price": asked["triggerPrice"]}
        if instrument.kind is Kind.LINEAR and asked["qty"] is not None and asked["qty"] <= order.filled:
            raise Refusal(110064, "The modified contract quantity cannot be less than or equal to the filled quantity.")
        wanted = {name: value for name, value in changes.items() if value is not None}
        if not wanted:
            raise refusal(Rejected(Reason.NOTHING_TO_CHANGE), instrument.kind)
        self._desk.call(instrument, "amend", account, instrument.key, order_id=order.id, **wanted)
        return self._acknowledged(order)

    def cancel(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _CANCEL)
        instrument = self._desk.instrument(asked["category"], asked["symbol"], trading=True)
        self._named(asked)
        self._desk.read()
        order = self._desk.find(account, instrument, asked["orderId"], asked["orderLinkId"])
        filtered = asked["orderFilter"] or "Order"
        held_as = order.meta.get("filter", "Order") if order.status is Status.PENDING else "Order"
        if instrument.kind is Kind.SPOT and filtered != held_as:
            raise Refusal(170213, "Order does not exist.")
        if not order.status.open:
            raise refusal(Rejected(Reason.UNKNOWN_ORDER), instrument.kind)
        self._desk.call(instrument, "cancel", account, instrument.key, order_id=order.id)
        return self._acknowledged(order)

    def cancel_all(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _CANCEL_ALL)
        category = asked["category"]
        if category != "spot" and not (asked["symbol"] or asked["baseCoin"] or asked["settleCoin"]):
            raise params_error("params error: symbol, baseCoin or settleCoin is required")
        engine = self._desk.read()
        markets = listing.of_category(engine.instruments.values(), category)
        if asked["symbol"]:
            markets = [self._desk.instrument(category, asked["symbol"], trading=True)]
        elif asked["baseCoin"]:
            markets = [one for one in markets if one.base == asked["baseCoin"]]
        elif asked["settleCoin"] and category != "spot":
            markets = [one for one in markets if one.quote == asked["settleCoin"]]
        wanted = asked["orderFilter"] or ("Order" if category == "spot" else None)
        gone: list[Order] = []
        for market in markets:
            gone += self._cancel_market(account, market, wanted)
        return {"list": [self._acknowledged(one) for one in gone], "success": "1"}

    def _cancel_market(self, account: str, market: Instrument, wanted: str | None) -> list[Order]:
        if wanted in (None, "OpenOrder", "Order") or (wanted == "StopOrder" and market.kind is Kind.LINEAR):
            conditional = None if wanted in (None, "OpenOrder") else wanted != "Order"
            found: list[Order] = self._desk.call(market, "cancel_all", account, market.key, conditional=conditional)
            return found
        engine = self._desk.exchange.engine
        waiting = [one for one in engine.open_orders(account, market.key) if one.status is Status.PENDING]
        chosen = [one for one in waiting if one.meta.get("filter") == wanted]
        return [self._desk.call(market, "cancel", account, market.key, order_id=one.id) for one in chosen]

    def batch(self, account: str, given: Given, one: One) -> tuple[dict[str, Any], dict[str, Any]]:
        """`result` and `retExtInfo` of a batch; an order that fails does not stop the others."""
        category, requests = self.requests(given)
        done: list[dict[str, Any]] = []
        said: list[dict[str, Any]] = []
        for request in requests:
            entry = {
                "category": category,
                "symbol": _shown(request.get("symbol")),
                "orderId": _shown(request.get("orderId")),
                "orderLinkId": _shown(request.get("orderLinkId")),
            }
            creates = one == self.create
            try:
                entry |= one(account, {**request, "category": category})
            except Refusal as refused:
                said.append({"code": refused.code, "msg": refused.message})
                done.append(entry | ({"createAt": ""} if creates else {}))
            else:
                said.append({"code": 0, "msg": "OK"})
                done.append(entry | ({"createAt": str(self._desk.now_ms)} if creates else {}))
        return {"list": done}, {"list": said}

    @staticmethod
    def requests(given: Given) -> tuple[str, list[Given]]:
        """Category and orders of a batch; raises Refusal if it is none, or too many."""
        category = params.read(given, (params.CATEGORY,))["category"]
        requests = given.get("request")
        if not isinstance(requests, list) or not requests or not all(isinstance(one, dict) for one in requests):
            raise params_error("params error: request is required")
        most = BATCH.get(category, 20)
        if len(requests) > most:
            raise params_error(f"params error: the number of orders in one request exceeds the limit {most}")
        return category, requests

    @staticmethod
    def _named(asked: Given) -> None:
        if not asked["orderId"] and not asked["orderLinkId"]:
            raise params_error("params error: OrderId or orderLinkId is required")

    def _acknowledged(self, order: Order) -> dict[str, Any]:
        kind = self._desk.exchange.engine.instruments[order.market].kind
        return {"orderId": ids.order_id(kind, order.id), "orderLinkId": order.meta.get("link", "")}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else ""

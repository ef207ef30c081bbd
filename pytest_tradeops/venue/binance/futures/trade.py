"""The order endpoints: place, test, modify, cancel, in ones and in batches."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...engine.model import Instrument, Order, Status
from ..common import errors
from ..common.endpoint import Call
from ..common.errors import BinanceError
from ..common.params import Param
from . import render
from .desk import Desk
from .errors import check_price, check_quantity
from .intake import ORDER, order_request
from .params import AMOUNT, MATCH, ORDER_ID, ORIG_ID, SIDE, SYMBOL, Names
from .screen import screen
from .terms import MAX_AMENDMENTS

MODIFY = (
    SYMBOL,
    SIDE,
    ORDER_ID,
    ORIG_ID,
    Param("quantity", AMOUNT, required=True),
    Param("price", AMOUNT),
    MATCH,
)
_PLACE, _MODIFY = Names(*ORDER), Names(*MODIFY)


class Trading:
    """What needs a key that may trade."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def place(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        request = order_request(self._desk, terms, call)
        screen(self._desk, call.account, request, terms)
        order = self._desk.submit(call.account, request, terms)
        result = call.get("newOrderRespType", "ACK") == "RESULT"
        return render.new_order(order, terms) if result else render.acknowledged(order, terms)

    def test(self, call: Call) -> dict[str, Any]:
        """Everything but the order. The answer is what a new order's would be, as far as it is known."""
        terms = self._desk.instrument(call["symbol"])
        request = order_request(self._desk, terms, call)
        screen(self._desk, call.account, request, terms)
        self._desk.check(call.account, request, terms)
        return {}

    def place_batch(self, call: Call) -> list[Any]:
        return self._each(call, _PLACE, self.place)

    def modify(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        if call.get("priceMatch", "NONE") != "NONE":
            raise errors.not_required("pricematch")
        if "price" not in call.params:
            raise errors.mandatory("price")
        order = self._desk.order(call.account, terms.key, call.get("orderId"), call.get("origClientOrderId"))
        if order is None or not order.status.open:
            raise errors.no_such_order()
        return render.amended(self._modified(call, order, terms), terms)

    def modify_batch(self, call: Call) -> list[Any]:
        return self._each(call, _MODIFY, self.modify)

    def cancel(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        order = self._desk.order(call.account, terms.key, call.get("orderId"), call.get("origClientOrderId"))
        if order is None or not order.status.open:
            raise errors.cancel_rejected()
        return render.new_order(self._desk.cancel(order), terms)

    def cancel_batch(self, call: Call) -> list[Any]:
        ids, names = call.get("orderIdList"), call.get("origClientOrderIdList")
        if ids is None and names is None:
            raise errors.either("orderidlist", "origclientorderidlist")
        asked = [{"orderId": one} for one in ids] if ids else [{"origClientOrderId": one} for one in names]
        answers: list[Any] = []
        for one in asked:
            try:
                answers.append(self.cancel(replace(call, params={"symbol": call["symbol"], **one})))
            except BinanceError as error:
                answers.append(error.body())
        return answers

    def cancel_all(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        for order in self._desk.open_orders(call.account, terms.key):
            if order.status.open:
                self._desk.cancel(order)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def countdown(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        key = (call.account, terms.symbol)
        milliseconds = call["countdownTime"]
        self._desk.countdowns.pop(key, None)
        if milliseconds:
            self._desk.countdowns[key] = self._desk.exchange.clock.true_ns() + milliseconds * 1_000_000
        return {"symbol": terms.symbol, "countdownTime": str(milliseconds)}

    def _modified(self, call: Call, order: Order, terms: Instrument) -> Order:
        quantity, price = call["quantity"], call["price"]
        check_quantity(terms, quantity)
        check_price(terms, price)
        if order.side.value != call["side"]:
            raise BinanceError(-1117, "Invalid side.")
        if order.price is None:
            raise BinanceError(-5025, "Only limit order is supported.")
        if (quantity, price) == (order.quantity, order.price):
            raise BinanceError(-5027, "No need to modify the order.")
        if len(self._desk.amendments.get(order.id, ())) >= MAX_AMENDMENTS:
            raise BinanceError(-5026, "Exceed maximum modify order limit.")
        # The exchange ends an order rather than refuse these two.
        if order.status is Status.PARTIALLY_FILLED and quantity <= order.filled:
            return self._desk.cancel(order)
        if order.post_only and self._desk.read().would_take(terms.key, order.side, price):
            return self._desk.cancel(order)
        return self._desk.amend(order, quantity, price)

    @staticmethod
    def _each(call: Call, table: Names, act: Callable[[Call], Any]) -> list[Any]:
        """Each order by itself: what is wrong with one does not stop the others."""
        answers: list[Any] = []
        sent: Mapping[str, str]
        for sent in call["batchOrders"]:
            try:
                answers.append(act(replace(call, params=table.parse(sent))))
            except BinanceError as error:
                answers.append(error.body())
        return answers

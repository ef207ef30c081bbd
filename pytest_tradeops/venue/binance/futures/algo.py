"""The algo service: conditional orders, which the order endpoints have not taken since 2025-12-09 (-4120).

A conditional order is checked for margin and for its position only when it triggers, and is an order of the matching
engine from then on, with an id of that kind and the same client id.
"""

from typing import Any

from ..common import errors
from ..common.endpoint import Call
from ..common.errors import BinanceError
from . import render
from .desk import ALGO_IDS, Desk
from .intake import algo_request
from .span import span
from .terms import MAX_ALGO_ORDERS


class Algo:
    """Endpoints of conditional orders."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def place(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        request = algo_request(terms, call)
        if len(self._desk.open_algos(call.account, terms.key)) >= MAX_ALGO_ORDERS:
            raise BinanceError(-4045, "Reach max stop order limit.")
        return render.new_algo(self._desk.submit(call.account, request, terms), terms)

    def query(self, call: Call) -> dict[str, Any]:
        order = self._desk.algo_order(call.account, call.get("algoId"), call.get("clientAlgoId"))
        if order is None:
            raise errors.no_such_order()
        return render.algo(order, self._desk.terms(order))

    def cancel(self, call: Call) -> dict[str, Any]:
        order = self._desk.algo_order(call.account, call.get("algoId"), call.get("clientAlgoId"))
        if order is None or order.triggered_ns or not order.status.open:
            raise errors.cancel_rejected()
        self._desk.cancel(order)
        return {
            "algoId": ALGO_IDS + order.id,
            "clientAlgoId": order.client_id,
            "code": "200",
            "msg": "success",
        }

    def cancel_all(self, call: Call) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        for order in self._desk.open_algos(call.account, terms.key):
            self._desk.cancel(order)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def open(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key if "symbol" in call.params else None
        wanted = call.get("algoId")
        return [
            render.algo(order, self._desk.terms(order))
            for order in self._desk.open_algos(call.account, market)
            if wanted is None or ALGO_IDS + order.id == wanted
        ]

    def all(self, call: Call) -> list[dict[str, Any]]:
        """Those of a symbol, oldest first; by default the newest."""
        terms = self._desk.instrument(call["symbol"])
        start, end = span(call)
        least = call.get("algoId")
        found = [
            order
            for order in self._desk.read().orders(call.account, terms.key)
            if order.type.conditional and start <= order.created_ns <= end
        ]
        size = call.get("limit", 500)
        if least is not None:
            found = [order for order in found if ALGO_IDS + order.id >= least][:size]
        elif "page" in call.params:
            first = (max(1, call["page"]) - 1) * size
            found = found[first : first + size]
        else:
            found = found[-size:]
        return [render.algo(order, terms) for order in found]

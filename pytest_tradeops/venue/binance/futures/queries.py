"""What an account may read of its orders, fills and income."""

from collections.abc import Iterator
from typing import Any

from ...engine.model import Order
from ..common import errors
from ..common.endpoint import Call
from ..common.numbers import MILLI, fixed
from . import render
from .desk import Desk, working
from .span import span

_QUARTER_NS = 90 * 24 * 3_600 * 1_000_000_000


class Queries:
    """Endpoints that need a key that may read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def order(self, call: Call) -> dict[str, Any]:
        return self._found(call, must_be_open=False)

    def open_order(self, call: Call) -> dict[str, Any]:
        return self._found(call, must_be_open=True)

    def open_orders(self, call: Call) -> list[dict[str, Any]]:
        market = self._desk.instrument(call["symbol"]).key if "symbol" in call.params else None
        return [self._shown(order) for order in self._desk.open_orders(call.account, market)]

    def all_orders(self, call: Call) -> list[dict[str, Any]]:
        """Of a symbol, oldest first: from an id on, or the newest of a time."""
        terms = self._desk.instrument(call["symbol"])
        start, end = span(call)
        orders = [one for one in self._desk.read().orders(call.account, terms.key) if working(one)]
        size = call.get("limit", 500)
        if "orderId" in call.params:
            chosen = [one for one in orders if one.id >= call["orderId"]][:size]
        else:
            timed = [one for one in orders if start <= (one.triggered_ns or one.created_ns) <= end]
            chosen = timed[:size] if "startTime" in call.params else timed[-size:]
        return [self._shown(one) for one in chosen]

    def trades(self, call: Call) -> list[dict[str, Any]]:
        """The account's fills in a symbol, oldest first."""
        terms = self._desk.instrument(call["symbol"])
        timed = "startTime" in call.params or "endTime" in call.params
        if "fromId" in call.params and timed:
            raise errors.bad_combination()
        start, end = span(call)
        fills = self._desk.read().fills(call.account, terms.key)
        if "orderId" in call.params:
            fills = [one for one in fills if one.order_id == call["orderId"]]
        size = call.get("limit", 500)
        if "fromId" in call.params:
            fills = [one for one in fills if one.trade_id >= call["fromId"]][:size]
        else:
            fills = [one for one in fills if start <= one.time_ns <= end]
            fills = fills[:size] if "startTime" in call.params else fills[-size:]
        return [render.user_trade(one, terms) for one in fills]

    def income(self, call: Call) -> list[dict[str, Any]]:
        """Fees, profits and transfers, oldest first."""
        symbol = self._desk.instrument(call["symbol"]).symbol if "symbol" in call.params else None
        start, end = span(call, _QUARTER_NS)
        kind, size = call.get("incomeType"), call.get("limit", 100)
        first = (max(1, call.get("page", 1)) - 1) * size
        found = [
            one
            for one in sorted(self._incomes(call.account), key=lambda one: (one["time"], one["tranId"]))
            if (symbol is None or one["symbol"] == symbol)
            and (kind is None or one["incomeType"] == kind)
            and start // MILLI <= one["time"] <= end // MILLI
        ]
        if "startTime" not in call.params and "page" not in call.params:
            return found[-size:]
        return found[first : first + size]

    def amendments(self, call: Call) -> list[dict[str, Any]]:
        """The newest first."""
        terms = self._desk.instrument(call["symbol"])
        order = self._desk.order(call.account, terms.key, call.get("orderId"), call.get("origClientOrderId"))
        if order is None:
            raise errors.no_such_order()
        history = self._desk.amendments.get(order.id, [])
        rows = [
            {
                "amendmentId": one.number,
                "symbol": terms.symbol,
                "pair": terms.symbol,
                "orderId": order.id,
                "clientOrderId": order.client_id,
                "time": one.time_ns // MILLI,
                "amendment": {
                    "price": {
                        "before": render.price_of(terms, one.old_price),
                        "after": render.price_of(terms, one.new_price),
                    },
                    "origQty": {
                        "before": render.quantity_of(terms, one.old_quantity),
                        "after": render.quantity_of(terms, one.new_quantity),
                    },
                    "count": number,
                },
            }
            for number, one in enumerate(history, 1)
        ]
        return rows[::-1][: call.get("limit", 50)]

    def force_orders(self, call: Call) -> list[dict[str, Any]]:
        """Liquidations; nothing is deleveraged here."""
        market = self._desk.instrument(call["symbol"]).key if "symbol" in call.params else None
        start, end = span(call)
        if call.get("autoCloseType", "LIQUIDATION") != "LIQUIDATION":
            return []
        found = [
            self._shown(one)
            for one in self._desk.read().orders(call.account, market)
            if one.meta.get("cause") == render.LIQUIDATION and start <= one.created_ns <= end
        ]
        return found[-call.get("limit", 50) :]

    def _found(self, call: Call, *, must_be_open: bool) -> dict[str, Any]:
        terms = self._desk.instrument(call["symbol"])
        order = self._desk.order(call.account, terms.key, call.get("orderId"), call.get("origClientOrderId"))
        if order is None or (must_be_open and not order.status.open):
            raise errors.no_such_order()
        return self._shown(order)

    def _shown(self, order: Order) -> dict[str, Any]:
        return render.queried(order, self._desk.terms(order))

    def _incomes(self, account: str) -> Iterator[dict[str, Any]]:
        for fill in self._desk.read().fills(account):
            terms = self._desk.instruments.get(self._desk.symbols.get(fill.market, ""))
            if terms is None:
                continue
            parts = [("COMMISSION", -fill.fee)]
            if fill.realized_pnl:
                parts.append(("REALIZED_PNL", fill.realized_pnl))
            for kind, amount in parts:
                yield {
                    "symbol": terms.symbol,
                    "incomeType": kind,
                    "income": fixed(amount),
                    "asset": fill.fee_asset,
                    "time": fill.time_ns // MILLI,
                    "info": str(fill.trade_id) if kind == "COMMISSION" else "",
                    "tranId": fill.order_id * 1_000_000 + fill.trade_id,
                    "tradeId": str(fill.trade_id),
                }
        for one in self._desk.transfers:
            if one.account == account:
                yield {
                    "symbol": "",
                    "incomeType": "TRANSFER",
                    "income": fixed(one.amount),
                    "asset": one.asset,
                    "time": one.time_ns // MILLI,
                    "info": "TRANSFER",
                    "tranId": one.number,
                    "tradeId": "",
                }

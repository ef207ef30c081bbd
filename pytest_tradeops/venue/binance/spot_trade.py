"""Placing, cancelling, replacing and amending orders."""

from typing import Any

from ..engine.model import ZERO, Order, OrderRequest, Status
from ..kit.limits import ORDERS, Limited
from . import spot_render as render
from . import spot_terms as terms
from .common import errors
from .common.endpoint import Call
from .common.errors import BinanceError
from .common.numbers import fixed
from .spot_desk import Desk, new_id
from .spot_order_params import order_request, response_type

_WINDOWS = {"10s": "10 SECOND", "1m": "1 MINUTE", "1d": "1 DAY"}


class Trading:
    """The endpoints that change something."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def place(self, call: Call) -> dict[str, Any]:
        request = self._request(call)
        self._count(call)
        return self._submit(call, request)

    def test(self, call: Call) -> dict[str, Any]:
        request = self._request(call)
        self._desk.check(call.account, request)
        if not call.get("computeCommissionRates"):
            return {}
        instrument = self._desk.instrument(call["symbol"])
        rates = {"maker": fixed(instrument.maker_fee), "taker": fixed(instrument.taker_fee)}
        none = {"maker": fixed(ZERO), "taker": fixed(ZERO)}
        return {
            "standardCommissionForOrder": rates,
            "specialCommissionForOrder": none,
            "taxCommissionForOrder": none,
            "discount": discount(),
        }

    def cancel(self, call: Call) -> dict[str, Any]:
        order = self._order(call, "orderId", "origClientOrderId")
        return self._cancel(call, order, call.get("newClientOrderId"))

    def cancel_all(self, call: Call) -> list[dict[str, Any]]:
        market, cancel_id = self._desk.instrument(call["symbol"]).key, new_id()
        orders = self._desk.cancel_all(call.account, market, cancel_id)
        return [render.canceled(order, call["symbol"], cancel_id, call.unit) for order in orders]

    def replace(self, call: Call) -> dict[str, Any]:
        """Cancels one order and places another; half a success is an error that carries both halves."""
        if "cancelOrderId" not in call.params and "cancelOrigClientOrderId" not in call.params:
            raise errors.either("cancelOrigClientOrderId", "cancelOrderId")
        request = self._request(call)
        self._desk.check_filters(call.account, request)
        cancel_only = call.get("orderRateLimitExceededMode") == "CANCEL_ONLY"
        too_many = self._too_many(call)
        if too_many is not None and not cancel_only:
            raise too_many
        stop = call["cancelReplaceMode"] == "STOP_ON_FAILURE"
        canceled: Any
        try:
            order = self._order(call, "cancelOrderId", "cancelOrigClientOrderId")
            canceled = self._cancel(call, order, call.get("cancelNewClientOrderId"))
            cancel_result = "SUCCESS"
        except BinanceError as error:
            canceled, cancel_result = error.body(), "FAILURE"
        placed: Any = None
        place_result = "NOT_ATTEMPTED"
        if cancel_result == "SUCCESS" or not stop:
            try:
                if too_many is not None:
                    raise too_many
                placed, place_result = self._submit(call, request), "SUCCESS"
            except BinanceError as error:
                placed, place_result = error.body(), "FAILURE"
        data = {
            "cancelResult": cancel_result,
            "newOrderResult": place_result,
            "cancelResponse": canceled,
            "newOrderResponse": placed,
        }
        if (cancel_result, place_result) == ("SUCCESS", "SUCCESS"):
            return data
        status = 429 if too_many is not None else 409 if "SUCCESS" in (cancel_result, place_result) else 400
        if "SUCCESS" in (cancel_result, place_result):
            raise BinanceError(-2021, "Order cancel-replace partially failed.", status=status, data=data)
        raise BinanceError(-2022, "Order cancel-replace failed.", status=status, data=data)

    def amend(self, call: Call) -> dict[str, Any]:
        """Reduces an order's quantity; it keeps its place in the queue."""
        order = self._order(call, "orderId", "origClientOrderId")
        quantity = call["newQty"]
        if not order.status.open:
            raise BinanceError(-2038, "Unknown order sent.")
        instrument = self._desk.instrument(call["symbol"])
        if not quantity:
            raise BinanceError(-1013, "Invalid quantity.")
        if quantity % instrument.step or quantity < instrument.min_quantity:
            raise errors.filter_failure("LOT_SIZE")
        if quantity == order.quantity:
            raise BinanceError(-2038, "The requested action would change no state; rejecting.")
        if quantity > order.quantity:
            raise BinanceError(-2038, "Order amend (quantity increase) is not supported.")
        if len(self._desk.amendments.get(order.id, ())) >= terms.MAX_AMENDS:
            raise BinanceError(-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")
        changed, amendment = self._desk.amend(order, quantity, call.get("newClientOrderId") or new_id())
        return render.amended(changed, call["symbol"], amendment.former_id, amendment.execution_id, call.unit)

    def lists(self, call: Call) -> Any:
        """Order lists, which no symbol allows here."""
        self._desk.instrument(call["symbol"])
        raise errors.rejected("OCO orders are not supported for this symbol")

    def no_list(self, call: Call) -> Any:
        """There is no order list that could be cancelled."""
        del call
        raise errors.cancel_rejected()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _request(self, call: Call) -> OrderRequest:
        instrument = self._desk.instrument(call["symbol"])
        request = order_request(instrument, call.params)
        if request.type.conditional:
            waiting = self._desk.exchange.read().open_orders(call.account, instrument.key)
            if sum(order.status is Status.PENDING for order in waiting) >= terms.MAX_ALGO_ORDERS:
                raise errors.filter_failure("MAX_NUM_ALGO_ORDERS")
        return request

    def _submit(self, call: Call, request: OrderRequest) -> dict[str, Any]:
        order = self._desk.submit(call.account, request)
        response = response_type(call.params)
        fills = self._desk.fills(order) if response == "FULL" and order.filled else ()
        return render.new_order(order, call["symbol"], response, fills, call.unit)

    def _order(self, call: Call, by_id: str, by_client_id: str) -> Order:
        order_id, client_id = call.get(by_id), call.get(by_client_id)
        if order_id is None and client_id is None:
            raise errors.either(by_client_id, by_id)
        market = self._desk.instrument(call["symbol"]).key
        return self._desk.find(call.account, market, order_id, client_id, missing=errors.cancel_rejected())

    def _cancel(self, call: Call, order: Order, cancel_id: str | None) -> dict[str, Any]:
        only = call.get("cancelRestrictions")
        if order.status.open and only and render.status(order) != only.removeprefix("ONLY_"):
            raise errors.cancel_rejected("Order was not canceled due to cancel restrictions.")
        cancel_id = cancel_id or new_id()
        return render.canceled(self._desk.cancel(order, cancel_id), call["symbol"], cancel_id, call.unit)

    def _count(self, call: Call) -> None:
        error = self._too_many(call)
        if error is not None:
            raise error

    def _too_many(self, call: Call) -> BinanceError | None:
        """Counts an order; the error if there are too many."""
        now_ms = call.now_ns // 1_000_000
        try:
            self._desk.exchange.limiter.spend(ORDERS, call.account, 1, now_ms)
        except Limited as error:
            used, limits = error.usage.used, error.usage.limits
            label = next((one for one in limits if used[one] >= limits[one]), next(iter(limits)))
            return errors.too_many_orders(limits[label], _WINDOWS.get(label, label), error.retry_after_s)
        return None


def discount() -> dict[str, Any]:
    """There is no paying of fees in BNB here."""
    return {
        "enabledForAccount": False,
        "enabledForSymbol": False,
        "discountAsset": "BNB",
        "discount": "0.00000000",
    }

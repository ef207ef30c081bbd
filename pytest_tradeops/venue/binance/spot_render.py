"""Orders and fills as Binance Spot's answers show them."""

from collections.abc import Iterable
from typing import Any

from ..engine.model import ZERO, Fill, Order, OrderType, Reason, Status
from .common.numbers import fixed
from .spot_terms import SPOT_TYPES, STP_DEFAULT

_STATUS = {Status.PENDING: "NEW"}
_EXPIRY = {
    Reason.IMMEDIATE_OR_CANCEL: "UNFILLED_IOC_QUANTITY_EXPIRED",
    Reason.FILL_OR_KILL: "UNFILLED_FOK_ORDER_EXPIRED",
    Reason.NO_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    Reason.INJECTED: "EXCHANGE_CANCELED",
    Reason.MARKET_CLOSED: "EXCHANGE_CANCELED",
}
NO_LIST = -1


def order_type(order: Order) -> str:
    """Binance's name of it: as it was sent, or what comes closest."""
    return order.meta.get("type") or ("LIMIT_MAKER" if order.post_only else SPOT_TYPES[order.type])


def status(order: Order) -> str:
    """Binance's status; an order that would have traded with its own account is EXPIRED_IN_MATCH."""
    if order.status is Status.EXPIRED and order.reason is Reason.SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    return _STATUS.get(order.status, order.status.value)


def expiry_reason(order: Order) -> str | None:
    """Why it expired; None if it did not, or in a self-trade, which has fields of its own."""
    if order.status is not Status.EXPIRED or order.reason is Reason.SELF_TRADE:
        return None
    if order.reason is None:
        return "NONE"
    return _EXPIRY.get(order.reason, "REJECTED")


def client_id(order: Order) -> str:
    return order.meta.get("client", "") or order.client_id


def working_time(order: Order, unit: int) -> int:
    return order.working_ns // unit if order.working_ns else -1


def stp_mode(order: Order) -> str:
    return order.meta.get("stp", "") or order.self_trade.value or STP_DEFAULT


def fills_of(fills: Iterable[Fill]) -> list[dict[str, Any]]:
    return [
        {
            "price": fixed(fill.price),
            "qty": fixed(fill.quantity),
            "commission": fixed(fill.fee),
            "commissionAsset": fill.fee_asset,
            "tradeId": fill.trade_id,
        }
        for fill in fills
    ]


def new_order(order: Order, symbol: str, response: str, fills: Iterable[Fill], unit: int) -> dict[str, Any]:
    """The answer to a new order, as ACK, RESULT or FULL."""
    answer: dict[str, Any] = {
        "symbol": symbol,
        "orderId": order.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id(order),
        "transactTime": order.updated_ns // unit,
    }
    if response == "ACK":
        return answer
    answer |= _state(order)
    answer["workingTime"] = working_time(order, unit)
    if response == "FULL":
        answer["fills"] = fills_of(fills)
    answer["selfTradePreventionMode"] = stp_mode(order)
    return _extras(answer, order, query=False)


def canceled(order: Order, symbol: str, cancel_id: str, unit: int) -> dict[str, Any]:
    """The answer to a cancellation: `clientOrderId` is the cancellation's own."""
    answer: dict[str, Any] = {
        "symbol": symbol,
        "origClientOrderId": client_id(order),
        "orderId": order.id,
        "orderListId": NO_LIST,
        "clientOrderId": cancel_id,
        "transactTime": order.updated_ns // unit,
        **_state(order),
        "selfTradePreventionMode": stp_mode(order),
    }
    return _extras(answer, order, query=False)


def queried(order: Order, symbol: str, unit: int) -> dict[str, Any]:
    """An order as queries show it."""
    answer: dict[str, Any] = {
        "symbol": symbol,
        "orderId": order.id,
        "orderListId": NO_LIST,
        "clientOrderId": client_id(order),
        **_state(order),
        "stopPrice": fixed(order.trigger_price),
        "icebergQty": order.meta.get("iceberg", fixed(None)),
        "time": order.created_ns // unit,
        "updateTime": order.updated_ns // unit,
        "isWorking": not (order.type.conditional and not order.triggered_ns),
        "workingTime": working_time(order, unit),
        "selfTradePreventionMode": stp_mode(order),
    }
    return _extras(answer, order, query=True)


def amended(order: Order, symbol: str, former_id: str, execution_id: int, unit: int) -> dict[str, Any]:
    """The answer to an amendment."""
    return {
        "transactTime": order.updated_ns // unit,
        "executionId": execution_id,
        "amendedOrder": {
            "symbol": symbol,
            "orderId": order.id,
            "orderListId": NO_LIST,
            "origClientOrderId": former_id,
            "clientOrderId": client_id(order),
            "price": fixed(order.price),
            "qty": fixed(order.quantity),
            "executedQty": fixed(order.filled),
            "preventedQty": fixed(None),
            "quoteOrderQty": fixed(order.quote_quantity),
            "cumulativeQuoteQty": fixed(order.cost),
            "status": status(order),
            "timeInForce": order.tif.value,
            "type": order_type(order),
            "side": order.side.value,
            "workingTime": working_time(order, unit),
            "selfTradePreventionMode": stp_mode(order),
        },
    }


def trade(fill: Fill, symbol: str, unit: int) -> dict[str, Any]:
    """An entry of myTrades."""
    return {
        "symbol": symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": NO_LIST,
        "price": fixed(fill.price),
        "qty": fixed(fill.quantity),
        "quoteQty": fixed(fill.cost),
        "commission": fixed(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ns // unit,
        "isBuyer": fill.side.sign > 0,
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def _state(order: Order) -> dict[str, Any]:
    return {
        "price": fixed(order.price if order.type is not OrderType.MARKET else ZERO),
        "origQty": fixed(order.quantity),
        "executedQty": fixed(order.filled),
        "origQuoteOrderQty": fixed(order.quote_quantity),
        "cummulativeQuoteQty": fixed(order.cost),
        "status": status(order),
        "timeInForce": order.tif.value,
        "type": order_type(order),
        "side": order.side.value,
    }


def _extras(answer: dict[str, Any], order: Order, *, query: bool) -> dict[str, Any]:
    """Fields that are there only under conditions."""
    if not query:
        if order.trigger_price is not None:
            answer["stopPrice"] = fixed(order.trigger_price)
        if "iceberg" in order.meta:
            answer["icebergQty"] = order.meta["iceberg"]
    for name, field in (("strategyId", "strategy_id"), ("strategyType", "strategy_type")):
        if field in order.meta:
            answer[name] = int(order.meta[field])
    reason = expiry_reason(order)
    if reason is not None:
        answer["expiryReason"] = reason
    if status(order) == "EXPIRED_IN_MATCH":
        answer["preventedMatchId"] = order.id
        answer["preventedQuantity"] = fixed(order.remaining)
    return answer

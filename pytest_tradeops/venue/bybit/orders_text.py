"""Orders and executions as Bybit prints them, for REST and the private streams."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..engine.events import Execution
from ..engine.model import ZERO, Fill, Instrument, Kind, Order, Reason, Side, Status
from . import ids
from .text import ms, plain, price, quantity, rounded, side

_NO_FILL = "EC_NoImmediateQtyToFill"
#: Why an order ended: cancelType, rejectReason.
_ENDS: dict[Reason | None, tuple[str, str]] = {
    None: ("CancelByUser", "EC_PerCancelRequest"),
    Reason.POST_ONLY: ("UNKNOWN", "EC_PostOnlyWillTakeLiquidity"),
    Reason.FILL_OR_KILL: ("UNKNOWN", "EC_CancelForNoFullFill"),
    Reason.IMMEDIATE_OR_CANCEL: ("UNKNOWN", _NO_FILL),
    Reason.NO_LIQUIDITY: ("UNKNOWN", _NO_FILL),
    Reason.SELF_TRADE: ("CancelBySmp", "EC_BySelfMatch"),
    Reason.LIQUIDATION: ("CancelAllBeforeLiq", "EC_PerCancelRequest"),
    Reason.POSITION_CLOSED: ("CancelByTpSlTsClear", "EC_PerCancelRequest"),
    Reason.REDUCE_ONLY: ("CancelByReduceOnly", "EC_PerCancelRequest"),
}
_REJECTED = (Reason.BALANCE, Reason.MARGIN)


def status(order: Order, kind: Kind) -> str:
    """`orderStatus`."""
    if order.status is Status.PENDING:
        return "Untriggered"
    if order.status is Status.NEW:
        return "New"
    if order.status is Status.PARTIALLY_FILLED:
        return "PartiallyFilled"
    if order.status is Status.FILLED:
        return "Filled"
    if order.type.conditional and not order.triggered_ns:
        return "Deactivated"
    if order.reason in _REJECTED:
        return "Rejected"
    return "PartiallyFilledCanceled" if kind is Kind.SPOT and order.filled else "Cancelled"


def ended(order: Order) -> tuple[str, str]:
    """`cancelType` and `rejectReason`."""
    if order.status.open or order.status is Status.FILLED:
        return "UNKNOWN", "EC_NoError"
    if order.reason in _REJECTED:
        return "UNKNOWN", "EC_Others"
    return _ENDS.get(order.reason, ("UNKNOWN", "EC_Others"))


def order_price(instrument: Instrument, order: Order) -> str:
    """Market orders show the price that bounds their slippage (linear) or none (spot)."""
    if order.price is not None and order.type.priced:
        return price(instrument, order.price)
    return order.meta.get("cap", "0")


def order_quantity(instrument: Instrument, order: Order) -> str:
    if order.quote_quantity is not None:
        return plain(order.quote_quantity)
    return quantity(instrument, order.quantity)


def direction(order: Order) -> int:
    """1: triggers when the price rises to its trigger, 2: when it falls; 0 for what has none."""
    if not order.type.conditional:
        return 0
    rises = (order.side is Side.BUY) == order.type.value.startswith("STOP")
    return 1 if rises else 2


def order(
    instrument: Instrument, one: Order, fees: Mapping[str, Decimal], *, execution: Execution | None = None
) -> dict[str, Any]:
    """One entry of order/realtime and order/history."""
    cancel_type, reject_reason = ended(one)
    spot = instrument.kind is Kind.SPOT
    left = one.remaining if one.status.open and one.quote_quantity is None else ZERO
    meta = one.meta
    # Spot orders have no tpslMode, by which clients tell them from contracts of the same symbol.
    own = {"basePrice": meta.get("last", "")}
    if not spot:
        own = {"createType": meta.get("create", "CreateByUser"), "tpslMode": "Full" if _has_stops(meta) else ""}
    return own | {
        "orderId": ids.order_id(instrument.kind, one.id),
        "orderLinkId": meta.get("link", ""),
        "parentOrderLinkId": "",
        "blockTradeId": "",
        "symbol": instrument.symbol,
        "price": order_price(instrument, one),
        "qty": order_quantity(instrument, one),
        "side": side(one.side),
        "isLeverage": "0" if spot else "",
        "positionIdx": 0,
        "orderStatus": "Triggered" if execution is Execution.TRIGGERED else status(one, instrument.kind),
        "cancelType": cancel_type,
        "rejectReason": reject_reason,
        "avgPrice": rounded(one.average_price) if one.filled else "",
        "leavesQty": quantity(instrument, left),
        "leavesValue": plain(left * one.price) if one.price is not None else "0",
        "cumExecQty": quantity(instrument, one.filled),
        "cumExecValue": rounded(one.cost),
        "cumExecFee": rounded(sum(fees.values(), ZERO)),
        "cumFeeDetail": {asset: rounded(fee) for asset, fee in fees.items()},
        "timeInForce": meta.get("tif", one.tif.value),
        "orderType": "Limit" if one.type.priced else "Market",
        "stopOrderType": meta.get("stop", ""),
        "ocoTriggerBy": "",
        "orderIv": "",
        "marketUnit": meta.get("unit", ""),
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "",
        "triggerPrice": price(instrument, one.trigger_price) if one.type.conditional else "",
        "takeProfit": meta.get("takeProfit", ""),
        "stopLoss": meta.get("stopLoss", ""),
        "tpLimitPrice": "",
        "slLimitPrice": "",
        "tpTriggerBy": meta.get("tpTriggerBy", ""),
        "slTriggerBy": meta.get("slTriggerBy", ""),
        "triggerDirection": direction(one),
        "triggerBy": meta.get("trigger_by", ""),
        "lastPriceOnCreated": "" if spot else meta.get("last", ""),
        "reduceOnly": one.reduce_only or one.close_position,
        "closeOnTrigger": meta.get("close") == "1",
        "placeType": "",
        "smpType": meta.get("smp", "None"),
        "smpGroup": 0,
        "smpOrderId": "",
        "createdTime": ms(one.created_ns),
        "updatedTime": ms(one.updated_ns),
        "extraFees": "",
        "rpiTakerAccess": False,
        "rpiMatchedQty": "0",
    }


def _has_stops(meta: Mapping[str, str]) -> bool:
    return meta.get("stop") in ("TakeProfit", "StopLoss") or "takeProfit" in meta or "stopLoss" in meta


def execution(instrument: Instrument, one: Order, fill: Fill, *, closed: Decimal) -> dict[str, Any]:
    """One entry of execution/list and of the execution stream.

    Args:
        one: The order as it was after this fill.
        closed: How much of a position the fill closed.

    The mark price of that moment is not kept; what was paid is closer to it than the mark price of now.
    """
    rate = instrument.maker_fee if fill.maker else instrument.taker_fee
    left = one.remaining if one.quote_quantity is None and one.status.open else ZERO
    shared = {
        "symbol": instrument.symbol,
        "orderId": ids.order_id(instrument.kind, one.id),
        "orderLinkId": one.meta.get("link", ""),
        "side": side(fill.side),
        "orderPrice": order_price(instrument, one),
        "orderQty": order_quantity(instrument, one),
        "leavesQty": quantity(instrument, left),
        "orderType": "Limit" if one.type.priced else "Market",
        "stopOrderType": one.meta.get("stop", "") or "UNKNOWN",
        "execFee": rounded(fill.fee),
        "execFeeV2": "",
        "execId": ids.trade_id(instrument.key, instrument.kind, fill.trade_id),
        "execPrice": price(instrument, fill.price),
        "execQty": quantity(instrument, fill.quantity),
        "execType": "BustTrade" if one.reason is Reason.LIQUIDATION else "Trade",
        "execValue": rounded(fill.cost),
        "execTime": ms(fill.time_ns),
        "feeCurrency": fill.fee_asset,
        "isMaker": fill.maker,
        "feeRate": plain(rate),
        "tradeIv": "",
        "markIv": "",
        "markPrice": "" if instrument.kind is Kind.SPOT else price(instrument, fill.price),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": quantity(instrument, closed) if closed else "",
        "seq": fill.trade_id,
        "extraFees": "",
    }
    return shared if instrument.kind is Kind.SPOT else shared | {"createType": one.meta.get("create", "CreateByUser")}

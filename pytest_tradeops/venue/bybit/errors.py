"""Bybit's own codes and words for what it refuses."""

from collections.abc import Mapping
from typing import Any

from ..engine.model import Instrument, Kind, OrderRequest, Reason, Rejected, Side
from .text import plain


class Refusal(Exception):
    """A request that Bybit answers with a code.

    Attributes:
        code, message: `retCode` and `retMsg`.
        status: HTTP status; business errors are 200.
        result: What goes into `result`, usually nothing.
    """

    def __init__(self, code: int, message: str, *, status: int = 200, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.result = dict(result or {})


def params_error(message: str) -> Refusal:
    """10001: everything that is wrong with a request's parameters."""
    return Refusal(10001, message)


def by_kind(kind: Kind, *, spot: tuple[int, str], linear: tuple[int, str]) -> Refusal:
    """Spot has codes of its own for most things."""
    return Refusal(*(spot if kind is Kind.SPOT else linear))


def symbol_invalid(kind: Kind | None, symbol: str, *, trading: bool) -> Refusal:
    """Spot orders have a code of their own; every other place says it as a parameter error."""
    if kind is Kind.SPOT and trading:
        return Refusal(170121, "Invalid symbol.")
    return params_error(f"params error: symbol invalid {symbol}".rstrip())


LINEAR: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_MARKET: (10001, "params error: symbol invalid"),
    Reason.UNKNOWN_ACCOUNT: (10007, "User authentication failed."),
    Reason.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
    Reason.DUPLICATE_CLIENT_ID: (110072, "OrderLinkedID is duplicate"),
    Reason.MARKET_CLOSED: (110074, "This contract is not live"),
    Reason.PRICE_MISSING: (10001, "params error: Price Invalid"),
    Reason.PRICE_TICK: (10001, "params error: Price Invalid"),
    Reason.PRICE_RANGE: (110003, "Order price exceeds the allowable range."),
    Reason.PRICE_BAND: (110003, "Order price exceeds the allowable range."),
    Reason.QUANTITY_MISSING: (10001, "Qty invalid"),
    Reason.QUANTITY_STEP: (10001, "Qty invalid"),
    Reason.QUANTITY_MIN: (10001, "The number of contracts exceeds minimum limit allowed"),
    Reason.QUANTITY_MAX: (10001, "The number of contracts exceeds maximum limit allowed: too large"),
    Reason.NOTIONAL_MIN: (110094, "Order does not meet minimum order value"),
    Reason.NOTIONAL_MAX: (110090, "Order placement failed as your position may exceed the max limit."),
    Reason.BALANCE: (110007, "ab not enough for new order"),
    Reason.MARGIN: (110007, "ab not enough for new order"),
    Reason.REDUCE_ONLY: (110017, "Reduce-only rule not satisfied"),
    Reason.TRIGGER_MISSING: (10001, "params error: TriggerPrice Invalid"),
    Reason.TRIGGER_NOW: (110092, "expect Rising, but trigger_price <= current"),
    Reason.TOO_MANY_ORDERS: (110020, "Not allowed to have more than 500 active orders."),
    Reason.NO_LIQUIDITY: (110118, "Unable to retrieve a price of the market order due to low liquidity"),
    Reason.LEVERAGE: (110013, "Cannot set leverage due to risk limit level."),
    Reason.POSITION_OPEN: (110024, "You have an existing position, so the position mode cannot be switched."),
    Reason.NOTHING_TO_CHANGE: (
        10001,
        "The order remains unchanged as the parameters entered match the existing ones.",
    ),
    Reason.NOT_AMENDABLE: (110001, "order not exists or too late to replace"),
    Reason.INJECTED: (110066, "Trading is currently not allowed."),
}

SPOT: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_MARKET: (170121, "Invalid symbol."),
    Reason.UNKNOWN_ACCOUNT: (10007, "User authentication failed."),
    Reason.UNKNOWN_ORDER: (170213, "Order does not exist."),
    Reason.DUPLICATE_CLIENT_ID: (170141, "Duplicate clientOrderId."),
    Reason.MARKET_CLOSED: (170151, "The trading pair is not open yet."),
    Reason.PRICE_MISSING: (170105, "Parameter 'price' was empty."),
    Reason.PRICE_TICK: (170134, "Order price has too many decimals."),
    Reason.PRICE_RANGE: (170132, "Order price too high."),
    Reason.PRICE_BAND: (170193, "Buy order price cannot be higher than the limit."),
    Reason.QUANTITY_MISSING: (170105, "Parameter 'qty' was empty."),
    Reason.QUANTITY_STEP: (170137, "Order quantity has too many decimals."),
    Reason.QUANTITY_MIN: (170136, "Order quantity lower than the minimum."),
    Reason.QUANTITY_MAX: (170124, "Order amount too large."),
    Reason.NOTIONAL_MIN: (170140, "Order value exceeded lower limit."),
    Reason.NOTIONAL_MAX: (170124, "Order amount too large."),
    Reason.BALANCE: (170131, "Insufficient balance."),
    Reason.MARGIN: (170131, "Insufficient balance."),
    Reason.TRIGGER_MISSING: (170202, "Please enter the TP/SL price."),
    Reason.TRIGGER_NOW: (170203, "trigger price cannot be higher than 110% price."),
    Reason.TOO_MANY_ORDERS: (170810, "Cannot exceed maximum of 500 conditional, TP/SL and active orders."),
    Reason.NO_LIQUIDITY: (
        170197,
        "Your order quantity to buy is too large. The filled price may deviate significantly from the market price. "
        "Please try again",
    ),
    Reason.NOTHING_TO_CHANGE: LINEAR[Reason.NOTHING_TO_CHANGE],
    Reason.NOT_AMENDABLE: (170312, "The current order does not support modification"),
    Reason.INJECTED: (170210, "New order rejected."),
}


def refusal(rejected: Rejected, kind: Kind) -> Refusal:
    """Bybit's answer to what the engine refused."""
    if kind is Kind.SPOT:
        return Refusal(*SPOT.get(rejected.reason, (170149, "Create order failed")))
    return Refusal(*LINEAR.get(rejected.reason, (110032, "Order is illegal")))


def order_refusal(rejected: Rejected, instrument: Instrument, request: OrderRequest, *, flat: bool) -> Refusal:
    """The same for a new order, with what Bybit tells of it.

    Args:
        flat: Whether there is no position at all.
    """
    reason, price = rejected.reason, request.price
    buying = request.side is Side.BUY
    if instrument.kind is Kind.SPOT:
        if reason is Reason.PRICE_RANGE and price is not None and price < instrument.min_price:
            return Refusal(170133, "Order price lower than the minimum.")
        if reason is Reason.PRICE_BAND:
            bound = "Buy order price cannot be higher than" if buying else "Sell order price cannot be lower than"
            return Refusal(170193 if buying else 170194, f"{bound} the limit of {plain(instrument.band * 100)}%.")
        if reason is Reason.NO_LIQUIDITY and not buying:
            return Refusal(170198, SPOT[reason][1].replace("to buy", "to sell"))
        return refusal(rejected, instrument.kind)
    if reason is Reason.QUANTITY_MAX and request.quantity is not None:
        most = instrument.max_quantity if request.type.priced else instrument.max_market_quantity
        counts = f"order_qty:{plain(request.quantity * 10**8)} > max_qty:{plain(most * 10**8)}"
        return Refusal(10001, f"{LINEAR[reason][1]}, {counts}")
    if reason is Reason.NOTIONAL_MIN:
        return Refusal(110094, f"{LINEAR[reason][1]} {plain(instrument.min_notional)}{instrument.quote}")
    if reason is Reason.REDUCE_ONLY and flat:
        return Refusal(110017, "current position is zero, cannot fix reduce-only order qty")
    return refusal(rejected, instrument.kind)

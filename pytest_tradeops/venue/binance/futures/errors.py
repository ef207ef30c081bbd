"""What Binance USDT-M futures refuses in its own words, and which of them says what the engine refused."""

from decimal import Decimal

from ...engine.model import Instrument, OrderType, Reason, Rejected
from ..common import errors
from ..common.errors import BinanceError
from ..common.numbers import decimals, plain

#: What can be asked of the real exchange, and is not simulated here; the exchange has this code for what is not there.
NOT_SIMULATED = -4084

_REFUSED = {
    Reason.UNKNOWN_ACCOUNT: (-1109, "Invalid account."),
    Reason.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    Reason.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Reason.MARKET_CLOSED: (-4141, "Symbol is closed."),
    Reason.PRICE_TICK: (-4014, "Price not increased by tick size."),
    Reason.QUANTITY_STEP: (-4023, "Qty not increased by step size."),
    Reason.QUANTITY_MAX: (-4005, "Quantity greater than max quantity."),
    Reason.NOTIONAL_MAX: (-2027, "Exceeded the maximum allowable position at current leverage."),
    Reason.BALANCE: (-2018, "Balance is insufficient."),
    Reason.MARGIN: (-2019, "Margin is insufficient."),
    Reason.REDUCE_ONLY: (-2022, "ReduceOnly Order is rejected."),
    Reason.TRIGGER_NOW: (-2021, "Order would immediately trigger."),
    Reason.NO_LIQUIDITY: (-2020, "Unable to fill."),
    Reason.SELF_TRADE: (-2010, "NEW_ORDER_REJECTED"),
    Reason.POSITION_OPEN: (-4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions."),
    Reason.NOTHING_TO_CHANGE: (-5027, "No need to modify the order."),
    Reason.NOT_AMENDABLE: (-5025, "Only limit order is supported."),
}


def refusal(error: Rejected, terms: Instrument | None = None, price: Decimal | None = None) -> BinanceError:
    """The exchange's code for what the engine refused.

    Args:
        terms, price: Of the order, if it was one.
    """
    reason = error.reason
    if reason is Reason.UNKNOWN_MARKET:
        return errors.bad_symbol()
    if reason in (Reason.PRICE_MISSING, Reason.QUANTITY_MISSING, Reason.TRIGGER_MISSING):
        missing = {Reason.PRICE_MISSING: "price", Reason.QUANTITY_MISSING: "quantity"}
        return errors.mandatory(missing.get(reason, "triggerprice"))
    if reason is Reason.POST_ONLY:
        return would_take()
    if reason in (Reason.FILL_OR_KILL, Reason.IMMEDIATE_OR_CANCEL):
        return fill_or_kill()
    if terms is not None:
        found = _bounds(reason, terms, price)
        if found is not None:
            return found
    code, words = _REFUSED.get(reason, (-2010, "NEW_ORDER_REJECTED"))
    return BinanceError(code, words)


def _bounds(reason: Reason, terms: Instrument, price: Decimal | None) -> BinanceError | None:
    """Those whose words tell the limit, or whose code depends on which limit it was."""
    if reason is Reason.PRICE_RANGE:
        return price_out_of_range(terms, price or Decimal(0))
    if reason is Reason.PRICE_BAND:
        return BinanceError(-4016, "Price is higher than mark price multiplier cap.")
    if reason is Reason.QUANTITY_MIN:
        return BinanceError(-4004, "Quantity less than min quantity.")
    if reason is Reason.NOTIONAL_MIN:
        return min_notional(terms)
    if reason is Reason.TOO_MANY_ORDERS:
        return BinanceError(-2025, "Reach max open order limit.")
    if reason is Reason.LEVERAGE:
        return BinanceError(-4028, "Leverage is not valid")
    return None


def price_out_of_range(terms: Instrument, price: Decimal) -> BinanceError:
    if price <= 0:
        return BinanceError(-4001, "Price less than 0.")
    if price > terms.max_price:
        return BinanceError(-4002, "Price greater than max price.")
    return BinanceError(-4013, "Price less than min price.")


def band(price: Decimal, low: Decimal, high: Decimal) -> BinanceError:
    """A limit price beyond the multiplier of the mark price."""
    if price > high:
        return BinanceError(-4016, f"Limit price can't be higher than {plain(high)}.")
    return BinanceError(-4024, f"Limit price can't be lower than {plain(low)}.")


def min_notional(terms: Instrument) -> BinanceError:
    words = f"Order's notional must be no smaller than {plain(terms.min_notional)} (unless you choose reduce only)."
    return BinanceError(-4164, words)


def too_precise() -> BinanceError:
    return BinanceError(-1111, "Precision is over the maximum defined for this asset.")


def check_quantity(terms: Instrument, quantity: Decimal) -> None:
    """Raises BinanceError -4003 or -1111."""
    if quantity <= 0:
        raise BinanceError(-4003, "Quantity less than or equal to zero.")
    if decimals(quantity.normalize()) > decimals(terms.step):
        raise too_precise()


def check_price(terms: Instrument, price: Decimal, *, trigger: bool = False) -> None:
    """Raises BinanceError -4001, -4006, -4007 or -1111."""
    if price <= 0:
        raise BinanceError(-4006, "Stop price less than zero.") if trigger else price_out_of_range(terms, price)
    if decimals(price.normalize()) > decimals(terms.tick):
        raise too_precise()
    if trigger and price > terms.max_price:
        raise BinanceError(-4007, "Stop price greater than max price.")


def would_take() -> BinanceError:
    words = (
        "Due to the order could not be executed as maker, the Post Only order will be rejected. "
        "The order will not be recorded in the order history"
    )
    return BinanceError(-5022, words)


def fill_or_kill() -> BinanceError:
    words = (
        "Due to the order could not be filled immediately, the FOK order has been rejected. "
        "The order will not be recorded in the order history"
    )
    return BinanceError(-5021, words)


def use_algo() -> BinanceError:
    """Conditional orders have not been taken by the order endpoints since 2025-12-09."""
    words = "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
    return BinanceError(-4120, words)


def not_simulated(what: str) -> BinanceError:
    """There is such a thing at the real exchange, and none here."""
    return BinanceError(NOT_SIMULATED, f"Method is not allowed currently. Upcoming soon. ({what} is not simulated.)")


def invalid_path(method: str, path: str) -> BinanceError:
    return BinanceError(-5000, f"Path {path}, Method {method} is invalid", status=404)


def strategy(kind: str, *, reduce_only: bool = False) -> BinanceError:
    """closePosition, or reduceOnly, with a type of order that does not take it."""
    if reduce_only:
        return BinanceError(-4020, f"Target strategy invalid for orderType {kind},reduceOnly true")
    return BinanceError(-4136, f"Target strategy invalid for orderType {kind},closePosition true")


def limits_of(kind: OrderType) -> bool:
    """Whether the market order's quantity limit counts for it."""
    return not kind.priced

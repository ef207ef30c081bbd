"""What an exchange's filters refuse before a balance is looked at."""

from decimal import Decimal

from .market import Market
from .model import Instrument, OrderType, Reason, Rejected


def price(terms: Instrument, value: Decimal | None) -> Decimal:
    """A limit price on its grid, in the digits of the tick."""
    if value is None:
        raise Rejected(Reason.PRICE_MISSING)
    if not value.is_finite() or not terms.min_price <= value <= terms.max_price:
        raise Rejected(Reason.PRICE_RANGE, f"{value} is not in {terms.min_price}..{terms.max_price}")
    if value % terms.tick:
        raise Rejected(Reason.PRICE_TICK, f"{value} is no multiple of {terms.tick}")
    return value.quantize(terms.tick)


def trigger(terms: Instrument, value: Decimal | None) -> Decimal:
    """The price at which a conditional order triggers."""
    if value is None:
        raise Rejected(Reason.TRIGGER_MISSING)
    return price(terms, value)


def band(terms: Instrument, value: Decimal, reference: Decimal) -> None:
    """A limit price too far from the last price is a slip of the finger."""
    if terms.band and abs(value - reference) > reference * terms.band:
        raise Rejected(Reason.PRICE_BAND, f"{value} is more than {terms.band} from {reference}")


def quantity(terms: Instrument, value: Decimal | None, *, market_order: bool) -> Decimal:
    """A quantity on its grid, in the digits of the step."""
    if value is None:
        raise Rejected(Reason.QUANTITY_MISSING)
    if not value.is_finite() or value < terms.min_quantity:
        raise Rejected(Reason.QUANTITY_MIN, f"{value} < {terms.min_quantity}")
    most = min(terms.max_market_quantity, terms.max_quantity) if market_order else terms.max_quantity
    if value > most:
        raise Rejected(Reason.QUANTITY_MAX, f"{value} > {most}")
    if value % terms.step:
        raise Rejected(Reason.QUANTITY_STEP, f"{value} is no multiple of {terms.step}")
    return value.quantize(terms.step)


def notional(terms: Instrument, value: Decimal) -> None:
    """Price times quantity, quote currency."""
    if value < terms.min_notional:
        raise Rejected(Reason.NOTIONAL_MIN, f"{value} < {terms.min_notional}")
    if value > terms.max_notional:
        raise Rejected(Reason.NOTIONAL_MAX, f"{value} > {terms.max_notional}")


def spending(market: Market, value: Decimal) -> Decimal:
    """The quote currency that a MARKET order is to exchange; it must be enough for one step."""
    if not value.is_finite() or value <= 0:
        raise Rejected(Reason.QUANTITY_MIN, f"{value} is not positive")
    notional(market.instrument, value)
    if value < market.last * market.instrument.step:
        raise Rejected(Reason.QUANTITY_MIN, f"{value} does not pay for {market.instrument.step}")
    return value


def reference(order_type: OrderType, last: Decimal, trigger_price: Decimal | None) -> Decimal:
    """What a limit price is measured against: it counts when the order works, so a trigger price comes first."""
    return trigger_price if order_type.conditional and trigger_price is not None else last

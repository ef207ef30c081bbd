"""How much to buy without leaving the limits: `Decimal` only, no NautilusTrader."""

from decimal import ROUND_DOWN, Decimal


def buy_quantity(
    *, wanted: Decimal, position: Decimal, max_position: Decimal, price: Decimal, max_notional: Decimal, step: Decimal
) -> Decimal:
    """The largest quantity up to `wanted` that keeps every limit; zero if none does.

    Args:
        wanted: Base currency, > 0.
        position: Signed net position now, base currency.
        max_position: Largest absolute net position, base currency.
        price: What one unit would cost now, quote currency, > 0.
        max_notional: Largest notional of one order, quote currency.
        step: The instrument's size increment; the result is a whole multiple of it.
    """
    if price <= 0 or step <= 0:
        raise ValueError(f"price and step must be > 0, were {price} and {step}")
    room = min(wanted, max_position - position, max_notional / price)
    if room < step:
        return Decimal(0)
    return (room / step).to_integral_value(ROUND_DOWN) * step

"""Which market data the strategy does not act on: plain numbers, no NautilusTrader, so that it can be tested at once.

Each function says what is wrong, by the name of the field, or gives an empty text.
"""

from decimal import Decimal

_SECOND_NS = 1_000_000_000
#: The exchange's clock may be ahead of ours by so much.
_AHEAD_NS = 5 * _SECOND_NS


def time_problem(ts_event: int, now: int, max_age_secs: int) -> str:
    """What is wrong with the moment of a datum.

    Args:
        ts_event: When it happened, nanoseconds since 1970.
        now: Our clock, likewise.
        max_age_secs: How old it may be.
    """
    if ts_event > now + _AHEAD_NS:
        return f"ts_event is {(ts_event - now) / _SECOND_NS:.0f} s in the future"
    if now - ts_event > max_age_secs * _SECOND_NS:
        return f"ts_event is {(now - ts_event) / _SECOND_NS:.0f} s old"
    return ""


def price_problem(name: str, price: Decimal, before: Decimal | None, max_jump: Decimal) -> str:
    """What is wrong with a price.

    Args:
        name: The field's.
        before: The last sound price, > 0; None where there is none yet.
        max_jump: Largest relative distance from it.
    """
    if not price.is_finite() or price <= 0:
        return f"{name} is {price}"
    if before is not None and abs(price - before) > before * max_jump:
        return f"{name} {price} is more than {max_jump:%} away from {before}"
    return ""


def book_problem(bid: Decimal, ask: Decimal) -> str:
    """What is wrong with two prices that are each sound."""
    return f"bid {bid} is above ask {ask}" if bid > ask else ""

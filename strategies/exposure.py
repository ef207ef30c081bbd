"""How far a position could go if everything filled: `Decimal` only, no NautilusTrader."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Working:
    """An order, or what is to be added to one.

    Attributes:
        quantity: What is left to fill, base currency, >= 0.
        reduces: It can only make the position smaller.
    """

    is_buy: bool
    quantity: Decimal
    reduces: bool = False


def beyond(held: Decimal, limit: Decimal, working: Iterable[Working], wanted: Iterable[Working]) -> Decimal | None:
    """The signed position that `wanted` could lead to beyond the limit; None if it keeps it.

    Args:
        held: Signed net position now, base currency.
        limit: Largest absolute net position.
        working: Orders on their way or resting, `wanted` not among them.
    """
    given, new = list(working), list(wanted)
    for is_buy, sign in ((True, 1), (False, -1)):
        added = _sum(new, is_buy)
        most = held + sign * (_sum(given, is_buy) + added)
        if added and most * sign > limit:
            return most
    return None


def _sum(orders: list[Working], is_buy: bool) -> Decimal:
    return sum((one.quantity for one in orders if one.is_buy == is_buy and not one.reduces), Decimal(0))

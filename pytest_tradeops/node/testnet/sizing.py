"""A small order that an exchange takes and nobody fills: its price and quantity, from the exchange's own terms."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

#: How far below the best bid: it rests, and exchanges refuse what is much farther away.
BELOW = Decimal("0.95")
_ROOM = Decimal("1.1")  # above the smallest notional: a market that falls meanwhile makes an order no smaller


@dataclass(frozen=True, slots=True)
class Terms:
    """What one market wants of an order, and the best bid; prices in quote, quantities in base currency."""

    symbol: str
    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    bid: Decimal
    lowest: Decimal = BELOW

    @property
    def resting_price(self) -> Decimal:
        """A buy at this price rests; `lowest` of the bid at least, in whole ticks."""
        price = max(BELOW, self.lowest) * self.bid
        return (price / self.tick).to_integral_value(ROUND_FLOOR) * self.tick

    def quantity_at(self, price: Decimal) -> Decimal:
        """The smallest quantity that this market takes at that price, in whole steps."""
        wanted = max(self.min_quantity, self.min_notional * _ROOM / price, self.step)
        return (wanted / self.step).to_integral_value(ROUND_CEILING) * self.step


def digits(number: Decimal) -> str:
    """The number as exchanges take it: without zeros at its end, and without an exponent."""
    return f"{number.normalize():f}"

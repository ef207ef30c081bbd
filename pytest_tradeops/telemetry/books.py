"""Profit and loss from fills alone, after fees, per strategy and instrument: average cost, in the settlement currency.

NautilusTrader's own realized profit leaves out what a fee in the base coin costs: on Spot the fee of a purchase makes
the position smaller, and its cost is never booked. Here it is, at the price of its fill.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the money of an instrument depends on.

    Attributes:
        base: Code of the base currency; empty where there is none.
        settlement: Code of the currency that profit is paid in.
        multiplier: Size of one contract.
        inverse: Profit is paid in the base currency.
    """

    base: str
    quote: str
    settlement: str
    multiplier: Decimal = Decimal(1)
    inverse: bool = False
    spot: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution: `quantity` is signed, negative for a sale; `counts` is False for one from before the start."""

    position: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    currency: str
    counts: bool = True


@dataclass(slots=True)
class _Position:
    quantity: Decimal = ZERO
    price: Decimal = ZERO


@dataclass(slots=True)
class Book:
    """One strategy in one instrument.

    Attributes:
        realized, commission: Currency to amount, since the start.
        price: Of the last fill or sample; None before the first.
    """

    terms: Terms
    realized: dict[str, Decimal] = field(default_factory=dict)
    commission: dict[str, Decimal] = field(default_factory=dict)
    price: Decimal | None = None
    _positions: dict[str, _Position] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return bool(self._positions)

    @property
    def quantity(self) -> Decimal:
        """Net, signed, base units or contracts."""
        return sum((one.quantity for one in self._positions.values()), ZERO)

    def apply(self, fill: Fill) -> None:
        """Books a fill: what it closes is realized, what it opens moves the average, its fee is paid."""
        terms = self.terms
        position = self._positions.setdefault(fill.position, _Position())
        self.price = fill.price
        profit = self._trade(position, fill.quantity, fill.price)
        settled = {terms.settlement: profit} if profit else {}
        paid = fill.commission
        if paid and terms.spot and fill.currency == terms.base and not terms.inverse:
            # The coins are gone: fewer are left to sell, and what they cost is lost.
            settled[terms.settlement] = settled.get(terms.settlement, ZERO) + self._trade(position, -paid, fill.price)
            settled[terms.settlement] -= paid * fill.price * terms.multiplier
        elif paid:
            settled[fill.currency] = settled.get(fill.currency, ZERO) - paid
        if not position.quantity:
            del self._positions[fill.position]
        if fill.counts:
            for currency, amount in settled.items():
                self.realized[currency] = self.realized.get(currency, ZERO) + amount
            if paid:
                self.commission[fill.currency] = self.commission.get(fill.currency, ZERO) + paid

    def unrealized(self) -> Decimal | None:
        """Open profit at the last price, in the settlement currency; None without a price."""
        if self.price is None:
            return None if self._positions else ZERO
        price = self.price
        return sum((self._profit(one.quantity, one.price, price) for one in self._positions.values()), ZERO)

    def amounts(self) -> Iterator[tuple[str, Decimal, Decimal | None, Decimal]]:
        """Currency, realized, unrealized, commission: one per currency, the settlement currency always."""
        settlement = self.terms.settlement
        for currency in dict.fromkeys((settlement, *self.realized, *self.commission)):
            open_profit = self.unrealized() if currency == settlement else ZERO
            yield currency, self.realized.get(currency, ZERO), open_profit, self.commission.get(currency, ZERO)

    def _trade(self, position: _Position, quantity: Decimal, price: Decimal) -> Decimal:
        """Moves a position; the profit of what that closes."""
        held = position.quantity
        if not held or (held > 0) == (quantity > 0):
            total = held + quantity
            position.price = self._average(position, quantity, price) if total else ZERO
            position.quantity = total
            return ZERO
        closed = -held if abs(quantity) >= abs(held) else quantity
        profit = self._profit(-closed, position.price, price)
        position.quantity = held + quantity
        if position.quantity and (position.quantity > 0) != (held > 0):
            position.price = price  # what is left has turned it round
        return profit

    def _average(self, position: _Position, quantity: Decimal, price: Decimal) -> Decimal:
        held, total = position.quantity, position.quantity + quantity
        if not held:
            return price
        if self.terms.inverse:  # contracts of quote money: what is averaged is coins
            return total / (held / position.price + quantity / price)
        return (held * position.price + quantity * price) / total

    def _profit(self, quantity: Decimal, start: Decimal, end: Decimal) -> Decimal:
        if self.terms.inverse:
            return quantity * self.terms.multiplier * (1 / start - 1 / end)
        return quantity * self.terms.multiplier * (end - start)

"""Linear positions, one way and cross margined: what they are worth, what they hold back, when they are taken away.

A position is kept as its quantity and its *cost*, the signed sum of price times quantity of what is open. Cost is exact
where an average price is not, and so all profits sum to zero over all accounts: wallets less costs is a constant.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from .model import ZERO, Order, Position, Side
from .quick import maker

if TYPE_CHECKING:
    from .market import Market

#: Amounts of money that come from a division or a rate have eight decimals, as on the exchanges.
CENT = Decimal("1E-8")
BUY = Side.BUY
_position = maker(Position)


class Holding:
    """An account's position in one market with the orders that count towards its margin.

    Its worth is worked out once per mark price: `_at` is the one that the figures are of, None if they are stale.

    Attributes:
        buys, sells: Price times remaining quantity of the resting orders that may open or enlarge a position.
        reducing: Resting reduce-only orders by id.
    """

    __slots__ = (
        "_at", "_gain", "_initial", "_upkeep", "account", "buys", "cost", "leverage", "market", "quantity", "realized",
        "reducing", "sells", "updated_ns",
    )  # fmt: skip

    def __init__(self, account: str, market: "Market") -> None:
        self.account = account
        self.market = market
        self.quantity = self.cost = self.realized = self.buys = self.sells = ZERO
        self._gain = self._initial = self._upkeep = ZERO
        self._at: Decimal | None = None
        self.leverage = min(20, market.instrument.max_leverage)
        self.reducing: dict[int, Order] = {}
        self.updated_ns = 0

    def count(self, order: Order, quantity: Decimal) -> None:
        """So much more of an order rests; negative is less. Reduce-only orders need no margin."""
        if order.price is not None and not order.reduce_only:
            self._at = None
            if order.side is BUY:
                self.buys += order.price * quantity
            else:
                self.sells += order.price * quantity

    def lever(self, leverage: int) -> None:
        self._at = None
        self.leverage = leverage

    def apply(self, sign: int, price: Decimal, quantity: Decimal) -> Decimal:
        """Book a fill, `sign` +1 for a buy; the profit that it realises, before fees."""
        self._at = None
        held = self.quantity
        signed = quantity * sign
        self.quantity = held + signed
        if held * sign >= 0:
            self.cost += price * signed
            return ZERO
        closed = min(quantity, abs(held))
        if closed == abs(held):
            released = self.cost
            self.cost = price * (quantity - closed) * sign
        else:
            released = (self.cost * closed / abs(held)).quantize(CENT, ROUND_HALF_EVEN)
            self.cost -= released
        profit = -price * closed * sign - released
        self.realized += profit
        return profit

    def reducible(self, side: Side) -> Decimal:
        """How much an order of this side can close."""
        return max(ZERO, -self.quantity * side.sign)

    def gain(self) -> Decimal:
        """Unrealised profit."""
        if self._at is not self.market.mark:
            self._revalue()
        return self._gain

    def net(self) -> Decimal:
        """Unrealised profit less the initial margin of position and orders."""
        if self._at is not self.market.mark:
            self._revalue()
        return self._gain - self._initial

    def initial(self) -> Decimal:
        """Initial margin of position and orders."""
        if self._at is not self.market.mark:
            self._revalue()
        return self._initial

    def upkeep(self) -> Decimal:
        """Maintenance margin."""
        if self._at is not self.market.mark:
            self._revalue()
        return self._upkeep

    def initial_with(self, side: Side, notional: Decimal) -> Decimal:
        """Initial margin with so much more on order."""
        buys, sells = (self.buys + notional, self.sells) if side is BUY else (self.buys, self.sells + notional)
        held = self.quantity * self.market.mark
        return self._worse(held, buys, sells)

    def _worse(self, held: Decimal, buys: Decimal, sells: Decimal) -> Decimal:
        """What all buys filled would ask for, or all sells filled."""
        return max(abs(held + buys), abs(held - sells)) / self.leverage

    def _revalue(self) -> None:
        self._at = mark = self.market.mark
        held = self.quantity * mark
        self._gain = held - self.cost
        self._upkeep = abs(held) * self.market.instrument.maintenance
        self._initial = self._worse(held, self.buys, self.sells)

    def liquidation_price(self, others: Decimal) -> Decimal:
        """Where the account falls to its maintenance margin if nothing else moves; zero if nowhere.

        Args:
            others: Wallet, plus the profit of its other positions, less their maintenance margin.
        """
        terms = self.market.instrument
        slope = self.quantity - abs(self.quantity) * terms.maintenance
        if not self.quantity or not slope:
            return ZERO
        price = (self.cost - others) / slope
        return max(ZERO, price // terms.tick * terms.tick) if price > 0 else ZERO

    def position(self, others: Decimal) -> Position:
        held = bool(self.quantity)
        return _position(
            account=self.account,
            market=self.market.key,
            quantity=self.quantity,
            entry_price=(self.cost / self.quantity).quantize(CENT) if held else ZERO,
            leverage=self.leverage,
            realized_pnl=self.realized,
            mark_price=self.market.mark,
            unrealized_pnl=self.gain(),
            initial_margin=abs(self.quantity) * self.market.mark / self.leverage,
            maintenance_margin=self.upkeep(),
            liquidation_price=self.liquidation_price(others),
            updated_ns=self.updated_ns,
        )

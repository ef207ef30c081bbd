"""An account: its wallet, its orders, its fills, its positions."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from .margin import Holding
from .model import ZERO, Fill, Order, Position
from .wallet import Wallet

if TYPE_CHECKING:
    from .market import Market

#: How many ended orders and fills an account remembers; the oldest are forgotten first.
MEMORY = 50_000


class Account:
    """Attributes:
    orders: By id, the open ones and the last `MEMORY` that ended.
    named: The newest order of a client id, by market and client id.
    open: Open orders by market and id.
    margined: Holdings by the asset that they are settled in.
    """

    __slots__ = ("ended", "fills", "holdings", "margined", "name", "named", "open", "orders", "wallet")

    def __init__(self, name: str) -> None:
        self.name = name
        self.wallet = Wallet()
        self.orders: dict[int, Order] = {}
        self.named: dict[tuple[str, str], Order] = {}
        self.open: dict[str, dict[int, Order]] = {}
        self.ended: deque[Order] = deque()
        self.fills: deque[Fill] = deque(maxlen=MEMORY)
        self.holdings: dict[str, Holding] = {}
        self.margined: dict[str, list[Holding]] = {}

    def opened(self, order: Order) -> None:
        self.orders[order.id] = order
        self.named[order.market, order.client_id] = order
        market = self.open.get(order.market)
        if market is None:
            market = self.open[order.market] = {}
        market[order.id] = order

    def closed(self, order: Order) -> None:
        del self.open[order.market][order.id]
        self.ended.append(order)
        if len(self.ended) > MEMORY:
            old = self.ended.popleft()
            del self.orders[old.id]
            if self.named.get((old.market, old.client_id)) is old:
                del self.named[old.market, old.client_id]

    def open_orders(self, market: str | None = None) -> list[Order]:
        """By id. A list of its own: the caller may end them."""
        if market is not None:
            return list(self.open.get(market, {}).values())
        return sorted((order for orders in self.open.values() for order in orders.values()), key=_id)

    def holding(self, market: "Market") -> Holding:
        found = self.holdings.get(market.key)
        if found is None:
            found = self.holdings[market.key] = Holding(self.name, market)
            self.margined.setdefault(market.instrument.quote, []).append(found)
        return found

    def available(self, asset: str) -> Decimal:
        """Free money with the positions' profit, less what they and their orders hold back. May be negative."""
        left = self.wallet.free(asset)
        for holding in self.margined.get(asset, ()):
            left += holding.net()
        return left

    def spendable(self, asset: str) -> Decimal:
        """What may be locked, spent on the spot market or withdrawn."""
        free = self.wallet.free(asset)
        return min(free, self.available(asset)) if asset in self.margined else free

    def margin_left(self, asset: str) -> Decimal:
        """Wallet and profits of the positions, less their maintenance margin; zero without positions."""
        left, exposed = self.wallet.total(asset), False
        for held in self.margined.get(asset, ()):
            if held.quantity:
                exposed = True
                left += held.gain() - held.upkeep()
        return left if exposed else ZERO

    def exposed(self, asset: str) -> bool:
        return any(held.quantity for held in self.margined.get(asset, ()))

    def position(self, holding: Holding) -> Position:
        asset = holding.market.instrument.quote
        others = self.margin_left(asset) - holding.gain() + holding.upkeep()
        return holding.position(others)


def newest(orders: Iterable[Order]) -> list[Order]:
    """The same orders from the newest to the oldest."""
    return sorted(orders, key=_id, reverse=True)


def _id(order: Order) -> int:
    return order.id

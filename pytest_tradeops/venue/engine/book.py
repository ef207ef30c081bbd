"""The order book of one market: price levels, and in each a queue in order of arrival."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from .events import BookUpdate
from .model import HOUSE, ZERO, Order, Side
from .quick import maker
from .views import Levels

BUY = Side.BUY
_book_update = maker(BookUpdate)


class Quote:
    """What the background market shows at one price: an order as far as the book is concerned, without its ceremony."""

    __slots__ = ("id", "price", "quantity")

    account = HOUSE

    def __init__(self, id_: int, price: Decimal, quantity: Decimal) -> None:
        self.id = id_
        self.price = price
        self.quantity = quantity


type Entry = Order | Quote


class Level:
    """All that rests at one price, the oldest first. `total` is kept, not summed."""

    __slots__ = ("price", "queue", "total")

    def __init__(self, price: Decimal) -> None:
        self.price = price
        self.total = ZERO
        self.queue: dict[int, Entry] = {}

    def first(self) -> Entry:
        return next(iter(self.queue.values()))


class Half:
    """One side of the book. `prices` ascend, so the best one is at an end; `changed` is what nobody was told of yet."""

    __slots__ = ("_best", "changed", "levels", "prices", "touches")

    def __init__(self, side: Side) -> None:
        self._best = -1 if side is BUY else 0
        self.levels: dict[Decimal, Level] = {}
        self.prices: list[Decimal] = []
        self.changed: dict[Decimal, Level] = {}
        self.touches = 0

    def best(self) -> Level | None:
        return self.levels[self.prices[self._best]] if self.prices else None

    def walk(self) -> Iterator[Level]:
        """The levels from the best one on; the book must not change meanwhile."""
        for price in reversed(self.prices) if self._best else self.prices:
            yield self.levels[price]

    def top(self, depth: int) -> Levels:
        prices = self.prices[-depth:][::-1] if self._best else self.prices[:depth]
        return tuple((price, self.levels[price].total) for price in prices)

    def told(self) -> Levels:
        """What changed, best first; from now on it is known."""
        changed = self.changed
        self.changed, self.touches = {}, 0
        if len(changed) == 1:
            ((price, level),) = changed.items()
            return ((price, level.total),)
        return tuple([(price, changed[price].total) for price in sorted(changed, reverse=bool(self._best))])

    def add(self, price: Decimal, entry: Entry, quantity: Decimal) -> None:
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            insort(self.prices, price)
        level.queue[entry.id] = entry
        level.total += quantity
        self.changed[price] = level
        self.touches += 1

    def take(self, price: Decimal, entry: Entry, quantity: Decimal, gone: bool) -> None:
        """`quantity` less of an entry; `gone` if that was all of it."""
        level = self.levels[price]
        level.total -= quantity
        self.changed[price] = level
        self.touches += 1
        if gone:
            del level.queue[entry.id]
            if not level.queue:
                del self.levels[price]
                del self.prices[bisect_left(self.prices, price)]

    def remove(self, price: Decimal, entry: Entry, quantity: Decimal) -> bool:
        """All of an entry, if it rests here."""
        if not self.rests(price, entry):
            return False
        self.take(price, entry, quantity, True)
        return True

    def rests(self, price: Decimal, entry: Entry) -> bool:
        level = self.levels.get(price)
        return level is not None and entry.id in level.queue


class OrderBook:
    """Bids and asks. Updates are counted without gaps; those of one command are told as one event."""

    __slots__ = ("asks", "bids", "last_id", "market")

    def __init__(self, market: str) -> None:
        self.market = market
        self.bids = Half(BUY)
        self.asks = Half(Side.SELL)
        self.last_id = 0

    def half(self, side: Side) -> Half:
        """Where orders of this side rest."""
        return self.bids if side is BUY else self.asks

    def against(self, side: Side) -> Half:
        """What an order of this side takes from."""
        return self.asks if side is BUY else self.bids

    def crosses(self, side: Side, price: Decimal) -> bool:
        best = self.against(side).best()
        if best is None:
            return False
        return price >= best.price if side is BUY else price <= best.price

    def update(self, time_ns: int) -> BookUpdate | None:
        """The event for all that changed since the last one."""
        bids, asks = self.bids, self.asks
        touches = bids.touches + asks.touches
        if not touches:
            return None
        first = self.last_id + 1
        self.last_id += touches
        return _book_update(
            market=self.market,
            bids=bids.told() if bids.touches else (),
            asks=asks.told() if asks.touches else (),
            first_id=first,
            last_id=self.last_id,
            time_ns=time_ns,
        )

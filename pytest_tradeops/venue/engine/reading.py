"""What the engine can be asked. Nothing here changes anything."""

from collections.abc import Iterable
from decimal import Decimal

from .account import Account
from .core import Core
from .events import PublicTrade
from .margin import Holding
from .market import Market
from .model import FEES, HOUSE, ZERO, Balance, Fill, Order, Position, Reason, Rejected, Side
from .quick import maker
from .views import Book, Kline, Ticker

_book = maker(Book)


class Reading:
    """The half of `Engine` that only answers. Unknown names raise `Rejected`."""

    _core: Core

    def accounts(self) -> tuple[str, ...]:
        """Without the house and the fees, in the order in which they were opened."""
        return tuple(self._core.accounts)

    def balances(self, account: str) -> dict[str, Balance]:
        """By asset. The house and the fees may be asked for, too; the house may owe."""
        return self._any(account).wallet.balances()

    def available_margin(self, account: str, asset: str = "USDT") -> Decimal:
        """What a linear order may still use."""
        return max(ZERO, self._core.account(account).available(asset))

    def leverage(self, account: str, market: str) -> int:
        return self._holding(account, market).leverage

    def would_take(self, market: str, side: Side, price: Decimal) -> bool:
        """Whether an order at this price would trade at once."""
        return self._core.market(market).book.crosses(side, price)

    def order(
        self, account: str, market: str, *, order_id: int | None = None, client_id: str | None = None
    ) -> Order | None:
        """Open or ended; the newest of a client id."""
        found = self._find(self._core.account(account), self._core.market(market), order_id, client_id)
        return found.copy() if found is not None else None

    def open_orders(self, account: str, market: str | None = None) -> list[Order]:
        """By id."""
        return [order.copy() for order in self._core.account(account).open_orders(market)]

    def orders(self, account: str, market: str | None = None) -> list[Order]:
        """Open and ended, by id."""
        orders = self._core.account(account).orders.values()
        return [order.copy() for order in orders if market is None or order.market == market]

    def fills(self, account: str, market: str | None = None) -> list[Fill]:
        """By time."""
        fills: Iterable[Fill] = self._core.account(account).fills
        return [fill for fill in fills if market is None or fill.market == market]

    def position(self, account: str, market: str) -> Position:
        """A flat one if there is none."""
        return self._any(account).position(self._holding(account, market))

    def positions(self, account: str) -> list[Position]:
        """Those that are not flat."""
        owner = self._any(account)
        return [owner.position(held) for held in owner.holdings.values() if held.quantity]

    def book(self, market: str, depth: int = 20) -> Book:
        book = self._core.market(market).book
        return _book(bids=book.bids.top(depth), asks=book.asks.top(depth), last_id=book.last_id)

    def trades(self, market: str, limit: int = 500) -> list[PublicTrade]:
        """The newest last."""
        return self._core.market(market).tape.last(limit)

    def last_price(self, market: str) -> Decimal:
        """Of the last trade; before the first one the instrument's `start_price`."""
        return self._core.market(market).last

    def mark_price(self, market: str) -> Decimal:
        """What positions are valued at: the background's fair price; the last price on spot or without a background."""
        return self._core.market(market).mark

    def klines(
        self, market: str, interval_ns: int, *, start_ns: int | None = None, end_ns: int | None = None, limit: int = 500
    ) -> list[Kline]:
        """The newest last, the running one included; with `start_ns` the first ones from there on.

        Intervals are multiples of a second; those that are no whole minutes reach back two hours, the others a week.
        """
        tape = self._core.market(market).tape
        return tape.klines(interval_ns, self._core.now_ns, start_ns=start_ns, end_ns=end_ns, limit=limit)

    def ticker(self, market: str) -> Ticker:
        """The last 24 hours."""
        place = self._core.market(market)
        day = place.tape.day(self._core.now_ns)
        bid, ask = place.book.bids.best(), place.book.asks.best()
        return Ticker(
            open=day.open,
            high=day.high,
            low=day.low,
            last=place.last,
            volume=day.volume,
            quote_volume=day.quote_volume,
            trades=day.trades,
            open_ns=day.open_ns,
            close_ns=self._core.now_ns,
            bid=bid.price if bid is not None else ZERO,
            bid_quantity=bid.total if bid is not None else ZERO,
            ask=ask.price if ask is not None else ZERO,
            ask_quantity=ask.total if ask is not None else ZERO,
        )

    def _any(self, name: str) -> Account:
        own = {HOUSE: self._core.house, FEES: self._core.fees}
        return own[name] if name in own else self._core.account(name)

    def _holding(self, account: str, market: str) -> Holding:
        owner, place = self._any(account), self._core.market(market)
        # One that is only looked at is not kept: a question changes nothing.
        return owner.holdings.get(market) or Holding(owner.name, place)

    @staticmethod
    def _find(owner: Account, market: Market, order_id: int | None, client_id: str | None) -> Order | None:
        if order_id is None:
            return owner.named.get((market.key, client_id or ""))
        found = owner.orders.get(order_id)
        return found if found is not None and found.market == market.key else None

    def _open(self, owner: Account, market: Market, order_id: int | None, client_id: str | None) -> Order:
        found = self._find(owner, market, order_id, client_id)
        if found is None or not found.status.open:
            raise Rejected(Reason.UNKNOWN_ORDER, str(order_id if order_id is not None else client_id))
        return found

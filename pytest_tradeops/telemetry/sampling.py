"""Looks at accounts, positions and market data on the bot's own loop, every second or so, and says what it saw.

Portfolio and cache belong to the loop: nothing else may read them while they change. Here they are read into plain
values, which takes microseconds; rows are made of those elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nautilus_trader.model.data import BarType  # type: ignore[import-not-found]
from nautilus_trader.model.identifiers import InstrumentId, Venue  # type: ignore[import-not-found]

ZERO = Decimal(0)
#: Topics of market data that say where a venue's own data are expected, by how their name begins.
_TICKS = ("data.quotes.", "data.trades.", "data.book.deltas.", "data.book.depth.")
_BARS, _EXTERNAL = "data.bars.", "-EXTERNAL"


@dataclass(frozen=True, slots=True)
class Equity:
    """What one venue's accounts are worth.

    Attributes:
        assets: The currencies that are counted; amounts over other currencies cannot be compared with this one.
        complete: Whether everything that the accounts hold is in it.
        usable: False while a price is missing that is expected to come: it says nothing about drawdown.
    """

    venue: str
    currency: str
    amount: Decimal
    assets: tuple[str, ...]
    complete: bool
    usable: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The net position in one instrument, over all strategies."""

    instrument: str
    venue: str
    currency: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Expected:
    """Market data that somebody in the bot has subscribed to.

    Attributes:
        bars: The type of external bars, where nothing else is subscribed.
        every: Seconds between two of them at least; zero for ticks.
    """

    instrument: Any
    bars: Any = None
    every: float = 0.0


class Sampler:
    """Reads one node's cache and portfolio.

    Args:
        currency: What equity is counted in; default each account's own, or what its instruments are priced in.
    """

    def __init__(self, cache: Any, portfolio: Any, currency: str = "") -> None:
        self._cache = cache
        self._portfolio = portfolio
        self._currency = currency
        self._known = -1
        self._pairs: dict[tuple[str, str, str], Any] = {}  #: venue, base, quote to instrument id

    def prices(self, instruments: Iterator[Any]) -> dict[Any, Decimal]:
        """The newest price of each that has one."""
        found = {one: self.price(one) for one in instruments}
        return {one: price for one, price in found.items() if price is not None}

    def price(self, instrument_id: Any) -> Decimal | None:
        """Middle of the quote, else the last trade, else the newest bar's close."""
        quote = self._cache.quote_tick(instrument_id)
        if quote is not None:
            middle: Decimal = (quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2
            return middle
        trade = self._cache.trade_tick(instrument_id)
        if trade is not None:
            last: Decimal = trade.price.as_decimal()
            return last
        bars = [
            bar for kind in self._cache.bar_types(instrument_id=instrument_id) for bar in self._cache.bars(kind)[:1]
        ]
        newest = max(bars, key=lambda bar: int(bar.ts_event), default=None)
        return None if newest is None else Decimal(newest.close.as_decimal())

    def equity(self, expected: frozenset[str]) -> list[Equity]:
        """One per venue with an account.

        Args:
            expected: Instruments whose prices are on their way.
        """
        self._learn()
        accounts: dict[str, list[Any]] = {}
        for account in self._cache.accounts():
            accounts.setdefault(str(account.id.get_issuer()), []).append(account)
        return [self._worth(venue, own, expected) for venue, own in accounts.items()]

    def positions(self, also: Mapping[str, Decimal]) -> list[Held]:
        """Every instrument with an open position, and those of `also`, which have a limit."""
        names = {position.instrument_id: None for position in self._cache.positions_open()}
        for name in also:
            names.setdefault(InstrumentId.from_str(name))
        rows = []
        for one in names:
            instrument = self._cache.instrument(one)
            currency = "" if instrument is None else instrument.get_cost_currency().code
            held = self._portfolio.net_position(one) or ZERO
            rows.append(Held(str(one.value), str(one.venue.value), currency, Decimal(str(held))))
        return rows

    def newest(self, expected: Expected) -> int:
        """When the newest of this data came, nanoseconds; 0 for never."""
        cache, one = self._cache, expected.instrument
        if expected.bars is not None:
            bar = cache.bar(expected.bars)
            return 0 if bar is None else int(bar.ts_init)
        times = [int(tick.ts_init) for tick in (cache.quote_tick(one), cache.trade_tick(one)) if tick is not None]
        book = cache.order_book(one)
        if book is not None:
            times.append(int(book.ts_last))
        return max(times, default=0)

    def inflight(self, venue: str) -> int:
        """When the oldest order that is on its way to that venue was sent, nanoseconds; 0 if there is none."""
        return min((int(one.ts_last) for one in self._cache.orders_inflight(Venue(venue))), default=0)

    def _worth(self, venue: str, accounts: list[Any], expected: frozenset[str]) -> Equity:
        reference = self._reference(venue, accounts)
        total, complete, usable = ZERO, True, True
        # Coins that are not held count as well: that they are bought later must not begin a new peak.
        assets = {reference, *(base for there, base, quote in self._pairs if (there, quote) == (venue, reference))}
        for code, amount in self._amounts(venue, accounts):
            if amount is None:  # an open position without a price
                complete = usable = False
                continue
            pair = self._pairs.get((venue, code, reference))
            price = Decimal(1) if code == reference else None if pair is None else self.price(pair)
            if price is not None:
                total += amount * price
            elif amount:
                complete = False
                assets.discard(code)
                usable = usable and not (pair is not None and pair.value in expected)
        return Equity(venue, reference, total, tuple(sorted(assets)), complete, usable)

    def _amounts(self, venue: str, accounts: list[Any]) -> Iterator[tuple[str, Decimal | None]]:
        for account in accounts:
            for currency, money in account.balances_total().items():
                yield currency.code, money.as_decimal()
            if account.is_margin_account:  # of a cash account the coins themselves are in the balances
                for one in {position.instrument_id for position in self._cache.positions_open(Venue(venue))}:
                    profit = self._portfolio.unrealized_pnl(one, account_id=account.id)
                    yield (one.value, None) if profit is None else (profit.currency.code, profit.as_decimal())

    def _reference(self, venue: str, accounts: list[Any]) -> str:
        if self._currency:
            return self._currency
        for account in accounts:
            if account.base_currency is not None:
                return str(account.base_currency.code)
        quotes = [one.quote_currency.code for one in self._cache.instruments(Venue(venue))]
        return max(quotes, key=quotes.count) if quotes else "USD"

    def _learn(self) -> None:
        instruments = self._cache.instruments()
        if len(instruments) == self._known:
            return
        self._known = len(instruments)
        for one in sorted(instruments, key=lambda one: str(one.id)):
            base = one.get_base_currency()
            if base is not None and not one.is_inverse:
                self._pairs.setdefault((one.id.venue.value, base.code, one.quote_currency.code), one.id)


def subscribed(topics: list[str]) -> dict[str, Expected]:
    """Instrument to the market data of it that the bot has subscribed to, by the topics of its message bus."""
    found: dict[str, Expected] = {}
    bars: dict[str, Expected] = {}
    for topic in topics:
        if "*" in topic:
            continue
        for prefix in _TICKS:
            if topic.startswith(prefix):
                venue, _, symbol = topic.removeprefix(prefix).partition(".")
                name = f"{symbol}.{venue}"
                found[name] = Expected(InstrumentId.from_str(name))
        if topic.startswith(_BARS) and topic.endswith(_EXTERNAL):
            kind = BarType.from_str(topic.removeprefix(_BARS))
            every = kind.spec.timedelta.total_seconds() if kind.spec.is_time_aggregated() else 0.0
            if every:
                bars[kind.instrument_id.value] = Expected(kind.instrument_id, kind, every)
    return {**bars, **found}

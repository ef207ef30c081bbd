"""Bars of trades at two resolutions, from which klines of any interval are put together."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from .model import ZERO
from .views import Kline

SECOND = 1_000_000_000
MINUTE = 60 * SECOND


class Bar:
    """What was traded from `open_ns` on; mutable while it is the running one."""

    __slots__ = (
        "close", "high", "low", "open", "open_ns", "quote_volume", "taker_base", "taker_quote", "trades", "volume",
    )  # fmt: skip

    def __init__(self, open_ns: int, price: Decimal) -> None:
        self.open_ns = open_ns
        self.open = self.high = self.low = self.close = price
        self.volume = self.quote_volume = self.taker_base = self.taker_quote = ZERO
        self.trades = 0

    def merge(self, later: "Bar") -> None:
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.quote_volume += later.quote_volume
        self.trades += later.trades
        self.taker_base += later.taker_base
        self.taker_quote += later.taker_quote

    def kline(self) -> Kline:
        return Kline(
            open_ns=self.open_ns,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            quote_volume=self.quote_volume,
            trades=self.trades,
            taker_base=self.taker_base,
            taker_quote=self.taker_quote,
        )


class Series:
    """Bars of one resolution, oldest first; intervals without a trade have none."""

    __slots__ = ("bars", "interval_ns", "running")

    def __init__(self, interval_ns: int, keep: int) -> None:
        self.interval_ns = interval_ns
        self.bars: deque[Bar] = deque(maxlen=keep)
        self.running: Bar | None = None

    def add(self, now_ns: int, price: Decimal, quantity: Decimal, cost: Decimal, bought: bool) -> None:
        bar = self.running
        if bar is None or now_ns >= bar.open_ns + self.interval_ns:
            bar = self.running = Bar(now_ns // self.interval_ns * self.interval_ns, price)
            self.bars.append(bar)
        bar.close = price
        if price > bar.high:
            bar.high = price
        elif price < bar.low:
            bar.low = price
        bar.volume += quantity
        bar.quote_volume += cost
        bar.trades += 1
        if bought:
            bar.taker_base += quantity
            bar.taker_quote += cost


def grouped(bars: Iterable[Bar], interval_ns: int) -> dict[int, Bar]:
    """Bars of a longer interval by their opening time, oldest first."""
    found: dict[int, Bar] = {}
    for bar in bars:
        open_ns = bar.open_ns // interval_ns * interval_ns
        group = found.get(open_ns)
        if group is None:
            group = found[open_ns] = Bar(open_ns, bar.open)
            group.high, group.low = bar.high, bar.low
        group.merge(bar)
    return found

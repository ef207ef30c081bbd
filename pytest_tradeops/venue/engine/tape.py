"""What was traded in one market: the last trades, klines, the 24 hour figures."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from .bars import MINUTE, SECOND, Bar, Series, grouped
from .events import PublicTrade
from .history import minutes_before
from .model import ZERO, Instrument, Side
from .views import Kline

_DAY_MINUTES = 24 * 60
#: Two hours of seconds, a week of minutes, and as many trades as any exchange gives at once.
_SECONDS, _MINUTES, _TRADES = 7_200, 10_080, 5_000


class Tape:
    """`seed` None: the market has no past before `start_ns`."""

    def __init__(self, terms: Instrument, start_ns: int, seed: int | None) -> None:
        self._terms = terms
        self._start_ns = start_ns
        # The past is made when it is asked for first; it depends on nothing but the seed.
        self._unmade = seed
        self.trades: deque[PublicTrade] = deque(maxlen=_TRADES)
        self._seconds = Series(SECOND, _SECONDS)
        self._minutes = Series(MINUTE, _MINUTES)
        self._day_key = -1
        self._day: Bar | None = None

    def add(self, trade: PublicTrade, cost: Decimal) -> None:
        self.trades.append(trade)
        bought = trade.side is Side.BUY
        self._seconds.add(trade.time_ns, trade.price, trade.quantity, cost, bought)
        self._minutes.add(trade.time_ns, trade.price, trade.quantity, cost, bought)

    def last(self, limit: int) -> list[PublicTrade]:
        return list(self.trades)[-limit:] if limit > 0 else []

    def klines(
        self, interval_ns: int, now_ns: int, *, start_ns: int | None, end_ns: int | None, limit: int
    ) -> list[Kline]:
        """With `start_ns` the first ones from there on, otherwise the newest."""
        if interval_ns < SECOND or interval_ns % SECOND:
            raise ValueError(f"A kline interval is a whole number of seconds; {interval_ns} ns is not.")
        bars = grouped(self._bars(interval_ns), interval_ns)
        if not bars:
            return []
        last = min(now_ns, now_ns if end_ns is None else end_ns) // interval_ns * interval_ns
        opens = range(next(iter(bars)), last + 1, interval_ns)
        if start_ns is not None:
            opens = range(max(opens.start, -(-start_ns // interval_ns) * interval_ns), last + 1, interval_ns)
            opens = opens[:limit]
        elif limit < len(opens):
            opens = opens[-limit:] if limit > 0 else opens[:0]
        return list(self._filled(bars, opens)) if opens else []

    def day(self, now_ns: int) -> Bar:
        """The last 24 hours as one bar, the running minute included; without a trade only a price."""
        minute = now_ns // MINUTE * MINUTE
        first = minute - (_DAY_MINUTES - 1) * MINUTE
        if self._day_key != minute:
            # Once a minute; what the running minute trades is added when it is read.
            self._day_key, self._day = minute, None
            for bar in self._made():
                if first <= bar.open_ns < minute:
                    self._day = _joined(self._day, bar)
        running = self._minutes.running
        if running is not None and running.open_ns == minute:
            return _joined(_copied(self._day), running)
        if self._day is not None:
            return self._day
        return Bar(first, running.close if running is not None else self._terms.start_price)

    def _bars(self, interval_ns: int) -> Iterator[Bar]:
        return iter(self._made()) if interval_ns % MINUTE == 0 else iter(self._seconds.bars)

    def _made(self) -> deque[Bar]:
        if self._unmade is not None:
            past = minutes_before(self._terms, self._unmade, self._start_ns)
            room = _MINUTES - len(self._minutes.bars)
            self._minutes.bars.extendleft(islice(reversed(past), room))
            self._unmade = None
        return self._minutes.bars

    @staticmethod
    def _filled(bars: dict[int, Bar], opens: range) -> Iterator[Kline]:
        before = [bar.close for open_ns, bar in bars.items() if open_ns < opens.start]
        close = before[-1] if before else ZERO
        for open_ns in opens:
            bar = bars.get(open_ns) or Bar(open_ns, close)
            close = bar.close
            yield bar.kline()


def _copied(bar: Bar | None) -> Bar | None:
    return None if bar is None else _joined(None, bar)


def _joined(bar: Bar | None, later: Bar) -> Bar:
    if bar is None:
        bar = Bar(later.open_ns, later.open)
        bar.high, bar.low = later.high, later.low
    bar.merge(later)
    return bar

"""Trades of two strategies, the rows that their bot writes, and the profit that the trades themselves amount to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..place import Value

BOT = "PROBE-001"
CURRENCY = "USDT"
ALPHA, BETA = "ALPHA-001", "BETA-002"
STRATEGIES = (ALPHA, BETA)
BTC, ETH, SOL = "BTCUSDT.BINANCE", "ETHUSDT.BINANCE", "SOLUSDT.BINANCE"


@dataclass(frozen=True, slots=True)
class Trade:
    """A fill, `ago` seconds before the end of the history; `quantity` is negative for a sale."""

    ago: float
    strategy: str
    instrument: str
    quantity: float
    price: float
    fee: float


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a strategy has made, in `CURRENCY`; `realized` and `total` are after fees."""

    realized: float
    unrealized: float
    commission: float

    @property
    def total(self) -> float:
        return self.realized + self.unrealized


#: Each strategy closes what it had in one instrument and holds what it bought, or sold, at one price in another.
TRADES = (
    Trade(840, ALPHA, BTC, 0.5, 64_000.0, 3.2),
    Trade(780, BETA, ETH, -4.0, 3_150.0, 1.26),
    Trade(660, ALPHA, BTC, 0.25, 64_400.0, 1.61),
    Trade(540, BETA, ETH, 1.5, 3_090.0, 0.46),
    Trade(420, ALPHA, BTC, -0.75, 64_900.0, 4.87),
    Trade(360, BETA, ETH, 2.5, 3_170.0, 0.79),
    Trade(240, ALPHA, ETH, 3.0, 3_165.0, 0.95),
    Trade(180, BETA, SOL, -20.0, 151.5, 0.3),
)
#: The price of each instrument as time goes on: seconds before the end, price.
PRICES: Mapping[str, tuple[tuple[float, float], ...]] = {
    BTC: ((900, 64_000.0), (600, 64_500.0), (300, 64_850.0), (0, 64_700.0)),
    ETH: ((900, 3_150.0), (600, 3_100.0), (300, 3_168.0), (0, 3_158.0)),
    SOL: ((900, 150.0), (150, 152.0), (0, 149.25)),
}
_SAMPLE = 15.0


def expected() -> Mapping[str, Amounts]:
    """What each strategy has at the end, from money in and out alone: no average price, no row."""
    found = {}
    for strategy in STRATEGIES:
        realized = unrealized = 0.0
        own = [one for one in TRADES if one.strategy == strategy]
        for instrument in {one.instrument for one in own}:
            trades = [one for one in own if one.instrument == instrument]
            cash = -sum(one.quantity * one.price for one in trades)
            worth = sum(one.quantity for one in trades) * price(instrument, 0)
            closed = abs(sum(one.quantity for one in trades)) < 1e-9
            realized += cash if closed else 0.0
            unrealized += 0.0 if closed else cash + worth
        fees = sum(one.fee for one in own)
        found[strategy] = Amounts(realized - fees, unrealized, fees)
    return found


def rows(now_ns: int, trades: tuple[Trade, ...] = TRADES) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_pnl`: after each fill, and on a timer for all that was traded; the newest is at `now_ns`."""
    books: dict[tuple[str, str], _Book] = defaultdict(_Book)
    samples = range(int(max(one.ago for one in trades) // _SAMPLE))
    moments = {one.ago for one in trades} | {index * _SAMPLE for index in samples}
    for ago in sorted(moments, reverse=True):
        for trade in trades:
            if trade.ago == ago:
                books[trade.strategy, trade.instrument].fill(trade)
        for (strategy, instrument), book in books.items():
            yield {
                "timestamp": now_ns - int(ago * 1e9),
                "bot": BOT,
                "mode": "live",
                "strategy": strategy,
                "instrument": instrument,
                "venue": "BINANCE",
                "currency": CURRENCY,
                "realized": book.realized - book.fees,
                "unrealized": book.quantity * (price(instrument, ago) - book.average),
                "commission": book.fees,
            }


def price(instrument: str, ago: float) -> float:
    """The instrument's price, in a straight line between the known ones."""
    known = PRICES[instrument]
    for (start, before), (end, after) in pairwise(known):
        if end <= ago <= start:
            return before + (after - before) * (start - ago) / (start - end)
    return known[0][1]


class _Book:
    """What a bot keeps: quantity, average price, closed profit, fees."""

    def __init__(self) -> None:
        self.quantity = self.average = self.realized = self.fees = 0.0

    def fill(self, trade: Trade) -> None:
        self.fees += trade.fee
        if self.quantity * trade.quantity >= 0:
            total = self.quantity + trade.quantity
            self.average = (self.quantity * self.average + trade.quantity * trade.price) / total
            self.quantity = total
            return
        self.realized += -trade.quantity * (trade.price - self.average)
        self.quantity += trade.quantity

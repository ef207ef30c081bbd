"""Streams that are sent by the clock: klines, tickers, average prices, the top of the book."""

from collections.abc import Callable, Iterator
from typing import Any

from ..engine import Kline
from . import spot_klines, spot_tape
from .common.numbers import fixed
from .spot_desk import Desk
from .spot_market import Market
from .spot_tickers import WINDOWS, day_ticker, window_ticker
from .spot_topics import Topic

type Maker = Callable[[int], Any]

_NAMES = {
    "s": "symbol",
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
_MINI = ("s", "c", "o", "h", "l", "v", "q")
_TIMES = ("E", "O", "C")


class Timed:
    """Makes their payloads."""

    def __init__(self, desk: Desk, market: Market) -> None:
        self._desk = desk
        self._market = market
        self._open: dict[str, int] = {}  # stream: when the kline that was sent last opened
        self._books: dict[str, int] = {}  # stream: the update that was sent last
        self._sent: dict[tuple[str, str], dict[str, Any]] = {}  # stream and symbol: what was sent last

    def payloads(self, topic: Topic, *, due: bool) -> Iterator[Maker]:
        """What is to be sent on a stream now.

        Args:
            due: Its time has come round. A kline that has ended is sent without waiting for that.
        """
        if topic.kind == "kline":
            yield from self._klines(topic, due)
        elif not due:
            return
        elif topic.kind == "partial":
            yield from self._partial(topic)
        elif topic.kind == "avgPrice":
            yield self._average(topic)
        elif topic.symbol:
            yield lambda unit: self._ticker(topic, topic.symbol, unit)
        else:
            yield from self._all(topic)

    def _klines(self, topic: Topic, due: bool) -> Iterator[Maker]:
        exchange = self._desk.exchange
        current = spot_klines.opening(exchange.engine.now_ns, topic.detail, topic.zone_ns)
        before = self._open.get(topic.name)
        ended = before is not None and before < current
        if not due and not ended:
            return
        market = self._desk.instrument(topic.symbol).key
        found = spot_klines.klines(exchange.engine, market, topic.detail, limit=2, zone_ns=topic.zone_ns)
        if ended and len(found) > 1:
            yield self._kline(topic, found[-2], closed=True)
        if found:
            yield self._kline(topic, found[-1], closed=False)
        self._open[topic.name] = current

    def _kline(self, topic: Topic, one: Kline, *, closed: bool) -> Maker:
        end = spot_klines.closing(one.open_ns, topic.detail, topic.zone_ns)
        trades = self._desk.exchange.engine.trades(self._desk.instrument(topic.symbol).key, limit=5_000)
        first, last = spot_tape.ids_between(trades, one.open_ns, end)
        return lambda unit: {
            "e": "kline",
            "E": self._now(unit),
            "s": topic.symbol,
            "k": {
                "t": one.open_ns // unit,
                "T": end // unit - 1,
                "s": topic.symbol,
                "i": topic.detail,
                "f": first,
                "L": last,
                "o": fixed(one.open),
                "c": fixed(one.close),
                "h": fixed(one.high),
                "l": fixed(one.low),
                "v": fixed(one.volume),
                "n": one.trades,
                "x": closed,
                "q": fixed(one.quote_volume),
                "V": fixed(one.taker_base),
                "Q": fixed(one.taker_quote),
                "B": "0",
            },
        }

    def _partial(self, topic: Topic) -> Iterator[Maker]:
        book = self._desk.exchange.engine.book(self._desk.instrument(topic.symbol).key, int(topic.detail))
        if self._books.get(topic.name) == book.last_id:
            return
        self._books[topic.name] = book.last_id
        payload = {
            "lastUpdateId": book.last_id,
            "bids": [[fixed(price), fixed(quantity)] for price, quantity in book.bids],
            "asks": [[fixed(price), fixed(quantity)] for price, quantity in book.asks],
        }
        yield lambda _: payload

    def _average(self, topic: Topic) -> Maker:
        price, last_ns = self._market.average(self._desk.instrument(topic.symbol).key)
        return lambda unit: {
            "e": "avgPrice",
            "E": self._now(unit),
            "s": topic.symbol,
            "i": "5m",
            "w": fixed(price),
            "T": last_ns // unit,
        }

    def _all(self, topic: Topic) -> Iterator[Maker]:
        """Those markets whose figures have changed."""
        changed = []
        for symbol in self._desk.instruments:
            figures = self._ticker(topic, symbol, 1)
            bare = {name: value for name, value in figures.items() if name not in _TIMES}
            if self._sent.get((topic.name, symbol)) != bare:
                self._sent[topic.name, symbol] = bare
                changed.append(symbol)
        if changed:
            yield lambda unit: [self._ticker(topic, symbol, unit) for symbol in changed]

    def _ticker(self, topic: Topic, symbol: str, unit: int) -> dict[str, Any]:
        instrument = self._desk.instrument(symbol)
        if topic.kind == "window":
            figures = window_ticker(self._desk, instrument, WINDOWS[topic.detail], unit)
            event = f"{topic.detail}Ticker"
        else:
            figures = day_ticker(self._desk, instrument, unit)
            event = "24hrTicker" if topic.kind == "ticker" else "24hrMiniTicker"
        names = _MINI if topic.kind == "miniTicker" else tuple(_NAMES)
        payload = {"e": event, "E": self._now(unit)}
        return payload | {name: figures[_NAMES[name]] for name in names if _NAMES[name] in figures}

    def _now(self, unit: int) -> int:
        return self._desk.exchange.clock.now_ns() // unit

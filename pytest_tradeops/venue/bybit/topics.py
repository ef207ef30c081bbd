"""Public topics: what is pushed when, and the first message after subscribing."""

import asyncio
from collections.abc import Callable
from typing import Any

from ..engine.events import BookUpdate, PublicTrade
from ..engine.model import Instrument, Kind
from ..kit.session import Session
from . import ids, tickers
from .books import DEPTHS, Books
from .desk import Desk
from .market import INTERVAL_NS
from .text import NANOS_PER_MS, price, quantity, rounded, side

_QUOTE = ("bid1Price", "bid1Size", "ask1Price", "ask1Size")
_SPOT_TICKER = (
    "symbol",
    "lastPrice",
    "highPrice24h",
    "lowPrice24h",
    "prevPrice24h",
    "volume24h",
    "turnover24h",
    "price24hPcnt",
    "usdIndexPrice",
)
#: Seconds after which an unchanged best level is sent again.
REPEAT = 3.0
_MOST_TRADES = 1024


class Topic:
    """One topic of one market, with its subscribers, paced as documented.

    Attributes:
        pace: Seconds between two pushes, at least.
        again: Seconds after which it publishes even if nothing was heard.
    """

    pace = 0.0
    again: float | None = None

    def __init__(self, name: str, desk: Desk, instrument: Instrument) -> None:
        self.name = name
        self.desk = desk
        self.instrument = instrument
        self.sessions: set[Session] = set()
        self._timer: asyncio.Handle | None = None
        self._last = 0.0

    @property
    def engine_ms(self) -> int:
        return self.desk.exchange.engine.now_ns // NANOS_PER_MS

    def first(self) -> dict[str, Any] | None:
        """What a new subscriber gets at once."""
        return None

    def heard(self, event: BookUpdate | PublicTrade) -> None:
        """Something happened in the market."""

    def produce(self) -> None:
        """Publishes what there is."""

    def join(self, session: Session) -> None:
        if self.sessions:
            self.produce()  # so that those who are there and the new one go on from the same state
        first = self.first()
        self.sessions.add(session)
        if first is not None:
            session.send(first, topic=self.name)
        if self.again is not None:
            self.touch(self.again)

    def leave(self, session: Session) -> None:
        self.sessions.discard(session)
        if not self.sessions and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def touch(self, delay: float | None = None) -> None:
        """Publishes soon: as soon as the pace allows, or after `delay` seconds."""
        if self._timer is not None or not self.sessions:
            return
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._last + self.pace - loop.time()) if delay is None else delay
        self._timer = loop.call_later(wait, self._fire) if wait else loop.call_soon(self._fire)

    def push(self, message: dict[str, Any]) -> None:
        for session in tuple(self.sessions):
            session.send(message, topic=self.name)

    def _fire(self) -> None:
        self._timer = None
        self._last = asyncio.get_running_loop().time()
        try:
            self.produce()
        except Exception as error:  # a timer's defect would otherwise only be logged
            self.desk.exchange.crashed(f"topic {self.name}", error)


class BookTopic(Topic):
    """`orderbook.{depth}.{symbol}`: a snapshot, then deltas; the best level comes as snapshots only."""

    def __init__(self, name: str, desk: Desk, instrument: Instrument, depth: int, books: Books) -> None:
        super().__init__(name, desk, instrument)
        self.depth = depth
        self.pace = DEPTHS[depth] / 1000
        self.again = REPEAT if depth == 1 else None
        self._books = books
        self._sent = 0.0

    def heard(self, event: BookUpdate | PublicTrade) -> None:
        if isinstance(event, BookUpdate):
            if self.depth == 1 and self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self.touch()

    def first(self) -> dict[str, Any]:
        return self.message("snapshot", self._books.full(self.instrument, self.depth))

    def produce(self) -> None:
        now = asyncio.get_running_loop().time()
        before = self._sent
        self._books.change(self.instrument, self.depth)
        if self.depth == 1:
            if self._sent == before and now - before >= REPEAT:
                self.changed(self._books.full(self.instrument, 1))
            self.touch(max(0.01, self._sent + REPEAT - now))

    def changed(self, delta: dict[str, Any]) -> None:
        """Called by the books."""
        self._sent = asyncio.get_running_loop().time()
        if self.depth == 1:
            self.push(self.message("snapshot", self._books.full(self.instrument, 1)))
        else:
            self.push(self.message("delta", delta))

    def message(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        now = self.desk.now_ms
        timed = {"topic": self.name, "ts": now, "type": kind}
        if self.depth != 1 and self.instrument.kind is Kind.LINEAR:
            timed = {"topic": self.name, "type": kind, "ts": now}
        return timed | {"data": data, "cts": self.engine_ms}


class TradeTopic(Topic):
    """`publicTrade.{symbol}`: what was traded, in one message if it was at once."""

    def __init__(self, name: str, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, desk, instrument)
        self._trades: list[PublicTrade] = []
        self._price = desk.exchange.engine.last_price(instrument.key)
        self._direction = "ZeroPlusTick"

    def heard(self, event: BookUpdate | PublicTrade) -> None:
        if isinstance(event, PublicTrade) and self.sessions:
            self._trades.append(event)
            self.touch()

    def produce(self) -> None:
        trades, self._trades = self._trades, []
        for start in range(0, len(trades), _MOST_TRADES):
            data = [self._entry(one) for one in trades[start : start + _MOST_TRADES]]
            self.push({"topic": self.name, "type": "snapshot", "ts": self.desk.now_ms, "data": data})

    def _entry(self, trade: PublicTrade) -> dict[str, Any]:
        instrument = self.instrument
        if trade.price != self._price:
            self._direction = "PlusTick" if trade.price > self._price else "MinusTick"
        elif not self._direction.startswith("Zero"):
            self._direction = f"Zero{self._direction}"
        self._price = trade.price
        linear = {"L": self._direction} if instrument.kind is Kind.LINEAR else {}
        return {
            "T": trade.time_ns // NANOS_PER_MS,
            "s": instrument.symbol,
            "S": side(trade.side),
            "v": quantity(instrument, trade.quantity),
            "p": price(instrument, trade.price),
            "i": ids.trade_id(instrument.key, instrument.kind, trade.trade_id),
            "BT": False,
            "RPI": False,
            "seq": trade.trade_id,
        } | linear


class TickerTopic(Topic):
    """`tickers.{symbol}`: linear ones as a snapshot and deltas every 100 ms, spot ones as snapshots every 50 ms."""

    def __init__(self, name: str, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, desk, instrument)
        self._spot = instrument.kind is Kind.SPOT
        self.pace = 0.05 if self._spot else 0.1
        self._shown: dict[str, str] = {}
        self._direction = "ZeroPlusTick"

    def heard(self, _event: BookUpdate | PublicTrade) -> None:
        self.touch()

    def first(self) -> dict[str, Any]:
        self._shown = self._now()
        return self._message("snapshot", self._shown)

    def produce(self) -> None:
        now = self._now()
        changed = {name: value for name, value in now.items() if self._shown.get(name) != value}
        self._shown = now
        if not changed:
            return
        if self._spot:
            self.push(self._message("snapshot", now))
            return
        if any(name in changed for name in _QUOTE):
            changed |= {name: now[name] for name in _QUOTE}
        self.push(self._message("delta", {"symbol": self.instrument.symbol} | changed))

    def _now(self) -> dict[str, str]:
        found = tickers.ticker(self.desk.exchange.engine, self.instrument)
        if self._spot:
            return {name: found[name] for name in _SPOT_TICKER}
        before = self._shown.get("lastPrice", found["lastPrice"])
        if found["lastPrice"] != before:
            self._direction = "PlusTick" if float(found["lastPrice"]) > float(before) else "MinusTick"
        return {"tickDirection": self._direction} | {
            name: value for name, value in found.items() if name not in ("basisRateYear", "deliveryTime", "basis")
        }

    def _message(self, kind: str, data: dict[str, str]) -> dict[str, Any]:
        sequence = self.desk.exchange.engine.book(self.instrument.key, 1).last_id
        return {"topic": self.name, "type": kind, "data": data, "cs": sequence, "ts": self.desk.now_ms}


class KlineTopic(Topic):
    """`kline.{interval}.{symbol}`: the running candle every second, and each one once more when it is closed."""

    pace = 1.0
    again = 1.0

    def __init__(self, name: str, desk: Desk, instrument: Instrument, interval: str) -> None:
        super().__init__(name, desk, instrument)
        self.interval = interval
        self._start = 0

    def first(self) -> dict[str, Any] | None:
        candles = self._candles()
        if not candles:
            return None
        self._start = self._start or candles[-1].open_ns
        return self._message(candles[-1])

    def produce(self) -> None:
        for candle in self._candles():
            if candle.open_ns >= self._start:
                self._start = candle.open_ns
                self.push(self._message(candle))
        self.touch(self.pace)

    def _candles(self) -> list[Any]:
        engine = self.desk.exchange.engine
        return list(engine.klines(self.instrument.key, INTERVAL_NS[self.interval], limit=2))

    def _message(self, candle: Any) -> dict[str, Any]:
        length = INTERVAL_NS[self.interval]
        start = candle.open_ns // NANOS_PER_MS
        now = self.desk.now_ms
        shown: Callable[[Any], str] = lambda value: price(self.instrument, value)  # noqa: E731
        data = {
            "start": start,
            "end": start + length // NANOS_PER_MS - 1,
            "interval": self.interval,
            "open": shown(candle.open),
            "close": shown(candle.close),
            "high": shown(candle.high),
            "low": shown(candle.low),
            "volume": rounded(candle.volume),
            "turnover": rounded(candle.quote_volume),
            "confirm": self.engine_ms >= start + length // NANOS_PER_MS,
            "timestamp": now,
        }
        return {"topic": self.name, "data": [data], "ts": now, "type": "snapshot"}

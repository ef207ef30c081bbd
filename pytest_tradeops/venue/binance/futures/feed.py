"""Market data on their way to streams: events as they happen, and what is sent by the clock."""

import asyncio
from typing import Any

from ...engine.events import BookUpdate, Event, OrderUpdate, PublicTrade
from ...engine.model import Instrument
from ..common.numbers import MILLI
from ..spot_tape import Aggregate
from .candles import Candle
from .depths import Changes
from .desk import Desk
from .market import aggregate
from .payloads import Payloads
from .prices import Prices
from .render import LIQUIDATION
from .streams import Streams
from .topics import Topic, parse

_KLINES = ("kline", "continuous_kline")


class Feed:
    """Turns events and time into payloads of the streams that somebody listens to."""

    def __init__(self, desk: Desk, prices: Prices, streams: Streams) -> None:
        self._desk = desk
        self._streams = streams
        self._payloads = Payloads(desk, prices)
        self._changes: dict[str, Changes] = {}
        self._candles: dict[str, Candle] = {}
        self._slots: dict[str, int] = {}
        self._moved: set[str] = set()
        self._aggregates: list[tuple[Instrument, Aggregate]] = []
        self._tops: dict[str, tuple[Any, ...]] = {}
        self._sent: dict[str, Any] = {}
        self._flushing = False

    def joined(self, name: str) -> None:
        """Somebody listens to this stream from now on."""
        topic = parse(name, self._desk.instruments)
        if topic is None or name in self._slots:
            return
        self._slots[name] = self._slot(topic, self._desk.exchange.clock.true_ns())
        if topic.kind == "depth":
            terms = self._desk.instrument(topic.symbol)
            self._changes[name] = Changes(terms, self._desk.exchange.engine.book(terms.key, 1).last_id)
        elif topic.kind in _KLINES:
            self._candles[name] = Candle(self._desk, self._desk.instrument(topic.symbol), topic.detail)

    def began(self, market: str, one: Aggregate) -> None:
        """An aggregate has begun; it is sent when it is whole."""
        self._aggregates.append((self._desk.instruments[self._desk.symbols[market]], one))
        self._soon()

    def on_event(self, event: Event) -> None:
        if isinstance(event, BookUpdate) and event.market in self._desk.symbols:
            self._moved.add(event.market)
            for topic in self._streams.wanted():
                if topic.kind == "depth" and self._market_of(topic) == event.market:
                    self._changes[topic.name].add(event)
            self._soon()
        elif isinstance(event, PublicTrade) and event.market in self._desk.symbols:
            self._on_trade(event)
        elif isinstance(event, OrderUpdate) and event.fill is not None and event.order.market in self._desk.symbols:
            self._on_fill(event)

    def tick(self, now_ns: int) -> None:
        """Sends what is due."""
        for topic in list(self._streams.wanted()):
            slot = self._slot(topic, now_ns)
            if topic.every_ms and slot != self._slots.get(topic.name, slot):
                self._slots[topic.name] = slot
                self._send(topic)

    def _send(self, topic: Topic) -> None:
        if topic.kind == "depth":
            self._send_changes(topic)
        elif topic.kind in _KLINES:
            self._send_klines(topic)
        elif topic.kind == "partial":
            payload = self._payloads.partial(topic)
            if self._new(topic.name, payload["u"]):
                self._streams.publish(topic.name, payload)
        elif topic.kind == "markPrice":
            self._streams.publish(topic.name, self._payloads.mark_prices(topic))
        else:
            payload = self._payloads.tickers(topic)
            if self._new(topic.name, self._payloads.without_times(payload)):
                self._streams.publish(topic.name, payload)

    def _send_changes(self, topic: Topic) -> None:
        changes = self._changes[topic.name].taken()
        if changes is not None:
            self._streams.publish(topic.name, self._payloads.depth(topic.symbol, changes))

    def _send_klines(self, topic: Topic) -> None:
        candle = self._candles[topic.name]
        # Not by the clock: the trades of its last moments may be still to come.
        candle.pass_to(self._desk.exchange.engine.now_ns)
        done, candle.closed = candle.closed, []
        for one in done:
            self._streams.publish(topic.name, self._payloads.kline(topic, one))
        if candle.fresh:
            candle.fresh = False
            self._streams.publish(topic.name, self._payloads.kline(topic, candle.shown()))

    def _on_trade(self, event: PublicTrade) -> None:
        symbol = self._desk.symbols[event.market]
        for topic in self._streams.wanted():
            # One that is being made just now asks the engine, which brings this trade: it has it already.
            if topic.kind in _KLINES and topic.symbol == symbol and topic.name in self._candles:
                self._candles[topic.name].add(event)
        name = f"{symbol.lower()}@trade"
        if self._streams.has(name):
            self._streams.publish(name, self._payloads.trade(event))

    def _on_fill(self, event: OrderUpdate) -> None:
        if event.order.meta.get("cause") == LIQUIDATION:
            payload = self._payloads.force_order(event)
            self._streams.publish(f"{payload['o']['s'].lower()}@forceOrder", payload)
            self._streams.publish("!forceOrder@arr", payload)

    def _flush(self) -> None:
        """After everything that happened at once: aggregates are whole, and the best prices are what they are now."""
        self._flushing = False
        aggregates, self._aggregates = self._aggregates, []
        for terms, one in aggregates:
            name = f"{terms.symbol.lower()}@aggTrade"
            if self._streams.has(name):
                head = {"e": "aggTrade", "E": self._desk.now_ms, "s": terms.symbol}
                self._streams.publish(name, {**head, **aggregate(terms, one)})
        moved, self._moved = self._moved, set()
        for market in sorted(moved):
            self._send_top(market)
        for topic in list(self._streams.wanted()):
            if topic.every_ms == 0 and topic.kind in ("depth", "partial") and self._market_of(topic) in moved:
                self._send(topic)

    def _send_top(self, market: str) -> None:
        symbol = self._desk.symbols[market]
        names = [name for name in (f"{symbol.lower()}@bookTicker", "!bookTicker") if self._streams.has(name)]
        if not names:
            self._tops.pop(market, None)
            return
        book = self._desk.exchange.engine.book(market, 1)
        top = (book.bids[:1], book.asks[:1])
        if self._tops.get(market) != top:
            self._tops[market] = top
            payload = self._payloads.top(symbol, book)
            for name in names:
                self._streams.publish(name, payload)

    def _new(self, name: str, figures: Any) -> bool:
        if self._sent.get(name) == figures:
            return False
        self._sent[name] = figures
        return True

    def left(self, name: str) -> None:
        """Nobody listens to this stream any more: whoever does next begins anew."""
        self._slots.pop(name, None)
        self._changes.pop(name, None)
        self._candles.pop(name, None)
        self._sent.pop(name, None)

    def _soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _market_of(self, topic: Topic) -> str:
        return self._desk.instruments[topic.symbol].key if topic.symbol else ""

    @staticmethod
    def _slot(topic: Topic, now_ns: int) -> int:
        return now_ns // (topic.every_ms * MILLI) if topic.every_ms else 0

"""Market data on their way to streams: events as they happen, and what is sent by the clock."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ..engine.events import BookUpdate, Event, PublicTrade
from ..engine.model import Side
from . import spot_tape
from .common.numbers import fixed
from .spot_desk import Desk
from .spot_market import Market
from .spot_tape import Aggregate
from .spot_timed import Timed
from .spot_topics import FAST_MS, SLOW_MS, Topic

#: Makes the payload in milliseconds or microseconds.
type Maker = Callable[[int], Any]
type Publish = Callable[[str, Maker], None]
type Level = dict[Decimal, Decimal]


class Changes:
    """Changes of one book since they were sent last."""

    def __init__(self) -> None:
        self.first = self.last = 0
        self.bids: Level = {}
        self.asks: Level = {}

    def add(self, update: BookUpdate) -> None:
        if not self.first:
            self.first = update.first_id
        self.last = update.last_id
        self.bids.update(update.bids)
        self.asks.update(update.asks)

    def clear(self) -> None:
        self.first = self.last = 0
        self.bids.clear()
        self.asks.clear()


class Feed:
    """Turns events and time into payloads of the streams that somebody listens to.

    Args:
        publish: Hands a stream's payload to its listeners.
        wanted: The streams that there are listeners for.
    """

    def __init__(self, desk: Desk, market: Market, publish: Publish, wanted: Callable[[], Iterable[Topic]]) -> None:
        self._desk = desk
        self._market = market
        self._publish = publish
        self._wanted = wanted
        self._timed = Timed(desk, market)
        self._changes = {speed: {key: Changes() for key in desk.symbols} for speed in (FAST_MS, SLOW_MS)}
        self._moved: set[str] = set()
        self._aggregates: list[tuple[str, Aggregate]] = []
        self._tops: dict[str, tuple[Any, ...]] = {}
        self._flushing = False
        self._last_tick = 0

    def on_event(self, event: Event) -> None:
        """Takes an event of the exchange."""
        if isinstance(event, PublicTrade) and event.market in self._desk.symbols:
            self._on_trade(event)
        elif isinstance(event, BookUpdate) and event.market in self._desk.symbols:
            for speed in self._changes.values():
                speed[event.market].add(event)
            self._moved.add(event.market)
        else:
            return
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def tick(self, now_ns: int) -> None:
        """Sends what is due: each tenth of a second, each second, each other second."""
        tenth = now_ns // (FAST_MS * 1_000_000)
        if tenth == self._last_tick:
            return
        passed = {ms for ms in (FAST_MS, SLOW_MS, 2 * SLOW_MS) if self._passed(tenth, ms)}
        self._last_tick = tenth
        wanted = list(self._wanted())
        for topic in wanted:
            if topic.kind == "depth":
                if topic.every_ms in passed:
                    self._send_changes(topic)
            elif topic.every_ms:
                for maker in self._timed.payloads(topic, due=topic.every_ms in passed):
                    self._publish(topic.name, maker)
        for speed in passed & set(self._changes):
            for changes in self._changes[speed].values():
                changes.clear()

    def _passed(self, tenth: int, ms: int) -> bool:
        length = ms // FAST_MS
        return tenth // length != self._last_tick // length

    def _on_trade(self, event: PublicTrade) -> None:
        symbol = self._desk.symbols[event.market]
        self._publish(
            f"{symbol.lower()}@trade",
            lambda unit: {
                "e": "trade",
                "E": self._now(unit),
                "s": symbol,
                "t": event.trade_id,
                "p": fixed(event.price),
                "q": fixed(event.quantity),
                "T": event.time_ns // unit,
                "m": event.side is Side.SELL,
                "M": True,
            },
        )
        begun = self._market.tapes[event.market].add(event)
        if begun is not None:
            self._aggregates.append((symbol, begun))

    def _flush(self) -> None:
        """After everything that happened at once: aggregates are whole, and the best prices are what they are now."""
        self._flushing = False
        aggregates, self._aggregates = self._aggregates, []
        for symbol, one in aggregates:
            self._publish(f"{symbol.lower()}@aggTrade", self._aggregate(symbol, one))
        moved, self._moved = self._moved, set()
        for market in sorted(moved):
            self._send_top(market)

    def _aggregate(self, symbol: str, one: Aggregate) -> Maker:
        return lambda unit: {
            "e": "aggTrade",
            "E": self._now(unit),
            "s": symbol,
            **spot_tape.aggregate(one, unit),
        }

    def _send_top(self, market: str) -> None:
        book = self._desk.exchange.engine.book(market, 1)
        top = (book.bids[:1], book.asks[:1])
        if self._tops.get(market) == top:
            return
        self._tops[market] = top
        bid, bid_quantity = book.bids[0] if book.bids else (None, None)
        ask, ask_quantity = book.asks[0] if book.asks else (None, None)
        symbol = self._desk.symbols[market]
        payload = {
            "u": book.last_id,
            "s": symbol,
            "b": fixed(bid),
            "B": fixed(bid_quantity),
            "a": fixed(ask),
            "A": fixed(ask_quantity),
        }
        self._publish(f"{symbol.lower()}@bookTicker", lambda _: payload)

    def _send_changes(self, topic: Topic) -> None:
        changes = self._changes[topic.every_ms][self._desk.instrument(topic.symbol).key]
        if not changes.first:
            return
        payload = {
            "s": topic.symbol,
            "U": changes.first,
            "u": changes.last,
            "b": _levels(changes.bids, reverse=True),
            "a": _levels(changes.asks),
        }
        self._publish(topic.name, lambda unit: {"e": "depthUpdate", "E": self._now(unit), **payload})

    def _now(self, unit: int) -> int:
        return self._desk.exchange.clock.now_ns() // unit


def _levels(levels: Level, *, reverse: bool = False) -> list[list[str]]:
    return [[fixed(price), fixed(levels[price])] for price in sorted(levels, reverse=reverse)]

"""/v5/public/linear and /v5/public/spot."""

from collections.abc import Mapping
from typing import Any

from ..engine.events import BookUpdate, Event, PublicTrade
from ..engine.model import Instrument
from ..kit.session import Session
from . import listing, params
from .books import DEPTHS, Books
from .desk import Desk
from .frames import Frame, Subscriber, strings
from .topics import BookTopic, KlineTopic, TickerTopic, Topic, TradeTopic

#: How many topics one request may subscribe to.
_MOST = {"spot": 10}


class PublicStreams:
    """All public topics, and who hears them."""

    def __init__(self, desk: Desk, books: Books) -> None:
        self._desk = desk
        self._books = books
        self._topics: dict[tuple[str, str], Topic] = {}
        self._by_market: dict[str, list[Topic]] = {}
        books.on_change = self._book_changed

    def listen(self, event: Event) -> None:
        if isinstance(event, BookUpdate | PublicTrade):
            for topic in self._by_market.get(event.market, ()):
                topic.heard(event)

    def wrong(self, category: str, name: str) -> str:
        """What is wrong with a topic's name; empty if nothing."""
        kind, _, rest = name.partition(".")
        detail, _, symbol = rest.rpartition(".")
        allowed: Mapping[str, tuple[str, ...]] = {
            "orderbook": tuple(map(str, DEPTHS)),
            "kline": params.INTERVALS,
            "publicTrade": ("",),
            "tickers": ("",),
        }
        if detail not in allowed.get(kind, ()) or not symbol:
            return f"error:handler not found,topic:{name}"
        return "" if self._instrument(category, symbol) else f"Invalid symbol :[{name}]"

    def join(self, category: str, name: str, session: Session) -> None:
        topic = self._topics.get((category, name))
        if topic is None:
            topic = self._make(category, name)
            self._topics[category, name] = topic
            self._by_market.setdefault(topic.instrument.key, []).append(topic)
        topic.join(session)

    def leave(self, category: str, name: str, session: Session) -> None:
        topic = self._topics.get((category, name))
        if topic is None:
            return
        topic.leave(session)
        if not topic.sessions:
            del self._topics[category, name]
            self._by_market[topic.instrument.key].remove(topic)

    def _instrument(self, category: str, symbol: str) -> Instrument | None:
        kind = listing.kind_of(category)
        return self._desk.exchange.engine.instruments.get(f"{symbol}.{kind.value}") if kind else None

    def _make(self, category: str, name: str) -> Topic:
        parts = name.split(".")
        instrument = self._desk.instrument(category, parts[-1])
        if parts[0] == "orderbook":
            return BookTopic(name, self._desk, instrument, int(parts[1]), self._books)
        if parts[0] == "kline":
            return KlineTopic(name, self._desk, instrument, parts[1])
        return (TradeTopic if parts[0] == "publicTrade" else TickerTopic)(name, self._desk, instrument)

    def _book_changed(self, instrument: Instrument, depth: int, delta: dict[str, Any]) -> None:
        topic = self._topics.get((instrument.kind.value, f"orderbook.{depth}.{instrument.symbol}"))
        if isinstance(topic, BookTopic) and topic.sessions:
            topic.changed(delta)


class PublicSocket(Subscriber):
    """One client of a category's public stream."""

    def __init__(self, session: Session, connection_id: str, streams: PublicStreams, category: str) -> None:
        super().__init__(session, connection_id)
        self._streams = streams
        self._category = category

    def handle(self, op: str, frame: Frame) -> None:
        if op == "ping":
            self.answer({"req_id": ""} | dict(frame), "ping", message="pong")
        elif op == "subscribe":
            self._subscribe(frame)
        elif op == "unsubscribe":
            self._unsubscribe(frame)
        else:
            self.answer(frame, op, success=False, message=f"error:op not found,op:{op[:32]}")

    def close(self) -> None:
        for name in self.topics:
            self._streams.leave(self._category, name, self.session)

    def _subscribe(self, frame: Frame) -> None:
        names = self.topics_of(
            frame, most=_MOST.get(self._category), knows=lambda name: self._streams.wrong(self._category, name)
        )
        if names is None:
            return
        said = "subscribe" if self._category == "spot" else ""
        self.answer({"req_id": ""} | dict(frame), "subscribe", message=said)
        for name in names:
            self.topics.add(name)
            self.session.topics.add(name)
            self._streams.join(self._category, name, self.session)

    def _unsubscribe(self, frame: Frame) -> None:
        names = strings(frame.get("args"))
        if names is None:
            self.answer(frame, "unsubscribe", success=False, message="Request parameter error.")
            return
        for name in self.topics.intersection(names):
            self._streams.leave(self._category, name, self.session)
        self.topics.difference_update(names)
        self.session.topics.difference_update(names)
        self.answer({"req_id": ""} | dict(frame), "unsubscribe")

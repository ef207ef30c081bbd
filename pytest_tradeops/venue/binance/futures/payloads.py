"""The events of market data streams."""

from typing import Any

from ...engine import Book
from ...engine.events import OrderUpdate, PublicTrade
from ...engine.model import ZERO, Side
from ..common.numbers import MILLI, fixed
from .desk import Desk
from .market import levels
from .prices import NO_RATE, Prices, next_funding
from .render import average_of, price_of, quantity_of
from .topics import Topic

_TICKER = {
    "s": "symbol",
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "c": "lastPrice",
    "Q": "lastQty",
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


class Payloads:
    """Makes them, with the time that it is."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self._desk = desk
        self._prices = prices

    def trade(self, event: PublicTrade) -> dict[str, Any]:
        symbol = self._desk.symbols[event.market]
        terms = self._desk.instruments[symbol]
        return {
            "e": "trade",
            "E": self._desk.now_ms,
            "T": event.time_ns // MILLI,
            "s": symbol,
            "t": event.trade_id,
            "p": price_of(terms, event.price),
            "q": quantity_of(terms, event.quantity),
            "X": "MARKET",
            "m": event.side is Side.SELL,
        }

    def top(self, symbol: str, book: Book) -> dict[str, Any]:
        terms = self._desk.instruments[symbol]
        bid, ask = (book.bids or ((ZERO, ZERO),))[0], (book.asks or ((ZERO, ZERO),))[0]
        return {
            "e": "bookTicker",
            "u": book.last_id,
            "s": symbol,
            "b": price_of(terms, bid[0]),
            "B": quantity_of(terms, bid[1]),
            "a": price_of(terms, ask[0]),
            "A": quantity_of(terms, ask[1]),
            "T": self._desk.exchange.engine.now_ns // MILLI,
            "E": self._desk.now_ms,
        }

    def depth(self, symbol: str, changes: dict[str, Any]) -> dict[str, Any]:
        now = self._desk.exchange.engine.now_ns // MILLI
        return {"e": "depthUpdate", "E": self._desk.now_ms, "T": now, "s": symbol, **changes}

    def partial(self, topic: Topic) -> dict[str, Any]:
        terms = self._desk.instruments[topic.symbol]
        book = self._desk.exchange.engine.book(terms.key, int(topic.detail))
        whole = {
            "U": book.last_id,
            "u": book.last_id,
            "pu": book.last_id - 1,
            "b": levels(terms, book.bids),
            "a": levels(terms, book.asks),
        }
        return self.depth(topic.symbol, whole)

    def kline(self, topic: Topic, shown: dict[str, Any]) -> dict[str, Any]:
        now, symbol = self._desk.now_ms, topic.symbol
        times = {name: shown[name] for name in ("t", "T")}
        rest = {name: value for name, value in shown.items() if name not in times}
        if topic.kind == "kline":
            return {"e": "kline", "E": now, "s": symbol, "k": {**times, "s": symbol, **rest}}
        head = {"e": "continuous_kline", "E": now, "ps": symbol, "ct": "PERPETUAL"}
        return {**head, "k": {**times, **rest}}

    def mark_prices(self, topic: Topic) -> Any:
        if topic.symbol:
            return self._mark_price(topic.symbol)
        return [self._mark_price(symbol) for symbol in self._desk.instruments]

    def tickers(self, topic: Topic) -> Any:
        if topic.symbol:
            return self._ticker(topic.kind, topic.symbol)
        return [self._ticker(topic.kind, symbol) for symbol in self._desk.instruments]

    @staticmethod
    def without_times(payload: Any) -> Any:
        """What has to change for tickers to be sent again."""
        rows = payload if isinstance(payload, list) else [payload]
        return [{name: value for name, value in row.items() if name not in _TIMES} for row in rows]

    def force_order(self, event: OrderUpdate) -> dict[str, Any]:
        """A liquidation, as everybody is told of it."""
        order, fill = event.order, event.fill
        terms = self._desk.terms(order)
        return {
            "e": "forceOrder",
            "E": self._desk.now_ms,
            "o": {
                "s": terms.symbol,
                "S": order.side.value,
                "o": "LIMIT",
                "f": "IOC",
                "q": quantity_of(terms, order.quantity),
                "p": price_of(terms, fill.price if fill else None),
                "ap": average_of(terms, order),
                "X": order.status.value,
                "l": quantity_of(terms, fill.quantity if fill else ZERO),
                "z": quantity_of(terms, order.filled),
                "T": event.time_ns // MILLI,
            },
        }

    def _mark_price(self, symbol: str) -> dict[str, Any]:
        mark = fixed(self._desk.exchange.engine.mark_price(self._desk.instruments[symbol].key))
        return {
            "e": "markPriceUpdate",
            "E": self._desk.now_ms,
            "s": symbol,
            "p": mark,
            "ap": mark,
            "P": mark,
            "i": mark,
            "r": NO_RATE,
            "T": next_funding(self._desk.exchange.clock.now_ns()),
        }

    def _ticker(self, kind: str, symbol: str) -> dict[str, Any]:
        figures = self._prices.day_of(self._desk.instruments[symbol])
        mini = kind == "miniTicker"
        names = _MINI if mini else tuple(_TICKER)
        head = {"e": "24hrMiniTicker" if mini else "24hrTicker", "E": self._desk.now_ms}
        return head | {name: figures[_TICKER[name]] for name in names}

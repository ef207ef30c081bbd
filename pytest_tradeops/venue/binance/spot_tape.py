"""Public trades as Binance numbers and joins them: single trades, and aggregates of one taker order at one price."""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..engine.events import PublicTrade
from ..engine.model import Side
from .common.numbers import fixed

_KEPT = 5_000


@dataclass(slots=True)
class Aggregate:
    """Trades of one taker at one price."""

    number: int
    price: Decimal
    quantity: Decimal
    first: int
    last: int
    side: Side
    time_ns: int

    def takes(self, trade: PublicTrade) -> bool:
        """Whether this trade belongs to it: the engine gives all trades of one command the same time."""
        return (
            trade.trade_id == self.last + 1
            and trade.time_ns == self.time_ns
            and trade.price == self.price
            and trade.side is self.side
        )

    def add(self, trade: PublicTrade) -> None:
        self.quantity += trade.quantity
        self.last = trade.trade_id


class Tape:
    """The aggregates of one market.

    They are counted up without gaps. The count starts from the id of the oldest trade that is known, so that it never
    falls back when the venue is started again.
    """

    def __init__(self, trades: list[PublicTrade]) -> None:
        self.aggregates: deque[Aggregate] = deque(maxlen=_KEPT)
        self._next = trades[0].trade_id if trades else 1
        for trade in trades:
            self.add(trade)

    def add(self, trade: PublicTrade) -> Aggregate | None:
        """Counts a trade; returns the aggregate that it began, None if it joined the last one."""
        if self.aggregates and trade.trade_id <= self.aggregates[-1].last:
            return None
        if self.aggregates and self.aggregates[-1].takes(trade):
            self.aggregates[-1].add(trade)
            return None
        one = Aggregate(
            self._next, trade.price, trade.quantity, trade.trade_id, trade.trade_id, trade.side, trade.time_ns
        )
        self._next += 1
        self.aggregates.append(one)
        return one


def ids_between(trades: list[PublicTrade], start_ns: int, end_ns: int) -> tuple[int, int]:
    """Ids of the first and the last trade of a time, -1 where there is none; trades in order of time."""
    times = [one.time_ns for one in trades]
    first, after = bisect_left(times, start_ns), bisect_left(times, end_ns)
    return (trades[first].trade_id, trades[after - 1].trade_id) if first < after else (-1, -1)


def aggregate(one: Aggregate, unit: int) -> dict[str, Any]:
    """An entry of aggTrades, and most of the stream's event."""
    return {
        "a": one.number,
        "p": fixed(one.price),
        "q": fixed(one.quantity),
        "f": one.first,
        "l": one.last,
        "T": one.time_ns // unit,
        "m": one.side is Side.SELL,
        "M": True,
    }


def trade(one: PublicTrade, unit: int) -> dict[str, Any]:
    """An entry of trades."""
    return {
        "id": one.trade_id,
        "price": fixed(one.price),
        "qty": fixed(one.quantity),
        "quoteQty": fixed(one.price * one.quantity),
        "time": one.time_ns // unit,
        "isBuyerMaker": one.side is Side.SELL,
        "isBestMatch": True,
    }

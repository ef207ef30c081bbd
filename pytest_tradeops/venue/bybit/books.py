"""Order books as topics see them: what was last published, what has changed since, and under which update id."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..engine.model import Instrument
from . import tickers
from .text import NANOS_PER_MS

if TYPE_CHECKING:
    from ..engine.views import Book
    from .desk import Desk

#: Depth of a topic to the milliseconds between two pushes.
DEPTHS = {1: 10, 50: 20, 200: 100, 1000: 200}
DEEPEST = 1000

type Side = dict[Decimal, Decimal]
type OnChange = Callable[[Instrument, int, dict[str, Any]], None]


@dataclass(slots=True)
class Published:
    """One market at one depth.

    Attributes:
        update: `u`: one more with every change, without gaps.
        sequence: `seq`: the engine's update id, comparable between depths.
    """

    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)
    update: int = 0
    sequence: int = 0


class Books:
    """The books of all markets; REST reads the deepest topic's, so that both agree on `u`."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._published: dict[tuple[str, int], Published] = {}
        self.on_change: OnChange = lambda _instrument, _depth, _data: None

    def change(self, instrument: Instrument, depth: int) -> None:
        """Publishes what has changed, if anything: `on_change` gets the `data` of the delta."""
        book = self._book(instrument, depth)
        kept = self._published.setdefault((instrument.key, depth), Published())
        bids, asks = dict(book.bids), dict(book.asks)
        changed = _difference(kept.bids, bids), _difference(kept.asks, asks)
        if not changed[0] and not changed[1]:
            return
        kept.bids, kept.asks = bids, asks
        kept.update += 1
        kept.sequence = book.last_id
        self.on_change(instrument, depth, self._data(instrument, kept, *changed))

    def full(self, instrument: Instrument, depth: int) -> dict[str, Any]:
        """The `data` of a snapshot of what was last published."""
        if (instrument.key, depth) not in self._published:
            self.change(instrument, depth)
        kept = self._published.setdefault((instrument.key, depth), Published(update=1))
        return self._data(instrument, kept, kept.bids.items(), kept.asks.items())

    def snapshot(self, instrument: Instrument, limit: int) -> dict[str, Any]:
        """REST's answer."""
        self.change(instrument, DEEPEST)
        data = self.full(instrument, DEEPEST)
        now = self._desk.exchange.engine.now_ns // NANOS_PER_MS
        return data | {"b": data["b"][:limit], "a": data["a"][:limit], "ts": self._desk.now_ms, "cts": now}

    def _book(self, instrument: Instrument, depth: int) -> "Book":
        return self._desk.exchange.engine.book(instrument.key, depth)

    @staticmethod
    def _data(instrument: Instrument, kept: Published, bids: tickers.Levels, asks: tickers.Levels) -> dict[str, Any]:
        return {
            "s": instrument.symbol,
            "b": tickers.levels(instrument, bids),
            "a": tickers.levels(instrument, asks),
            "u": kept.update,
            "seq": kept.sequence,
        }


def _difference(before: Side, after: Side) -> list[tuple[Decimal, Decimal]]:
    new: Iterable[tuple[Decimal, Decimal]] = (
        (level, size) for level, size in after.items() if before.get(level) != size
    )
    return [*new, *((level, Decimal(0)) for level in before if level not in after)]

"""The public trades of each market, joined to aggregates."""

from collections.abc import Callable, Iterable, Sequence

from ...engine.events import Event, PublicTrade
from ..spot_tape import Aggregate, Tape
from .desk import Desk


class Tapes:
    """Aggregates by market, from the trades that the engine still knows and those that come.

    Attributes:
        began: Called with a market and an aggregate that has just begun; it may still grow by what happens at once.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tapes: dict[str, Tape] = {}
        self.began: Callable[[str, Aggregate], None] = lambda _, __: None

    def start(self) -> Callable[[], None]:
        """Begins to listen; returns what ends that."""
        engine = self._desk.exchange.engine
        self._tapes = {market: Tape(engine.trades(market, 5_000)) for market in self._desk.symbols}
        return self._desk.exchange.tap(self._watch)

    def aggregates(self, market: str) -> Iterable[Aggregate]:
        """Oldest first."""
        return self._tapes[market].aggregates

    def _watch(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, PublicTrade) and event.market in self._tapes:
                begun = self._tapes[event.market].add(event)
                if begun is not None:
                    self.began(event.market, begun)

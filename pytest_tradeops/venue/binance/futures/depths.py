"""Changes of one book on their way to a depth stream, chained by their update ids."""

from decimal import Decimal
from typing import Any

from ...engine.events import BookUpdate
from ...engine.model import Instrument
from .market import levels


class Changes:
    """What has changed since it was sent last.

    Args:
        last_id: Of the book when the stream began; the first event's `pu`.
    """

    def __init__(self, terms: Instrument, last_id: int) -> None:
        self._terms = terms
        self._sent = last_id
        self._first = self._last = 0
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def add(self, update: BookUpdate) -> None:
        if update.last_id <= self._sent:
            return
        self._first = self._first or update.first_id
        self._last = update.last_id
        self._bids.update(update.bids)
        self._asks.update(update.asks)

    def taken(self) -> dict[str, Any] | None:
        """`U`, `u`, `pu`, `b`, `a` of the next event; None if nothing has changed."""
        if not self._first:
            return None
        taken = {
            "U": self._first,
            "u": self._last,
            "pu": self._sent,
            "b": levels(self._terms, tuple(sorted(self._bids.items(), reverse=True))),
            "a": levels(self._terms, tuple(sorted(self._asks.items()))),
        }
        self._sent, self._first = self._last, 0
        self._bids, self._asks = {}, {}
        return taken

"""From what the loop has heard and seen to rows in the store; everything here runs in the collector's own thread."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from .books import Terms
from .intake import Intake
from .peaks import Peaks
from .rows import Converter, Value
from .tables import CONNECTIONS, HEARTBEATS, RISK
from .watch import Change, Sign

_HUNDRED = Decimal(100)
#: Failures that are written down one by one; the rest is only counted.
_TOLD = 10
#: Seconds that a backtest waits for a store that has more to write than so many rows, and how often it looks.
_PATIENCE, _LOOK = 10.0, 1_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same in every row.

    Attributes:
        mode: Venue to mode; of an empty one, the bot's.
        since: When it was started, nanoseconds on its own clock.
    """

    bot: str
    mode: Callable[[str], str]
    backtest: bool
    since: int


class Pipeline:
    """Makes rows and hands them on.

    Args:
        store: A sink, or None where nothing is written.
        peaks: File of the highest equity; None keeps it in memory.
    """

    def __init__(
        self,
        setting: Setting,
        store: Any,
        peaks: Path | None,
        terms: Callable[[Any], Terms | None],
        order: Callable[[Any], Any],
    ) -> None:
        self._setting = setting
        self._store = store
        self._told = 0
        self.intake: Intake | None = None
        self.peaks = Peaks(peaks)
        self.converter = Converter(
            self.emit, bot=setting.bot, mode=setting.mode, terms=terms, order=order, since=setting.since
        )
        self._since_look = 0
        if self.peaks.problem:
            self.broken(ValueError(self.peaks.problem))

    def take(self, thing: Any) -> None:
        """One thing that was heard: an event, or something to do."""
        if callable(thing):
            thing()
        elif hasattr(thing, "client_order_id"):
            self.converter.order_event(thing)
        elif hasattr(thing, "signed_qty"):
            self.converter.position_event(thing)

    def emit(self, table: str, at_ns: int, values: Mapping[str, Value]) -> None:
        """Gives a row to the store."""
        store = self._store
        if store is None:
            return
        if self._setting.backtest:
            self._hold()
        store.put(table, at_ns, values)

    def sample(
        self,
        at_ns: int,
        equity: list[Any],
        positions: list[Any],
        limits: Mapping[str, Decimal],
        prices: Mapping[Any, Decimal],
    ) -> None:
        """Rows of equity with drawdown, of positions with their limit, and of open profit."""
        for one in equity:
            self.emit(RISK.name, at_ns, {**self._venue(one.venue), "currency": one.currency, **self._drawdown(one)})
        for held in positions:
            limit = limits.get(held.instrument)
            values: dict[str, Value] = {
                "currency": held.currency or None,
                "instrument": held.instrument,
                "position": float(held.quantity),
                "position_max": None if limit is None else float(limit),
            }
            self.emit(RISK.name, at_ns, {**self._venue(held.venue), **values})
        self.converter.prices(at_ns, prices)

    def beat(self, at_ns: int, signs: list[Sign]) -> None:
        """A sign of life of the bot and of each of its connections."""
        known = [sign.connected for sign in signs if sign.connected is not None]
        ages = [sign.age for sign in signs if sign.age is not None]
        common = self._bot()
        values: dict[str, Value] = {
            "component": "bot",
            "connected": all(known),
            "data_age_s": max(ages, default=None),
            **self._queues(),
        }
        self.emit(HEARTBEATS.name, at_ns, {**common, **values})
        for sign in signs:
            # Before anything came, nothing is connected.
            row: dict[str, Value] = {
                "component": sign.component,
                "connected": bool(sign.connected),
                "data_age_s": sign.age,
            }
            self.emit(HEARTBEATS.name, at_ns, {**common, **row})

    def changes(self, at_ns: int, changes: list[Change]) -> None:
        """A row for each connection that came or went."""
        for one in changes:
            row: dict[str, Value] = {"component": one.component, "status": one.status, "reason": one.reason}
            self.emit(CONNECTIONS.name, at_ns, {**self._bot(), **row})

    def broken(self, error: Exception) -> None:
        """Writes down what failed in here, the first few times."""
        self._told += 1
        if self._told <= _TOLD:
            self.converter.exception(self._setting.since or time.time_ns(), str(uuid.uuid4()), "", "collector", error)

    def _hold(self) -> None:
        """Waits while the store has much to write: simulated time runs faster than any server takes rows."""
        self._since_look += 1
        if self._since_look < _LOOK:
            return
        self._since_look = 0
        until = time.monotonic() + _PATIENCE
        while self._store.stats().queued > _LOOK and time.monotonic() < until:
            time.sleep(0.002)

    def _drawdown(self, one: Any) -> dict[str, Value]:
        values: dict[str, Value] = {"equity": float(one.amount), "complete": one.complete}
        if not one.usable:
            return values
        key = "|".join((one.venue, one.currency, ",".join(one.assets), self._setting.mode(one.venue)))
        try:
            peak = self.peaks.rise(key, one.amount)
        except OSError as error:
            self.broken(error)
            peak = self.peaks.known(key)
        drawdown = (peak - one.amount) / peak * _HUNDRED if peak > 0 else Decimal(0)
        return {**values, "peak": float(peak), "drawdown_pct": float(drawdown)}

    def _queues(self) -> dict[str, Value]:
        intake = self.intake
        waiting, lost = (0, 0) if intake is None else (len(intake), intake.dropped + intake.failures)
        if self._store is None:
            return {"queued": waiting, "dropped": lost}
        stats = self._store.stats()
        return {
            "queued": stats.queued + waiting,
            "spooled": stats.spooled,
            "spooled_bytes": stats.spooled_bytes,
            "written": stats.written,
            "dropped": stats.dropped + lost + getattr(stats, "rejected", 0) + getattr(stats, "damaged", 0),
        }

    def _bot(self) -> dict[str, Value]:
        return {"bot": self._setting.bot, "mode": self._setting.mode("")}

    def _venue(self, venue: str) -> dict[str, Value]:
        return {"bot": self._setting.bot, "mode": self._setting.mode(venue), "venue": venue}

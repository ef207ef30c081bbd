"""What the collector costs per event: the real intake and pipeline, in front of a store that takes every row."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from .books import Terms
from .intake import Intake
from .pipeline import Pipeline, Setting


class Taker:
    """Takes rows and keeps none, as a sink does while the bot waits for nothing."""

    def __init__(self) -> None:
        self.taken = 0

    def start(self) -> None:
        """Nothing to start."""

    def put(self, *_row: Any) -> bool:
        self.taken += 1
        return True

    def drain(self, _timeout: float) -> bool:
        return True

    def close(self, _timeout: float) -> None:
        """Nothing to close."""

    def stats(self) -> Any:
        return SimpleNamespace(queued=0, spooled=0, spooled_bytes=0, written=self.taken, dropped=0, last_error="")


class Cost:
    """A collector without a node, with the thread behind its queue at work."""

    def __init__(self) -> None:
        self._store = Taker()
        terms = Terms("BTC", "USDT", "USDT", spot=True)
        setting = Setting(bot="bench", mode=lambda _: "live", backtest=False, since=0)
        pipeline = Pipeline(setting, self._store, None, lambda _: terms, lambda _: None)
        self._intake = Intake(pipeline.take, wait=True, failed=pipeline.broken)
        self._intake.start()

    @property
    def hear(self) -> Callable[[Any], None]:
        """What NautilusTrader's message bus calls with each event, on the trading loop."""
        return self._intake.hear

    def drained(self, timeout: float = 10.0) -> int:
        """Waits until the rows of every event were made; returns how many there are, -1 if any failed."""
        return self._store.taken if self._intake.drain(timeout) and not self._intake.failures else -1

    def close(self) -> None:
        """Ends the thread."""
        self._intake.close(1.0)

    def rows(self, events: Iterable[Any]) -> int:
        """Hears all of the events and waits for their rows."""
        hear = self.hear
        for event in events:
            hear(event)
        return self.drained()

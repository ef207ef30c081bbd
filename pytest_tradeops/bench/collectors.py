"""Benchmarks what the collector costs a subject's bot, with the events of its own backtest."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ..exceptions import Inconclusive
from .backtests import recorded_events

_ROUNDS = 32


class Cost(Protocol):
    """A collector without a node."""

    @property
    def hear(self) -> Callable[[Any], None]: ...

    def drained(self) -> int: ...

    def rows(self, events: Iterable[Any]) -> int: ...


class CollectorBench:
    """What the fixture `bench_collector` gives to a benchmark.

    Args:
        benchmark: pytest-benchmark's fixture.
        entry: `package.module:function`, whose backtest gives the events; `seed` is what it is given.
        cost: A collector of its own for this test.
    """

    def __init__(self, benchmark: Any, entry: str, seed: int, cost: Cost) -> None:
        self._benchmark = benchmark
        self._cost = cost
        self._events = recorded_events(entry, seed)
        if not self._events:
            raise Inconclusive(f"{entry} sends no order, so there is no event.", remedy="Give the backtest data.")
        benchmark.extra_info["events"] = len(self._events)

    def on_loop(self, rounds: int = _ROUNDS) -> None:
        """Seconds for which all events together hold up the trading loop; their rows are made meanwhile and after."""

        hear = self._cost.hear

        def target() -> None:
            for event in self._events:
                hear(event)

        self._pedantic(target, rounds)

    def rows(self, rounds: int = _ROUNDS) -> None:
        """Seconds until all events are rows."""
        self._pedantic(lambda: self._cost.rows(self._events), rounds)

    def _pedantic(self, target: Callable[[], Any], rounds: int) -> None:
        def set_up() -> None:
            self._cost.drained()  # what an earlier round left

        self._benchmark.pedantic(target, setup=set_up, rounds=rounds, warmup_rounds=2)
        if self._cost.drained() <= 0:
            raise Inconclusive("The collector made no row of the events, or failed at one.", remedy="See MON-002.")

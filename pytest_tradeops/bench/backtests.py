"""Benchmarks a subject's backtest: all of it, or only what its strategies do in one of their handlers."""

import functools
import importlib
import time
from collections.abc import Callable
from typing import Any

from ..exceptions import ConfigError, Inconclusive

#: Measured rounds: one is a whole backtest, and the engine is built anew for each.
ROUNDS = 16


class HandlerClock:
    """A clock that runs only while a handler does. Nested calls count once."""

    def __init__(self) -> None:
        self.calls = 0
        self._seconds = 0.0
        self._depth = 0

    def __call__(self) -> float:
        """Seconds so far."""
        return self._seconds

    def wrapped(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The same handler, with the clock running while it is called."""

        @functools.wraps(handler)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            begin = time.perf_counter()
            try:
                return handler(*args, **kwargs)
            finally:
                self._depth -= 1
                if not self._depth:
                    self._seconds += time.perf_counter() - begin
                    self.calls += 1

        return timed


class BacktestBench:
    """What the fixture `bench_backtest` gives to a benchmark.

    Args:
        benchmark: pytest-benchmark's fixture.
        entry: `package.module:function`, which takes a seed and returns a `BacktestEngine` that was not yet run.
        replace: Sets an attribute until the test ends, as `monkeypatch.setattr` does.
    """

    def __init__(self, benchmark: Any, entry: str, seed: int, replace: Callable[[Any, str, Any], None]) -> None:
        self._benchmark = benchmark
        self._entry = entry
        self._seed = seed
        self._replace = replace

    def whole(self, rounds: int = ROUNDS) -> None:
        """Seconds of `engine.run()`: the strategies, and NautilusTrader around them."""
        self._run(rounds)

    def handler(self, name: str = "on_bar", rounds: int = ROUNDS) -> None:
        """Seconds that the strategies spend in one of their handlers in a whole backtest.

        Raises:
            Inconclusive: no strategy has the handler, or none was called.
        """
        clock = HandlerClock()
        engine = self._build()
        types = {type(strategy) for strategy in engine.trader.strategies()}
        engine.dispose()
        owners = {next((base for base in one.__mro__ if name in vars(base)), None) for one in types}
        mine = [owner for owner in owners if owner is not None and not owner.__module__.startswith("nautilus_trader.")]
        if not mine:
            raise Inconclusive(f"No strategy of {self._entry} has a handler {name}.", remedy="Name one that it has.")
        for owner in mine:
            self._replace(owner, name, clock.wrapped(vars(owner)[name]))
        self._benchmark._timer = clock
        self._run(rounds)
        if not clock.calls:
            raise Inconclusive(f"{name} was never called in {self._entry}.", remedy="Give the backtest data for it.")
        self._benchmark.extra_info["calls"] = clock.calls // (rounds + 1)

    def _run(self, rounds: int) -> None:
        def target(engine: Any) -> Any:
            engine.run()
            return engine

        def set_up() -> tuple[tuple[Any], dict[str, Any]]:
            return (self._build(),), {}

        engine = self._benchmark.pedantic(target, setup=set_up, rounds=rounds, warmup_rounds=1)
        self._benchmark.extra_info["data"] = engine.iteration
        engine.dispose()

    def _build(self) -> Any:
        return _built(self._entry, self._seed)


def recorded_events(entry: str, seed: int) -> list[Any]:
    """The order and position events of a whole backtest, in their order.

    Raises:
        ConfigError: the entry cannot be used.
    """
    events: list[Any] = []
    engine = _built(entry, seed)
    for topic in ("events.order.*", "events.position.*"):
        engine.kernel.msgbus.subscribe(topic, events.append)
    engine.run()
    engine.dispose()
    return events


def _built(entry: str, seed: int) -> Any:
    module, _, function = entry.partition(":")
    try:
        build = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"[tool.tradeops.backtest] entry {entry!r} cannot be used: {error}.",
            remedy="Write it as package.module:function; docs/backtest.md says what it returns.",
        ) from None
    return build(seed)

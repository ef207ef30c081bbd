"""What a collector costs the trading loop per event, beside prometheus_client and OpenTelemetry doing the same work.

Run `make bench-telemetry`. The same real events of NautilusTrader are handed to each candidate in turn, in short
rounds that alternate, with pauses between events as a bot has them; each call is timed. The collector hands rows to a
store that takes them; the peers count the event by kind, strategy and instrument, and record the latency.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_tradeops.bench.backtests import recorded_events

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

type Handler = Callable[[Any], None]


def collector() -> tuple[Handler, Callable[[], int]]:
    """What NautilusTrader's message bus calls, with the thread behind it at work."""
    from pytest_tradeops.telemetry.bench import Cost

    cost = Cost()
    return cost.hear, cost.drained


def prometheus() -> tuple[Handler, Callable[[], int]]:
    """The usual exporter: a counter and a histogram with labels."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    count = Counter("events", "events", ["kind", "strategy", "instrument"], registry=registry)
    latency = Histogram("latency", "seconds", ["kind", "strategy", "instrument"], registry=registry)
    submitted: dict[str, int] = {}

    def hear(event: Any) -> None:
        labels = (type(event).__name__, event.strategy_id.value, event.instrument_id.value)
        count.labels(*labels).inc()
        _latency(event, submitted, lambda seconds: latency.labels(*labels).observe(seconds))

    def counted() -> int:
        (family,) = count.collect()
        return int(sum(one.value for one in family.samples if one.name == "events_total"))

    return hear, counted


def opentelemetry() -> tuple[Handler, Callable[[], int]]:
    """The SDK with its reader in memory: a counter and a histogram with attributes."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("bench")
    count, latency = meter.create_counter("events"), meter.create_histogram("latency")
    submitted: dict[str, int] = {}
    heard = 0

    def hear(event: Any) -> None:
        nonlocal heard
        heard += 1
        attributes = {
            "kind": type(event).__name__,
            "strategy": event.strategy_id.value,
            "instrument": event.instrument_id.value,
        }
        count.add(1, attributes)
        _latency(event, submitted, lambda seconds: latency.record(seconds, attributes))

    return hear, lambda: heard


def _latency(event: Any, submitted: dict[str, int], record: Callable[[float], None]) -> None:
    kind = type(event).__name__
    if kind == "OrderSubmitted":
        submitted[event.client_order_id.value] = event.ts_init
    elif kind == "OrderFilled":
        start = submitted.pop(event.client_order_id.value, None)
        if start is not None:
            record((event.ts_init - start) / 1e9)


def nothing() -> tuple[Handler, Callable[[], int]]:
    """What the clock itself costs."""
    return lambda _: None, lambda: 0


def measure(handler: Handler, events: Sequence[Any], pause: float) -> list[int]:
    """Nanoseconds of each call."""
    clock, times = time.perf_counter_ns, []
    for event in events:
        start = clock()
        handler(event)
        times.append(clock() - start)
        if pause:
            until = clock() + int(pause * 1e9)
            while clock() < until:  # the loop is busy with something else, and keeps the interpreter
                pass
    return times


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--pause", type=float, default=50e-6, help="seconds between two events")
    given = parser.parse_args()
    events = recorded_events("strategies.backtest:build", 7)
    candidates = {one.__name__: one() for one in (nothing, collector, prometheus, opentelemetry)}
    times: dict[str, list[int]] = {name: [] for name in candidates}
    for number in range(given.rounds):
        for name, (handler, _) in candidates.items():
            found = measure(handler, events, given.pause)
            times[name] += found if number else []  # the first round warms up
    load = os.getloadavg()[0]
    print(f"{len(events)} events, {given.rounds - 1} rounds, load {load:.1f} on {os.cpu_count()} cores")  # noqa: T201
    print(f"{'':14}{'p50 us':>9}{'p99 us':>9}{'p99.9 us':>10}{'events/s':>12}   taken")  # noqa: T201
    for name, (_, taken) in candidates.items():
        spent = sorted(times[name])
        quantiles = [statistics.quantiles(spent, n=1000)[at - 1] / 1e3 for at in (500, 990, 999)]
        rate = len(spent) / (sum(spent) / 1e9)
        row = "".join(f"{one:>{width}.2f}" for one, width in zip(quantiles, (9, 9, 10), strict=True))
        print(f"{name:14}{row}{rate:>12,.0f}   {taken()}")  # noqa: T201


if __name__ == "__main__":
    main()

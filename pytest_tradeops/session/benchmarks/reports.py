"""Gives a duet's verdicts to whatever reads pytest's reports, and its rounds to pytest-benchmark."""

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from ...bench.duet import table
from ...bench.duet.suite import Benchmark, Suite

_OUTCOMES = {"ok": "passed", "faster": "passed", "slower": "failed"}
#: pytest-benchmark's options that say how its rounds were made.
_OPTIONS = ("disable_gc", "timer", "min_rounds", "max_time", "min_time", "warmup")


def report(item: pytest.Item, one: Benchmark) -> None:
    """A test's report for a benchmark: passed, failed where it is slower, skipped where nothing can be said."""
    verdict, reason = one.decision.verdict, one.decision.reason
    outcome: Any = _OUTCOMES.get(verdict or "", "skipped")
    longrepr: Any = None
    if outcome == "failed":
        _, change, between, *_ = table.row(one)
        longrepr = f"{one.name} is slower than its base by {change}, {between}{f'; {reason}' if reason else ''}."
    elif outcome == "skipped":
        longrepr = (str(item.path), (item.location[1] or 0) + 1, f"{verdict}: {reason}")
    hook = item.session.config.hook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    # A JUnit report takes the properties of the last phase, a terminal the outcome of the call.
    phases: tuple[Literal["call"], Literal["teardown"]] = ("call", "teardown")
    for when in phases:
        made = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords=dict.fromkeys(item.keywords, 1),
            outcome=outcome if when == "call" else "passed",
            longrepr=longrepr if when == "call" else None,
            when=when,
            duration=sum(sum(pair.candidate) * pair.iterations for pair in one.pairs) if when == "call" else 0.0,
            user_properties=[("bench", verdict), ("bench_change", one.estimate)],
        )
        hook.pytest_runtest_logreport(report=made)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def hand_over(config: pytest.Config, suite: Suite) -> None:
    """Gives pytest-benchmark the candidate's rounds: its table, JSON and history are what they always were.

    The names that are used of pytest-benchmark: `config._benchmarksession` with `benchmarks` and `options`, and
    `stats.Metadata` with `update`.
    """
    import importlib

    metadata: Any = importlib.import_module("pytest_benchmark.stats").Metadata
    session: Any = config._benchmarksession  # type: ignore[attr-defined]
    options = {name: session.options.get(name) for name in _OPTIONS}
    for name, one in suite.benchmarks.items():
        if not one.pairs:
            continue
        last = one.pairs[-1]
        known = {key: last.about[key] for key in ("name", "group", "param", "params")}
        fixture = SimpleNamespace(
            **known, fullname=name, extra_info=last.extra_info, cprofile_stats=None, has_error=False
        )
        whole = metadata(fixture, iterations=last.iterations, options=options)
        for seconds in (seconds for pair in one.pairs for seconds in pair.candidate):
            whole.update(seconds * last.iterations)
        session.benchmarks.append(whole)

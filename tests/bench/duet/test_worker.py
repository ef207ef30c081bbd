"""One half of a duet inside pytest-benchmark: over all versions that are supported, the names that are used are there."""

import inspect
import os
import random
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.bench.duet import worker
from pytest_tradeops.bench.duet.pair import Label, PairResult, run_pair
from pytest_tradeops.bench.duet.side import Program

#: The first of each minor version from the oldest supported one on.
VERSIONS = ("5.0.0", "5.1.0", "5.2.0", "5.3.0")
BENCHMARKS = """\
import os
import threading

import pytest


def work():
    return sum(range(300))


def test_call(benchmark):
    benchmark.extra_info["version"] = 1
    assert benchmark(work) == 44850
    assert benchmark.stats.stats.min > 0
    assert len(benchmark.stats.stats.data) == 32


def test_pedantic(benchmark):
    called = []

    def setup():
        called.append("setup")
        return (called,), {}

    def target(given):
        given.append("call")
        return len(given)

    assert benchmark.pedantic(target, setup=setup, rounds=3, warmup_rounds=1) == 8
    assert called == ["setup", "call"] * 4


def test_iterations(benchmark):
    assert benchmark.pedantic(work, rounds=5, iterations=10) == 44850
    assert benchmark.stats.iterations == 10
    assert len(benchmark.stats.stats.data) == 5


def test_a_wrong_pedantic(benchmark):
    benchmark.pedantic(work, rounds=3, iterations=0)


@pytest.mark.parametrize("side", ["base", "work"])
def test_raises_on_one_side(benchmark, side, request):
    def target():
        if request.config.rootpath.name == side:
            raise ValueError(f"not on {side}")

    benchmark(target)


@pytest.mark.parametrize("side", ["base", "work"])
def test_raises_in_a_later_round(benchmark, side, request):
    rounds = []

    def target():
        rounds.append(1)
        if len(rounds) == 4 and request.config.rootpath.name == side:
            raise ValueError(f"not on {side}")

    benchmark.pedantic(target, rounds=8)


def cores_of(seen):
    return sorted(set(seen))


def test_alone(benchmark):
    seen, everywhere = [], os.sched_getaffinity(0)
    benchmark(lambda: seen.append(len(os.sched_getaffinity(0))) or work())
    benchmark.extra_info["cores"] = cores_of(seen[len(seen) // 2 : -1])
    benchmark.extra_info["free again"] = os.sched_getaffinity(0) == everywhere


def test_alone_with_set_up(benchmark):
    seen = []
    benchmark.pedantic(lambda: seen.append(len(os.sched_getaffinity(0))) or work(), setup=list, rounds=8)
    benchmark.extra_info["cores"] = cores_of(seen[4:])


def test_with_a_thread(benchmark):
    seen = []

    def target():
        seen.append(len(os.sched_getaffinity(0)))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    benchmark(target)
    benchmark.extra_info["cores"] = cores_of(seen)


def test_in_the_end(benchmark):
    benchmark(work)
"""
NAME = "test_these.py"


def measured(tmp_path: Path, *path: Path) -> PairResult:
    """A pair of two equal trees; what is on `path` is imported first."""
    programs: dict[Label, Program] = {}
    labels: tuple[tuple[Label, str], ...] = (("base", "base"), ("candidate", "work"))
    for label, folder in labels:
        root = tmp_path / folder
        root.mkdir()
        (root / NAME).write_text(BENCHMARKS)
        arguments = ("-p", "no:cacheprovider", f"--rootdir={root}")
        programs[label] = Program(
            label, root, Path(sys.executable), (*path, root), arguments, (NAME,), tmp_path / "none"
        )
    rng, counts = random.Random(1), dict[str, int]()
    names = run_pair(programs, None, tmp_path / "first", rng=rng, counts=counts).collected["candidate"]
    return run_pair(programs, names, tmp_path / "second", rng=rng, counts=counts)


def holds(result: PairResult) -> None:
    """What must be true of that pair, whatever version of pytest-benchmark it was."""
    measured = {name.partition("::")[2]: one for name, one in result.measured.items()}
    assert set(measured) == {
        "test_call", "test_pedantic", "test_iterations", "test_alone", "test_alone_with_set_up", "test_with_a_thread",
        "test_in_the_end",
    }, result.failed  # fmt: skip
    assert {name: len(one.base) for name, one in measured.items()} == {
        name: len(one.candidate) for name, one in measured.items()
    }
    written = {"test_pedantic": 3, "test_iterations": 5, "test_alone_with_set_up": 8}
    assert {name: len(measured[name].base) for name in written} == written
    # On a busy machine a call may seem to be a slow one.
    assert {len(one.base) for name, one in measured.items() if name not in written} <= {32, 16, 8}
    assert measured["test_call"].extra_info == {"version": 1}
    assert measured["test_iterations"].iterations == 10
    # Both on one core, which a neighbour of the machine slows down for both, unless they hand work to others.
    every = len(os.sched_getaffinity(0))
    assert measured["test_alone"].extra_info == {"cores": [1], "free again": True}
    assert measured["test_alone_with_set_up"].extra_info == {"cores": [1]}
    assert measured["test_with_a_thread"].extra_info == {"cores": [every]}
    assert all(abs(one.estimate) < 3 for one in measured.values())
    failed = {name.partition("::")[2]: one for name, one in result.failed.items()}
    assert failed["test_a_wrong_pedantic"].why.endswith("ValueError: Must have positive int for `iterations`.")
    for test in ("test_raises_on_one_side", "test_raises_in_a_later_round"):
        assert failed[f"{test}[base]"].labels == ("base",)
        assert failed[f"{test}[work]"].labels == ("candidate",)
        assert failed[f"{test}[work]"].why.endswith("ValueError: not on work")
    assert len(failed) == 5
    assert result.foreign == {"base": [], "candidate": []}


def test_the_version_that_is_installed(tmp_path: Path) -> None:
    holds(measured(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("wanted", VERSIONS)
def test_every_supported_version(tmp_path: Path, wanted: str) -> None:
    target = tmp_path / "packages"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", target]
    # Those before 5.3.1 do not run on a newer pytest.
    subprocess.run([*command, f"pytest-benchmark=={wanted}", "pytest==8.4.2"], check=True, timeout=120)
    assert (target / f"pytest_benchmark-{wanted}.dist-info").is_dir()
    holds(measured(tmp_path, target))


def test_the_names_that_are_used_of_pytest_benchmark() -> None:
    """So that a new version that has moved one fails here, by name, and not in somebody's gate."""
    from pytest_benchmark import plugin, stats
    from pytest_benchmark.fixture import BenchmarkFixture

    assert plugin.BenchmarkFixture is BenchmarkFixture
    for name in ("_raw", "_raw_pedantic", "_make_runner", "_make_stats"):
        assert callable(getattr(BenchmarkFixture, name)), name
    taken = inspect.signature(BenchmarkFixture._raw_pedantic).parameters
    assert {"target", "args", "kwargs", "setup", "rounds", "warmup_rounds", "iterations"} <= set(taken)
    assert list(inspect.signature(BenchmarkFixture._make_runner).parameters) == [
        "self", "function_to_benchmark", "args", "kwargs",
    ]  # fmt: skip
    assert "timer=self._timer" in inspect.getsource(BenchmarkFixture._make_runner)  # which `bench_backtest` replaces
    assert {"fixture", "iterations", "options"} <= set(inspect.signature(stats.Metadata).parameters)
    assert int(version("pytest-benchmark").partition(".")[0]) == 5


@pytest.mark.parametrize("seconds", [1e-9, 1e-7, 3e-5, 0.0004, 0.02])
def test_rounds_are_long_enough_and_not_much_longer(seconds: float) -> None:
    runs = []

    def run(loops: int) -> tuple[float, dict[str, Any]]:
        runs.append(loops)
        return loops * seconds, {"alone": True}

    loops, took, about = worker.calibrated(run)
    assert about == {"alone": True}
    assert took == loops * seconds >= worker.ROUND
    assert took <= max(11 * worker.ROUND, seconds)
    assert len(runs) <= 10


def test_rounds_that_a_clock_cannot_tell_apart_still_come_to_an_end() -> None:
    assert worker.calibrated(lambda loops: (0.0 if loops < 1000 else loops * 1e-6, {}))[0] >= 1000

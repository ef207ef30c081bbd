"""Pairs on disk: what was written comes back, and what a crash left behind is not half believed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.bench.duet.measured import Failure, Measured
from pytest_tradeops.bench.duet.pair import PairResult
from pytest_tradeops.bench.duet.store import Store

SECONDS = st.floats(1e-9, 1e3)


def result(base: list[float], candidate: list[float]) -> PairResult:
    measured = Measured({"name": "a", "params": {"n": 1}}, 7, tuple(base), tuple(candidate), 0.5, 0.25, {"note": [1]})
    found = PairResult({"t.py::a": measured}, {"t.py::b": Failure(("base",), "failed")})
    found.collected["base"] = ["t.py::a", "t.py::b"]
    found.broken["candidate"]["u.py"] = "ImportError"
    found.foreign["base"] = []
    found.reached = ["t.py::a"]
    found.seconds = 1.5
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=5))
def test_what_was_written_comes_back(tmp_path: Path, times: list[tuple[float, float]]) -> None:
    store = Store(tmp_path / "runs" / "one.jsonl")
    store.clear()
    pairs = [result([base], [candidate]) for base, candidate in times]
    for one in pairs:
        store.add(one)
    assert store.load() == pairs
    store.clear()
    assert store.load() == []


@pytest.mark.parametrize(
    "left", ['{"measured": {"t.py::a"', "null\n", "[]\n", "{}\n", '{"measured": {"a": 1}, "failed": {}}\n', "\xff\n"]
)
def test_a_line_that_a_crash_cut_off_or_another_version_wrote_ends_what_is_known(tmp_path: Path, left: str) -> None:
    path = tmp_path / "one.jsonl"
    store = Store(path)
    store.add(result([1.0], [2.0]))
    with path.open("ab") as file:
        file.write(left.encode("latin-1"))
    assert store.load() == [result([1.0], [2.0])]
    store.add(result([3.0], [4.0]))
    assert store.load() == [result([1.0], [2.0]), result([3.0], [4.0])]


def test_a_place_that_cannot_be_written_to_costs_the_resumption_only(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    store = Store(tmp_path / "runs" / "one.jsonl")
    store.add(result([1.0], [2.0]))
    assert store.load() == []

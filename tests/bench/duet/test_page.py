"""The page of a duet: it shows every pair and loads nothing, whatever a benchmark is called and history holds."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.bench.duet.history import Stored, read_history
from pytest_tradeops.bench.duet.page import page

FRACTIONS = st.floats(-0.9, 10, allow_nan=False)


class Elements(HTMLParser):
    """Counts elements, and keeps whatever could load something or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.active: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag in ("script", "link", "img", "iframe") or any(key.startswith(("on", "href", "src")) for key, _ in attrs):
            self.active.append(tag)


def benchmark(name: str, pairs: list[float], verdict: str = "ok", reason: str = "") -> dict[str, Any]:
    low, high = (min(pairs), max(pairs)) if pairs else (None, None)
    return {
        "name": name, "verdict": verdict, "target": 0.05, "reason": reason, "change": low, "low": low, "high": high,
        "coverage": 0.875 if pairs else None, "deviation": 0.01, "waits": False, "instructions": None, "pairs": pairs,
    }  # fmt: skip


def report(*benchmarks: dict[str, Any]) -> dict[str, Any]:
    machine = {"cpu": "", "cores": 2, "load": [0.5, 0.4, 0.3], "python": "CPython 3.12"}
    return {
        "base": "abc (merge base with main)", "rule": {"target": 0.05}, "machine": machine, "pairs": 4, "seconds": 9.5,
        "benchmarks": list(benchmarks),
    }  # fmt: skip


def test_every_pair_is_drawn_and_the_slower_come_first() -> None:
    text = page(report(benchmark("b", [0.001, 0.0]), benchmark("a", [0.06, 0.08, 0.07], "slower")), {})
    assert Elements(text).counts["circle"] == 5
    assert text.index("<td>a<td") < text.index("<td>b<td")
    assert "+6.0 %" in text


def test_history_is_drawn_where_there_is_any() -> None:
    stored = [Stored("2026-01-01", 0.001), Stored("2026-02-01", 0.002)]
    drawn = Elements(page(report(benchmark("a", [0.0]), benchmark("b", [0.0])), {"a": stored, "b": stored[:1]}))
    assert drawn.counts["polyline"] == 1


@given(st.text(), st.text(), st.lists(FRACTIONS, max_size=20), st.lists(st.floats(0, 1e4), max_size=5))
def test_no_name_and_no_number_breaks_the_page(name: str, reason: str, pairs: list[float], times: list[float]) -> None:
    stored = [Stored(str(place), seconds) for place, seconds in enumerate(times)]
    found = Elements(page(report(benchmark(name, pairs, reason=reason)), {name: stored}))
    assert found.active == []
    assert found.counts.get("circle", 0) == len(pairs)
    assert found.counts["table"] == 1


def test_history_is_what_pytest_benchmark_stored(tmp_path: Path) -> None:
    for number, (at, seconds) in enumerate([("2026-02-01T00:00:00", 0.2), ("2026-01-01T00:00:00", 0.1)]):
        folder = tmp_path / ".benchmarks" / "Linux-CPython-3.12-64bit"
        folder.mkdir(parents=True, exist_ok=True)
        run = {
            "datetime": at,
            "commit_info": {"id": "0123456789abcdef"},
            "benchmarks": [{"fullname": "a", "stats": {"min": seconds}}],
        }
        (folder / f"000{number}_x.json").write_text(json.dumps(run))
    for name, text in {"broken": "{", "list": "[]", "deep": "[" * 100_000, "other": '{"datetime": 1}'}.items():
        (tmp_path / ".benchmarks" / f"{name}.json").write_text(text)
    assert read_history(tmp_path) == {
        "a": [Stored("2026-01-01T00:00:00", 0.1, "0123456789ab"), Stored("2026-02-01T00:00:00", 0.2, "0123456789ab")]
    }
    assert read_history(tmp_path / "nothing") == {}


@pytest.mark.parametrize("commit", [None, [], {"id": None}])
def test_a_run_without_a_commit_counts_as_well(tmp_path: Path, commit: object) -> None:
    (tmp_path / ".benchmarks").mkdir()
    run = {"datetime": "x", "commit_info": commit, "benchmarks": [{"fullname": "a", "stats": {"min": 1}}]}
    (tmp_path / ".benchmarks" / "0001.json").write_text(json.dumps(run))
    assert read_history(tmp_path) == {"a": [Stored("x", 1.0)]}

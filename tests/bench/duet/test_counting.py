"""Counting instructions under a real valgrind, and what a run does with and without one."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import FASTER, SLOWER, Project

from pytest_tradeops.bench.duet import counting
from pytest_tradeops.bench.duet.side import Program

Make = Callable[[Mapping[str, str]], Project]
MORE = """\
from bot.core import work


def test_call(benchmark): assert benchmark(work, 200) > 0
def test_rounds(benchmark): benchmark.pedantic(work, setup=lambda: ((200,), {}), rounds=3)
def test_iterations(benchmark): benchmark.pedantic(work, args=(200,), rounds=2, iterations=4)
def test_broken(benchmark): benchmark(lambda: 1 / 0)
def test_without(benchmark): pass
def test_clock(benchmark):
    benchmark._timer = lambda: 0.0
    benchmark.pedantic(work, rounds=2)
"""
NAME = "benchmarks/test_core.py::test_"


def program_of(project: Project) -> Program:
    files = ("benchmarks/test_core.py",)
    return Program("base", project.root, Path(sys.executable), (project.root,), ("-q",), files, Path("/nowhere"))


def counted(
    project: Project, place: Path, names: tuple[str, ...], seed: int = 0
) -> tuple[dict[str, float], dict[str, str]]:
    calls = {f"{NAME}{name}": 10 for name in names}
    counts, failed = counting.count_one(program_of(project), calls, place, seed, 60)
    return ({name.removeprefix(NAME): one for name, one in each.items()} for each in (counts, failed))  # type: ignore[return-value]


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_calls_and_rounds_are_counted_alike_and_the_same_twice(make_project: Make, tmp_path: Path) -> None:
    project = make_project({"benchmarks/test_core.py": MORE})
    names = ("call", "rounds", "iterations", "broken", "without", "clock")
    counts, failed = counted(project, tmp_path / "one", names)
    assert counts["rounds"] == pytest.approx(counts["call"], rel=0.1)
    assert counts["iterations"] == pytest.approx(counts["call"], rel=0.1)
    assert failed == {
        "broken": "failed in call: ZeroDivisionError: division by zero",
        "without": "it ended without a call of its `benchmark` fixture",
        "clock": "failed in call: RuntimeError: it has a clock of its own, which instructions do not follow",
    }
    again, _ = counted(project, tmp_path / "two", names)
    assert again["call"] == pytest.approx(counts["call"], rel=0.005)


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_five_percent_more_work_reads_five_percent(make_project: Make, tmp_path: Path) -> None:
    work = "def work(n={items}):\n    return sum(i * i for i in range(n))\n"
    project = make_project({"bot/core.py": work.format(items=4000)})
    before, _ = counted(project, tmp_path / "before", ("work",))
    project.write({"bot/core.py": work.format(items=4200)})
    after, _ = counted(project, tmp_path / "after", ("work",))
    assert after["work"] / before["work"] - 1 == pytest.approx(0.05, abs=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
@pytest.mark.parametrize(("text", "code", "verdict"), [(SLOWER, 1, "slower"), (FASTER, 0, "ok")])
def test_instructions_decide_what_the_clock_had_no_time_for(
    make_project: Make, text: str, code: int, verdict: str
) -> None:
    project = make_project({})
    project.write({"bot/core.py": text})
    done = project.bench("--bench-budget=0.0001", "--bench-report=report.json")
    assert (done.code, done.verdicts) == (code, {"test_work": verdict}), done.out
    (one,) = json.loads((project.root / "report.json").read_text())["benchmarks"]
    assert len(one["instructions"]["base"]) == len(counting.SEEDS)
    assert "  instructions  " in done.out


def test_a_count_whose_process_was_killed_behind_it_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "counts.1").write_text("desc: Trigger: Client Request: one\ntotals: 500\n")
    (tmp_path / "counts.2").write_text("desc: Trigger: Client Request: two\ntotals: 900\n")
    (tmp_path / "said.jsonl").write_text('{"name": "two", "calls": 9, "why": ""}\n')
    calls = {"one": 9, "two": 9, "three": 9}
    counts, failed_ = counting._read(calls, tmp_path / "said.jsonl", tmp_path, "it was killed")
    assert (counts, failed_) == ({"two": 100.0}, {"one": "it was killed", "three": "it was killed"})


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_the_time_for_counting_ends(make_project: Make, tmp_path: Path) -> None:
    program = program_of(make_project({}))
    done = counting.count({"base": program, "candidate": program}, {f"{NAME}work": 10}, tmp_path / "place", seconds=0.2)
    assert (done.counts, set(done.failed.values())) == ({}, {"the candidate: the time for counting was up"})


@pytest.fixture
def without(tmp_path: Path) -> str:
    """A PATH with git and nothing else."""
    (folder := tmp_path / "bin").mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return str(folder)


def test_everything_is_to_be_counted_and_there_is_no_valgrind(make_project: Make, without: str) -> None:
    project = make_project({})
    project.write({"bot/core.py": SLOWER})
    done = project.bench("--bench-ir=all", path=without)
    assert done.code == 20, done.out
    assert "HOLD: valgrind is not installed. Install it" in done.out
    assert "ok" not in done.verdicts.values()


def test_what_the_clock_cannot_decide_stays_so_without_valgrind(make_project: Make, without: str) -> None:
    project = make_project({})
    project.write({"bot/core.py": SLOWER})
    done = project.bench("--bench-budget=0.0001", path=without)
    assert (done.code, done.verdicts) == (20, {"test_work": "inconclusive"}), done.out
    assert "valgrind is not installed, so instructions cannot decide it" in done.out


def test_off_counts_nothing(make_project: Make) -> None:
    project = make_project({})
    project.write({"bot/core.py": SLOWER})
    done = project.bench("--bench-budget=0.0001", "--bench-ir=off")
    assert (done.code, done.verdicts) == (20, {"test_work": "inconclusive"}), done.out

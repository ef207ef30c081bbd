"""`pytest --bench-gate` on whole projects: what is slower, what cannot be compared, and what is still pytest-benchmark's."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from duet_projects import FASTER, SLOWER, Project, benchmarks_in

type Make = Callable[[Mapping[str, str]], Project]

ODD = """\
import os

import pytest

import bot.core


def test_absent(benchmark):
    benchmark(bot.core.fresh)


def test_raises_in_both(benchmark):
    benchmark(lambda: 1 / 0)


def test_skipped(benchmark):
    pytest.skip("not today")


def test_unused(benchmark):
    pass


def test_dies(benchmark):
    benchmark(os._exit, 3)


def test_after_all_that(benchmark):
    benchmark(bot.core.work)
"""
KINDS = """\
import asyncio

import pytest

from bot.core import work


@pytest.fixture
def indirect(benchmark):
    return benchmark


@pytest.fixture(scope="module")
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("n", [100, 1000])
def test_parameters(benchmark, n):
    benchmark.extra_info["n"] = n
    benchmark(work, n)


@pytest.mark.benchmark(group="sums")
class TestGroup:
    def test_in_a_group(self, indirect):
        assert indirect(work) > 0
        assert indirect.stats.stats.min > 0


def test_coroutine(benchmark, loop):
    async def call():
        return work()

    assert benchmark(lambda: loop.run_until_complete(call())) > 0


def test_pedantic(benchmark):
    given = []

    def setup():
        given.append(1)
        return (300,), {}

    assert benchmark.pedantic(work, setup=setup, rounds=6, warmup_rounds=2) > 0
    assert len(given) == 8


def test_pedantic_calls(benchmark):
    benchmark.pedantic(work, args=(300,), rounds=4, iterations=10)
"""


def test_a_slower_candidate_fails_and_the_others_of_the_project_are_left_out(
    make_project: Make, tmp_path: Path
) -> None:
    project = make_project({"tests/test_other.py": "def test_other():\n    assert False\n"})
    project.write({"bot/core.py": SLOWER})
    summary = tmp_path / "summary.md"
    report = tmp_path / "new" / "bench.json"
    drawn = tmp_path / "bench.html"
    written = (f"--bench-summary={summary}", f"--bench-report={report}", f"--bench-html={drawn}")
    ran = project.bench(*written, "--benchmark-json=report.json")
    assert (ran.code, ran.verdicts) == (1, {"test_work": "slower"}), ran.out
    assert "bench: 1 benchmark, the work tree against" in ran.out
    assert "(merge base with main)" in ran.out
    assert "benchmarks/test_core.py::test_work is slower than its base by +" in ran.out
    assert "### Benchmarks: 1 slower" in summary.read_text()
    [told] = json.loads(report.read_text())["benchmarks"]
    assert (told["name"], told["verdict"], told["target"]) == ("benchmarks/test_core.py::test_work", "slower", 0.05)
    assert told["low"] <= told["change"] <= told["high"]
    assert len(told["pairs"]) >= 4
    assert drawn.read_text().count("<circle") == len(told["pairs"])
    assert benchmarks_in(project.root / "report.json")["test_work"]["stats"]["rounds"] >= 4 * 32
    assert project.git("status", "--porcelain") == "M bot/core.py"
    assert list((tmp_path / "cache" / "pytest-tradeops" / "bench").iterdir()) == []


def test_every_kind_of_benchmark_is_decided_as_it_stands(make_project: Make) -> None:
    options = "[pytest]\naddopts = -p no:randomly --failed-first\n"
    project = make_project({"benchmarks/test_kinds.py": KINDS, "pytest.ini": options})
    project.write({"bot/core.py": FASTER})
    ran = project.bench("benchmarks/test_kinds.py", "--benchmark-json=report.json", "--last-failed", "-x", "-v")
    assert ran.code == 0, ran.out
    assert set(ran.verdicts.values()) == {"faster"}
    assert len(ran.verdicts) == 6
    written = benchmarks_in(project.root / "report.json")
    assert written["test_parameters[1000]"]["extra_info"] == {"n": 1000}
    assert written["test_parameters[1000]"]["params"] == {"n": 1000}
    assert written["test_in_a_group"]["group"] == "sums"
    assert written["test_pedantic_calls"]["stats"]["iterations"] == 10


def test_what_cannot_be_compared_is_never_ok_and_takes_nothing_else_along(make_project: Make) -> None:
    project = make_project({})
    project.write(
        {
            "bot/core.py": FASTER + "\n\ndef fresh():\n    return 1\n",
            "benchmarks/test_odd.py": ODD,
            "benchmarks/test_new.py": "from bot.core import fresh\n\n\ndef test_new(benchmark):\n    benchmark(fresh)\n",
        }
    )
    ran = project.bench()
    assert ran.code == 20, ran.out
    expected = dict.fromkeys(
        ("test_absent", "test_raises_in_both", "test_skipped", "test_unused", "test_dies"), "not-comparable"
    )
    assert ran.verdicts == {
        **expected,
        "test_new": "no-baseline",
        "test_after_all_that": "faster",
        "test_work": "faster",
    }
    for sentence in (
        "test_absent: not-comparable: the base: failed in call: AttributeError: module 'bot.core' has no attribute 'fresh'.",
        "test_unused: not-comparable: it ended without a call of its `benchmark` fixture.",
        "the process ended with exit code 3.",
        "test_new: no-baseline: the base has no such benchmark: ImportError: cannot import name 'fresh'",
    ):
        assert sentence in ran.out


def test_a_budget_that_is_used_up_holds_and_the_next_run_goes_on(make_project: Make, tmp_path: Path) -> None:
    project = make_project({})
    project.write({"bot/core.py": SLOWER})
    first = project.bench("--bench-budget=0.001", "--bench-ir=off")
    assert (first.code, first.verdicts) == (20, {"test_work": "inconclusive"}), first.out
    assert "inconclusive: the time of 0 minutes was up after 1 pair" in first.out
    kept = list((tmp_path / "cache" / "pytest-tradeops" / "bench").iterdir())
    assert len(kept) == 1
    kept[0].write_text(kept[0].read_text() + '{"measured": {"cut off by a cra')
    second = project.bench()
    assert "bench: goes on after 1 pair of a run that was interrupted" in second.out
    assert (second.code, second.verdicts) == (1, {"test_work": "slower"}), second.out
    assert list(kept[0].parent.iterdir()) == []


def test_a_base_that_imports_the_work_tree_is_not_compared_with(make_project: Make) -> None:
    project = make_project({})
    project.write({"benchmarks/conftest.py": f"import sys\n\nsys.path.insert(0, {str(project.root)!r})\n"})
    project.write({"bot/core.py": SLOWER})
    ran = project.bench("-p", "no:cacheprovider")
    assert (ran.code, ran.verdicts) == (20, {"test_work": "not-comparable"}), ran.out
    assert f"imported {project.root}/bot/" in ran.out
    assert "which belongs to neither tree" in ran.out


def test_wheels_are_compared_with_the_work_tree(make_project: Make, tmp_path: Path) -> None:
    from zipfile import ZipFile

    project = make_project({"bot/core.py": SLOWER})
    wheel = tmp_path / "bot-1-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("bot/__init__.py", "")
        archive.writestr("bot/core.py", FASTER)
    ran = project.bench(f"--bench-base={wheel}")
    assert (ran.code, ran.verdicts) == (1, {"test_work": "slower"}), ran.out
    assert "the work tree against bot-1-py3-none-any.whl" in ran.out


def test_benchmarks_that_run_nothing_of_the_project_are_not_compared(make_project: Make) -> None:
    project = make_project(
        {
            "benchmarks/test_core.py": "import helper\n\n\ndef test_work(benchmark):\n    benchmark(helper.work)\n",
            "benchmarks/helper.py": "def work():\n    return sum(range(300))\n",
        }
    )
    project.write({"bot/core.py": SLOWER})
    ran = project.bench()
    assert (ran.code, ran.verdicts) == (20, {"test_work": "not-comparable"}), ran.out
    assert "imported nothing of the project but the benchmarks" in ran.out

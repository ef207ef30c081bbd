"""What `--bench-gate` refuses before anything is measured: one sentence, and never an exit code of 0."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import Project

type Make = Callable[[Mapping[str, str]], Project]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-n2"], 4, "cannot run with workers: add -n0."),
        (["-p", "no:benchmark"], 4, "needs pytest-benchmark, which is switched off"),
        (["--benchmark-skip"], 4, "--bench-gate cannot measure with --benchmark-skip: leave it out."),
        (["--benchmark-disable"], 4, "--bench-gate cannot measure with --benchmark-disable: leave it out."),
        (["--tradeops-gate", "local"], 4, "--bench-gate and --tradeops-gate are two runs: leave one out."),
        (["-k", "nothing"], 20, "HOLD: No test with the `benchmark` fixture was selected, so nothing was measured."),
        (["--bench-base=v9"], 20, "HOLD: The base 'v9' is no git ref, wheel or directory here."),
        (["--bench-base", "dist/bot.whl"], 20, "HOLD: There is no wheel dist/bot.whl."),
    ],
)
def test_a_run_that_could_not_decide_anything_is_refused(
    make_project: Make, arguments: list[str], code: int, said: str
) -> None:
    ran = make_project({}).bench(*arguments)
    assert ran.code == code, ran.out
    assert said in ran.out
    assert "INTERNALERROR" not in ran.out


def test_an_empty_project_is_held(make_project: Make) -> None:
    project = make_project({"benchmarks/test_core.py": "def test_plain():\n    pass\n"})
    ran = project.bench()
    assert ran.code == 20, ran.out
    assert "nothing was measured" in ran.out


def test_a_candidate_that_does_not_import_is_pytests_own_error(make_project: Make) -> None:
    project = make_project({})
    project.write({"bot/core.py": "import nothing_of_that_name\n"})
    ran = project.bench()
    assert ran.code == 2, ran.out
    assert "No module named 'nothing_of_that_name'" in ran.out


def test_a_base_that_does_not_import_is_no_baseline(make_project: Make) -> None:
    project = make_project({"bot/core.py": "import nothing_of_that_name\n"})
    project.write({"bot/core.py": "def work(n=300):\n    return n\n"})
    ran = project.bench()
    assert (ran.code, ran.verdicts) == (20, {"test_work": "no-baseline"}), ran.out
    assert (
        "no-baseline: the base has no such benchmark: ModuleNotFoundError: No module named 'nothing_of_that_name'"
        in ran.out
    )


def test_a_report_of_an_earlier_run_does_not_speak_for_this_one(make_project: Make, tmp_path: Path) -> None:
    summary, report = tmp_path / "bench.md", tmp_path / "bench.json"
    for path in (summary, report):
        path.write_text("all is well")
    ran = make_project({}).bench("--bench-base=v9", f"--bench-summary={summary}", f"--bench-report={report}")
    assert ran.code == 20
    assert summary.read_text().startswith("### Benchmarks: HOLD\n\nThe base 'v9' is no git ref")
    told = json.loads(report.read_text())
    assert (told["held"]["kind"], told["benchmarks"]) == ("no-baseline", [])
    assert told["held"]["reason"].startswith("The base 'v9' is no git ref")


def test_settings_that_are_wrong_are_held_with_their_sentence(make_project: Make) -> None:
    project = make_project({})
    project.write({"pyproject.toml": "[tool.tradeops.bench]\nbudgett = 3\n"})
    ran = project.bench()
    assert ran.code == 20, ran.out
    assert "budgett" in ran.out
    assert "budget" in ran.out


def test_options_of_the_gate_mean_nothing_without_it(pytester: pytest.Pytester) -> None:
    ran = pytester.runpytest("--bench-base=main")
    assert ran.ret == 4
    ran.stderr.fnmatch_lines(["*--bench-base means nothing without --bench-gate: add it.*"])


def test_benchmarks_have_their_marker_before_one_is_selected_by_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def indirect(benchmark):
            return benchmark

        def test_direct(benchmark):
            benchmark(len, "abc")

        def test_indirect(indirect):
            indirect(len, "abc")

        @pytest.mark.benchmark(group="mine")
        class TestGroup:
            def test_in_class(self, benchmark):
                benchmark(len, "abc")
                assert benchmark.group == "mine"

        def test_plain():
            assert False
        """
    )
    pytester.runpytest("-m", "benchmark", "--strict-markers").assert_outcomes(passed=3, deselected=1)
    pytester.runpytest("-m", "not benchmark").assert_outcomes(failed=1, deselected=3)


def test_reports_are_written_without_a_terminal_as_well(make_project: Make, tmp_path: Path) -> None:
    ran = make_project({}).bench("-p", "no:terminal", "--bench-base=v9", f"--bench-summary={tmp_path / 'bench.md'}")
    assert ran.code == 20
    assert (tmp_path / "bench.md").read_text().startswith("### Benchmarks: HOLD\n\nThe base 'v9' is no git ref")


@pytest.mark.parametrize("target", ["0.01", "0.9"])
def test_a_target_that_promises_nothing_is_refused(make_project: Make, target: str) -> None:
    project = make_project({})
    text = (project.root / "pyproject.toml").read_text()
    project.write({"pyproject.toml": f"{text}\n[tool.tradeops.bench]\ntarget = {target}\n"})
    ran = project.bench()
    assert ran.code == 20, ran.out
    assert "Write a fraction between 0.03 and 0.5." in ran.out

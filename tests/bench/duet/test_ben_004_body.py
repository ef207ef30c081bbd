"""BEN-004 as a whole on small projects."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import SLOWER, Project, subject_of

from pytest_tradeops.bench import nested
from pytest_tradeops.exceptions import CheckFailed, Inconclusive, NestedRun
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.subject import Subject
from verification.benchmarks import test_ben_004 as ben_004

pytestmark = pytest.mark.usefixtures("own_cache")

Make = Callable[[Mapping[str, str]], Project]
#: Changed in the work tree, so that there is something to compare with the last commit.
NOTE = {"README.md": "A note.\n"}


def reasons(subject: Subject) -> tuple[str, ...]:
    with pytest.raises(CheckFailed) as caught:
        ben_004.test_ben_004(subject, Evidence())
    return caught.value.reasons


def test_a_subject_that_is_as_fast_as_its_base_passes_and_says_by_what(make_project: Make) -> None:
    project = make_project({})
    project.write(NOTE)
    evidence = Evidence()
    ben_004.test_ben_004(subject_of(project), evidence)
    record = evidence.record(Redactor())
    assert (record.total, record.grade) == (1, Grade.EMBEDDED)
    assert record.facts["base"].endswith("(merge base with main)")
    assert record.facts["benchmarks"]["benchmarks/test_core.py::test_work"].startswith("ok: ")
    assert [one.name for one in record.artifacts] == ["benchmarks.json"]


def test_a_slower_subject_fails_with_the_benchmark_and_its_figures(make_project: Make) -> None:
    project = make_project({})
    project.write({"bot/core.py": SLOWER})
    with pytest.raises(CheckFailed, match=r"^bench: slower: \+\d+\.\d % .* against \w+ .*test_core.py::test_work"):
        ben_004.test_ben_004(subject_of(project), Evidence())


def test_the_planted_fault_is_caught_for_its_reason(make_project: Make, tmp_path: Path) -> None:
    project = make_project({})
    copy = subject_of(project).copy_to(tmp_path / "copy")
    ben_004.hot_function_slowed(copy)
    assert reasons(copy) == ("bench: slower",)


def test_a_copy_without_a_fault_is_as_fast_as_what_it_is_a_copy_of(make_project: Make, tmp_path: Path) -> None:
    ben_004.test_ben_004(subject_of(make_project({})).copy_to(tmp_path / "copy"), Evidence())


def test_no_benchmark_is_a_finding(make_project: Make) -> None:
    project = make_project({"benchmarks/test_core.py": "def test_work(): pass\n"})
    project.write(NOTE)
    assert reasons(subject_of(project)) == ("bench: no benchmarks",)


def test_benchmarks_that_cannot_be_collected_are_a_finding(make_project: Make) -> None:
    project = make_project({"benchmarks/test_core.py": "import nowhere_at_all\n"})
    project.write(NOTE)
    assert reasons(subject_of(project)) == ("bench: pytest does not run",)


def test_without_a_base_it_is_inconclusive(make_project: Make) -> None:
    with pytest.raises(Inconclusive, match="has no parent here to compare with"):
        ben_004.test_ben_004(subject_of(make_project({})), Evidence())


def test_an_undecided_benchmark_is_inconclusive_with_its_reason(make_project: Make) -> None:
    project = make_project({})
    project.write({"bot/core.py": "def work(n=300):\n    return 1\n\n\ndef more():\n    return 2\n"})
    project.write(
        {"benchmarks/test_core.py": "from bot.core import more\n\n\ndef test_more(benchmark): benchmark(more)\n"}
    )
    with pytest.raises(Inconclusive, match=r"test_more is no-baseline: the base has no such benchmark"):
        ben_004.test_ben_004(subject_of(project), Evidence())


def test_a_nested_run_is_refused(make_project: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(nested.NESTED, "1")
    with pytest.raises(NestedRun):
        ben_004.test_ben_004(subject_of(make_project({})), Evidence())

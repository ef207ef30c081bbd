"""BEN-001 as a whole on small repositories."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.subject import Subject
from verification.benchmarks import test_ben_001 as ben_001

from .conftest import PYPROJECT, QUICK

Make = Callable[[dict[str, str]], Subject]
FAULTS = declared_faults(vars(ben_001), "BEN-001")
TOX = f"[pytest]\naddopts = {QUICK}\n\n[testenv]\ncommands =\n    pytest -n auto --reruns 1 {{posargs}}\n"
LAYOUTS = {
    "workflow": {},
    "tox": {"pytest.ini": "", "tox.ini": TOX, ".github/workflows/ci.yml": "- run: tox\n"},
}


def reasons(subject: Subject) -> tuple[str, ...]:
    with pytest.raises(CheckFailed) as caught:
        ben_001.test_ben_001(subject, Evidence())
    return caught.value.reasons


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_sound_subject_passes_and_says_what_was_expected(make_subject: Make, layout: dict[str, str]) -> None:
    evidence = Evidence()
    ben_001.test_ben_001(make_subject(layout), evidence)
    record = evidence.record(Redactor())
    assert (record.total, record.grade) == (2, Grade.EMBEDDED)
    assert f"{record.facts['ci_workers']} (" in record.facts["expected_workers"]
    assert record.facts["outcomes"] == {"passed": 2}


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize(("spec", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_each_planted_fault_is_caught_for_its_reason(
    make_subject: Make, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], layout: dict[str, str]
) -> None:
    copy = make_subject(layout).copy_to(tmp_path / "copy")
    plant(copy)
    assert reasons(copy) == (spec.expects,)


@pytest.mark.parametrize("setting", ["smoke_tests", "ci_test_command"])
def test_an_absent_setting_is_inconclusive_and_named(make_subject: Make, setting: str) -> None:
    lines = [line for line in PYPROJECT.splitlines() if not line.startswith(setting)]
    subject = make_subject({"pyproject.toml": "\n".join(lines)})
    with pytest.raises(Inconclusive, match=f"`{setting}`") as caught:
        ben_001.test_ben_001(subject, Evidence())
    assert setting in caught.value.remedy


def test_a_command_that_ci_does_not_run_is_a_finding(make_subject: Make) -> None:
    subject = make_subject({".github/workflows/ci.yml": "- run: pytest -n auto --reruns 1 tests -n0\n"})
    assert reasons(subject) == ("ci: test command not in any CI file",)


def test_a_switch_in_cis_environment_is_seen(make_subject: Make) -> None:
    workflow = "env:\n  PYTEST_ADDOPTS: -n0\njobs:\n  - run: PYTEST_XDIST_AUTO_NUM_WORKERS=1 pytest -q\n"
    project = PYPROJECT.replace("pytest -n auto --reruns 1", "pytest -q")
    subject = make_subject({".github/workflows/ci.yml": workflow, "pyproject.toml": project})
    assert reasons(subject) == ("xdist: CI runs serially",)


@pytest.mark.slow
def test_a_single_test_is_inconclusive(make_subject: Make) -> None:
    project = PYPROJECT.replace(', "tests/test_two.py::TestClass::test_b"', "")
    with pytest.raises(Inconclusive, match="Fewer than two"):
        ben_001.test_ben_001(make_subject({"pyproject.toml": project}), Evidence())


def test_a_nested_run_is_inconclusive(make_subject: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_NESTED", "1")
    with pytest.raises(Inconclusive, match="nested"):
        ben_001.test_ben_001(make_subject({}), Evidence())


@pytest.mark.parametrize(("spec", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_a_fault_without_its_object_raises(
    make_subject: Make, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = make_subject({"pyproject.toml": "[tool.tradeops]\n"}).copy_to(tmp_path / "copy")
    with pytest.raises(DeclarationError):
        plant(copy)

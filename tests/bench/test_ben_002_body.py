"""BEN-002 as a whole on small repositories with their settings in different files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.bench.ci import CiCommand
from pytest_tradeops.bench.nested import NestedReport, TestRecord
from pytest_tradeops.bench.retries import findings, settings_files
from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.subject import Subject
from verification.benchmarks import test_ben_002 as ben_002

from .conftest import PYPROJECT, QUICK

Make = Callable[[dict[str, str]], Subject]
((SPEC, PLANT),) = declared_faults(vars(ben_002), "BEN-002")
PLAIN = PYPROJECT.replace(" --reruns 1", "")
HOSTILE = f"addopts = {QUICK} -x -m slow --only-rerun ConnectionError --reruns-delay 30\npython_functions = check_*\n"
LAYOUTS = {
    "command": {"pyproject.toml": PYPROJECT.replace("--reruns", "--from-my-conftest=x --reruns")},
    "pytest.ini": {
        "pytest.ini": f"[pytest]\n{HOSTILE}reruns = 2\nmarkers = slow: x\n",
        "pyproject.toml": PLAIN,
        "conftest.py": "raise RuntimeError('not loaded')\n",
    },
    "setup.cfg": {
        "pytest.ini": "",
        "setup.cfg": f"[tool:pytest]\naddopts = {QUICK} --reruns=1\n",
        "pyproject.toml": PLAIN,
    },
    "tox.ini": {"pytest.ini": "", "tox.ini": f"[pytest]\naddopts = {QUICK} --reruns 1\n", "pyproject.toml": PLAIN},
    "pyproject": {
        "pytest.ini": "",
        "pyproject.toml": f"{PLAIN}[tool.pytest.ini_options]\ntestpaths = ['tests']\nfilterwarnings = ['error']\n"
        f"addopts = {[*QUICK.split(), '--reruns', '1']}\n",
    },
    "-c": {
        "pytest.ini": "",
        "ci/ours.ini": f"[pytest]\naddopts = {QUICK} --reruns 1\n",
        "pyproject.toml": PLAIN.replace("-n auto", "-c ci/ours.ini -n auto"),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_retries_are_seen_and_their_removal_is_caught(
    make_subject: Make, tmp_path: Path, layout: dict[str, str]
) -> None:
    subject = make_subject(layout)
    evidence = Evidence()
    ben_002.test_ben_002(subject, evidence)
    record = evidence.record(Redactor())
    assert (record.total, record.grade) == (4, Grade.EMBEDDED)
    assert min(record.facts["reruns"].values()) >= 1
    copy = subject.copy_to(tmp_path / "copy")
    PLANT(copy)
    with pytest.raises(CheckFailed) as caught:
        ben_002.test_ben_002(copy, Evidence())
    assert set(caught.value.reasons) == {SPEC.expects} == {"retries: not applied"}


def test_a_subject_without_retries_has_nothing_to_remove(make_subject: Make, tmp_path: Path) -> None:
    copy = make_subject({"pyproject.toml": PLAIN}).copy_to(tmp_path / "copy")
    with pytest.raises(DeclarationError, match="No rerun option"):
        PLANT(copy)


def test_settings_that_need_the_subjects_conftest_are_inconclusive(make_subject: Make) -> None:
    subject = make_subject({"pytest.ini": "[pytest]\naddopts = --from-my-conftest\n"})
    with pytest.raises(Inconclusive, match="from-my-conftest"):
        ben_002.test_ben_002(subject, Evidence())


def test_a_file_outside_of_the_subject_is_not_taken_for_settings(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert settings_files(tmp_path, CiCommand(("-c", "/etc/pytest.ini", "--config-file=absent.toml"))) == ["pytest.ini"]


def judged(once: tuple[str, int], always: tuple[str, int], code: int) -> list[str]:
    tests = {
        f"t.py::test_{name}": TestRecord({"call": outcome}, reruns, "gw0")
        for name, (outcome, reruns) in (("fails_once", once), ("always_fails", always))
    }
    return [finding.reason for finding in findings({"serially": NestedReport(code, tests)})]


@pytest.mark.parametrize(
    ("once", "always", "code", "expected"),
    [
        (("passed", 1), ("failed", 1), 1, []),
        (("passed", 0), ("failed", 0), 1, ["retries: not applied"]),  # passed without a trace of the first attempt
        (("failed", 1), ("failed", 1), 1, ["retries: not applied"]),
        (("passed", 1), ("failed", 0), 1, ["retries: not applied"]),
        (("passed", 1), ("failed", 1), 0, ["retries: a failing test passes"]),
        (("passed", 1), ("xfailed", 0), 0, ["retries: a failing test passes"]),
    ],
)
def test_each_way_to_get_it_wrong_is_a_finding(
    once: tuple[str, int], always: tuple[str, int], code: int, expected: list[str]
) -> None:
    assert judged(once, always, code) == expected

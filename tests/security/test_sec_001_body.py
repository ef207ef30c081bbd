"""SEC-001 as a whole: its verdict on small subjects, and each of its planted faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_001 as sec_001

FAULTS = declared_faults(vars(sec_001), "SEC-001")


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    (root / "bots").mkdir(parents=True)
    (root / "bots" / "clean.py").write_text("PRICE = 1\n")
    (root / "pyproject.toml").write_text('[tool.tradeops]\nstrategies = "bots"\n')
    return open_subject(root, load_settings(root))


def test_a_clean_subject_passes_with_counted_lines(subject: Subject) -> None:
    evidence = Evidence()
    sec_001.test_sec_001(subject, evidence)
    record = evidence.record(Redactor())
    assert record.total == 1
    assert record.facts["files"] == 1


def test_a_missing_folder_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="tradeops init strategies") as caught:
        sec_001.test_sec_001(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
    assert caught.value.reasons == ("bandit: strategies missing",)


@pytest.mark.parametrize(("spec", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    with pytest.raises(CheckFailed) as caught:
        sec_001.test_sec_001(copy, Evidence())
    assert spec.expects in caught.value.reasons
    sec_001.test_sec_001(subject, Evidence())  # the subject itself is untouched


def test_the_checklist_item_has_its_fault() -> None:
    assert {spec.expects for spec, _ in FAULTS if spec.covers == "V.security.1"} == {"bandit: B602 HIGH"}

"""SEC-014 as a whole: its verdict on small subjects, and each of its planted faults."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gitleaks_support import CONFIG, examine, line, secret

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.gitleaks import planting
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_014 as sec_014

FAULTS = declared_faults(vars(sec_014), "SEC-014")


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    root.mkdir()
    planting.new_repository(root)
    planting.commit(root, ".gitleaks.toml", CONFIG, "Begin")
    planting.commit(root, "bot.py", "PRICE = 1\n", "Trade")
    return open_subject(root, load_settings(root))


def test_a_clean_subject_passes_with_counted_files_and_commits(subject: Subject) -> None:
    evidence = Evidence()
    sec_014.test_sec_014(subject, evidence)
    record = evidence.record(Redactor())
    assert record.total == 4
    assert (record.facts["files"], record.facts["commits"], record.facts["hidden by allowlist"]) == (2, 2, 0)


def test_a_copy_is_judged_with_the_history_of_its_subject(subject: Subject, tmp_path: Path) -> None:
    planting.commit(subject.root, "keys.py", line(), "Add")
    planting.commit(subject.root, "keys.py", None, "Remove")
    with pytest.raises(CheckFailed) as caught:
        sec_014.test_sec_014(subject.copy_to(tmp_path / "copy"), Evidence())
    assert caught.value.reasons == ("gitleaks: tradeops-binance-secret in history",)
    assert secret() not in str(caught.value)


def test_without_a_repository_it_fails_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("PRICE = 1\n")
    with pytest.raises(CheckFailed, match="git init") as caught:
        sec_014.test_sec_014(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
    assert caught.value.reasons == ("gitleaks: history missing",)


def test_a_shallow_clone_is_inconclusive(subject: Subject, tmp_path: Path) -> None:
    planting.git(tmp_path, "clone", "--quiet", "--depth", "1", subject.root.as_uri(), "clone")
    with pytest.raises(Inconclusive, match="shallow"):
        sec_014.test_sec_014(open_subject(tmp_path / "clone", subject.settings), Evidence())


@pytest.mark.parametrize(("spec", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    with pytest.raises(CheckFailed) as caught:
        sec_014.test_sec_014(copy, Evidence())
    assert spec.expects in caught.value.reasons
    sec_014.test_sec_014(subject, Evidence())  # the subject itself is untouched


def test_what_is_planted_is_found_by_the_built_in_rules_alone_whatever_was_made_up(tmp_path: Path) -> None:
    """Many subjects have no other rules, and those let a key pass that holds one of a thousand words."""
    (tmp_path / "subject").mkdir()
    (tmp_path / "subject" / ".gitleaks.toml").write_text(CONFIG)
    for number in range(10):  # each smaller than what gitleaks reads at a time
        lines = "".join(planting.key_line() for _ in range(50))
        (tmp_path / "subject" / f"keys_{number}.py").write_text(lines)
    examination = examine(tmp_path / "subject", history=False)
    assert len({leak.place for leak in examination.shown}) == 500
    assert examination.hidden == ()


def test_the_checklist_items_have_their_faults() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "1.3.3": "gitleaks: tradeops-binance-secret in history",
        "V.security.2": "gitleaks: hidden by allowlist",
    }

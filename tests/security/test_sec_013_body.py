"""SEC-013 as a whole: what configurations it accepts, and its planted faults."""

from collections.abc import Callable
from pathlib import Path

import check_body
import pytest

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.gitleaks import RULES, config_check, provider
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_013 as sec_013

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_013), "SEC-013")


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    root.mkdir()
    (root / ".gitleaks.toml").write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    return open_subject(root, load_settings(root))


def reasons(subject: Subject) -> tuple[str, ...]:
    return tuple(finding.reason for finding in check_body.failures(sec_013.test_sec_013, subject))


def test_the_starter_passes_with_its_rules_counted(subject: Subject) -> None:
    evidence = Evidence()
    sec_013.test_sec_013(subject, evidence)
    facts = evidence.record(Redactor()).facts
    assert facts["active rules"] == 222 + facts["rules of its own"]
    assert (facts["recall"], facts["false positives"]) == (1.0, 0.0)


def test_this_repositorys_own_is_the_starter_and_its_allowlists() -> None:
    own = (REPOSITORY / ".gitleaks.toml").read_text(encoding="utf-8")
    assert own.startswith(RULES.read_text(encoding="utf-8"))
    assert "[[rules]]" not in own.removeprefix(RULES.read_text(encoding="utf-8"))


def test_no_config_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="tradeops init config") as caught:
        sec_013.test_sec_013(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
    assert caught.value.reasons == (config_check.REASON_MISSING,)


def test_rules_that_report_everything_are_a_finding(subject: Subject) -> None:
    rule = "\n[[rules]]\nid = 'any-hash'\nregex = '''0x[0-9a-f]{64}'''\n"
    (subject.root / ".gitleaks.toml").write_text(RULES.read_text(encoding="utf-8") + rule, encoding="utf-8")
    assert reasons(subject) == (config_check.REASON_FALSE,)


def test_rules_may_stand_in_a_file_that_is_extended(subject: Subject) -> None:
    (subject.root / ".gitleaks.toml").rename(subject.root / "base.toml")
    (subject.root / ".gitleaks.toml").write_text("[extend]\npath = 'base.toml'\n", encoding="utf-8")
    assert reasons(subject) == ()


def test_a_disabled_rule_is_a_fact(subject: Subject) -> None:
    text = RULES.read_text(encoding="utf-8").replace("useDefault = true", 'useDefault = true\ndisabledRules = ["jwt"]')
    (subject.root / ".gitleaks.toml").write_text(text, encoding="utf-8")
    evidence = Evidence()
    sec_013.test_sec_013(subject, evidence)
    facts = evidence.record(Redactor()).facts
    assert facts["disabled default rules"] == ["jwt"]
    assert facts["active rules"] == 221 + facts["rules of its own"]


def test_a_config_that_gitleaks_cannot_load_is_inconclusive(subject: Subject) -> None:
    (subject.root / ".gitleaks.toml").write_text("[extend\n", encoding="utf-8")
    with pytest.raises(Inconclusive, match="cannot be read as TOML"):
        sec_013.test_sec_013(subject, Evidence())


def test_without_gitleaks_it_is_inconclusive(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_on_path", lambda: None)
    monkeypatch.setattr(provider, "_in_wheel", lambda: None)
    monkeypatch.setattr(provider.image, "take", lambda _: None)
    with pytest.raises(Inconclusive, match="gitleaks is not installed"):
        sec_013.test_sec_013(subject, Evidence())


@check_body.each(FAULTS)
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)
    assert reasons(subject) == ()


def test_the_checklist_item_has_its_fault() -> None:
    assert {spec.expects for spec, _ in FAULTS if spec.covers == "1.3.2"} == {config_check.REASON_DEFAULTS}

"""SEC-011 as a whole: which commands let only HIGH block and report the rest, and its planted fault."""

from collections.abc import Callable
from pathlib import Path

import check_body
import pytest
import yaml
from ci_support import BANDIT, FILE, GITLEAKS, a_subject, job, with_runs, workflow, write

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import ci, precommit
from pytest_tradeops.security.ci.probes import SOURCES
from pytest_tradeops.subject import Subject
from verification.security import test_sec_011 as sec_011

FAULTS = declared_faults(vars(sec_011), "SEC-011")
REPORT = "bandit -r strategies --exit-zero"


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return with_runs(a_subject(tmp_path / "subject"), f"{REPORT}\n{BANDIT}", GITLEAKS)


def reasons(subject: Subject) -> set[str]:
    return {finding.reason for finding in check_body.failures(sec_011.test_sec_011, subject)}


def lacking(subject: Subject) -> str:
    with pytest.raises(Inconclusive) as caught:
        sec_011.test_sec_011(subject, Evidence())
    return str(caught.value)


def test_a_report_and_a_run_that_blocks_pass_together(subject: Subject) -> None:
    evidence = Evidence()
    sec_011.test_sec_011(subject, evidence)
    record = evidence.record(Redactor())
    assert record.facts == {"blocking": {REPORT: [], BANDIT: ["HIGH"]}, "reported": ["HIGH", "LOW", "MEDIUM"]}
    assert record.total == 2


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("tradeops bandit", set()),
        ("tradeops verify --profile local", set()),
        (f"{REPORT} -f json -o report.json\n{BANDIT} -q", set()),
        (f"{BANDIT} || true\n{REPORT}", set()),  # that it stops nothing is what SEC-009 says
        (BANDIT, {ci.REASON_UNREPORTED}),
        (f"{REPORT} > /dev/null 2>&1\n{BANDIT}", {ci.REASON_UNREPORTED}),
        (f"{REPORT} > report.txt\n{BANDIT}", set()),
        ("bandit -r strategies", {ci.REASON_LESS}),
        (f"bandit -r strategies -ll\n{REPORT}", {ci.REASON_LESS}),
        (REPORT, {ci.REASON_HIGH}),
        (f"{REPORT} -lll", {ci.REASON_HIGH, ci.REASON_UNREPORTED}),
        ("bandit -r tests", {ci.REASON_HIGH, ci.REASON_UNREPORTED}),
        ("bandit -r strategies -lll -x strategies", {ci.REASON_HIGH, ci.REASON_UNREPORTED}),
        ("true", {ci.REASON_MISSING}),
    ],
)
def test_only_high_blocks_and_the_rest_is_reported(subject: Subject, run: str, expected: set[str]) -> None:
    assert reasons(with_runs(subject, run, GITLEAKS)) == expected


def test_a_configuration_that_skips_the_test_lets_high_through(subject: Subject) -> None:
    (subject.root / "strategies" / ".bandit").write_text("[bandit]\nskips: B602\n", encoding="utf-8")
    assert reasons(subject) == {ci.REASON_HIGH}


def test_without_a_step_of_ci_the_hook_of_pre_commit_counts(subject: Subject) -> None:
    hook = {"id": "bandit", "name": "b", "entry": "bandit -lll", "language": "system", "types": ["python"]}
    (subject.root / FILE).unlink()
    for entry, expected in (
        ("tradeops bandit", set()),
        ("bandit -lll", {ci.REASON_UNREPORTED}),
        ("bandit --exit-zero", {ci.REASON_HIGH}),
    ):
        config = {"repos": [{"repo": "local", "hooks": [{**hook, "entry": entry}]}]}
        (subject.root / precommit.FILE).write_text(yaml.safe_dump(config), encoding="utf-8")
        assert reasons(subject) == expected


def test_what_cannot_be_run_is_inconclusive(subject: Subject) -> None:
    assert "tox" in lacking(with_runs(subject, "tox"))
    assert "where nothing is planted" in lacking(with_runs(subject, "bandit -r strategies -c nowhere.yaml"))
    document = workflow()
    job(document)["steps"].append({"uses": "PyCQA/bandit-action@v1"})
    write(subject.root, document)
    assert "bandit-action" in lacking(subject)


def test_each_probe_is_of_its_severity(tmp_path: Path) -> None:
    from pytest_tradeops.security import bandit

    for severity, text in SOURCES.items():
        (tmp_path / severity).mkdir()
        (tmp_path / severity / "probe.py").write_text(text, encoding="utf-8")
        found = bandit.scan(tmp_path / severity).facts()["issues"]
        order = ("LOW", "MEDIUM", "HIGH")
        assert max(found, key=order.index) == severity


@check_body.each(FAULTS)
@pytest.mark.parametrize("start", ["plain", "gate", "actions", "nothing", "invalid"])
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], start: str
) -> None:
    document = workflow(*((BANDIT,) if start == "plain" else ("tradeops verify",) if start == "gate" else ()))
    if start == "actions":
        job(document)["steps"].append({"uses": "PyCQA/bandit-action@v1"})
        document["jobs"]["called"] = {"uses": "ours/ci/.github/workflows/bandit.yml@v1"}
    write(subject.root, document)
    if start == "invalid":
        (subject.root / FILE).write_text("[", encoding="utf-8")
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)


def test_the_checklist_item_has_its_fault() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {"1.2.3": ci.REASON_HIGH}

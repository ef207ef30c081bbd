"""SEC-023 as a whole: the ways of asking that it accepts, those that it refuses and why, and its planted faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml
from advisory_support import write_project

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec, Finding
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import advisories
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_023 as sec_023

FAULTS = declared_faults(vars(sec_023), "SEC-023")
PINS = {"ccxt": "4.3.1", "websockets": "14.0"}


def workflow(*runs: str, on: Any = "pull_request", job: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A workflow with one job, and one step for each text."""
    steps = [{"run": run, **more} for run in runs]
    return {"on": on, "jobs": {"scan": {"runs-on": "ubuntu-24.04", "steps": steps, **(job or {})}}}


def write(root: Path, document: dict[str, Any], name: str = advisories.FILE) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A subject with two locked packages and the workflow that `tradeops init advisories` writes."""
    root = write_project(tmp_path / "bot", PINS)
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / advisories.FILE).write_text(advisories.starter("main"), encoding="utf-8")
    return open_subject(root, load_settings(root))


def failures(subject: Subject) -> tuple[Finding, ...]:
    return check_body.failures(sec_023.test_sec_023, subject)


def reasons(subject: Subject) -> list[str]:
    return [finding.reason for finding in failures(subject)]


def test_what_init_writes_passes_and_examines_every_component(subject: Subject) -> None:
    evidence = Evidence()
    sec_023.test_sec_023(subject, evidence)
    assert [one.count for one in evidence.record(Redactor()).examined] == [1, 2]


@pytest.mark.parametrize(
    "document",
    [
        workflow("tradeops advisories"),
        workflow("tradeops advisories", on="push"),
        workflow("tradeops advisories", on={"schedule": [{"cron": "0 4 * * 1"}]}),
        workflow("uv run --with pytest-tradeops tradeops advisories --format json"),
        workflow(".venv/bin/python -m pytest_tradeops advisories"),
        workflow("uv audit --frozen", **{"continue-on-error": True}),
        workflow("uv audit --frozen", job={"continue-on-error": True}),
        workflow('uv audit --frozen || [ "$?" -eq 1 ]'),
        workflow("set -o pipefail\ntradeops advisories | tee -a report.txt"),
        workflow("make advisories"),
        workflow("bash scripts/scan.sh"),
    ],
    ids=lambda one: str(one["jobs"]["scan"]["steps"][0]["run"])[:40],
)
def test_these_ways_of_asking_are_enough(subject: Subject, document: dict[str, Any]) -> None:
    (subject.root / "Makefile").write_text("advisories:\n\ttradeops advisories\n", encoding="utf-8")
    (subject.root / "scripts").mkdir()
    (subject.root / "scripts" / "scan.sh").write_text("#!/bin/bash\nset -e\ntradeops advisories\n", encoding="utf-8")
    write(subject.root, document)
    assert failures(subject) == ()


REFUSED = {
    "no step": (workflow("echo hello"), advisories.REASON_MISSING),
    "only in a comment": (workflow("# tradeops advisories\ntrue"), advisories.REASON_MISSING),
    "only shown": (workflow("echo uv audit"), advisories.REASON_MISSING),
    "never": (workflow("tradeops advisories", **{"if": "${{ false }}"}), advisories.REASON_NEVER_RUNS),
    "never, the job": (workflow("tradeops advisories", job={"if": "false"}), advisories.REASON_NEVER_RUNS),
    "on a day that never comes": (
        workflow("tradeops advisories", on={"schedule": [{"cron": "0 0 30 2 *"}]}),
        advisories.REASON_NEVER_RUNS,
    ),
    "by hand only": (workflow("tradeops advisories", on="workflow_dispatch"), advisories.REASON_NEVER_RUNS),
    "another branch": (
        workflow("tradeops advisories", on={"push": {"branches": ["never"]}}),
        advisories.REASON_NEVER_RUNS,
    ),
    "paths without the lock": (
        workflow("tradeops advisories", on={"pull_request": {"paths": ["docs/**"]}}),
        advisories.REASON_NEVER_RUNS,
    ),
    "misspelt": (workflow("tradeops advisories --lock uv.lok || true"), advisories.REASON_NO_COMPONENTS),
    "elsewhere": (workflow("uv audit --project nowhere || true"), advisories.REASON_NO_COMPONENTS),
    "thrown away": (workflow("{ uv audit --frozen || [ $? = 1 ]; } >/dev/null 2>&1"), advisories.REASON_NOT_VISIBLE),
    "strict": (workflow("tradeops advisories --strict"), advisories.REASON_BLOCKS),
    "uv's own code": (workflow("uv audit --frozen"), advisories.REASON_BLOCKS),
    "uv, one word of a word": (workflow("set -x; uv audit --frozen && true"), advisories.REASON_BLOCKS),
    "or true": (workflow("tradeops advisories || true"), advisories.REASON_ERROR_HIDDEN),
    "uv, or true": (workflow("uv audit --frozen || true"), advisories.REASON_ERROR_HIDDEN),
    "piped": (workflow("tradeops advisories | cat"), advisories.REASON_ERROR_HIDDEN),
    "one code for both": (
        workflow("uv audit --frozen || exit 1", **{"continue-on-error": True}),
        advisories.REASON_ERROR_HIDDEN,
    ),
    "invalid": ({**workflow("tradeops advisories"), "on": "pull-request"}, advisories.REASON_INVALID),
}


@pytest.mark.parametrize(("document", "reason"), REFUSED.values(), ids=REFUSED)
def test_these_are_as_green_as_a_clean_run_and_refused(subject: Subject, document: dict[str, Any], reason: str) -> None:
    write(subject.root, document)
    assert reasons(subject) == [reason]


def test_without_a_workflow_one_sentence_names_the_command(subject: Subject) -> None:
    (subject.root / advisories.FILE).unlink()
    (finding,) = failures(subject)
    assert (finding.reason, finding.remedy) == (advisories.REASON_MISSING, "Run `tradeops init advisories`.")


def test_what_an_option_leaves_out_is_counted(tmp_path: Path) -> None:
    root = write_project(tmp_path / "bot", PINS, optional=True)
    document = workflow("uv audit --frozen --no-extra live || [ $? = 1 ]")
    write(root, document)
    assert reasons(open_subject(root, load_settings(root))) == [advisories.REASON_NO_COMPONENTS]


def test_a_lock_that_pins_nothing_is_no_pass(tmp_path: Path) -> None:
    root = write_project(tmp_path / "bot", {})
    write(root, workflow("tradeops advisories"))
    assert reasons(open_subject(root, load_settings(root))) == [advisories.REASON_NO_COMPONENTS]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (workflow("pip-audit -r requirements.txt"), "asks by pip-audit, which cannot be led to a database of our own."),
        (workflow("osv-scanner scan --lockfile uv.lock"), "asks by osv-scanner, which cannot be led"),
        (
            {
                "on": "push",
                "jobs": {"scan": {"uses": "google/osv-scanner-action/.github/workflows/scan.yml@v2"}},
            },
            "asks by google/osv-scanner-action/.github/workflows/scan.yml, which cannot be led",
        ),
        (workflow("tradeops advisories --database records"), "asks a database of its own."),
    ],
)
def test_what_cannot_be_led_to_another_service_is_inconclusive(
    subject: Subject, document: dict[str, Any], sentence: str
) -> None:
    write(subject.root, document)
    with pytest.raises(Inconclusive) as caught:
        sec_023.test_sec_023(subject, Evidence())
    assert sentence in caught.value.message


def test_without_a_lock_it_is_inconclusive(subject: Subject) -> None:
    (subject.root / "uv.lock").unlink()
    with pytest.raises(Inconclusive, match="There is no lock"):
        sec_023.test_sec_023(subject, Evidence())


def test_pins_in_a_list_for_pip_are_enough(subject: Subject) -> None:
    (subject.root / "uv.lock").unlink()
    (subject.root / "requirements.txt").write_text("ccxt==4.3.1\nopen-ended\n", encoding="utf-8")
    evidence = Evidence()
    sec_023.test_sec_023(subject, evidence)
    assert evidence.record(Redactor()).facts["without one version"] == ["open-ended"]


def test_secrets_of_the_environment_are_not_handed_on(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "made-up")
    write(subject.root, workflow(f'echo "[$SOME_TOKEN]" >{tmp_path}/seen || true; uv audit'))
    with pytest.raises(Inconclusive, match="writes to an absolute path"):
        sec_023.test_sec_023(subject, Evidence())


@check_body.each(FAULTS)
@pytest.mark.parametrize("own", ["what init writes", "uv audit", "nothing"])
def test_every_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], own: str
) -> None:
    if own == "uv audit":
        write(subject.root, workflow("uv audit --frozen", **{"continue-on-error": True}))
    elif own == "nothing":
        (subject.root / advisories.FILE).unlink()
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert reasons(copy) == [spec.expects]


@pytest.mark.parametrize(
    "run", ["pip-audit", "uv run pip-audit", "uvx pip-audit", "python -m pip_audit", "poetry run pip-audit -r x"]
)
def test_a_scanner_that_cannot_be_led_here_is_inconclusive_however_it_is_called(subject: Subject, run: str) -> None:
    write(subject.root, workflow(run))
    with pytest.raises(Inconclusive, match="asks by pip-audit"):
        sec_023.test_sec_023(subject, Evidence())


def test_a_called_workflow_and_an_action_of_the_repository_are_followed(subject: Subject) -> None:
    write(subject.root, workflow("tradeops advisories", on="workflow_call"), ".github/workflows/ask.yml")
    call: dict[str, Any] = {"on": "pull_request", "jobs": {"call": {"uses": "./.github/workflows/ask.yml"}}}
    write(subject.root, call)
    assert failures(subject) == ()
    call["jobs"]["call"]["if"] = False
    write(subject.root, call)
    assert reasons(subject) == [advisories.REASON_NEVER_RUNS]
    action = {"runs": {"using": "composite", "steps": [{"run": "tradeops advisories", "shell": "bash"}]}}
    (subject.root / "ask").mkdir()
    (subject.root / "ask" / "action.yml").write_text(yaml.safe_dump(action), encoding="utf-8")
    document = workflow("true")
    document["jobs"]["scan"]["steps"].append({"uses": "./ask"})
    write(subject.root, document)
    assert failures(subject) == ()


def test_what_another_lock_pins_must_be_asked_about_as_well(subject: Subject) -> None:
    (subject.root / "requirements.txt").write_text("ccxt==4.3.1\n", encoding="utf-8")  # as exported
    assert failures(subject) == ()
    (subject.root / "requirements.txt").write_text("ccxt==4.3.1\nrequests==2.0.3\n", encoding="utf-8")
    (finding,) = failures(subject)
    assert (finding.reason, finding.where) == (advisories.REASON_UNSCANNED, "requirements.txt")
    assert "requests 2.0.3" in finding.message
    write(subject.root, workflow("tradeops advisories", "tradeops advisories --lock requirements.txt"))
    assert failures(subject) == ()


def test_a_lock_that_nobody_reads_is_inconclusive(subject: Subject) -> None:
    (subject.root / "Pipfile.lock").write_text("{}", encoding="utf-8")
    with pytest.raises(Inconclusive, match="is a lock that is not read"):
        sec_023.test_sec_023(subject, Evidence())

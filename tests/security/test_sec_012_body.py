"""SEC-012 as a whole: which hooks it accepts, which it refuses and why, and its planted faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec, Finding
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import precommit
from pytest_tradeops.security.precommit.config import hooked_scanners
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_012 as sec_012

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_012), "SEC-012")


def light() -> dict[str, Any]:
    """Hooks that look for two words and take no time: what is examined here is what becomes of their answers."""
    bandit = {"id": "bandit", "name": "bandit", "language": "pygrep", "entry": "shell=True", "files": r"\.py$"}
    secrets = {"id": "gitleaks", "name": "gitleaks", "language": "pygrep", "entry": "API_SECRET = .[A-Za-z0-9]{60}"}
    return {"repos": [{"repo": "local", "hooks": [bandit, secrets]}]}


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    (root / "strategies").mkdir(parents=True)
    (root / "strategies" / "trend.py").write_text("X = 1\n", encoding="utf-8")
    (root / precommit.FILE).write_text(precommit.starter(), encoding="utf-8")
    return open_subject(root, load_settings(root))


def failures(subject: Subject) -> tuple[Finding, ...]:
    return check_body.failures(sec_012.test_sec_012, subject)


def reasons(subject: Subject) -> set[str]:
    return {finding.reason for finding in failures(subject)}


def changed(subject: Subject, change: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]) -> Subject:
    """The subject with light hooks, after a change of the whole, of the hook for bandit, or of the one for secrets."""
    document = light()
    bandit, secrets = document["repos"][0]["hooks"]
    change(document, bandit, secrets)
    (subject.root / precommit.FILE).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return subject


def lacking(subject: Subject) -> str:
    with pytest.raises(Inconclusive) as caught:
        sec_012.test_sec_012(subject, Evidence())
    return str(caught.value)


def test_what_init_writes_refuses_and_accepts_as_it_should(subject: Subject) -> None:
    evidence = Evidence()
    sec_012.test_sec_012(subject, evidence)
    record = evidence.record(Redactor())
    assert record.facts == {"hooks": ["tradeops-bandit", "tradeops-secrets"], "other hooks, not installed": 0}
    assert {one.what: one.count for one in record.examined} == {"commits": 3, "runs of hooks": 5}


def test_this_repositorys_own_is_what_init_writes() -> None:
    assert (REPOSITORY / precommit.FILE).read_text(encoding="utf-8") == precommit.starter()


def test_what_other_repositories_can_take_is_what_init_writes() -> None:
    ours = yaml.safe_load(precommit.starter())["repos"][0]["hooks"]
    theirs = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    own = {"language", "additional_dependencies", "description"}
    assert [{key: one[key] for key in one if key not in own} for one in theirs] == [
        {key: one[key] for key in one if key not in own} for one in ours
    ]


def test_without_the_file_it_names_the_command(subject: Subject) -> None:
    (subject.root / precommit.FILE).unlink()
    (finding,) = failures(subject)
    assert finding.reason == precommit.REASON_MISSING
    assert "tradeops init pre-commit" in finding.remedy


OTHER = {"repo": "https://example.org/ruff-pre-commit", "rev": "v1", "hooks": [{"id": "ruff"}]}


@pytest.mark.parametrize(
    "change",
    [
        lambda whole, bandit, secrets: None,
        lambda whole, bandit, secrets: whole.update(fail_fast=True),
        lambda whole, bandit, secrets: whole["repos"].insert(0, OTHER),
        lambda whole, bandit, secrets: bandit.update(stages=["pre-commit", "manual"]),
        lambda whole, bandit, secrets: bandit.update(files="^strategies/"),
        lambda whole, bandit, secrets: whole.update(default_stages=["pre-push"]) or bandit.update(stages=["pre-commit"]) or secrets.update(stages=["commit"]),
    ],
)  # fmt: skip
def test_other_ways_to_do_it_pass(subject: Subject, change: Callable[[Any, Any, Any], object]) -> None:
    assert failures(changed(subject, change)) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda whole, bandit, secrets: bandit.update(files="^docs/"), {precommit.REASON_NO_FILES}),
        (lambda whole, bandit, secrets: secrets.update(types=["python"]), {precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: secrets.update(files="^strategies/"), {precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: bandit.update(exclude="strategies"), {precommit.REASON_NO_FILES}),
        (lambda whole, bandit, secrets: bandit.update(types=["javascript"]), {precommit.REASON_NO_FILES}),
        (lambda whole, bandit, secrets: whole.update(exclude="."), {precommit.REASON_NO_FILES, precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: whole.update(files="^docs/"), {precommit.REASON_NO_FILES, precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: whole.update(default_install_hook_types=["pre-push"]), {precommit.REASON_NO_FILES, precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: whole.update(default_stages=["manual"]), {precommit.REASON_NO_BANDIT, precommit.REASON_NO_SECRETS}),
        (lambda whole, bandit, secrets: bandit.update(stages=["pre-push"]), {precommit.REASON_NO_BANDIT}),
        (lambda whole, bandit, secrets: whole["repos"][0]["hooks"].pop(0), {precommit.REASON_NO_BANDIT}),
        (lambda whole, bandit, secrets: whole["repos"][0]["hooks"].pop(1), {precommit.REASON_NO_SECRETS}),
        (lambda whole, bandit, secrets: bandit.update(entry="never there"), {precommit.REASON_HIGH}),
        (lambda whole, bandit, secrets: bandit.update(language="system", entry="true"), {precommit.REASON_HIGH}),
        (lambda whole, bandit, secrets: secrets.update(language="system", entry="true"), {precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: secrets.update(files=r"\.env$"), {precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: whole.update(fail_fast=True) or secrets.update(entry="never there"), {precommit.REASON_SECRET}),
        (lambda whole, bandit, secrets: bandit.update(entry="."), {precommit.REASON_REFUSED}),
        (lambda whole, bandit, secrets: secrets.update(entry="[0-9a-f]{64}|SECRET"), {precommit.REASON_REFUSED}),
        (lambda whole, bandit, secrets: bandit.update(files="("), {precommit.REASON_INVALID}),
        (lambda whole, bandit, secrets: bandit.update(types=["no-such-type"]), {precommit.REASON_INVALID}),
        (lambda whole, bandit, secrets: bandit.pop("id"), {precommit.REASON_INVALID}),
        (lambda whole, bandit, secrets: whole.update(repos={}), {precommit.REASON_INVALID}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    subject: Subject, change: Callable[[Any, Any, Any], object], expected: set[str]
) -> None:
    found = failures(changed(subject, change))
    assert {one.reason for one in found} == expected, found
    assert all(one.where and one.remedy and len(one.message) < 400 for one in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda whole, bandit, secrets: whole["repos"].append({**OTHER, "hooks": [whole["repos"][0]["hooks"].pop(0)]}), "would have to be fetched"),
        (lambda whole, bandit, secrets: bandit.update(language="python", entry="bandit"), "would have to be fetched"),
        (lambda whole, bandit, secrets: bandit.update(language="system", entry="no-such-program"), "without naming"),
        (lambda whole, bandit, secrets: secrets.update(language="system", entry="false"), "without naming"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_inconclusive(
    subject: Subject, change: Callable[[Any, Any, Any], object], said: str
) -> None:
    assert said in lacking(changed(subject, change))


@pytest.mark.parametrize(
    "text", [b"", b"[", b"\xff\xfe", b"#" * 1_000_001, b"repos: 3\n", b"[" * 100_000, b"a: &a [*a]", b"repos: [{repo: local, hooks: [1]}]"]
)  # fmt: skip
def test_a_file_that_is_no_configuration_is_invalid(subject: Subject, text: bytes) -> None:
    (subject.root / precommit.FILE).write_bytes(text)
    assert reasons(subject) == {precommit.REASON_INVALID}
    assert hooked_scanners(subject.root) == frozenset()


def test_a_link_is_no_configuration(subject: Subject) -> None:
    (subject.root / precommit.FILE).unlink()
    (subject.root / precommit.FILE).symlink_to(precommit.FILE)
    assert reasons(subject) == {precommit.REASON_MISSING}


def test_nothing_of_this_environment_reaches_a_hook(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("PRE_COMMIT_ALLOW_NO_CONFIG", "1")
    monkeypatch.setenv("SKIP", "bandit,gitleaks")
    assert failures(changed(subject, lambda whole, bandit, secrets: None)) == ()


@check_body.each(FAULTS)
@pytest.mark.parametrize("start", ["light", "starter", "remote", "nothing", "invalid", "no hook"])
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], start: str
) -> None:
    file = subject.root / precommit.FILE
    if start == "light":
        changed(subject, lambda whole, bandit, secrets: None)
    elif start == "remote":
        hooks = [{"id": "bandit"}, {"id": "gitleaks"}]
        file.write_text(yaml.safe_dump({"repos": [{**OTHER, "hooks": hooks}]}), encoding="utf-8")
    elif start == "nothing":
        file.unlink()
    elif start == "invalid":
        file.write_text("[", encoding="utf-8")
    elif start == "no hook":
        file.write_text(yaml.safe_dump({"repos": [OTHER]}), encoding="utf-8")
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)


def test_each_checklist_item_has_its_fault() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "1.2.4": precommit.REASON_NO_FILES,
        "1.3.4": precommit.REASON_SECRET,
    }

"""SEC-006 as a whole: what it accepts, what it refuses and why, and its planted faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec, Finding
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import dependabot
from pytest_tradeops.security.dependabot import writing
from pytest_tradeops.security.dependabot.manifests import find
from pytest_tradeops.security.project_tree import read_tree
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_006 as sec_006

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_006), "SEC-006")
FILE = ".github/dependabot.yml"
WEEKLY = {"interval": "weekly"}


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A subject with a locked project, an image and a workflow, watched as `tradeops init` writes it."""
    root = tmp_path / "subject"
    for name, text in {
        "pyproject.toml": "[project]\nname = 'bot'\ndependencies = ['sentry-sdk']\n",
        "uv.lock": "version = 1\n",
        "deploy/Dockerfile": "FROM python:3.12\n",
        ".github/workflows/ci.yml": "- uses: actions/checkout@v4\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / FILE).write_text(writing.text(find(read_tree(root))), encoding="utf-8")
    return open_subject(root, load_settings(root))


def reasons(subject: Subject) -> tuple[str, ...]:
    return tuple(finding.reason for finding in failures(subject))


def failures(subject: Subject) -> tuple[Finding, ...]:
    return check_body.failures(sec_006.test_sec_006, subject)


def changed(subject: Subject, change: Callable[[list[dict[str, Any]]], object]) -> Subject:
    """The subject after a change of `updates`, which are docker, github-actions, uv."""
    document = yaml.safe_load((subject.root / FILE).read_text(encoding="utf-8"))
    change(document["updates"])
    (subject.root / FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    return subject


def test_what_init_writes_passes_with_everything_counted(subject: Subject) -> None:
    evidence = Evidence()
    sec_006.test_sec_006(subject, evidence)
    record = evidence.record(Redactor())
    assert set(record.facts["manifests"]) == {
        "pyproject.toml", "uv.lock", "deploy/Dockerfile", ".github/workflows/ci.yml"
    }  # fmt: skip
    assert record.facts["longest gap in days"] == {f"updates[{number}]": 7.0 for number in range(3)}


def test_this_repositorys_own_is_what_init_writes() -> None:
    assert (REPOSITORY / FILE).read_text(encoding="utf-8") == writing.text(find(read_tree(REPOSITORY)))
    assert reasons(open_subject(REPOSITORY, load_settings(REPOSITORY))) == ()


def test_no_configuration_names_the_command(subject: Subject) -> None:
    (subject.root / FILE).unlink()
    (finding,) = failures(subject)
    assert (finding.reason, finding.remedy) == (dependabot.REASON_MISSING, "Run `tradeops init dependabot`.")


def test_the_other_ending_is_read_too(subject: Subject) -> None:
    (subject.root / FILE).rename((subject.root / FILE).with_suffix(".yaml"))
    assert reasons(subject) == ()


def test_a_tree_without_manifests_is_no_pass(subject: Subject) -> None:
    for name in ("pyproject.toml", "uv.lock", "deploy/Dockerfile", ".github/workflows/ci.yml"):
        (subject.root / name).unlink()
    assert reasons(subject)[0] == dependabot.REASON_NOTHING


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda updates: updates[2].update(directory="/bot"), "updates[2] is for uv at /bot"),
        (lambda updates: updates.pop(2), "no entry watches uv.lock."),
        (lambda updates: updates[2].update({"package-ecosystem": "pip"}), "no entry watches uv.lock."),
        (lambda updates: updates[2].update({"open-pull-requests-limit": 0}), "has open-pull-requests-limit 0"),
        (lambda updates: updates[2].update(ignore=[{"dependency-name": "*"}]), "ignores every update"),
        (lambda updates: updates[2].update(ignore=[{"dependency-name": "*", "versions": [">= 0"]}]), "ignores every update"),
        (lambda updates: updates[2].update(ignore=[{"dependency-name": "*", "update-types": [f"version-update:semver-{one}"]} for one in ("major", "minor", "patch")]), "ignores every update"),
        (lambda updates: updates[2].update(allow=[{"dependency-name": "ruff"}]), "allows updates of some dependencies only"),
        (lambda updates: updates[2].update(allow=[{"dependency-type": "development"}]), "allows updates of some dependencies only"),
        (lambda updates: updates[2].update({"exclude-paths": ["*.lock"]}), "leaves it out by exclude-paths"),
        (lambda updates: updates[2].update({"exclude-paths": ["**"]}), "leaves it out by exclude-paths"),
        (lambda updates: updates[2].update({"target-branch": "old"}), "watches the branch old"),
    ],
)  # fmt: skip
def test_a_lockfile_that_nobody_watches_is_a_finding_that_says_why(
    subject: Subject, change: Callable[[list[dict[str, Any]]], object], said: str
) -> None:
    found = failures(changed(subject, change))
    assert {one.reason for one in found} <= {dependabot.REASON_NOT_COVERED, dependabot.REASON_IDLE}
    assert any(said in one.message for one in found if one.reason == dependabot.REASON_NOT_COVERED), found


@pytest.mark.parametrize(
    "change",
    [
        lambda updates: updates[0].update(directory="deploy/"),
        lambda updates: (updates[0].pop("directory"), updates[0].update(directories=["/nowhere", "**/*"])),
        lambda updates: (updates[0].pop("directory"), updates[0].update(directories=["/dep*"])),
        lambda updates: updates[1].update(directory="/.github/workflows"),
        lambda updates: updates[2].update(ignore=[{"dependency-name": "*", "update-types": ["version-update:semver-major"]}]),
        lambda updates: updates[2].update(ignore=[{"dependency-name": "nautilus*"}]),
        lambda updates: updates[2].update(allow=[{"dependency-type": "direct"}]),
        lambda updates: updates[2].update({"target-branch": "main"}),
        lambda updates: updates[2].update(schedule={"interval": "daily"}),
        lambda updates: updates[2].update(schedule={"interval": "cron", "cronjob": "30 4 * * 1,4"}),
        lambda updates: updates[2].update(schedule={**WEEKLY, "day": "sunday", "time": "23:59", "timezone": "Asia/Tokyo"}),
    ],
)  # fmt: skip
def test_other_ways_to_watch_everything_pass(subject: Subject, change: Callable[[Any], object]) -> None:
    assert failures(changed(subject, change)) == ()


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        *(({"interval": one}, dependabot.REASON_GAP) for one in ("monthly", "quarterly", "semiannually", "yearly")),
        ({"interval": "cron", "cronjob": "0 5 1,15 * *"}, dependabot.REASON_GAP),
        ({"interval": "cron", "cronjob": "0 5 31 2 *"}, dependabot.REASON_GAP),
        ({"interval": "cron", "cronjob": "every day at noon"}, dependabot.REASON_SCHEDULE),
    ],
)
def test_a_schedule_that_leaves_out_more_than_a_week(subject: Subject, schedule: dict[str, str], reason: str) -> None:
    assert reasons(changed(subject, lambda updates: updates[1].update(schedule=schedule))) == (reason,)


def test_an_entry_of_a_group_runs_as_the_group_does(subject: Subject) -> None:
    document = yaml.safe_load((subject.root / FILE).read_text(encoding="utf-8"))
    for entry in document["updates"]:
        del entry["schedule"]
        entry |= {"multi-ecosystem-group": "all", "patterns": ["*"]}
    for schedule, expected in ((WEEKLY, set()), ({"interval": "monthly"}, {dependabot.REASON_GAP})):
        document["multi-ecosystem-groups"] = {"all": {"schedule": schedule}}
        (subject.root / FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
        assert set(reasons(subject)) == expected
    document["multi-ecosystem-groups"] = {"other": {"schedule": WEEKLY}}
    (subject.root / FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    assert set(reasons(subject)) == {dependabot.REASON_INVALID}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "None is not of type 'object'"),
        (b"version: 2\nupdates: []\n", "has no entry"),
        (b"version: 1\nupdates: []\n", "version: 2 was expected"),
        (b"version: 2\nupdates:\n- package-ecosystem: uv\n  directory: /\n  schedule: {interval: wekly}\n", "'wekly', which"),
        (b"version: 2\nupdates:\n- package-ecosystem: uv\n  schedule: {interval: weekly}\n", "'directories' is a required property, or 'directory' is"),
        (b"version: 2\nupdates:\n" + 2 * b"- {package-ecosystem: uv, directory: /, schedule: {interval: weekly}}\n", "as updates[0] does"),
        (b"version: 2\nupdates: &x [*x]\n", "stands inside of what it names"),
        (b"version: 2\nversion: 2\n", "names 'version' twice"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"#" * 1_000_001, "is larger than 1 MB"),
        (b"[" * 100_000, "levels deep"),
        (b"version: 2\n1: 2\nupdates: []\n", "Additional properties"),
    ],
)  # fmt: skip
def test_a_file_that_dependabot_refuses_is_invalid_in_one_sentence(subject: Subject, text: bytes, said: str) -> None:
    (subject.root / FILE).write_bytes(text)
    found = failures(subject)
    assert {one.reason for one in found} == {dependabot.REASON_INVALID}
    assert any(said in one.message for one in found), found
    assert all(len(one.message) < 300 for one in found)


def test_links_in_a_circle_are_a_finding(subject: Subject) -> None:
    (subject.root / FILE).unlink()
    (subject.root / FILE).symlink_to("dependabot.yml")
    assert reasons(subject) == (dependabot.REASON_INVALID,)


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["/", "*", "uv", "weekly", "cron", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "package-ecosystem", "directory", "directories", "schedule", "interval", "cronjob", "ignore", "allow", "versions",
        "update-types", "dependency-name", "exclude-paths", "multi-ecosystem-group",
    ]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(updates=st.lists(values, max_size=3), groups=values)
def test_any_document_is_a_verdict(subject: Subject, updates: list[Any], groups: Any) -> None:
    document = {"version": 2, "updates": updates, "multi-ecosystem-groups": groups}
    (subject.root / FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    assert reasons(subject) != ()


@check_body.each(FAULTS)
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)
    assert reasons(subject) == ()


@check_body.each(FAULTS)
@pytest.mark.parametrize("text", [None, "[", "version: 2\nupdates: [1]\n"])
def test_a_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], text: str | None
) -> None:
    copy = check_body.copy_of_nothing(tmp_path, FILE, text)
    plant(copy)
    assert spec.expects in reasons(copy)


def test_each_checklist_item_has_its_fault() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "1.1.2": dependabot.REASON_NOT_COVERED,
        "1.1.4": dependabot.REASON_GAP,
    }

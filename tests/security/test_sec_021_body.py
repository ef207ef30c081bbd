"""SEC-021 as a whole: what it accepts, what it refuses and why, and its planted faults."""

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
from pytest_tradeops.security import codeql
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_021 as sec_021

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_021), "SEC-021")
CONFIG = ".github/codeql/config.yml"


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A subject with two strategies, a test, and the workflow that `tradeops init` writes."""
    root = tmp_path / "subject"
    for name in ("strategies/trend.py", "strategies/deep/mean.py", "tests/test_trend.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("X = 1\n", encoding="utf-8")
    (root / codeql.FILE).parent.mkdir(parents=True)
    (root / codeql.FILE).write_text(codeql.starter("main"), encoding="utf-8")
    return open_subject(root, load_settings(root))


def failures(subject: Subject) -> tuple[Finding, ...]:
    return check_body.failures(sec_021.test_sec_021, subject)


def reasons(subject: Subject) -> set[str]:
    return {finding.reason for finding in failures(subject)}


def changed(subject: Subject, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Subject:
    """The subject after a change of its workflow, and of the job in it; steps are checkout, init, analyze."""
    document = yaml.safe_load((subject.root / codeql.FILE).read_text(encoding="utf-8"))
    document["on"] = document.pop(True)
    change(document, document["jobs"]["analyse"])
    (subject.root / codeql.FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    return subject


def with_config(job: dict[str, Any], **config: Any) -> None:
    job["steps"][1]["with"]["config"] = yaml.safe_dump({name.replace("_", "-"): one for name, one in config.items()})


def test_what_init_writes_passes_with_everything_counted(subject: Subject) -> None:
    evidence = Evidence()
    sec_021.test_sec_021(subject, evidence)
    facts = evidence.record(Redactor()).facts
    assert facts["analysed"] == ["actions", "python"]
    assert (facts["python files"], facts["python files read"], facts["files of strategies"]) == (3, 3, 2)
    assert facts["runs on"] == ["pull_request", "push", "schedule"]
    assert facts["longest gap in days"] == 7.0


def test_this_repositorys_own_is_what_init_writes() -> None:
    assert (REPOSITORY / codeql.FILE).read_text(encoding="utf-8") == codeql.starter("main")
    assert failures(open_subject(REPOSITORY, load_settings(REPOSITORY))) == ()


def test_no_workflow_names_the_command(subject: Subject) -> None:
    (subject.root / codeql.FILE).unlink()
    (finding,) = failures(subject)
    assert (finding.reason, finding.remedy) == (codeql.REASON_MISSING, "Run `tradeops init codeql`.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole, job: job["steps"][2].update({"if": False}), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"][1].update({"if": "${{ false }}"}), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"][2].update({"if": "failure()"}), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job.update({"if": "github.event_name == 'never'"}), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"].pop(2), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"].pop(1), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"].reverse(), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"][2]["with"].update(upload="never"), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"][2]["with"].update({"skip-queries": "true"}), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["strategy"]["matrix"].update(exclude=[{"language": one} for one in ("python", "actions")]), codeql.REASON_UNREACHABLE),
        (lambda whole, job: (job.update(needs=["first"]), whole["jobs"].update(first={"runs-on": "x", "if": False, "steps": [{"run": "ls"}]})), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job.update(needs=["analyse"]), codeql.REASON_UNREACHABLE),
        (lambda whole, job: job["steps"][0].update(uses="actions/checkout@v4"), codeql.REASON_UNPINNED),
        (lambda whole, job: job["steps"][1].update(uses="github/codeql-action/init@main"), codeql.REASON_UNPINNED),
        (lambda whole, job: job["permissions"].update(contents="write"), codeql.REASON_PERMISSIONS),
        (lambda whole, job: job.update(permissions="write-all"), codeql.REASON_PERMISSIONS),
        (lambda whole, job: (whole.pop("permissions"), job.pop("permissions")), codeql.REASON_PERMISSIONS),
        (lambda whole, job: whole["jobs"].update(other={"runs-on": "x", "permissions": {"security-events": "write"}, "steps": [{"run": "ls"}]}), codeql.REASON_PERMISSIONS),
        (lambda whole, job: job.update(permissions={"contents": "read"}), codeql.REASON_CANNOT_UPLOAD),
        (lambda whole, job: job["permissions"].pop("contents"), codeql.REASON_CANNOT_UPLOAD),
        (lambda whole, job: job["strategy"]["matrix"].update(language=["actions"]), codeql.REASON_NO_PYTHON),
        (lambda whole, job: job["strategy"].update(matrix="${{ fromJSON(needs.x.outputs.y) }}"), codeql.REASON_NO_PYTHON),
        (lambda whole, job: job["strategy"]["matrix"].update(language=["python", "go"]), codeql.REASON_EMPTY),
        (lambda whole, job: with_config(job, paths_ignore=["strategies"]), codeql.REASON_EXCLUDED),
        (lambda whole, job: with_config(job, paths_ignore=["strategies/deep/**"]), codeql.REASON_EXCLUDED),
        (lambda whole, job: with_config(job, paths_ignore=["**/*.py"]), codeql.REASON_EXCLUDED),
        (lambda whole, job: with_config(job, paths=["tests"]), codeql.REASON_EXCLUDED),
        (lambda whole, job: job["steps"][1]["with"].update({"config-file": CONFIG}), codeql.REASON_UNREADABLE),
        (lambda whole, job: job["steps"][1]["with"].update({"config-file": "other/repository/config.yml@main"}), codeql.REASON_UNREADABLE),
        (lambda whole, job: job["steps"][1]["with"].update(config="paths: ["), codeql.REASON_UNREADABLE),
        (lambda whole, job: job["steps"][1]["with"].update(config="${{ env.CONFIG }}"), codeql.REASON_UNREADABLE),
        (lambda whole, job: whole["on"].pop("pull_request"), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: whole["on"].update(pull_request={"branches": ["develop"]}), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: whole["on"].update(pull_request={"paths": ["docs/**"]}), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: whole["on"].update(pull_request={"paths-ignore": ["strategies/deep/*"]}), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: whole["on"].update(pull_request={"types": ["closed"]}), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: job.update({"if": "github.event_name != 'pull_request'"}), codeql.REASON_NO_PULL_REQUEST),
        (lambda whole, job: whole["on"].pop("schedule"), codeql.REASON_NO_WEEK),
        (lambda whole, job: whole["on"].update(schedule=[{"cron": "0 4 1,15 * *"}]), codeql.REASON_NO_WEEK),
        (lambda whole, job: whole["on"].update(schedule=[{"cron": "0 4 * 1 *"}]), codeql.REASON_NO_WEEK),
        (lambda whole, job: job["steps"][2].update({"if": "github.event_name != 'schedule'"}), codeql.REASON_NO_WEEK),
        (lambda whole, job: whole["jobs"].clear(), codeql.REASON_INVALID),
        (lambda whole, job: job.pop("runs-on"), codeql.REASON_INVALID),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(subject: Subject, change: Callable[[Any, Any], object], reason: str) -> None:
    found = failures(changed(subject, change))
    assert {one.reason for one in found} == {reason}, found
    assert all(one.where and one.remedy and len(one.message) < 300 for one in found)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole, job: (job.pop("strategy"), job["steps"][1]["with"].update(languages="python")),
        lambda whole, job: (job.pop("strategy"), job["steps"][1]["with"].pop("languages")),
        lambda whole, job: job["strategy"].update(matrix={"include": [{"language": "python"}, {"language": "actions"}]}),
        lambda whole, job: with_config(job, paths_ignore=["tests", "**/generated/**"]),
        lambda whole, job: with_config(job, paths=["strategies/**"]),
        lambda whole, job: whole["on"].update(pull_request=None),
        lambda whole, job: whole["on"].update(pull_request={"branches": ["**"], "paths": ["**.py", "!docs/**"]}),
        lambda whole, job: whole["on"].update(schedule=[{"cron": "0 4 1-15 * *"}, {"cron": "0 4 */3 * *"}]),
        lambda whole, job: job.update({"if": "github.actor != 'dependabot[bot]'"}),
        lambda whole, job: (job.update(needs="first"), whole["jobs"].update(first={"runs-on": "x", "steps": [{"run": "ls"}]})),
        lambda whole, job: (job.update({"needs": "first", "if": "always()"}), whole["jobs"].update(first={"runs-on": "x", "if": False, "steps": [{"run": "ls"}]})),
        lambda whole, job: job["steps"].append({"uses": "./.github/actions/mine"}),
        lambda whole, job: whole["on"].pop("push"),
    ],
)  # fmt: skip
def test_other_ways_to_do_it_pass(subject: Subject, change: Callable[[Any, Any], object]) -> None:
    assert failures(changed(subject, change)) == ()


def test_a_configuration_in_a_file_is_read(subject: Subject) -> None:
    changed(subject, lambda whole, job: job["steps"][1]["with"].update({"config-file": f"./{CONFIG}"}))
    (subject.root / CONFIG).parent.mkdir()
    for text, expected in (
        ("paths-ignore: [tests]\n", set()),
        ("paths-ignore: ['strategies/**']\n", {codeql.REASON_EXCLUDED}),
        ("- 1\n", {codeql.REASON_UNREADABLE}),
        ("paths: &x [*x]\n", {codeql.REASON_UNREADABLE}),
    ):
        (subject.root / CONFIG).write_text(text, encoding="utf-8")
        assert reasons(subject) == expected
    (subject.root / CONFIG).unlink()
    (subject.root / CONFIG).symlink_to("config.yml")
    assert reasons(subject) == {codeql.REASON_UNREADABLE}


def test_without_python_nothing_was_examined(subject: Subject) -> None:
    for path in subject.root.rglob("*.py"):
        path.unlink()
    assert codeql.REASON_EXCLUDED in reasons(subject)


@pytest.mark.parametrize(
    "text", [b"", b"[", b"\xff\xfe", b"#" * 1_000_001, b"on: push\n", b"[" * 100_000, b"a: &a [*a]"]
)
def test_a_file_that_github_refuses_is_invalid(subject: Subject, text: bytes) -> None:
    (subject.root / codeql.FILE).write_bytes(text)
    assert reasons(subject) == {codeql.REASON_INVALID}


def test_two_workflows_may_share_the_work(subject: Subject) -> None:
    changed(subject, lambda whole, job: whole["on"].pop("schedule"))
    weekly = yaml.safe_load((subject.root / codeql.FILE).read_text(encoding="utf-8"))
    weekly["on"] = {"schedule": [{"cron": "0 4 * * 1"}]}
    (subject.root / codeql.FILE).with_name("weekly.yaml").write_text(yaml.safe_dump(weekly), encoding="utf-8")
    assert failures(subject) == ()


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["main", "**", "python", "0 4 * * 1", "${{ x }}", "analyse"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "branches", "paths", "cron", "language", "include", "exclude", "matrix", "if", "needs", "with", "languages", "config",
    ]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    place=st.sampled_from(["on", "pull_request", "strategy", "matrix", "if", "needs", "with", "permissions"]),
    value=values,
)
def test_any_value_anywhere_is_a_verdict(subject: Subject, place: str, value: Any) -> None:
    (subject.root / codeql.FILE).write_text(codeql.starter("main"), encoding="utf-8")

    def change(whole: dict[str, Any], job: dict[str, Any]) -> None:
        homes = {"on": whole, "pull_request": whole["on"], "matrix": job["strategy"], "with": job["steps"][1]}
        homes.get(place, job)[place] = value

    failures(changed(subject, change))


@check_body.each(FAULTS)
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert reasons(copy) == {spec.expects}
    assert failures(subject) == ()


@check_body.each(FAULTS)
@pytest.mark.parametrize("text", [None, "[", "on: push\njobs: {a: {steps: [1]}}\n"])
def test_a_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], text: str | None
) -> None:
    copy = check_body.copy_of_nothing(tmp_path, codeql.FILE, text)
    plant(copy)
    assert spec.expects in reasons(copy)


def test_each_checklist_item_has_its_fault() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "7.1.1": codeql.REASON_UNREACHABLE,
        "7.1.2": codeql.REASON_EXCLUDED,
        "7.1.3": codeql.REASON_NO_WEEK,
    }

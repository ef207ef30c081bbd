"""SEC-026 as a whole: every way past the gate has a name, and every honest way to wait for it passes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import promotion
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_026 as sec_026

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_026), "SEC-026")
PLACE = ".github/workflows"
MISSING, INVALID = {promotion.REASON_MISSING}, {promotion.REASON_INVALID}
WITHOUT, ALTHOUGH = {promotion.REASON_WITHOUT}, {promotion.REASON_ALTHOUGH}
COMMIT = {promotion.REASON_COMMIT}
CANNOT, SKIPPED = {promotion.REASON_CANNOT_BLOCK}, {promotion.REASON_SKIPPED}
ACTION = {
    "name": "x",
    "description": "x",
    "runs": {"using": "composite", "steps": [{"run": "tradeops verify", "shell": "bash"}]},
}

type Document = dict[str, Any]
type Change = Callable[[Document, Document, Document], object]


def job(**more: Any) -> Document:
    return {
        "runs-on": "ubuntu-24.04",
        "steps": [{"run": "ls"}],
        **{name.replace("_", "-"): one for name, one in more.items()},
    }


def honest() -> Document:
    """A workflow with the gate, a build behind it, and the deployment behind both."""
    return {
        "name": "main",
        "on": {"push": {"branches": ["main"]}, "pull_request": {}},
        "jobs": {
            "gate": job(steps=[{"uses": "actions/checkout@v7"}, {"run": "tradeops verify --profile staging"}]),
            "build": job(needs="gate"),
            "deploy": job(needs=["gate", "build"], environment="staging"),
        },
    }


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    (root / PLACE).mkdir(parents=True)
    write(root, "main", honest())
    return open_subject(root, load_settings(root))


def write(root: Path, name: str, document: Document) -> None:
    (root / PLACE / f"{name}.yml").write_text(yaml.safe_dump(document), encoding="utf-8")


def verdict(subject: Subject) -> set[str]:
    """The reasons; `unseen` alone if it is inconclusive, nothing if it passes."""
    try:
        found = check_body.failures(sec_026.test_sec_026, subject)
    except Inconclusive:
        return {"unseen"}
    assert all(one.where and one.remedy and len(one.message) < 400 for one in found)
    return {one.reason for one in found}


def changed(subject: Subject, change: Change) -> set[str]:
    document = honest()
    change(document, document["jobs"]["gate"], document["jobs"]["deploy"])
    write(subject.root, "main", document)
    return verdict(subject)


def called(subject: Subject, callee: Document, caller: Document, file: str = "deploy") -> set[str]:
    write(subject.root, file, {"on": {"workflow_call": {}}, "jobs": callee})
    write(subject.root, "main", {"on": "push", "jobs": caller})
    return verdict(subject)


def test_an_honest_workflow_passes_with_everything_counted(subject: Subject) -> None:
    evidence = Evidence()
    sec_026.test_sec_026(subject, evidence)
    record = evidence.record(Redactor())
    assert record.total == 1
    assert record.facts["deploying"] == [f"{PLACE}/main.yml: deploy -> staging"]
    assert record.facts["gates"] == [f"{PLACE}/main.yml: gate"]


def test_what_init_writes_passes(tmp_path: Path) -> None:
    assert main(["init", "ci", "--subject", str(tmp_path)]) == 0
    assert verdict(open_subject(tmp_path, load_settings(tmp_path))) == set()


def test_this_repositorys_own_passes() -> None:
    own = open_subject(REPOSITORY, load_settings(REPOSITORY))
    evidence = Evidence()
    sec_026.test_sec_026(own, evidence)
    assert evidence.record(Redactor()).facts["environments"] == ["staging", "pypi"]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda whole, gate, deploy: deploy.pop("needs"), WITHOUT),
        (lambda whole, gate, deploy: (deploy.update(needs="build"), whole["jobs"]["build"].pop("needs")), WITHOUT),
        (lambda whole, gate, deploy: gate.update(steps=[{"run": "tradeops list"}]), WITHOUT),
        (lambda whole, gate, deploy: gate.update(steps=[{"run": "echo tradeops verify"}]), WITHOUT),
        (lambda whole, gate, deploy: gate.update(steps=[{"uses": "./none"}]), WITHOUT),
        (lambda whole, gate, deploy: (deploy.pop("needs"), deploy.update(steps=[{"run": "tradeops verify"}, {"run": "ls"}])), WITHOUT),
        (lambda whole, gate, deploy: (deploy.pop("needs"), deploy.update({"if": "failure()"})), WITHOUT),
        (lambda whole, gate, deploy: (deploy.update({"needs": "build", "if": "failure()"}), whole["jobs"]["build"].pop("needs")), WITHOUT),
        (lambda whole, gate, deploy: (deploy.pop("needs"), deploy.update({"if": "startsWith(github.ref, 'refs/tags/')"})), WITHOUT),
        (lambda whole, gate, deploy: (deploy.pop("needs"), deploy.update(environment={"name": "Staging", "url": "https://x"})), WITHOUT),
        (lambda whole, gate, deploy: gate["steps"][1].update({"continue-on-error": True}), CANNOT),
        (lambda whole, gate, deploy: gate["steps"][1].update({"continue-on-error": "${{ github.event_name == 'push' }}"}), CANNOT),
        (lambda whole, gate, deploy: gate.update({"continue-on-error": True}), CANNOT),
        (lambda whole, gate, deploy: gate["steps"][1].update(run="tradeops verify || true"), CANNOT),
        (lambda whole, gate, deploy: gate["steps"][1].update(run="tradeops verify | tee x"), CANNOT),
        (lambda whole, gate, deploy: gate["steps"][1].update({"run": "tradeops verify\nls", "shell": "bash {0}"}), CANNOT),
        (lambda whole, gate, deploy: (whole.update(defaults={"run": {"shell": "bash {0}"}}), gate["steps"][1].update(run="tradeops verify\nls")), CANNOT),
        (lambda whole, gate, deploy: (gate.update(defaults={"run": {"shell": "sh {0}"}}), gate["steps"][1].update(run="tradeops verify\nls")), CANNOT),
        (lambda whole, gate, deploy: gate.update({"runs-on": "windows-2025", "steps": [{"run": "tradeops verify\nls"}]}), CANNOT),
        (lambda whole, gate, deploy: gate["steps"][1].update({"if": "github.event_name == 'push'"}), SKIPPED),
        (lambda whole, gate, deploy: gate["steps"][1].update({"if": "failure()"}), SKIPPED),
        (lambda whole, gate, deploy: gate["steps"][1].update({"if": False}), SKIPPED),
        (lambda whole, gate, deploy: gate["steps"][1].update(run="[ -n \"$X\" ] && exit 0\ntradeops verify"), SKIPPED),
        (lambda whole, gate, deploy: deploy.update({"if": "always()"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "${{ !cancelled() }}"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "ALWAYS()"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "!failure()"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "success() || failure()"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "cancelled()"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "always() && needs.gate.result != 'failure'"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "always() && needs.gate.outputs.verdict == 'PROMOTE'"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "always() && needs.build.result == 'skipped'"}), ALTHOUGH),
        (lambda whole, gate, deploy: deploy.update({"if": "always() && github.ref == 'refs/heads/main'"}), ALTHOUGH),
        (lambda whole, gate, deploy: (deploy.update(needs="build"), whole["jobs"]["build"].update({"if": "always()"})), ALTHOUGH),
        (lambda whole, gate, deploy: gate["steps"][0].update({"with": {"ref": "stable"}}), COMMIT),
        (lambda whole, gate, deploy: deploy["steps"].append({"uses": "actions/checkout@v7", "with": {"ref": "${{ inputs.ref }}"}}), COMMIT),
        (lambda whole, gate, deploy: deploy.pop("environment"), MISSING),
        (lambda whole, gate, deploy: deploy.update(environment="production"), MISSING),
        (lambda whole, gate, deploy: deploy.pop("runs-on"), INVALID),
    ],
)  # fmt: skip
def test_each_way_past_the_gate_is_named(subject: Subject, change: Change, reasons: set[str]) -> None:
    assert changed(subject, change) == reasons


@pytest.mark.parametrize(
    "change",
    [
        lambda whole, gate, deploy: deploy.update(needs="build"),
        lambda whole, gate, deploy: deploy.update(needs="gate"),
        lambda whole, gate, deploy: deploy.update({"if": "github.event_name == 'push' && github.ref == 'refs/heads/main'"}),
        lambda whole, gate, deploy: deploy.update({"if": "success()"}),
        lambda whole, gate, deploy: deploy.update({"if": "always() && needs.gate.result == 'success'"}),
        lambda whole, gate, deploy: deploy.update({"if": "${{ !cancelled() && needs.gate.result == 'success' && true }}"}),
        lambda whole, gate, deploy: gate.update({"if": "github.event_name == 'push'"}),
        lambda whole, gate, deploy: gate.update({"continue-on-error": False}),
        lambda whole, gate, deploy: gate["steps"][1].update({"if": "always()", "continue-on-error": False}),
        lambda whole, gate, deploy: gate["steps"][1].update({"if": "success()"}),
        lambda whole, gate, deploy: gate["steps"].append({"run": "cat summary || true", "if": "always()"}),
        lambda whole, gate, deploy: gate.update(steps=[{"run": "pytest -m verification --tradeops-gate staging"}]),
        lambda whole, gate, deploy: gate.update(steps=[{"run": "tradeops verify | tee x", "shell": "bash"}]),
        lambda whole, gate, deploy: gate.update(steps=[{"uses": f"acme/pytest-tradeops@{'0' * 40}"}]),
        lambda whole, gate, deploy: gate.update({"runs-on": "windows-2025", "steps": [{"run": "tradeops verify"}]}),
        lambda whole, gate, deploy: deploy.update({"environment": "${{ matrix.to }}", "strategy": {"matrix": {"to": ["staging", "demo"]}}}),
        lambda whole, gate, deploy: whole["jobs"].update(other=job(environment="production")),
        lambda whole, gate, deploy: whole["jobs"].update(loop=job(needs="loop"), gone=job(needs="gone2")),
        lambda whole, gate, deploy: whole.update(on="workflow_dispatch"),
        lambda whole, gate, deploy: gate["steps"][0].update({"with": {"ref": "${{ github.sha }}", "fetch-depth": 0}}),
        lambda whole, gate, deploy: deploy["steps"].append({"uses": "actions/checkout@v7", "with": {"repository": "acme/infra", "ref": "x"}}),
        lambda whole, gate, deploy: [one["steps"].insert(0, {"uses": "actions/checkout@v7", "with": {"ref": "${{ inputs.ref }}"}}) for one in (gate, deploy)],
        lambda whole, gate, deploy: whole["jobs"].update(computed=job(environment="${{ inputs.to }}", needs="gate")),
    ],
)  # fmt: skip
def test_honest_ways_to_wait_pass(subject: Subject, change: Change) -> None:
    assert changed(subject, change) == set()


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda whole, gate, deploy: deploy.update(environment="${{ 'staging' }}"), set()),
        (lambda whole, gate, deploy: deploy.update(environment="${{ inputs.to || 'staging' }}"), set()),
        (lambda whole, gate, deploy: (deploy.pop("needs"), deploy.update(environment="${{ inputs.to || 'Staging' }}")), WITHOUT),
        (lambda whole, gate, deploy: deploy.update(environment="${{ inputs.to }}"), {"unseen"}),
        (lambda whole, gate, deploy: whole["jobs"].update(x=job(environment="${{ matrix.a.b }}", strategy={"matrix": {"a": [{"b": "staging"}]}})), {"unseen"}),
        (lambda whole, gate, deploy: whole["jobs"].update(x=job(environment="${{ matrix.a }}", strategy={"matrix": "${{ fromJSON('{}') }}"})), {"unseen"}),
        (lambda whole, gate, deploy: deploy.update({"if": "github.event.head_commit.message != 'always()'"}), set()),
        (lambda whole, gate, deploy: deploy.update({"if": "always() && needs['gate'].result == 'success'"}), set()),
        (lambda whole, gate, deploy: gate["steps"][0].update({"with": {"repository": "acme/other"}}), COMMIT),
        (lambda whole, gate, deploy: gate["steps"][0].update({"with": {"repository": "${{ github.repository }}"}}), set()),
        (lambda whole, gate, deploy: deploy["steps"].append({"uses": "actions/checkout@v7", "with": {"ref": "${{ github.ref_name }}"}}), COMMIT),
        (lambda whole, gate, deploy: [one["steps"].insert(0, {"uses": "actions/checkout@v7", "with": {"ref": "${{ github.ref }}"}}) for one in (gate, deploy)], COMMIT),
        (lambda whole, gate, deploy: (whole.update(on={"push": {"tags": ["v*"]}}), deploy["steps"].append({"uses": "actions/checkout@v7", "with": {"ref": "${{ github.ref }}"}})), set()),
        (lambda whole, gate, deploy: gate["steps"][1].update({"shell": "cat {0}"}), {"unseen"}),
        (lambda whole, gate, deploy: gate["steps"][1].update(env={"BASH_ENV": "off.sh"}), {"unseen"}),
        (lambda whole, gate, deploy: whole.update(env={"MAKEFLAGS": "-i"}), {"unseen"}),
        (lambda whole, gate, deploy: whole.update(env={"MAKEFLAGS": "-j4", "PYTEST_ADDOPTS": "-q -n auto"}), set()),
        (lambda whole, gate, deploy: (deploy.pop("needs"), gate["steps"][1].update({"shell": "cat {0}"})), WITHOUT),
        (lambda whole, gate, deploy: gate.update({"runs-on": "${{ matrix.os }}", "strategy": {"matrix": {"os": ["windows-2025"]}}, "steps": [{"run": "tradeops verify\nls"}]}), CANNOT),
        (lambda whole, gate, deploy: gate.update({"runs-on": "${{ matrix.os }}", "strategy": {"matrix": {"os": ["windows-2025", "ubuntu-24.04"]}}, "steps": [{"run": "tradeops verify\nls"}]}), set()),
        (lambda whole, gate, deploy: gate.update(defaults={"run": {"working-directory": "bot"}}, steps=[{"run": "./verify.sh"}]), WITHOUT),
    ],
)  # fmt: skip
def test_what_is_less_plain_is_followed_or_left_open(subject: Subject, change: Change, reasons: set[str]) -> None:
    (subject.root / "verify.sh").write_text("#!/bin/sh -e\ntradeops verify\n", encoding="utf-8")
    assert changed(subject, change) == reasons


def test_a_program_of_the_tree_by_the_gates_name_leaves_it_open_where_path_is_changed(subject: Subject) -> None:
    (subject.root / "tools").mkdir()
    (subject.root / "tools" / "tradeops").write_text("#!/bin/sh\n", encoding="utf-8")
    assert verdict(subject) == set()
    run = 'echo "$PWD/tools" >> "$GITHUB_PATH"'
    assert changed(subject, lambda whole, gate, deploy: gate["steps"].insert(0, {"run": run})) == {"unseen"}


def test_an_environment_that_is_computed_past_the_gate_is_inconclusive(subject: Subject) -> None:
    assert changed(
        subject, lambda whole, gate, deploy: whole["jobs"].update(x=job(environment="${{ inputs.to }}"))
    ) == {"unseen"}


@pytest.mark.parametrize(
    ("files", "reasons"),
    [
        ({"Makefile": "verify:\n\ttradeops verify\n", ".ci/run": "#!/bin/sh\nset -e\nmake verify\n"}, set()),
        ({"Makefile": "verify:\n\t-tradeops verify\n", ".ci/run": "#!/bin/sh\nset -e\nmake verify\n"}, CANNOT),
        ({"Makefile": "verify:\n\ttradeops verify\n", ".ci/run": "make verify\nls\n"}, CANNOT),
        ({"Makefile": "verify:\n\tpytest\n", ".ci/run": "make verify\n"}, WITHOUT),
        ({".ci/run": "#!/bin/sh\n.ci/run\n"}, WITHOUT),
        ({}, WITHOUT),
    ],
)  # fmt: skip
def test_make_and_scripts_are_followed(subject: Subject, files: dict[str, str], reasons: set[str]) -> None:
    for name, text in files.items():
        (subject.root / name).parent.mkdir(exist_ok=True)
        (subject.root / name).write_text(text, encoding="utf-8")
    assert changed(subject, lambda whole, gate, deploy: gate.update(steps=[{"run": ".ci/run"}])) == reasons


@pytest.mark.parametrize("uses", ["./.github/actions/gate", "./", "$/", "$/.github/actions/gate"])
def test_local_actions_are_followed(subject: Subject, uses: str) -> None:
    place = subject.root / uses[2:] / "action.yml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(yaml.safe_dump(ACTION), encoding="utf-8")
    use: Change = lambda whole, gate, deploy: gate.update(steps=[{"uses": uses}])  # noqa: E731
    assert changed(subject, use) == set()
    place.write_text(yaml.safe_dump(ACTION).replace("tradeops verify", "tradeops verify || true"), encoding="utf-8")
    assert changed(subject, use) == CANNOT
    place.write_text("[", encoding="utf-8")
    assert changed(subject, use) == WITHOUT


GATE = {"gate": job(steps=[{"run": "tradeops verify"}])}
DEPLOY = {"deploy": job(environment="staging")}
CALL = {"uses": "./.github/workflows/deploy.yml"}


@pytest.mark.parametrize(
    ("callee", "caller", "reasons"),
    [
        (DEPLOY, {**GATE, "call": {**CALL, "needs": "gate"}}, set()),
        (DEPLOY, {**GATE, "call": CALL}, WITHOUT),
        (DEPLOY, {**GATE, "call": {**CALL, "needs": "gate", "if": "always()"}}, ALTHOUGH),
        (DEPLOY, {**GATE, "call": {**CALL, "needs": "gate"}, "again": CALL}, WITHOUT),
        ({**GATE, "deploy": job(environment="staging", needs="gate")}, {"call": CALL}, set()),
        ({**GATE, "deploy": job(environment="staging", **{"if": "github.event_name == 'push'"})}, {"call": CALL}, WITHOUT),
        (GATE, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, set()),
        ({"gate": job(steps=[{"run": "tradeops verify || true"}])}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, CANNOT),
        ({"gate": {**GATE["gate"], "if": "inputs.x"}}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, SKIPPED),
        ({"first": job(**{"if": "inputs.x"}), "gate": {**GATE["gate"], "needs": "first"}}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, SKIPPED),
        ({"x": job()}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, WITHOUT),
        ({"gate": job(steps=[{"uses": "actions/checkout@v7", "with": {"ref": "x"}}, {"run": "tradeops verify"}])}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, COMMIT),
        ({"x": CALL}, {"gate": CALL, "deploy": job(environment="staging", needs="gate")}, WITHOUT),
        (DEPLOY, {"x": job()}, {"unseen"}),
        ({"gate": job(steps=[{"run": "tradeops verify || true"}]), "deploy": job(environment="staging", needs="gate")}, {"x": job()}, CANNOT),
        ({"x": job()}, {"gate": {"uses": "a/b/.github/workflows/gate.yml@main"}, "deploy": job(environment="staging", needs="gate")}, {"unseen"}),
        ({"x": job()}, {"gate": {"uses": "a/b/.github/workflows/gate.yml@main"}, "deploy": job(environment="staging")}, WITHOUT),
        ({**DEPLOY, "x": CALL}, {"x": job()}, {"unseen"}),
    ],
)  # fmt: skip
def test_reusable_workflows_are_followed(
    subject: Subject, callee: Document, caller: Document, reasons: set[str]
) -> None:
    assert called(subject, callee, caller) == reasons


ASKED = "github.event.workflow_run.conclusion == 'success'"


@pytest.mark.parametrize(
    ("source", "titles", "condition", "reasons"),
    [
        (GATE, ["main"], ASKED, set()),
        (GATE, "main", ASKED, set()),
        (GATE, ["main"], "github.event.workflow_run.conclusion != 'failure'", ALTHOUGH),
        (GATE, ["main"], True, ALTHOUGH),
        ({"x": job()}, ["main"], ASKED, WITHOUT),
        ({"gate": {**GATE["gate"], "if": "github.ref == 'x'"}}, ["main"], ASKED, SKIPPED),
        ({"gate": {**GATE["gate"], "continue-on-error": True}}, ["main"], ASKED, CANNOT),
        (GATE, ["main", "other"], ASKED, {"unseen"}),
    ],
)  # fmt: skip
def test_runs_that_start_others_are_followed(
    subject: Subject, source: Document, titles: Any, condition: Any, reasons: set[str]
) -> None:
    write(subject.root, "main", {"name": "main", "on": "push", "jobs": source})
    on = {"workflow_run": {"workflows": titles, "types": ["completed"]}}
    write(subject.root, "deploy", {"on": on, "jobs": {"deploy": job(environment="staging", **{"if": condition})}})
    assert verdict(subject) == reasons


EVERY_OTHER = (
    '!contains(fromJSON(\'["failure", "cancelled", "skipped", "timed_out", "action_required", "neutral", "stale"]\'), '
    "github.event.workflow_run.conclusion)"
)


@pytest.mark.parametrize(
    ("condition", "ref", "reasons"),
    [
        (ASKED, None, COMMIT),
        (ASKED, "${{ github.sha }}", COMMIT),
        (ASKED, "${{ github.event.workflow_run.head_sha }}", set()),
        (ASKED, "${{ github.event.workflow_run.head_sha || github.sha }}", set()),
        (EVERY_OTHER, "${{ github.event.workflow_run.head_sha }}", ALTHOUGH),
    ],
)
def test_a_run_that_starts_another_hands_its_commit_over(
    subject: Subject, condition: str, ref: str | None, reasons: set[str]
) -> None:
    write(subject.root, "main", {"name": "main", "on": "push", "jobs": GATE})
    checkout: Document = {"uses": "actions/checkout@v7", **({"with": {"ref": ref}} if ref else {})}
    deploy = job(environment="staging", steps=[checkout, {"run": "ls"}], **{"if": condition})
    write(subject.root, "deploy", {"on": {"workflow_run": {"workflows": ["main"]}}, "jobs": {"deploy": deploy}})
    assert verdict(subject) == reasons


def test_a_second_trigger_of_such_a_workflow_is_a_way_of_its_own(subject: Subject) -> None:
    write(subject.root, "main", {"name": "main", "on": "push", "jobs": GATE})
    on = {"workflow_run": {"workflows": ["main"]}, "workflow_dispatch": {}}
    for condition, reasons in ((f"{ASKED} || github.event_name == 'workflow_dispatch'", WITHOUT), (ASKED, WITHOUT)):
        write(subject.root, "deploy", {"on": on, "jobs": {"deploy": job(environment="staging", **{"if": condition})}})
        assert verdict(subject) == reasons


@pytest.mark.parametrize(
    "text", [b"", b"[", b"\xff\xfe", b"#" * 1_000_001, b"on: push\n", b"[" * 100_000, b"a: &a [*a]"]
)
def test_a_broken_file_is_no_workflow_that_deploys(subject: Subject, text: bytes) -> None:
    (subject.root / PLACE / "main.yml").write_bytes(text)
    assert verdict(subject) in (MISSING, INVALID)


def test_without_workflows_the_sentence_names_the_command(tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    (finding,) = check_body.failures(sec_026.test_sec_026, open_subject(root, load_settings(root)))
    assert (finding.reason, finding.where) == (promotion.REASON_MISSING, promotion.FILE)
    assert "tradeops init ci" in finding.remedy


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["gate", "always()", "staging", "${{ x }}", "tradeops verify", "./", "./.github/workflows/main.yml"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["if", "needs", "uses", "run", "name", "matrix", "steps", "shell"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    place=st.sampled_from(["on", "jobs", "if", "needs", "environment", "steps", "uses", "strategy", "defaults", "continue-on-error"]),
    value=values,
)  # fmt: skip
def test_any_value_anywhere_is_a_verdict(subject: Subject, place: str, value: Any) -> None:
    def change(whole: Document, gate: Document, deploy: Document) -> None:
        if place in ("on", "jobs"):
            whole[place] = value
        else:
            gate[place] = deploy[place] = value

    changed(subject, change)


@check_body.each(FAULTS)
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert verdict(copy) == {spec.expects}
    assert verdict(subject) == set()


@check_body.each(FAULTS)
@pytest.mark.parametrize("text", [None, "[", "on: push\njobs: {a: {steps: [1]}}\n", "jobs: {a: 1}\n"])
def test_a_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], text: str | None
) -> None:
    copy = check_body.copy_of_nothing(tmp_path, promotion.FILE, text)
    plant(copy)
    assert spec.expects in verdict(copy)


@check_body.each(FAULTS)
def test_a_fault_is_planted_in_this_repository(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = open_subject(REPOSITORY, load_settings(REPOSITORY)).copy_to(tmp_path / "copy")
    plant(copy)
    assert verdict(copy) == {spec.expects}

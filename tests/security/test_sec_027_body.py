"""SEC-027 as a whole: what it accepts, what it refuses and why, which linters it believes, and its planted faults."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.cli import main
from pytest_tradeops.commands import inventory
from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.processes import Completed
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import linting
from pytest_tradeops.security.linting import linters
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_027 as sec_027

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_027), "SEC-027")
PLACE = ".github/workflows/main.yml"
COMMIT = "0" * 40
TITLE = 'echo "${{ github.event.pull_request.title }}"'
SCHEMA, ACTIONLINT, ZIZMOR = linting.REASON_SCHEMA, linting.REASON_ACTIONLINT, linting.REASON_ZIZMOR
UNPINNED, PERMISSIONS = linting.REASON_UNPINNED, linting.REASON_PERMISSIONS

type Document = dict[str, Any]


def clean() -> Document:
    steps: list[Document] = [{"uses": f"a/b@{COMMIT}", "with": {"persist-credentials": False}}, {"run": "ls"}]
    return {
        "on": {"pull_request": None, "push": {"branches": ["main"]}},
        "permissions": {},
        "jobs": {"test": {"runs-on": "ubuntu-24.04", "permissions": {"contents": "read"}, "steps": steps}},
    }


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    (root / PLACE).parent.mkdir(parents=True)
    (root / PLACE).write_text(yaml.safe_dump(clean()), encoding="utf-8")
    return open_subject(root, load_settings(root))


def reasons(subject: Subject) -> set[str]:
    found = check_body.failures(sec_027.test_sec_027, subject)
    assert all(one.where and one.remedy and len(one.message) < 500 for one in found)
    return {one.reason for one in found}


def changed(subject: Subject, change: Callable[[Document, Document], object]) -> set[str]:
    document = clean()
    change(document, document["jobs"]["test"])
    (subject.root / PLACE).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return reasons(subject)


def test_a_clean_workflow_passes_with_everything_counted(subject: Subject) -> None:
    evidence = Evidence()
    sec_027.test_sec_027(subject, evidence)
    record = evidence.record(Redactor())
    assert record.total == 1
    assert (record.facts["workflows"], record.facts["actions"]) == (1, 0)
    assert record.facts["zizmor"] != ""
    assert record.facts["may write"] == []


def test_this_repositorys_own_pass() -> None:
    evidence = Evidence()
    sec_027.test_sec_027(open_subject(REPOSITORY, load_settings(REPOSITORY)), evidence)
    facts = evidence.record(Redactor()).facts
    there = len(list((REPOSITORY / ".github" / "workflows").glob("*.yml")))
    assert there > 3
    assert (facts["workflows"], facts["actions"]) == (there, 1)
    assert facts["excused by a comment"] == []


def test_what_init_writes_passes(tmp_path: Path) -> None:
    assert main(["init", "ci", "codeql", "advisories", "--subject", str(tmp_path)]) == 0
    assert reasons(open_subject(tmp_path, load_settings(tmp_path))) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda whole, job: job["steps"][0].update(uses="actions/checkout@v7"), {UNPINNED}),
        (lambda whole, job: job["steps"][0].update(uses="a/b@main"), {UNPINNED}),
        (lambda whole, job: job["steps"][0].update(uses="a/b@0000000"), {UNPINNED}),
        (lambda whole, job: job["steps"][0].update(uses="docker://alpine:3.22"), {UNPINNED}),
        (lambda whole, job: whole["jobs"].update(call={"uses": "a/b/.github/workflows/c.yml@v1", "permissions": {}}), {UNPINNED}),
        (lambda whole, job: job["steps"].append({"run": TITLE}), {ZIZMOR, ACTIONLINT}),
        (lambda whole, job: whole["on"].update(pull_request_target=None), {ZIZMOR}),
        (lambda whole, job: job.update(runs_on=job.pop("runs-on")), {SCHEMA, ACTIONLINT}),
        (lambda whole, job: whole["on"]["push"].update(branch="x"), {SCHEMA, ACTIONLINT}),
        (lambda whole, job: job.update(needs="nobody"), {ACTIONLINT}),
        (lambda whole, job: job["steps"].append({"run": "echo ${{ steps.none.outputs.x }}"}), {ACTIONLINT}),
        (lambda whole, job: (whole.pop("permissions"), job.pop("permissions")), {PERMISSIONS}),
        (lambda whole, job: job.update(permissions="write-all"), {PERMISSIONS, ZIZMOR}),
        (lambda whole, job: (whole.update(permissions="write-all"), job.pop("permissions")), {PERMISSIONS}),
        (lambda whole, job: (whole.update(permissions={"contents": "write"}, jobs={"a": {k: v for k, v in job.items() if k != "permissions"}, "b": job})), {PERMISSIONS, ZIZMOR}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    subject: Subject, change: Callable[[Document, Document], object], expected: set[str]
) -> None:
    assert changed(subject, change) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda whole, job: job["steps"][0].update(uses=f"docker://alpine@sha256:{'0' * 64}"),
        lambda whole, job: job["steps"].append({"run": 'echo "$TITLE"', "env": {"TITLE": "${{ github.event.pull_request.title }}"}}),
        lambda whole, job: job.update(permissions={"contents": "write"}),
        lambda whole, job: whole.pop("permissions"),
        lambda whole, job: job.update({"runs-on": ["self-hosted", "our-own"]}),
        lambda whole, job: (whole.update(on={"workflow_call": None}), whole.pop("permissions")),
    ],
)  # fmt: skip
def test_what_is_right_passes(subject: Subject, change: Callable[[Document, Document], object]) -> None:
    assert changed(subject, change) == set()


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# zizmor: ignore[dangerous-triggers] nothing of the pull request is read", set()),
        ("# zizmor: ignore[dangerous-triggers]", {ZIZMOR}),
        ("# zizmor: ignore[dangerous-triggers] ok", {ZIZMOR}),
        ("# zizmor: ignore[template-injection] nothing of the pull request is read", {ZIZMOR}),
        ("", {ZIZMOR}),
    ],
)
def test_a_comment_excuses_only_with_a_reason(subject: Subject, comment: str, expected: set[str]) -> None:
    text = yaml.safe_dump({key: one for key, one in clean().items() if key != "on"})
    (subject.root / PLACE).write_text(f"on: pull_request_target {comment}\n{text}", encoding="utf-8")
    assert reasons(subject) == expected


def test_settings_of_the_subject_silence_nothing(subject: Subject) -> None:
    silencing = {"rules": {"dangerous-triggers": {"disable": True}}}
    (subject.root / ".github" / "zizmor.yml").write_text(yaml.safe_dump(silencing), encoding="utf-8")
    (subject.root / ".github" / "actionlint.yaml").write_text(
        yaml.safe_dump({"paths": {"**": {"ignore": [".*"]}}}), encoding="utf-8"
    )
    wrong = lambda whole, job: (whole["on"].update(pull_request_target=None), job.update(needs="nobody"))  # noqa: E731
    assert changed(subject, wrong) == {ZIZMOR, ACTIONLINT}


def test_actions_that_actions_use_are_read(subject: Subject) -> None:
    for name, uses in (("outer", "./tools/inner"), ("inner", "a/b@v1")):
        place = subject.root / "tools" / name / "action.yml"
        place.parent.mkdir(parents=True)
        runs = {"using": "composite", "steps": [{"uses": uses}]}
        place.write_text(yaml.safe_dump({"name": "x", "description": "x", "runs": runs}), encoding="utf-8")
    assert changed(subject, lambda whole, job: job["steps"].append({"uses": "./tools/outer"})) == {
        linting.REASON_UNPINNED
    }


@pytest.mark.parametrize(
    ("image", "pinned"),
    [("docker://alpine:3", False), (f"docker://alpine@sha256:{'0' * 64}", True), ("Dockerfile", True)],
)
def test_the_image_of_an_action_is_pinned_by_its_digest(subject: Subject, image: str, pinned: bool) -> None:
    action = {"name": "x", "description": "x", "runs": {"using": "docker", "image": image}}
    (subject.root / "action.yml").write_text(yaml.safe_dump(action), encoding="utf-8")
    assert reasons(subject) == (set() if pinned else {linting.REASON_UNPINNED})


@pytest.mark.parametrize("folder", ["", ".github/actions/mine", "tools/action"])
def test_actions_of_ones_own_are_read(subject: Subject, folder: str) -> None:
    place = subject.root / folder / "action.yml"
    place.parent.mkdir(parents=True, exist_ok=True)
    action: Document = {
        "name": "x",
        "description": "x",
        "runs": {"using": "composite", "steps": [{"run": TITLE, "shell": "bash"}]},
    }
    use: Callable[[Document, Document], object] = lambda whole, job: job["steps"].append({"uses": f"./{folder}"})  # noqa: E731
    place.write_text(yaml.safe_dump(action), encoding="utf-8")
    assert changed(subject, use) == {ZIZMOR}
    action["runs"]["steps"] = [{"uses": "a/b@v1"}]
    place.write_text(yaml.safe_dump(action), encoding="utf-8")
    assert changed(subject, use) == {UNPINNED}
    action["runs"] = {"using": "composite"}
    place.write_text(yaml.safe_dump(action), encoding="utf-8")
    assert changed(subject, use) == {SCHEMA}
    place.write_text("[", encoding="utf-8")
    assert changed(subject, use) == {SCHEMA}


@pytest.mark.parametrize(
    "text", [b"", b"[", b"\xff\xfe", b"#" * 1_000_001, b"on: push\n", b"[" * 100_000, b"a: &a [*a]"]
)
def test_a_file_that_github_refuses_is_named(subject: Subject, text: bytes) -> None:
    (subject.root / PLACE).write_bytes(text)
    assert SCHEMA in reasons(subject)


def test_without_workflows_the_sentence_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "action.yml").write_text("name: x\n", encoding="utf-8")
    (finding,) = check_body.failures(sec_027.test_sec_027, open_subject(tmp_path, load_settings(tmp_path)))
    assert (finding.reason, "tradeops init ci" in finding.remedy) == (linting.REASON_MISSING, True)


def program(place: Path, text: str) -> Path:
    place.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    place.chmod(0o755)
    return place


IMPOSTORS = {
    "it does not report it": "echo '[]'",
    "no JSON": "echo all is well",
    "no list": "echo '{}'",
    "report is no JSON": "head -c 100000 /dev/zero | tr '\\0' '['",
    "another form": "echo '[{}]'",
    "ended with 2": "echo '[]'; exit 2",
    "ended with -9": "kill -9 $$",
}


@pytest.mark.parametrize(("why", "text"), IMPOSTORS.items(), ids=list(IMPOSTORS))
@pytest.mark.parametrize("run", [linters.run_zizmor, linters.run_actionlint])
def test_an_impostor_or_a_broken_linter_is_inconclusive(
    tmp_path: Path, run: Callable[..., linters.Said], why: str, text: str
) -> None:
    with pytest.raises(Inconclusive, match=why):
        run({PLACE: yaml.safe_dump(clean())}, program(tmp_path / "linter", text))


@pytest.mark.parametrize("run", [linters.run_zizmor, linters.run_actionlint])
def test_a_linter_that_cannot_be_started_is_inconclusive(tmp_path: Path, run: Callable[..., linters.Said]) -> None:
    (tmp_path / "linter").write_bytes(b"\x7fELF")
    (tmp_path / "linter").chmod(0o755)
    with pytest.raises(Inconclusive, match="cannot be started"):
        run({PLACE: "on: push\n"}, tmp_path / "linter")


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-1, 9)
    | st.floats()
    | st.text(max_size=4)
    | st.just([])
    | st.just({})
    | st.just([[]])
)


def broken(inner: Any) -> st.SearchStrategy[Any]:
    """A value of a report, or one with something of another kind anywhere in it."""
    if isinstance(inner, dict):
        return st.one_of(ODD, st.fixed_dictionaries({}, optional={key: broken(one) for key, one in inner.items()}))
    if isinstance(inner, list):
        return st.one_of(ODD, st.tuples(*(broken(one) for one in inner)).map(list))
    return st.one_of(st.just(inner), st.just(inner), ODD)


PLACED = {
    "symbolic": {"key": {"Local": {"verbatim_path": "a"}}, "kind": "Primary", "annotation": "x"},
    "concrete": {"location": {"start_point": {"row": 1}}, "comments": ["# zizmor: ignore[x] for a reason"]},
}
REPORTED = {
    "ident": "x",
    "desc": "x",
    "determinations": {"severity": "High"},
    "locations": [PLACED, PLACED],
    "message": "x",
    "filepath": "a",
    "line": 1,
    "kind": "x",
}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=broken([REPORTED]))
def test_a_report_of_any_form_is_no_crash(monkeypatch: pytest.MonkeyPatch, document: Any) -> None:
    done = Completed(0, json.dumps(document), "")
    monkeypatch.setattr(linters.processes, "run", lambda *arguments, **more: done)
    for run in (linters.run_zizmor, linters.run_actionlint):
        with pytest.raises(Inconclusive):
            run({}, Path("/linter"))


@pytest.mark.parametrize("name", ["zizmor", "actionlint"])
def test_without_a_linter_the_extra_is_named(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setitem(linters.WHEELS, name, "no-such-distribution")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Inconclusive, match=f"{name} is not installed") as caught:
        reasons(subject)
    assert "pytest-tradeops[workflows]" in caught.value.remedy


@pytest.mark.parametrize("name", ["zizmor", "actionlint"])
def test_a_linter_that_leaves_a_file_out_is_inconclusive(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """The program on PATH drops the subject's file, and reads the planted one as it should."""
    real = linters.find(name)
    assert real is not None
    monkeypatch.setitem(linters.WHEELS, name, "no-such-distribution")
    keep = f'for one; do shift; [ "$one" = {PLACE} ] || set -- "$@" "$one"; done'
    program(tmp_path / name, f'{keep}\nexec {real} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Inconclusive, match=f"{name} did not read 1 of the files"):
        reasons(subject)


def test_the_doctor_knows_which_extra_carries_the_linters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inventory.lacking("actionlint", {}, sec_027.Grade.STATIC) == ""
    monkeypatch.setattr(inventory, "version", lambda name: "")
    monkeypatch.setenv("PATH", "")
    for word in ("zizmor", "actionlint"):
        assert "[workflows]" in inventory.lacking(word, {}, sec_027.Grade.STATIC)


@check_body.each(FAULTS)
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)
    assert reasons(subject) == set()


@check_body.each(FAULTS)
@pytest.mark.parametrize("text", [None, "[", "jobs: {a: 1}\n", "on: push\njobs: {a: {runs-on: x, steps: [1]}}\n"])
def test_a_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], text: str | None
) -> None:
    copy = check_body.copy_of_nothing(tmp_path, PLACE, text)
    plant(copy)
    assert spec.expects in reasons(copy)


@check_body.each(FAULTS)
def test_a_fault_is_planted_in_this_repository(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = open_subject(REPOSITORY, load_settings(REPOSITORY)).copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)

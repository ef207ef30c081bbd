"""SEC-009 as a whole: which ways of running the scanners in CI it accepts, which it refuses and why, its planted faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_body
import pytest
import yaml
from ci_support import BANDIT, FILE, GITLEAKS, a_subject, job, with_runs, workflow, write

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec, Finding
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import ci
from pytest_tradeops.security.ci.found import Use, find
from pytest_tradeops.security.project_tree import read_tree
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_009 as sec_009

FAULTS = declared_faults(vars(sec_009), "SEC-009")


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return a_subject(tmp_path / "subject")


def failures(subject: Subject) -> tuple[Finding, ...]:
    return check_body.failures(sec_009.test_sec_009, subject)


def reasons(subject: Subject) -> set[str]:
    return {finding.reason for finding in failures(subject)}


def lacking(subject: Subject) -> str:
    with pytest.raises(Inconclusive) as caught:
        sec_009.test_sec_009(subject, Evidence())
    return str(caught.value)


def script(subject: Subject, name: str, text: str) -> None:
    path = subject.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_plain_steps_pass_with_both_commands_executed(subject: Subject) -> None:
    evidence = Evidence()
    sec_009.test_sec_009(subject, evidence)
    record = evidence.record(Redactor())
    assert record.facts["executed"] == {"bandit": BANDIT, "gitleaks": GITLEAKS}
    assert record.total == 4  # two programs that are started, two executed


@pytest.mark.parametrize(
    "run",
    [
        f"echo first\n{BANDIT}\necho last",
        f"{BANDIT} || exit 3",
        f"{BANDIT}; true",
        f"if ! {BANDIT}; then\n  exit 1\nfi",
        f"set -o pipefail\n{BANDIT} | tee bandit.txt",
        f"set +e\n{BANDIT}\ncode=$?\nset -e\necho done\nexit $code",
        "FOLDER=strategies\nbandit -r $FOLDER -lll",
        "for folder in strategies; do bandit -r $folder -lll; done",
        "python -m bandit -r strategies -lll",
        "python3 -I -m bandit -r strategies -lll",
        ".venv/bin/bandit -r strategies -lll",
        "uv run --with pip bandit -r strategies -lll",
        "uvx bandit@1.9.4 -r strategies -lll",
        "pip install bandit\nbandit -r strategies -lll",
        "echo strategies | xargs bandit -lll -r",
        'bandit -lll -r "$(dirname strategies/trend.py)"',
    ],
)
def test_bandit_is_found_however_it_is_written(subject: Subject, run: str) -> None:
    with_runs(subject, run)
    (use,) = find(read_tree(subject.root), branch="main", strategies="strategies").of("bandit")
    assert use.objection == ""
    assert sorted(use.command.arguments) == ["-lll", "-r", "strategies"]


@pytest.mark.parametrize(
    "run",
    [
        "cd strategies\nbandit -r . -lll",
        "bandit -lll strategies/*.py",
        "tradeops bandit",
        "bandit -r strategies --exit-zero -f json -o report.json\nbandit -r strategies -lll",
    ],
)
def test_bandit_blocks_in_the_folder_and_with_the_files_that_it_is_given(subject: Subject, run: str) -> None:
    assert failures(with_runs(subject, run, GITLEAKS)) == ()


@pytest.mark.parametrize(
    "run",
    [
        f"{BANDIT} || true",
        f"{BANDIT} || :",
        f"{BANDIT} || echo found",
        f"{BANDIT} | tee bandit.txt",
        f"set +e\n{BANDIT}\necho done",
        f"set +e; {BANDIT}; true",
        f"{BANDIT} && echo clean\necho done",
        f"{BANDIT} &\nwait",
        f"if {BANDIT}; then echo clean; fi",
        f"! {BANDIT}\necho done",
        f"trap 'exit 0' EXIT\n{BANDIT}",
        f"scan() {{ {BANDIT}; }}\nscan || echo found",
        "bandit -r strategies --exit-zero",
        "bandit -r strategies -lll --exclude strategies",
        "bandit -r tests -lll",
        "bandit strategies/trend.py -lll",
        "bandit -r strategies -lll -s B602",
        "tradeops bandit --sarif bandit.sarif || true",
    ],
)
def test_bandit_that_cannot_block_is_named(subject: Subject, run: str) -> None:
    assert reasons(with_runs(subject, run, GITLEAKS)) == {ci.REASON_BANDIT}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("gitleaks detect --source . --no-banner", None),
        ("tradeops secrets scan . --history", None),
        ("gitleaks git . || true", ci.REASON_GITLEAKS),
        ("gitleaks git . --exit-code 0", ci.REASON_GITLEAKS),
        ("gitleaks dir .", ci.REASON_GITLEAKS),
        ("gitleaks git --staged .", ci.REASON_GITLEAKS),
        ("gitleaks git . --log-opts=-1", ci.REASON_GITLEAKS),
        ("tradeops secrets scan .", ci.REASON_GITLEAKS),
        ("gitleaks version", ci.REASON_SECRETS_MISSING),
    ],
)
def test_gitleaks_must_see_an_old_commit(subject: Subject, run: str, reason: str | None) -> None:
    assert reasons(with_runs(subject, BANDIT, run)) == ({reason} if reason else set())


def test_an_allowlist_over_the_strategies_hides_the_planted_secret(subject: Subject) -> None:
    with (subject.root / ".gitleaks.toml").open("a", encoding="utf-8") as file:
        file.write("\n[[allowlists]]\npaths = ['''^strategies/''']\n")
    assert reasons(subject) == {ci.REASON_GITLEAKS}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda whole: job(whole).update({"continue-on-error": True}), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: job(whole).update({"strategy": {"matrix": {"new": [True]}}, "continue-on-error": "${{ matrix.new }}"}), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: job(whole).update({"if": "github.event_name == 'push'"}), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: whole.update(on="push"), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: whole["on"].update(pull_request={"paths-ignore": ["strategies/**"]}), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: whole["on"].update(pull_request={"branches": ["develop"]}), {ci.REASON_BANDIT, ci.REASON_GITLEAKS}),
        (lambda whole: job(whole)["steps"][1].update({"continue-on-error": True}), {ci.REASON_BANDIT}),
        (lambda whole: job(whole)["steps"][1].update({"if": "failure()"}), {ci.REASON_BANDIT}),
        (lambda whole: job(whole)["steps"][1].update({"shell": "bash {0}", "run": f"{BANDIT}\ntrue"}), {ci.REASON_BANDIT}),
        (lambda whole: job(whole)["steps"][2].update({"if": "github.ref == 'refs/heads/main' && false"}), {ci.REASON_GITLEAKS}),
        (lambda whole: job(whole)["steps"].pop(1), {ci.REASON_MISSING}),
        (lambda whole: job(whole)["steps"].pop(2), {ci.REASON_SECRETS_MISSING}),
        (lambda whole: job(whole)["steps"][0].pop("with"), {ci.REASON_SHALLOW}),
        (lambda whole: job(whole)["steps"][0].update({"with": {"fetch-depth": 50}}), {ci.REASON_SHALLOW}),
        (lambda whole: job(whole)["steps"][0].update({"with": {"fetch-depth": 0, "filter": "blob:none"}}), {ci.REASON_SHALLOW}),
        (lambda whole: job(whole)["steps"][0].update({"if": False}), {ci.REASON_SHALLOW}),
        (lambda whole: job(whole)["steps"].append(job(whole)["steps"].pop(0)), {ci.REASON_SHALLOW}),
        (lambda whole: job(whole).pop("runs-on"), {ci.REASON_INVALID, ci.REASON_MISSING, ci.REASON_SECRETS_MISSING}),
    ],
)  # fmt: skip
def test_what_keeps_a_step_from_blocking_is_named(
    subject: Subject, change: Callable[[dict[str, Any]], object], expected: set[str]
) -> None:
    document = workflow(BANDIT, GITLEAKS)
    change(document)
    write(subject.root, document)
    found = failures(subject)
    assert {one.reason for one in found} == expected, found
    assert all(one.where and one.remedy and len(one.message) < 400 for one in found)


def test_make_and_scripts_are_followed(subject: Subject) -> None:
    (subject.root / "Makefile").write_text(
        "PY := .venv/bin/python\nscan: ready\n\t@$(PY) -m bandit -r strategies -lll\nready:\n\t$(PY) -m pip list\n"
    )
    script(subject, "ci/all", '#!/usr/bin/env bash\nset -euo pipefail\ncd "$(dirname "$0")/.."\nmake scan\n')
    assert failures(with_runs(subject, "ci/all", GITLEAKS)) == ()
    script(subject, "ci/all", "#!/bin/sh\nmake scan\necho done\n")
    assert reasons(subject) == {ci.REASON_BANDIT}
    script(subject, "ci/all", "#!/bin/sh\nset -e\nmake -i scan\n")
    assert reasons(subject) == {ci.REASON_BANDIT}
    (subject.root / "Makefile").write_text("scan:\n\t-bandit -r strategies -lll\n")
    assert reasons(with_runs(subject, "make scan", GITLEAKS)) == {ci.REASON_BANDIT}


def composite(subject: Subject, *steps: dict[str, Any], folder: str = "ci") -> None:
    document = {
        "name": "scan",
        "inputs": {"folder": {"default": "strategies"}},
        "runs": {"using": "composite", "steps": [*steps]},
    }
    script(subject, f"{folder}/action.yml", yaml.safe_dump(document))


def uses_of(subject: Subject, **step: Any) -> list[Use]:
    document = workflow()
    job(document)["steps"].append(step)
    write(subject.root, document)
    return find(read_tree(subject.root), branch="main", strategies="strategies").of("bandit")


def test_an_action_of_the_repository_is_followed(subject: Subject) -> None:
    run = {"run": "bandit -r ${{ inputs.folder }} -lll", "shell": "bash"}
    composite(subject, run)
    (use,) = uses_of(subject, uses="./ci")
    assert (use.objection, use.command.arguments) == ("", ("-r", "strategies", "-lll"))
    (use,) = uses_of(subject, uses="./ci", **{"with": {"folder": "bot"}})
    assert use.command.arguments == ("-r", "bot", "-lll")
    composite(subject, {"uses": "./ci"}, folder="outer")
    assert len(uses_of(subject, uses="./outer")) == 1
    for wrong in ({"continue-on-error": True}, {"if": "inputs.folder == ''"}, {"run": f"{BANDIT} || true"}):
        composite(subject, {**run, **wrong})
        (use,) = uses_of(subject, uses="./ci")
        assert use.objection


@pytest.mark.parametrize(
    "text", ["", "[", "runs: 3\n", "runs: {using: composite, steps: [1]}\n", "runs: {using: node20}\n"]
)
def test_an_action_that_cannot_be_followed_is_inconclusive(subject: Subject, text: str) -> None:
    script(subject, "ci/action.yml", text)
    document = workflow(GITLEAKS)
    job(document)["steps"].append({"uses": "./ci"})
    write(subject.root, document)
    if "[1]" in text:
        assert ci.REASON_MISSING in reasons(subject)
    else:
        assert "./ci, which is not followed" in lacking(subject)


def test_an_action_that_uses_itself_comes_to_an_end(subject: Subject) -> None:
    composite(subject, {"uses": "./ci"})
    assert uses_of(subject, uses="./ci") == []


def test_the_action_of_this_package_is_the_gate(subject: Subject) -> None:
    with_ = {"profile": "thin", "arguments": "--only SEC-001"}
    (use,) = uses_of(subject, uses="ours/pytest-tradeops@v1", **{"with": with_})
    assert (use.command.is_gate, use.command.gate, use.command.scanners) == (True, "thin", {"bandit"})


@pytest.mark.slow
def test_the_gate_blocks_with_the_checks_that_its_profile_requires(subject: Subject) -> None:
    with_runs(subject, "tradeops verify --profile local")
    assert failures(subject) == ()
    with_runs(subject, "tradeops verify --profile local --only SEC-014")
    assert reasons(subject) == {ci.REASON_MISSING}
    with_runs(subject, "tradeops verify --profile local || true")
    assert reasons(subject) == {ci.REASON_BANDIT, ci.REASON_GITLEAKS}


def test_a_profile_without_the_check_cannot_block(subject: Subject) -> None:
    (subject.root / "pyproject.toml").write_text(
        '[tool.tradeops]\nprofile = "thin"\n[tool.tradeops.profiles.thin]\nrequired = ["SEC-014"]\n', encoding="utf-8"
    )
    thin = open_subject(subject.root, load_settings(subject.root))
    assert reasons(with_runs(thin, "tradeops verify")) == {ci.REASON_BANDIT}


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (("tox -e scan", GITLEAKS), "tox"),
        (("nox", GITLEAKS), "nox"),
        (("/usr/bin/python3 scan.py", GITLEAKS), "absolute path"),
        (("echo x > /etc/hosts", GITLEAKS), "absolute path"),
        (('export PATH="/opt/tools/bin:$PATH"\nbandit -r strategies -lll', GITLEAKS), "PATH"),
        (("while true; do echo again; done", GITLEAKS), "does not end"),
        (("bandit -r ${{ inputs.folder }}", GITLEAKS), "only a run of CI knows"),
        (("bandit -r strategies -c nowhere.yaml", GITLEAKS), "where nothing is planted"),
        (("exit 7", GITLEAKS), "not followed to its end"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_inconclusive(
    subject: Subject, runs: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "while" in runs[0]:
        monkeypatch.setattr("pytest_tradeops.security.ci.stage._TIMEOUT", 2.0)
    assert said in lacking(with_runs(subject, *runs))


def test_an_action_of_a_marketplace_is_inconclusive_but_its_place_is_examined(subject: Subject) -> None:
    document = workflow(BANDIT)
    job(document)["steps"].append({"uses": "gitleaks/gitleaks-action@v2"})
    write(subject.root, document)
    assert "gitleaks/gitleaks-action" in lacking(subject)
    job(document)["steps"][0].pop("with")
    write(subject.root, document)
    assert reasons(subject) == {ci.REASON_SHALLOW}
    job(document)["steps"][0]["with"] = {"fetch-depth": 0}
    job(document)["steps"][2]["continue-on-error"] = True
    write(subject.root, document)
    assert reasons(subject) == {ci.REASON_GITLEAKS}


def test_nothing_of_this_environment_reaches_what_is_run(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_PLANTED_TOKEN", "canary")
    guard = 'test -z "$TRADEOPS_PLANTED_TOKEN"'
    assert failures(with_runs(subject, f"{guard}\n{BANDIT}", GITLEAKS)) == ()


def test_the_stage_neither_deletes_nor_fetches(subject: Subject, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.write_text("here", encoding="utf-8")
    with_runs(subject, f"rm -rf {keep}\ncurl http://127.0.0.1:9\n{BANDIT}", GITLEAKS)
    assert failures(subject) == ()
    assert keep.read_text(encoding="utf-8") == "here"


def test_without_workflows_it_names_the_command(subject: Subject) -> None:
    (subject.root / FILE).unlink()
    found = failures(subject)
    assert {one.reason for one in found} == {ci.REASON_MISSING, ci.REASON_SECRETS_MISSING}
    assert all("tradeops init ci" in one.remedy for one in found)


@pytest.mark.parametrize("text", [b"", b"[", b"\xff\xfe", b"on: push\n", b"[" * 100_000, b"a: &a [*a]"])
def test_a_file_that_github_refuses_is_invalid(subject: Subject, text: bytes) -> None:
    (subject.root / FILE).write_bytes(text)
    assert ci.REASON_INVALID in reasons(subject)


@pytest.mark.parametrize("line", [b"\x00\x01", b"'", b"${{", b"$(", b"<<X", b"\xe2\x80\xae"])
def test_a_script_of_any_bytes_is_a_verdict(subject: Subject, line: bytes) -> None:
    script(subject, "ci.sh", "")
    (subject.root / "ci.sh").write_bytes(b"#!/bin/sh\n" + line + b"\n")
    with_runs(subject, "./ci.sh", BANDIT, GITLEAKS)
    assert failures(subject) == ()  # a plain step beside it is enough


@check_body.each(FAULTS)
@pytest.mark.parametrize("start", ["plain", "gate", "actions"])
def test_each_planted_fault_is_caught_for_its_reason(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], start: str
) -> None:
    document = workflow(*((BANDIT, GITLEAKS) if start == "plain" else ("tradeops verify",) if start == "gate" else ()))
    if start == "actions":
        job(document)["steps"] += [{"uses": "PyCQA/bandit-action@v1"}, {"uses": "gitleaks/gitleaks-action@v2"}]
    write(subject.root, document)
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy)


@check_body.each(FAULTS)
@pytest.mark.parametrize("text", [None, "[", "on: push\njobs: {a: {steps: [1]}}\n"])
def test_a_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None], text: str | None
) -> None:
    copy = check_body.copy_of_nothing(tmp_path, FILE, text)
    plant(copy)
    assert spec.expects in reasons(copy)


def test_each_checklist_item_has_its_fault() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "1.2.1": ci.REASON_BANDIT,
        "1.3.1": ci.REASON_SHALLOW,
    }

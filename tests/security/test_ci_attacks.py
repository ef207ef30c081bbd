"""Ways in which CI seems to run a scanner on every pull request and does not, and honest ones that seem not to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ci_support import BANDIT, FILE, GITLEAKS, a_subject, job, workflow, write

from pytest_tradeops.security.ci.examining import Examination, examine
from pytest_tradeops.security.ci.found import Found, find
from pytest_tradeops.security.project_tree import read_tree
from pytest_tradeops.subject import Subject

type Change = Callable[[dict[str, Any], dict[str, Any]], object]
SCAN = ".github/workflows/scan.yml"


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return a_subject(tmp_path / "subject")


def add(subject: Subject, name: str, text: str) -> None:
    (subject.root / name).parent.mkdir(parents=True, exist_ok=True)
    (subject.root / name).write_text(text, encoding="utf-8")


def found(subject: Subject, run: str = BANDIT, change: Change | None = None) -> Found:
    document = workflow(run)
    if change:
        change(document, job(document))
    write(subject.root, document)
    return find(read_tree(subject.root), branch="main", strategies="strategies")


def blocks(one: Found) -> bool:
    return any(not use.objection for use in one.of("bandit"))


def step(**more: Any) -> Change:
    return lambda whole, scan: scan["steps"][1].update({name.replace("_", "-"): one for name, one in more.items()})


def matrix(*legs: dict[str, Any], **more: Any) -> Change:
    more = {name.replace("_", "-"): one for name, one in more.items()}
    return lambda whole, scan: scan.update(strategy={"matrix": {"include": [*legs]}}, **more)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda whole, scan: scan.update({"if": "github.ref == 'refs/heads/main'"}), False),
        (lambda whole, scan: scan.update({"if": "contains(github.event.pull_request.labels.*.name, 'scan')"}), False),
        (lambda whole, scan: scan.update({"if": "github.event.pull_request.draft == false"}), True),
        (lambda whole, scan: (whole.update(env={"RUN": "no"}), scan["steps"][1].update({"if": "env.RUN == 'yes'"})), False),
        (lambda whole, scan: (whole.update(env={"RUN": "yes"}), scan["steps"][1].update({"if": "env.RUN == 'yes'"})), True),
        (lambda whole, scan: (scan["steps"].insert(1, {"run": "echo RUN=yes >> $GITHUB_ENV"}), scan["steps"][2].update({"env": {"RUN": "no"}, "if": "env.RUN == 'yes'"})), True),
        (matrix({"py": "3.12"}, {"py": "3.13", "new": True}, continue_on_error="${{ matrix.new || false }}"), True),
        (matrix({"py": "3.13", "new": True}, continue_on_error="${{ matrix.new }}"), False),
        (lambda whole, scan: (matrix({"py": "3.12"}, {"py": "3.13"})(whole, scan), scan["steps"][1].update({"if": "matrix.py == '3.13'"})), True),
        (lambda whole, scan: (matrix({"py": "3.12"})(whole, scan), scan["steps"][1].update({"if": "matrix.py == '3.13'"})), False),
        (step(continue_on_error="${{ false }}"), True),
        (step(continue_on_error="${{ true }}"), False),
        (step(continue_on_error="${{ github.event_name == 'push' }}"), True),
        (lambda whole, scan: scan["steps"][0]["with"].update(ref="main"), False),
        (lambda whole, scan: scan["steps"][0]["with"].update(ref="${{ github.base_ref }}"), False),
        (lambda whole, scan: scan["steps"][0]["with"].update(ref="${{ github.event.pull_request.head.sha }}"), True),
        (lambda whole, scan: scan["steps"][0]["with"].update(repository="acme/other"), False),
        (lambda whole, scan: scan["steps"][0]["with"].update(repository="${{ github.repository }}"), True),
    ],
)  # fmt: skip
def test_a_step_counts_if_it_runs_on_every_pull_request(subject: Subject, change: Change, expected: bool) -> None:
    assert blocks(found(subject, change=change)) is expected


@pytest.mark.parametrize(
    "run",
    [
        f'if [ -z "$GITHUB_RUN_ID" ]; then {BANDIT}; fi',
        f'if [ -z "$GITHUB_BASE_REF" ]; then {BANDIT}; fi',
        f'[ "$RUNNER_OS" = Linux ] || {BANDIT}',
        f'if [ "$GITHUB_REF" = refs/heads/main ]; then {BANDIT}; fi',
        f"if grep -q off config/scan.ini; then exit 0; fi\n{BANDIT}",
        f"if python -c 'raise SystemExit(1)'; then {BANDIT}; fi",
        f"bandit() {{ :; }}\n{BANDIT}",
    ],
)
def test_what_would_be_otherwise_at_github_is_not_taken_for_blocking(subject: Subject, run: str) -> None:
    add(subject, "config/scan.ini", "off\n")
    assert not blocks(found(subject, run))


def test_a_scanner_that_another_program_decides_about_is_left_open(subject: Subject) -> None:
    one = found(subject, f"if git diff --quiet origin/main -- strategies; then exit 0; fi\n{BANDIT}")
    assert not blocks(one)
    assert "only where git fails" in one.unknown[0]
    one = found(subject, f"if python tools/changed.py; then {BANDIT}; fi")
    assert "only where python ends well" in one.unknown[0]
    assert blocks(found(subject, f"git fetch || true\npip install bandit\n{BANDIT}"))


def test_a_path_that_is_changed_for_a_program_of_the_tree_is_left_open(subject: Subject) -> None:
    def paths(whole: dict[str, Any], scan: dict[str, Any]) -> None:
        scan["steps"].insert(1, {"run": 'echo "$PWD/tools" >> "$GITHUB_PATH"'})

    assert blocks(found(subject, change=paths))
    add(subject, "tools/bandit", "#!/bin/sh\n")
    assert not blocks(one := found(subject, change=paths))
    assert "may have replaced bandit" in one.unknown[0]
    assert "sets PATH" in found(subject, change=step(env={"PATH": "tools"})).unknown[0]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("uv run nox -s bandit", "nox"),
        ("python -m tox -e bandit", "tox"),
        ("poetry run poe scan", "poe"),
        ("pdm run scan", "pdm run scan"),
        ("hatch run lint:all", "hatch run lint:all"),
        ("python tools/scan.py", "tools/scan.py"),
    ],
)
def test_what_starts_others_unseen_is_named_however_it_is_called(subject: Subject, run: str, said: str) -> None:
    add(subject, "tools/scan.py", "import subprocess\nsubprocess.check_call(['bandit', '-r', 'strategies'])\n")
    one = found(subject, run)
    assert (blocks(one), one.unknown) == (
        False,
        [f"{FILE}: scan, step 2 calls {said}, and what that starts is not seen here."],
    )


@pytest.mark.parametrize("run", ["hatch run pytest", "python tools/other.py", "uv run pytest -q"])
def test_what_starts_no_scanner_is_no_excuse(subject: Subject, run: str) -> None:
    add(subject, "tools/other.py", "print(1)\n")
    assert found(subject, run).unknown == []


@pytest.mark.parametrize("uses", ["super-linter/super-linter@v8", "oxsecurity/megalinter/flavors/python@v9"])
def test_an_action_that_runs_many_linters_may_run_this_one(subject: Subject, uses: str) -> None:
    one = found(subject, "ls", lambda whole, scan: scan["steps"].append({"uses": uses}))
    assert "is not followed" in one.unknown[0]


def test_the_action_of_pre_commit_runs_its_hooks(subject: Subject) -> None:
    add(
        subject,
        ".pre-commit-config.yaml",
        "repos: [{repo: local, hooks: [{id: bandit, name: b, entry: bandit -lll, language: system}]}]\n",
    )
    one = found(subject, "ls", lambda whole, scan: scan["steps"].append({"uses": "pre-commit/action@v3.0.1"}))
    assert [use.command.shown for use in one.of("bandit")] == [
        "pre-commit run --show-diff-on-failure --color=always --all-files"
    ]
    assert blocks(one)


def called(**more: Any) -> str:
    scan = {"runs-on": "x", "steps": [{"uses": "actions/checkout@v4"}, {"run": BANDIT}], **more}
    return yaml.safe_dump({"on": {"workflow_call": {}}, "jobs": {"scan": scan}})


@pytest.mark.parametrize(
    ("caller", "inner", "expected"),
    [
        ({}, {}, True),
        ({"if": "github.event_name == 'push'"}, {}, False),
        ({}, {"if": "inputs.scan"}, True),
        ({}, {"if": "github.event_name == 'push'"}, False),
        ({}, {"continue-on-error": True}, False),
    ],
)
def test_a_workflow_that_is_called_runs_as_its_caller_does(
    subject: Subject, caller: dict[str, Any], inner: dict[str, Any], expected: bool
) -> None:
    add(subject, SCAN, called(**inner))
    call = {"uses": f"./{SCAN}", **caller}
    one = found(subject, "ls", lambda whole, scan: whole["jobs"].update(call=call))
    assert blocks(one) is expected
    assert [use.step.file for use in one.of("bandit")] == [SCAN]
    assert found(subject, "ls").of("bandit") == []  # nobody calls it


def test_workflows_that_call_each_other_come_to_an_end(subject: Subject) -> None:
    add(subject, SCAN, yaml.safe_dump({"on": {"workflow_call": {}}, "jobs": {"again": {"uses": f"./{SCAN}"}}}))
    one = found(subject, "ls", lambda whole, scan: whole["jobs"].update(call={"uses": f"./{SCAN}"}))
    assert "is not followed" in one.unknown[0]


def test_a_workflow_of_another_repository_may_run_it(subject: Subject) -> None:
    call = {"uses": "acme/ci/.github/workflows/scan.yml@main"}
    assert "is not followed" in found(subject, "ls", lambda whole, scan: whole["jobs"].update(call=call)).unknown[0]


def examined(subject: Subject, *runs: str, change: Change | None = None) -> Examination:
    document = workflow(*runs)
    if change:
        change(document, job(document))
    write(subject.root, document)
    return examine(subject.root, branch="main", strategies="strategies", gitleaks="", requires=lambda *_: True)


def test_a_later_step_that_asks_how_it_ended_leaves_it_open(subject: Subject) -> None:
    def later(whole: dict[str, Any], scan: dict[str, Any]) -> None:
        scan["steps"][1].update({"id": "scan", "continue-on-error": True})
        scan["steps"].append({"if": "steps.scan.outcome == 'failure'", "run": "exit 1"})

    done = examined(subject, BANDIT, GITLEAKS, change=later)
    assert done.findings == []
    assert "asks how it ended" in done.lacking[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("run", "why"),
    [
        ("bandit -r strategies -t B602 -lll", "of 4 kinds of HIGH issues it names only 1"),
        ("bandit -c scan.yaml -r strategies -lll", "of 4 kinds of HIGH issues it names only 2"),
        ("bandit -r strategies -lll -x strategies/live", "it does not name the one in strategies/live"),
        ("bandit -lll strategies/*.py", "it does not name the one in strategies/live"),
        ("bandit -lll -r strategies -s B324", ""),
        ("bandit -lll -r strategies --configfile=ci/scan.yaml", ""),
        ("bandit -lll -r strategies -x strategies/tests", ""),
    ],
)
def test_bandit_must_see_every_folder_and_most_kinds(subject: Subject, run: str, why: str) -> None:
    for name in ("strategies/live/a.py", "strategies/tests/a.py"):
        add(subject, name, "X = 1\n")
    add(subject, "scan.yaml", "skips: [B324, B605]\n")
    add(subject, "ci/scan.yaml", "skips: [B101]\n")
    done = examined(subject, run, GITLEAKS)
    said = [one.message for one in done.findings if one.reason == "ci: bandit cannot block"]
    assert (len(said), done.lacking) == (bool(why), [])
    assert why in "".join(said)


@pytest.mark.slow
@pytest.mark.parametrize("options", ["--log-opts=-100", "--log-opts=--since=1.week", "--log-opts=HEAD~5..HEAD"])
def test_gitleaks_must_see_a_commit_of_long_ago(subject: Subject, options: str) -> None:
    done = examined(subject, BANDIT, f"gitleaks git . {options}")
    assert {one.reason for one in done.findings} == {"ci: gitleaks cannot block"}


def test_the_plain_way_still_blocks(subject: Subject) -> None:
    done = examined(subject, BANDIT, GITLEAKS)
    assert (done.findings, done.lacking, sorted(done.executed)) == ([], [], ["bandit", "gitleaks"])

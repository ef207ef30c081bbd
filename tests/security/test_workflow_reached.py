"""Which jobs a commit comes to: conditions as they hold for an ordinary pull request, and `needs` of any shape."""

import time
from pathlib import Path

import pytest
import yaml

from pytest_tradeops.security.workflows import Workflow, read_workflows

FILE = ".github/workflows/ci.yml"


def a_workflow(jobs: dict[str, dict[str, object]]) -> Workflow:
    return Workflow(FILE, {"pull_request": {}, "push": {}}, jobs, None)


def test_a_dense_graph_is_followed_in_no_time() -> None:
    jobs: dict[str, dict[str, object]] = {f"j{n}": {"needs": [f"j{each}" for each in range(n)]} for n in range(40)}
    start = time.process_time()
    assert a_workflow(jobs).reached("j39", "push", "main")
    jobs["j0"]["if"] = False
    assert not a_workflow(jobs).reached("j39", "push", "main")
    assert time.process_time() - start < 1


def test_a_chain_may_be_as_long_as_it_likes() -> None:
    jobs: dict[str, dict[str, object]] = {f"j{n}": {"needs": f"j{n - 1}"} if n else {} for n in range(3_000)}
    assert a_workflow(jobs).reached("j2999", "push", "main")


@pytest.mark.parametrize(
    "jobs",
    [
        {"a": {"needs": "a"}},
        {"a": {"needs": "b"}, "b": {"needs": "a"}},
        {"a": {"needs": "gone"}},
        {"a": {"needs": "gone", "if": "always()"}},
        {"a": {"needs": "b"}, "b": {"needs": "gone"}},
        {},
    ],
)
def test_what_github_refuses_is_not_reached(jobs: dict[str, dict[str, object]]) -> None:
    assert not a_workflow(jobs).reached("a", "push", "main")


@pytest.mark.parametrize(
    ("condition", "pull_request", "push"),
    [
        ("github.ref == 'refs/heads/main'", False, True),
        ("github.ref_name == 'main'", False, True),
        ("github.event.pull_request.draft == false", True, True),  # null is 0, and so is false
        ("github.event.pull_request.draft", False, False),
        ("contains(github.event.pull_request.labels.*.name, 'scan')", False, True),
        ("!contains(github.event.pull_request.labels.*.name, 'skip')", True, True),
        ("github.event.action == 'opened'", False, True),
        ("github.event.action != 'closed'", True, True),
        ("startsWith(github.head_ref, 'release/')", False, False),
        ("github.actor != 'dependabot[bot]'", True, True),
        ("github.actor == 'dependabot[bot]'", False, True),
        ("contains(github.event.pull_request.title, '[scan]')", False, True),
        ("inputs.scan", False, False),
        ("github.event.inputs.scan == 'true'", False, False),
        ("github.event.schedule == '0 0 * * *'", False, False),
        ("github.repository == 'octo-org/bot'", True, True),
        ("needs.changes.outputs.python == 'true'", True, True),
        ("vars.SCAN", True, True),
    ],
)
def test_a_condition_holds_for_every_pull_request_or_not(condition: str, pull_request: bool, push: bool) -> None:
    workflow = a_workflow({"a": {"if": condition}})
    assert workflow.reached("a", "pull_request", "main") is pull_request
    assert workflow.reached("a", "push", "main") is push


def test_a_filter_that_holds_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    jobs = {"a": {"runs-on": "x", "steps": [{"run": "ls"}]}}
    on = {"push": {"branches": ["main"], "tags": None}, "pull_request": {"branches": None}}
    (tmp_path / FILE).write_text(yaml.safe_dump({"on": on, "jobs": jobs}), encoding="utf-8")
    ((workflow,), refused) = read_workflows(tmp_path, (FILE,))
    assert refused == {}
    assert workflow.triggered("push", "main", "a.py")
    assert not workflow.triggered("push", "other", "a.py")
    assert workflow.triggered("pull_request", "main", "a.py")


def test_a_job_of_a_file_needs_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir(parents=True)
    step = {"runs-on": "x", "steps": [{"run": "ls"}]}
    jobs = {"a": {**step, "if": "github.event_name == 'push'"}, "b": {**step, "needs": ["a"]}}
    (tmp_path / FILE).write_text(yaml.safe_dump({"on": ["push", "pull_request"], "jobs": jobs}), encoding="utf-8")
    ((workflow,), _) = read_workflows(tmp_path, (FILE,))
    assert [workflow.reached("b", event, "main") for event in ("push", "pull_request")] == [True, False]

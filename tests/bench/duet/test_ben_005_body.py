"""BEN-005 as a whole on small projects: which ways of gating in CI it accepts, and which it refuses and why."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from duet_projects import Project, subject_of

from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.subject import Subject
from verification.benchmarks import test_ben_005 as ben_005

pytestmark = pytest.mark.usefixtures("own_cache")

Make = Callable[[Mapping[str, str]], Project]
FILE = ".github/workflows/bench.yml"
GATE = "python -m pytest -m benchmark --bench-gate"
WHOLE = {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}}
SHALLOW = {"uses": "actions/checkout@v4"}


def workflow(*steps: dict[str, Any], on: Any = "pull_request", **job: Any) -> dict[str, str]:
    jobs = {"bench": {"runs-on": "ubuntu-24.04", "steps": list(steps), **job}}
    return {FILE: yaml.safe_dump({"on": on, "jobs": jobs})}


def reasons(subject: Subject) -> tuple[str, ...]:
    with pytest.raises(CheckFailed) as caught:
        ben_005.test_ben_005(subject, Evidence())
    return caught.value.reasons


def test_a_gate_behind_a_whole_checkout_fails_on_a_slow_pull_request(make_project: Make) -> None:
    evidence = Evidence()
    ben_005.test_ben_005(subject_of(make_project(workflow(WHOLE, {"run": GATE}))), evidence)
    record = evidence.record(Redactor())
    assert (record.facts["exit_code"], record.facts["depth"]) == (1, 0)
    assert record.facts["base"].endswith("(merge base with origin/main)")
    assert (record.total, record.grade) == (2, Grade.EMBEDDED)


def test_make_leads_to_it_and_a_fetch_brings_the_base(make_project: Make) -> None:
    files = {"Makefile": f"bench:\n\t{GATE}\nother:\n\ttrue\n"}
    steps = (SHALLOW, {"run": "git fetch --unshallow origin main"}, {"run": "make bench"})
    evidence = Evidence()
    ben_005.test_ben_005(subject_of(make_project({**files, **workflow(*steps)})), evidence)
    assert evidence.record(Redactor()).facts["exit_code"] == 1


def test_the_planted_fault_is_caught_for_its_reason(make_project: Make, tmp_path: Path) -> None:
    copy = subject_of(make_project(workflow(WHOLE, {"run": GATE}))).copy_to(tmp_path / "copy")
    ben_005.one_commit_only(copy)
    assert reasons(copy) == ("bench-ci: no baseline",)


def test_the_fault_cannot_be_planted_where_there_is_no_gate(make_project: Make, tmp_path: Path) -> None:
    copy = subject_of(make_project({})).copy_to(tmp_path / "copy")
    with pytest.raises(DeclarationError, match=r"No workflow runs --bench-gate"):
        ben_005.one_commit_only(copy)


@pytest.mark.parametrize(
    "files",
    [
        {},
        workflow(WHOLE, {"run": "pytest -m benchmark"}),
        {"Makefile": f"bench:\n\t{GATE}\nother:\n\ttrue\n", **workflow(WHOLE, {"run": "make other"})},
        workflow(WHOLE, {"run": f"echo {GATE}"}),
    ],
    ids=["no-workflow", "no-gate", "another-target", "only-named"],
)
def test_a_subject_whose_ci_does_not_gate_fails(make_project: Make, files: Mapping[str, str]) -> None:
    assert reasons(subject_of(make_project(files))) == ("bench-ci: no gate on pull requests",)


@pytest.mark.parametrize(
    "files",
    [
        workflow(WHOLE, {"run": f"{GATE} || true"}),
        workflow(WHOLE, {"run": f"{GATE} | tee out.txt"}),
        workflow(WHOLE, {"run": GATE, "continue-on-error": True}),
        workflow(WHOLE, {"run": GATE, "if": "github.event_name == 'push'"}),
        workflow(WHOLE, {"run": GATE}, on="push"),
        workflow(WHOLE, {"run": GATE}, on={"pull_request": {"paths": ["docs/**"]}}),
    ],
    ids=["or-true", "pipe", "continue-on-error", "if", "push", "paths"],
)
def test_a_gate_whose_failure_stops_no_pull_request_fails(make_project: Make, files: Mapping[str, str]) -> None:
    assert reasons(subject_of(make_project(files))) == ("bench-ci: a slow-down stops nothing",)


def test_workers_are_refused_as_in_ci(make_project: Make) -> None:
    subject = subject_of(make_project(workflow(WHOLE, {"run": f"{GATE} -n 2"})))
    with pytest.raises(CheckFailed, match=r"cannot run with workers") as caught:
        ben_005.test_ben_005(subject, Evidence())
    assert caught.value.reasons == ("bench-ci: the command does not run",)


def test_an_empty_selection_is_named(make_project: Make) -> None:
    subject = subject_of(make_project(workflow(WHOLE, {"run": f"{GATE} -k nothing"})))
    assert reasons(subject) == ("bench-ci: no benchmarks",)


def test_a_command_that_cannot_import_there_does_not_run(make_project: Make) -> None:
    subject = subject_of(make_project(workflow(WHOLE, {"run": GATE.removeprefix("python -m ")})))
    assert reasons(subject) == ("bench-ci: the command does not run",)


def test_a_base_that_only_a_run_knows_is_the_branch(make_project: Make) -> None:
    run = {"run": f'{GATE} --bench-base="origin/$BASE"', "env": {"BASE": "${{ github.base_ref }}"}}
    evidence = Evidence()
    ben_005.test_ben_005(subject_of(make_project(workflow(WHOLE, run))), evidence)
    assert evidence.record(Redactor()).facts["base"].endswith("(origin/main)")


def test_one_gate_that_stops_it_is_enough(make_project: Make) -> None:
    steps = (WHOLE, {"run": f"{GATE} -k nothing"}, {"run": GATE})
    evidence = Evidence()
    ben_005.test_ben_005(subject_of(make_project(workflow(*steps))), evidence)
    assert evidence.record(Redactor()).facts["exit_code"] == 1


def test_a_fetch_behind_a_shallow_checkout_goes_with_the_planted_fault(make_project: Make, tmp_path: Path) -> None:
    steps = (SHALLOW, {"run": "git fetch --unshallow origin main"}, {"run": GATE})
    copy = subject_of(make_project(workflow(*steps))).copy_to(tmp_path / "copy")
    ben_005.one_commit_only(copy)
    assert reasons(copy) == ("bench-ci: no baseline",)


def test_a_workflow_that_github_refuses_is_named(make_project: Make) -> None:
    project = make_project({FILE: f"on: pull_request\njobs:\n  bench:\n    steps:\n      - run: {GATE}\n"})
    assert reasons(subject_of(project)) == ("bench-ci: workflow invalid",)


def test_a_later_step_that_judges_is_not_followed(make_project: Make) -> None:
    bench = {"id": "bench", "run": GATE, "continue-on-error": True}
    later = {"run": "exit 1", "if": "steps.bench.outcome == 'failure'"}
    with pytest.raises(Inconclusive, match=r"asks how it ended"):
        ben_005.test_ben_005(subject_of(make_project(workflow(WHOLE, bench, later))), Evidence())


def test_what_cannot_be_followed_is_inconclusive(make_project: Make) -> None:
    files = {"noxfile.py": f"# {GATE}\n", **workflow(WHOLE, {"run": "nox -s bench  # --bench-gate"})}
    with pytest.raises(Inconclusive, match=r"calls nox, and what that starts is not seen here"):
        ben_005.test_ben_005(subject_of(make_project(files)), Evidence())


def test_what_tradeops_init_writes_passes(make_project: Make) -> None:
    project = make_project({})
    project.git("switch", "--quiet", "main")  # which the workflow is written for
    assert main(["init", "benchmarks", "--subject", str(project.root)]) == 0
    evidence = Evidence()
    ben_005.test_ben_005(subject_of(project), evidence)
    assert evidence.record(Redactor()).facts["exit_code"] == 1

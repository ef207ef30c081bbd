"""Each way in which the checks about CI break a subject's workflows."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..project_tree import read_tree
from ..workflows import FOLDER, document_of
from ..yaml_files import read_text, written
from .called import FETCHES
from .commands import BANDIT, GITLEAKS
from .found import find
from .steps import CHECKOUT, Step

Broken = list[tuple[str, str]]
#: What is broken where no workflow of the subject runs the scanner.
_PLANTED = f"{FOLDER}/tradeops-planted.yml"


def tolerant(root: Path, *, branch: str, strategies: str) -> Broken:
    """The workflows, each step that runs bandit with `continue-on-error`: path and text of each."""

    def change(job: dict[str, Any], numbers: list[int]) -> None:
        for number in numbers:
            (job["steps"][number - 1] if number else job)["continue-on-error"] = True

    return _changed(root, BANDIT, branch, strategies, change)


def shallow(root: Path, *, branch: str, strategies: str) -> Broken:
    """The workflows, each checkout before gitleaks with a depth of one commit."""

    return _changed(root, GITLEAKS, branch, strategies, lambda job, _: _with_one_commit(job))


def one_commit(root: Path, steps: Iterable[Step]) -> Broken:
    """The workflows, each checkout in the jobs of these steps with one commit, and nothing fetched besides."""
    documents = {file: document_of(read_text(root / file)) for file in {step.file for step in steps}}
    for file, job in sorted({(step.file, step.job) for step in steps}):
        changed = documents[file]["jobs"][job]
        _with_one_commit(changed)
        for step in (step for step in changed["steps"] if "run" in step):
            step["run"] = "\n".join("true" if FETCHES.search(line) else line for line in str(step["run"]).splitlines())
    return [(file, written(document)) for file, document in sorted(documents.items())]


def _with_one_commit(job: dict[str, Any]) -> None:
    for step in job["steps"]:
        if str(step.get("uses", "")).partition("@")[0].strip().lower() == CHECKOUT:
            step["with"] = {**(step.get("with") or {}), "fetch-depth": 1}


def exiting_zero(root: Path, *, branch: str, strategies: str) -> Broken:
    """The workflows, each step that runs bandit with a command that always ends with zero."""

    def change(job: dict[str, Any], numbers: list[int]) -> None:
        run = f"bandit -r {strategies.strip('/')} --exit-zero"
        for number in numbers:
            if not number:
                job.clear()
                job.update({"runs-on": "ubuntu-24.04", "steps": [{"uses": "actions/checkout@v4"}, {"run": run}]})
                continue
            step = job["steps"][number - 1]
            for key in ("uses", "with", "shell", "working-directory"):
                step.pop(key, None)
            step["run"] = run

    return _changed(root, BANDIT, branch, strategies, change)


def _changed(root: Path, scanner: str, branch: str, strategies: str, change: Any) -> Broken:
    """The workflows in which a scanner is run, each job that runs it changed; one of our own where there is none."""
    found = find(read_tree(root), branch=branch, strategies=strategies)
    steps = [use.step for use in found.of(scanner)] + found.actions.get(scanner, [])
    documents = {file: document_of(read_text(root / file)) for file in {step.file for step in steps}}
    if not steps:
        steps = [Step(_PLANTED, "planted", 2 if scanner == BANDIT else 3)]
        documents = {_PLANTED: _starter(branch, strategies)}
    for file, job in sorted({(step.file, step.job) for step in steps}):
        numbers = sorted({step.number for step in steps if (step.file, step.job) == (file, job)})
        change(documents[file]["jobs"][job], numbers)
    return [(file, written(document)) for file, document in sorted(documents.items())]


def _starter(branch: str, strategies: str) -> dict[str, Any]:
    steps: Iterable[dict[str, Any]] = (
        {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}},
        {"run": f"bandit -r {strategies.strip('/')} -lll"},
        {"run": "gitleaks git ."},
    )
    job = {"runs-on": "ubuntu-24.04", "steps": list(steps)}
    return {"on": {"pull_request": {"branches": [branch]}}, "jobs": {"planted": job}}

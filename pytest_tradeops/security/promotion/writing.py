"""Each way in which SEC-026 breaks a workflow that deploys."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..raw_workflows import raw_jobs, raw_workflows
from ..workflows import FOLDER, combinations
from ..yaml_files import written
from .command import is_gate
from .words import commands, line_words, script_lines

Broken = list[tuple[str, str]]
#: Written where the subject has nothing to break.
_NEW = f"{FOLDER}/tradeops-planted.yml"


def without_needs(root: Path, environments: Sequence[str]) -> Broken:
    """The workflows, their deploying jobs without `needs`: path and text of each."""
    return _broken(root, environments, lambda _, job: job.pop("needs", None))


def always(root: Path, environments: Sequence[str]) -> Broken:
    """The workflows, their deploying jobs with a condition that holds whatever the gate said."""
    return _broken(root, environments, lambda _, job: job.update({"if": "${{ always() }}"}))


def continuing(root: Path, environments: Sequence[str]) -> Broken:
    """The workflows, their steps that run the gate with `continue-on-error`, wherever those stand."""

    def change(document: Any, _: Any) -> None:
        for job in _jobs(document):
            for step in job.get("steps") or ():
                if isinstance(step, dict) and _may_run_gate(step):
                    step["continue-on-error"] = True

    return _broken(root, environments, change)


def elsewhere(root: Path, environments: Sequence[str]) -> Broken:
    """The workflows, their jobs that run the gate with a checkout of another ref before it."""
    step = {"uses": "actions/checkout@v7", "with": {"ref": "another"}}

    def change(document: Any, _: Any) -> None:
        for job in _jobs(document):
            if any(isinstance(one, dict) and _may_run_gate(one) for one in job.get("steps") or ()):
                job["steps"] = [step, *job["steps"]]

    return _broken(root, environments, change)


def _broken(root: Path, environments: Sequence[str], change: Callable[[Any, Any], object]) -> Broken:
    found = []
    for name, document in _workflows(root, environments):
        for job in _jobs(document):
            if _deploys(job, environments):
                change(document, job)
        found.append((name, written(document)))
    return found


def _workflows(root: Path, environments: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The workflows that deploy behind a gate of their own; one that is made up where there is none."""
    there = False
    for name, _, document in raw_workflows(root):
        jobs = _jobs(document)
        gated = any(_may_run_gate(step) for job in jobs for step in job.get("steps") or () if isinstance(step, dict))
        if gated and any(_deploys(job, environments) and job.get("needs") for job in jobs):
            there = True
            yield name, document
    if not there:
        yield _NEW, _made_up(environments)


def _made_up(environments: Sequence[str]) -> dict[str, Any]:
    first = {"runs-on": "ubuntu-latest", "steps": [{"run": "tradeops verify"}]}
    jobs = {
        f"deploy{number}": {
            "needs": ["verification"],
            "runs-on": "ubuntu-latest",
            "environment": environment,
            "steps": [{"run": "true"}],
        }
        for number, environment in enumerate(environments)
    }
    return {"on": "push", "jobs": {"verification": first, **jobs}}


def _jobs(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [job for job in raw_jobs(document) if isinstance(job.get("steps") or [], list)]


def _deploys(job: dict[str, Any], environments: Sequence[str]) -> bool:
    declared = job.get("environment")
    text = str((declared.get("name") if isinstance(declared, dict) else declared) or "")
    names = {text.lower()}
    if "matrix." in text:
        names |= {str(value).lower() for one in combinations(job) or () for value in one.values()}
    return bool(names & {one.lower() for one in environments})


def _may_run_gate(step: dict[str, Any]) -> bool:
    """Whether a step runs the gate itself, or by an action or script of the repository that may."""
    if "uses" in step:
        uses = str(step["uses"])
        return uses.startswith(("./", "$/")) or "pytest-tradeops" in uses.lower()
    for line in script_lines(str(step.get("run", ""))):
        words = line_words(line) or []
        for start, end, _ in commands(words):
            if is_gate(words[start:end]) or words[start] in ("make", "sh", "bash") or "/" in words[start]:
                return True
    return False

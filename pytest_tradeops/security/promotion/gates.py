"""Which jobs run the gate, and whether such a job fails when the gate does."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..expressions import holds
from ..project_tree import Tree
from ..workflows import Workflow, combinations, filled
from ..yaml_files import Unreadable, parse, read_text
from .command import LEADING_TO_IT
from .shell import find

#: The composite action of this package, wherever it was taken from.
_ACTION = re.compile(r"[\w.-]+/pytest-tradeops(?:@.*)?", re.IGNORECASE)
_LOCAL = re.compile(r"[.$]/.*|[.$]")
_DEEPEST = 5
#: Variables with which a shell, make or pytest does something else.
_ASTRAY = re.compile(r"BASH_ENV|BASH_FUNC_.*|SHELLOPTS|(?:GNU)?MAKEFLAGS|MAKEFILES|PYTEST_ADDOPTS")
_HARMLESS = re.compile(r"-?-?(?:j(?:obs=)?[0-9]*|[0-9]+|auto|n|[qvrs]+|color=\w+|no-print-directory)")


@dataclass(frozen=True, slots=True)
class JobGate:
    """What a job does about the gate.

    Attributes:
        objection: Why the job may succeed though the gate did not, as the end of a sentence; empty if it cannot.
        skipped: Whether that is because the gate may be left out.
        elsewhere: Whether it is another repository's workflow, into which nobody can look from here.
        unclear: Whether there is a gate, of which the objection says why nobody can tell from here.
    """

    objection: str = ""
    skipped: bool = False
    elsewhere: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """What a step has from the job and the workflow that it is in."""

    shell: str
    folder: str = ""
    env: tuple[Mapping[str, Any], ...] = ()


class Gates:
    """Looks for the gate in the jobs of a subject's workflows."""

    def __init__(self, root: Path, tree: Tree, workflows: Sequence[Workflow]) -> None:
        self._root = root
        self._tree = tree
        self._names = frozenset(tree.names)
        self._workflows = {one.file: one for one in workflows}
        self._folders = frozenset(one.as_posix() for name in tree.names for one in PurePosixPath(name).parents)
        self._shadows = [name for name in tree.names if re.fullmatch(LEADING_TO_IT, name.rpartition("/")[2])]
        self._found: dict[tuple[str, str, int], JobGate | None] = {}

    def of(self, workflow: Workflow, name: str, depth: int = 0) -> JobGate | None:
        """The gate of a job; None if it runs none."""
        key = (workflow.file, name, depth)
        if key not in self._found:
            self._found[key] = self._looked(workflow, name, depth)
        return self._found[key]

    def _looked(self, workflow: Workflow, name: str, depth: int) -> JobGate | None:
        job = workflow.jobs[name]
        if "uses" in job:
            found = self._called(str(job["uses"]), depth)
        else:
            found = self._stepped(job.get("steps", ()), _around(workflow, job), depth)
        if found is not None and not found.objection and self._shadows and "PATH" in f"{workflow.env} {job}":
            said = f"the job changes PATH, and {self._shadows[0]} may be what is started"
            return JobGate(said, unclear=True)
        if found is not None and not found.objection and may_ignore(job.get("continue-on-error")):
            return JobGate("the job has `continue-on-error`")
        return found

    def called(self, uses: str) -> Workflow | None:
        """The workflow of this repository that a job calls."""
        return self._workflows.get(_inside(uses)) if _LOCAL.fullmatch(uses) else None

    def _called(self, uses: str, depth: int) -> JobGate | None:
        workflow = self.called(uses)
        if workflow is None:
            return None if _LOCAL.fullmatch(uses) else JobGate(elsewhere=True)
        if depth >= _DEEPEST:
            return None
        return self.in_workflow(workflow, depth + 1)

    def in_workflow(self, workflow: Workflow, depth: int = 0) -> JobGate | None:
        """The gate of a workflow as a whole, whose run succeeds only if none of its jobs failed."""
        found = []
        for name in workflow.jobs:
            gate = self.of(workflow, name, depth)
            if gate is not None and not gate.objection and not gate.elsewhere:
                conditional = next((one for one in above(workflow, name) if "if" in workflow.jobs[one]), None)
                if conditional:
                    said = (
                        f"the job `{conditional}` of {workflow.file} has a condition, and a skipped job is no failure"
                    )
                    gate = JobGate(said, skipped=True)
            found += [] if gate is None else [gate]
        return min(found, key=lambda one: (one.elsewhere, bool(one.objection), not one.unclear), default=None)

    def _stepped(self, steps: Any, around: _Around, depth: int) -> JobGate | None:
        found = []
        for step in steps if isinstance(steps, (list, tuple)) else ():
            gate = self._step(step, around, depth) if isinstance(step, Mapping) else None
            if gate is None:
                continue
            if not gate.objection and may_ignore(step.get("continue-on-error")):
                gate = JobGate("its step has `continue-on-error`")
            elif not gate.objection and "if" in step and holds(f"!({bare(step['if'])})", {}):
                gate = JobGate(f"its step has the condition `{bare(step['if'])}`", skipped=True)
            found.append(gate)
        return min(found, key=lambda one: (bool(one.objection), one.skipped, not one.unclear), default=None)

    def _step(self, step: Mapping[str, Any], around: _Around, depth: int) -> JobGate | None:
        uses = str(step.get("uses", "")).strip()
        if _LOCAL.fullmatch(uses):
            return self._action(uses, depth)
        if _ACTION.fullmatch(uses):
            return JobGate()
        if not isinstance(step.get("run"), str):
            return None
        folder = str(step.get("working-directory", around.folder)).strip("/")
        gate = find(step["run"], lambda name: self._text(folder, name), str(step.get("shell") or around.shell))
        if gate is None:
            return None
        astray = next((name for env in (*around.env, step.get("env")) for name in _astray(env)), "")
        if astray and not gate.objection:
            return JobGate(f"its variable {astray} changes what is run", unclear=True)
        return JobGate(gate.objection, gate.skipped, unclear=gate.unclear)

    def _action(self, uses: str, depth: int) -> JobGate | None:
        """The gate in a composite action of this repository."""
        folder = _inside(uses)
        for name in ("action.yml", "action.yaml"):
            path = posixpath.normpath(f"{folder}/{name}")
            if path not in self._names or depth >= _DEEPEST:
                continue
            try:
                document = parse(read_text(self._root / path))
            except Unreadable:
                return None
            runs = document.get("runs") if isinstance(document, dict) else None
            return self._stepped(runs.get("steps"), _Around("bash"), depth + 1) if isinstance(runs, dict) else None
        return None

    def _text(self, folder: str, name: str) -> str | None:
        path = posixpath.normpath(f"{folder}/{name}" if folder else name)
        return self._tree.text(path) if path in self._names else "" if path in self._folders else None


def _around(workflow: Workflow, job: Mapping[str, Any]) -> _Around:
    """The shell of a job's steps that name none, empty for the default of Linux; their folder and variables."""
    found: dict[str, str] = {}
    for defaults in (job.get("defaults"), workflow.defaults):
        run = defaults.get("run") if isinstance(defaults, Mapping) else None
        for name, value in run.items() if isinstance(run, Mapping) else ():
            found.setdefault(str(name), str(value))
    runners = [filled(job.get("runs-on", ""), one) or "" for one in combinations(job) or ()]
    windows = bool(runners) and all("windows" in one.lower() for one in runners)
    env = tuple(one for one in (workflow.env, job.get("env")) if isinstance(one, Mapping))
    return _Around(found.get("shell", "pwsh" if windows else ""), found.get("working-directory", ""), env)


def _astray(env: Any) -> Iterator[str]:
    for name, value in env.items() if isinstance(env, Mapping) else ():
        if _ASTRAY.fullmatch(str(name)) and not all(_HARMLESS.fullmatch(one) for one in str(value).split()):
            yield str(name)


def may_ignore(value: Any) -> bool:
    """Whether `continue-on-error` may be true."""
    return value is not None and value is not False and str(value).strip().lower() != "false"


def _inside(uses: str) -> str:
    """The path that a reference within the repository leads to."""
    return posixpath.normpath(uses[1:].strip("/") or ".")


def bare(condition: Any) -> str:
    """An expression without `${{ }}` around it, if that is all there is."""
    text = str(condition).strip()
    return text[3:-2].strip() if text.startswith("${{") and text.endswith("}}") else text


def above(workflow: Workflow, name: str) -> Iterator[str]:
    """A job and all that it needs, nearest first."""
    seen: dict[str, None] = {name: None}
    waiting = [name]
    while waiting:
        for one in needs(workflow, waiting.pop()):
            if one not in seen:
                seen[one] = None
                waiting.append(one)
    return iter(seen)


def needs(workflow: Workflow, name: str) -> tuple[str, ...]:
    """The jobs of the workflow that a job needs directly."""
    listed = workflow.jobs[name].get("needs", ())
    return tuple(one for one in ([listed] if isinstance(listed, str) else listed) if one in workflow.jobs)

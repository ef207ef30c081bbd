"""The steps of a subject's workflows, and what keeps each from stopping a pull request; nothing is run here."""

import math
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ..expressions import UNKNOWN, holds, truth
from ..workflows import Workflow, combinations, filled, matrix_of, steps, worlds

EVENT = "pull_request"
_EVENTS = {EVENT: "a pull request", "push": "a push", "schedule": "a scheduled run"}
CHECKOUT = "actions/checkout"
#: Stands where GitHub would fill in what only a run knows.
COMPUTED = "tradeops-computed"
_FULL = ("0", "0.0")
#: Refs that are a pull request's own commits, or their merge.
_OF_THE_PULL = (
    "github.sha",
    "github.ref",
    "github.head_ref",
    "github.event.pull_request.",
    "refs/pull/",
    "github.event.number",
)
_DEEPEST = 4
_ANY_DAY = date(2024, 1, 1)
#: More combinations of a matrix are not looked at one by one.
_MOST_LEGS = 32
#: What a step before may write for the ones behind it, and with what they would do something else.
_ALTERING = re.compile(r"GITHUB_PATH|\b(?:BASH_ENV|PATH|(?:GNU)?MAKEFLAGS)\b[\s\S]*GITHUB_ENV")


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        file: Of the workflow; `job` the id of the job, `number` the step's, from 1; 0 for a job that is all one call.
        action: What it `uses`, without the version; empty for a command.
        script: What it runs, values of the matrix filled in; what only a run knows is `COMPUTED`.
        shell: The command line of its shell, `{0}` for the script.
        folder: Relative to the checkout.
        env: Literal variables of workflow, job and step.
        with_: What an action is given.
        unreached: Why the event does not come to it, as the end of a sentence; empty if it may.
        tolerated: Why a failure of it stops nothing, likewise.
        shallow: Why the checkout before it has not the whole history, likewise.
        depth: How many commits that checkout has, with no branch but the one that is checked out; 0 for the whole.
        judged: How a later step may fail for it after all, as a sentence.
        altered: Whether a step before it changes PATH or the like.
        event: What starts it; `branch` the one that it is for.
    """

    file: str
    job: str
    number: int
    action: str = ""
    script: str = ""
    shell: str = ""
    folder: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    with_: Mapping[str, str] = field(default_factory=dict)
    unreached: str = ""
    tolerated: str = ""
    shallow: str = ""
    depth: int = 1
    judged: str = ""
    altered: bool = False
    event: str = EVENT
    branch: str = "main"

    @property
    def objection(self) -> str:
        """Why a failure of it stops no run of that event, as the end of a sentence; empty if it does."""
        return self.unreached or self.tolerated

    @property
    def place(self) -> str:
        """Such as `.github/workflows/ci.yml: test, step 3`."""
        return f"{self.file}: {self.job}" + (f", step {self.number}" if self.number else "")


def steps_of(
    workflow: Workflow,
    branch: str,
    changed: Sequence[str],
    event: str = EVENT,
    called: Mapping[str, Workflow] | None = None,
) -> Iterator[Step]:
    """Every step of one workflow, in its order.

    Args:
        branch: The default branch, which pull requests are for.
        changed: Files of which a commit may change any.
        event: `pull_request`, `push` or `schedule`.
        called: File to workflow of those that its jobs may call, whose steps then stand in the place of the call.
    """
    if event == "schedule":
        whole = "" if _comes(workflow) else "it has no schedule that ever comes"
    else:
        missed = [name for name in changed if not workflow.triggered(event, branch, name)]
        whole = f"{_EVENTS[event]} to {branch} that changes {missed[0]} does not start it" if missed else ""
    yield from _Steps(branch, event, called or {}).of(workflow, whole, {})


def _comes(workflow: Workflow) -> bool:
    """Whether its schedule falls on any day, of four years: there is no 30 February."""
    days = [_ANY_DAY + timedelta(days=number) for number in range(4 * 366)]
    return any(run.falls_on(day) for run in workflow.scheduled()[0] for day in days)


@dataclass(frozen=True, slots=True)
class _Steps:
    branch: str
    event: str
    called: Mapping[str, Workflow]

    def of(self, workflow: Workflow, outer: str, more: Mapping[str, Any], depth: int = 0) -> Iterator[Step]:
        for name, job in workflow.jobs.items():
            why = outer or self._of_the_job(workflow, name, more)
            if "uses" not in job:
                yield from self._of_job(workflow, name, why, more)
                continue
            action = str(job["uses"]).partition("@")[0]
            inner = self.called.get(posixpath.normpath(action)) if action.startswith("./") else None
            tolerated = _tolerated(job, "the job", {})
            if inner is None or depth >= _DEEPEST or "workflow_call" not in inner.on:
                yield Step(workflow.file, name, 0, action, unreached=why, tolerated=tolerated)
            else:  # what it is given is computed by the caller, and not looked into
                given = {"inputs.*": UNKNOWN, "github.event.inputs.*": UNKNOWN}
                yield from self.of(inner, why or tolerated, given, depth + 1)

    def _of_the_job(self, workflow: Workflow, name: str, more: Mapping[str, Any]) -> str:
        if combinations(workflow.jobs[name]) == []:
            return "the job's matrix has no combination"
        if not workflow.reached(name, self.event, self.branch, more):
            return f"the job's conditions, or those of what it needs, do not hold for {_EVENTS[self.event]}"
        return ""

    def _of_job(self, workflow: Workflow, name: str, outer: str, more: Mapping[str, Any]) -> Iterator[Step]:
        job = workflow.jobs[name]
        legs = (combinations(job) or [{}])[:_MOST_LEGS]
        every = [list(self._of_leg(workflow, name, outer, more, values)) for values in legs]
        for one in zip(*every, strict=True):  # one run of a matrix that it stops is enough
            yield next((step for step in one if not step.objection), one[0])

    def _of_leg(
        self, workflow: Workflow, name: str, outer: str, more: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Iterator[Step]:
        job = workflow.jobs[name]
        env = {**_literals(workflow.env, values), **_literals(job.get("env"), values)}
        defaults = {**_run_defaults(workflow.defaults), **_run_defaults(job.get("defaults"))}
        # One that is computed may have any name in it.
        matrix = {} if combinations(job) is None else matrix_of(values)
        written = any("GITHUB_ENV" in str(step.get("run", "")) for step in job.get("steps", ()))
        checkout, depth, foreign, altered = "no step before it checks the repository out", 1, "", False
        for number, (step, action) in enumerate(steps(job), start=1):
            own = {**env, **_literals(step.get("env"), values)}
            # What a step before it writes for it may be anything.
            read = {} if written else {f"env.{key}": value for key, value in own.items() if COMPUTED not in value}
            read |= {f"env.{key}": value for key, value in env.items() if COMPUTED not in value and not written}
            every = [{**known, **matrix, **read} for known in worlds(self.event, self.branch, more)]
            runs = all(holds(step.get("if"), known) for known in every)
            unreached = outer or ("" if runs else f"its condition does not hold for {_EVENTS[self.event]}")
            if action == CHECKOUT and runs and not _beside(step):
                checkout, depth, foreign = _shallow(step), _depth(step), self._foreign(step)
            tolerated = _tolerated(job, "the job", matrix) or _tolerated(step, "the step", every[0])
            yield Step(
                workflow.file,
                name,
                number,
                action,
                _text(step.get("run", ""), values),
                shell_of(str(step.get("shell", defaults.get("shell", "")))),
                _text(step.get("working-directory", defaults.get("working-directory", ".")), values),
                own,
                _literals(step.get("with"), values),
                unreached,
                tolerated or foreign,
                checkout,
                depth,
                _judged(job, number, step) if tolerated else "",
                altered,
                self.event,
                self.branch,
            )
            altered = altered or _ALTERING.search(str(step.get("run", ""))) is not None

    def _foreign(self, step: Mapping[str, Any]) -> str:
        """Why what a checkout brings is not what a pull request asks to merge; empty if it is."""
        with_ = step.get("with") or {}
        repository, ref = str(with_.get("repository") or ""), str(with_.get("ref") or "")
        if repository and "github." not in repository:
            return f"the checkout before it is of {repository}"
        if self.event == EVENT and ref and not any(one in ref for one in _OF_THE_PULL):
            known = not ref.startswith("${{") or "base" in ref
            return f"the checkout before it is of {ref}, whatever the pull request changes" if known else ""
        return ""


def _judged(job: Mapping[str, Any], number: int, step: Mapping[str, Any]) -> str:
    """Whether a later step asks how a tolerated one ended."""
    own = str(step.get("id", ""))
    asked = re.compile(rf"\bsteps\.{re.escape(own)}\.(?:outcome|outputs)\b")
    later = next((at for at, one in enumerate(job["steps"], start=1) if at > number and asked.search(str(one))), 0)
    return f"step {later} asks how it ended, and what it does then is not followed" if own and later else ""


def _tolerated(one: Mapping[str, Any], what: str, known: Mapping[str, Any]) -> str:
    tolerant = one.get("continue-on-error", False)
    if truth(tolerant, known) is False:
        return ""
    return f"{what} has continue-on-error" + ("" if tolerant is True else f": {tolerant}")


def _beside(step: Mapping[str, Any]) -> bool:
    """Whether a checkout goes beside the workspace."""
    return bool((step.get("with") or {}).get("path"))


def _depth(step: Mapping[str, Any]) -> int:
    """The action's default is 1, which is also taken where only a run knows; what is no number is 0 to it."""
    given = str((step.get("with") or {}).get("fetch-depth", 1)).strip()
    try:
        return max(0, math.floor(float(given)))
    except (ValueError, OverflowError):
        return 1 if "${{" in given else 0


def _shallow(step: Mapping[str, Any]) -> str:
    with_ = step.get("with") or {}
    depth = str(with_.get("fetch-depth", 1)).strip()
    if depth not in _FULL:
        return f"the checkout before it has fetch-depth {depth}"
    return f"the checkout before it has filter {with_['filter']}" if with_.get("filter") else ""


def shell_of(name: str) -> str:
    """As GitHub starts it; `bash` by name has pipefail, and without a name it has not."""
    known = {"": "bash -e {0}", "bash": "bash --noprofile --norc -eo pipefail {0}", "sh": "sh -e {0}"}
    return known.get(name.strip(), name.strip())


def _text(value: Any, values: Mapping[str, Any]) -> str:
    """The text with every expression replaced: by the matrix, or by `COMPUTED`."""
    text = str(value)
    whole = filled(text, values)
    if whole is not None:
        return whole
    parts = text.split("${{")
    filled_in = [filled("${{" + part.partition("}}")[0] + "}}", values) for part in parts[1:]]
    ends = [part.partition("}}")[2] for part in parts[1:]]
    found = [f"{COMPUTED if one is None else one}{end}" for one, end in zip(filled_in, ends, strict=True)]
    return parts[0] + "".join(found)


def _literals(env: Any, values: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(env, dict):
        return {}
    return {str(name): _text(value, values) for name, value in env.items()}


def _run_defaults(defaults: Any) -> dict[str, Any]:
    run = defaults.get("run") if isinstance(defaults, dict) else None
    return dict(run) if isinstance(run, dict) else {}

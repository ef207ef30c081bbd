"""The steps of a subject's workflows, and what keeps each from stopping a pull request; nothing is run here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..expressions import holds
from ..workflows import Workflow, combinations, filled, known_at, steps

EVENT = "pull_request"
_EVENTS = {EVENT: "a pull request", "push": "a push", "schedule": "a scheduled run"}
CHECKOUT = "actions/checkout"
#: Stands where GitHub would fill in what only a run knows.
COMPUTED = "tradeops-computed"
_FULL = ("0", "0.0")


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

    @property
    def objection(self) -> str:
        """Why a failure of it stops no run of that event, as the end of a sentence; empty if it does."""
        return self.unreached or self.tolerated

    @property
    def place(self) -> str:
        """Such as `.github/workflows/ci.yml: test, step 3`."""
        return f"{self.file}: {self.job}" + (f", step {self.number}" if self.number else "")


def steps_of(workflow: Workflow, branch: str, changed: Sequence[str], event: str = EVENT) -> Iterator[Step]:
    """Every step of one workflow, in its order.

    Args:
        branch: The default branch, which pull requests are for.
        changed: Files of which a commit may change any.
        event: `pull_request`, `push` or `schedule`.
    """
    if event == "schedule":
        whole = "" if event in workflow.on else "it has no schedule"
    else:
        missed = [name for name in changed if not workflow.triggered(event, branch, name)]
        whole = f"{_EVENTS[event]} to {branch} that changes {missed[0]} does not start it" if missed else ""
    for name in workflow.jobs:
        yield from _of_job(workflow, name, branch, event, whole or _of_the_job(workflow, name, branch, event))


def _of_the_job(workflow: Workflow, name: str, branch: str, event: str) -> str:
    if combinations(workflow.jobs[name]) == []:
        return "the job's matrix has no combination"
    if not workflow.reached(name, event, branch):
        return f"the job's conditions, or those of what it needs, do not hold for {_EVENTS[event]}"
    return ""


def _of_job(workflow: Workflow, name: str, branch: str, event: str, outer: str) -> Iterator[Step]:
    job = workflow.jobs[name]
    if "uses" in job:
        action = str(job["uses"]).partition("@")[0]
        yield Step(workflow.file, name, 0, action, unreached=outer, tolerated=_tolerated(job, "the job"))
        return
    values = (combinations(job) or [{}])[0]
    env = {**_literals(workflow.env, values), **_literals(job.get("env"), values)}
    defaults = {**_run_defaults(workflow.defaults), **_run_defaults(job.get("defaults"))}
    known = known_at(event, branch)
    checkout = "no step before it checks the repository out"
    for number, (step, action) in enumerate(steps(job), start=1):
        runs = holds(step.get("if"), known)
        unreached = outer or ("" if runs else f"its condition does not hold for {_EVENTS[event]}")
        if action == CHECKOUT and runs and not _elsewhere(step):
            checkout = _shallow(step)
        yield Step(
            workflow.file,
            name,
            number,
            action,
            _text(step.get("run", ""), values),
            shell_of(str(step.get("shell", defaults.get("shell", "")))),
            _text(step.get("working-directory", defaults.get("working-directory", ".")), values),
            {**env, **_literals(step.get("env"), values)},
            _literals(step.get("with"), values),
            unreached,
            _tolerated(job, "the job") or _tolerated(step, "the step"),
            checkout,
        )


def _tolerated(one: Mapping[str, Any], what: str) -> str:
    tolerant = one.get("continue-on-error", False)
    if tolerant is False:
        return ""
    return f"{what} has continue-on-error" + ("" if tolerant is True else f": {tolerant}")


def _elsewhere(step: Mapping[str, Any]) -> bool:
    """Whether a checkout is of another repository, or beside the workspace."""
    with_ = step.get("with") or {}
    return bool(with_.get("repository") or with_.get("path"))


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

"""Runs a workflow's conditions on one pull request: which merging steps are reached, and with what in hand; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..expressions import UNKNOWN, has_status_function, text_of, truth
from ..workflows import Workflow, steps
from . import BOT, METADATA
from .events import OTHER_TOKEN, TOKENS, Event

#: What merges a pull request in a script, of a shell or of actions/github-script. Nothing else is ever run.
_SCRIPT = re.compile(
    r"\bpr[\s\\\"']+merge\b|enablePullRequestAutoMerge|mergePullRequest|\bpulls/[^\s\"']*/merge\b|\bpulls\.merge\b",
    re.IGNORECASE,
)
#: Names of actions and workflows that do, one's own too; not of those that merge artifacts or reports.
_ACTION = re.compile(
    r"auto-?merge|(?:dependabot|enable|pull|pr)[\w-]*merge|merge[\w-]*(?:dependabot|pull|-pr\b)|merge-me"
    r"|/merge\.ya?ml|^\./\S*merge",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that is about to merge.

    Attributes:
        place: File, job and number of the step.
        certain: Whether every condition on the way is known to hold; else it may.
        script: What it runs, expressions filled in; empty for an action, of which nothing more is known.
        shell: As it stands there.
        env: Variables of workflow, job and step; one that is not known is empty, unless it is the token.
    """

    place: str
    certain: bool
    script: str = ""
    shell: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Done:
    """How a job ended, and what those that need it see of it."""

    result: str
    certain: bool = True
    outputs: dict[str, Any] = field(default_factory=dict)


def merging_jobs(workflow: Workflow) -> list[str]:
    """The jobs with a step that merges."""
    return [
        name
        for name, job in workflow.jobs.items()
        if _ACTION.search(str(job.get("uses", ""))) or any(is_merging(step) for step in job.get("steps", ()))
    ]


def merges_text(text: str) -> bool:
    """Whether a script asks for a merge."""
    return _SCRIPT.search(text) is not None


def is_merging(step: Mapping[str, Any]) -> bool:
    """Whether a step asks for a merge, or uses an action that does."""
    scripts = (step.get("run", ""), _mapping(step.get("with")).get("script", ""))
    return _ACTION.search(str(step.get("uses", ""))) is not None or any(merges_text(str(one)) for one in scripts)


def simulate(workflow: Workflow, event: Event, name: str, branch: str) -> list[Reached]:
    """What is reached when the event starts the workflow.

    Args:
        name: `pull_request` or `pull_request_target`.
        branch: The default branch, which the pull request is for.
    """
    run = _Run(workflow, event, event.known(name, branch))
    for job in workflow.jobs:
        run.job(job, ())
    return run.reached


class _Run:
    def __init__(self, workflow: Workflow, event: Event, known: dict[str, Any]) -> None:
        self._workflow, self._event, self._known = workflow, event, known
        self._done: dict[str, _Done] = {}
        self.reached: list[Reached] = []

    def job(self, name: str, above: tuple[str, ...]) -> _Done:
        if name in self._done:
            return self._done[name]
        if name in above or name not in self._workflow.jobs or len(above) > 50:
            return _Done("skipped")
        job = self._workflow.jobs[name]
        needs = job.get("needs", ())
        needed = {one: self.job(one, (*above, name)) for one in ([needs] if isinstance(needs, str) else needs)}
        known = dict(self._known)
        for one, done in needed.items():
            known |= {f"needs.{one}.result": done.result, f"needs.{one}.outputs.*": ""}
            known |= {f"needs.{one}.outputs.{key}": value for key, value in done.outputs.items()}
        condition = job.get("if")
        failed = any(one.result != "success" for one in needed.values())
        known |= _status(failed=failed)
        held = truth(condition, known)
        if held is False or (failed and not has_status_function(condition)):
            self._done[name] = _Done("skipped")
            return self._done[name]
        certain = held is True and all(one.certain for one in needed.values())
        self._done[name] = self._steps(name, job, known, certain=certain)
        return self._done[name]

    def _steps(self, name: str, job: Mapping[str, Any], known: dict[str, Any], *, certain: bool) -> _Done:
        if "uses" in job:  # another workflow, which is not followed
            if _ACTION.search(str(job["uses"])):
                self.reached.append(Reached(f"{self._workflow.file}: {name}", certain=False))
            return _Done("success", certain=False, outputs=_Anything())
        failed = False
        known["steps.*"] = ""
        variables = {**_mapping(self._workflow.env), **_mapping(job.get("env"))}
        for number, (step, action) in enumerate(steps(job)):
            known |= _status(failed=failed)
            condition, own = step.get("if"), str(step.get("id", ""))
            env = {**variables, **_mapping(step.get("env"))}
            known |= {
                f"env.{key}": UNKNOWN if (text := text_of(value, known)) is None else text for key, value in env.items()
            }
            held = truth(condition, known)
            if failed and not has_status_function(condition):
                held = False
            if held is False:
                known |= {
                    f"steps.{own}.outputs.*": "",
                    f"steps.{own}.outcome": "skipped",
                    f"steps.{own}.conclusion": "skipped",
                }
                continue
            broke = False
            if action == METADATA:
                broke = self._event.author != BOT and not _is_true(_mapping(step.get("with")).get("skip-verification"))
                outputs = (
                    {}
                    if broke
                    else {f"steps.{own}.outputs.{key}": value for key, value in self._event.metadata.items()}
                )
                known |= {f"steps.{own}.outputs.*": "", **outputs}
            else:
                known[f"steps.{own}.outputs.*"] = UNKNOWN
            known |= {f"steps.{own}.outcome": "failure" if broke else "success"}
            failed |= broke and not _is_true(step.get("continue-on-error"))
            known |= {f"steps.{own}.conclusion": "failure" if failed and broke else "success"}
            if is_merging(step):
                place = f"{self._workflow.file}: {name}, step {number + 1}"
                found = _reached(step, place, env, known, certain=certain and held is True)
                default = _shell(job.get("defaults")) or _shell(self._workflow.defaults)
                self.reached.append(found if found.shell else replace(found, shell=default))
            certain = certain and held is True
        result = "failure" if failed else "success"
        return _Done(result, certain, {key: _value(one, known) for key, one in _mapping(job.get("outputs")).items()})


class _Anything(dict[str, Any]):
    """Outputs of which nothing is known: `needs.x.outputs.*` itself."""

    def __init__(self) -> None:
        super().__init__({"*": UNKNOWN})


def _reached(
    step: Mapping[str, Any], place: str, env: Mapping[str, Any], known: Mapping[str, Any], *, certain: bool
) -> Reached:
    if "run" not in step:
        return Reached(place, certain)
    script = "".join(_filled(str(step["run"]), known))
    filled = {key: _given(key, text_of(value, known)) for key, value in env.items()}
    return Reached(place, certain, script, str(step.get("shell", "")), filled)


def _shell(defaults: Any) -> str:
    return str(_mapping(_mapping(defaults).get("run")).get("shell", ""))


def _given(name: str, value: str | None) -> str:
    return (OTHER_TOKEN if name in TOKENS else "") if value is None else value


def _filled(script: str, known: Mapping[str, Any]) -> Iterator[str]:
    """The script with its expressions filled in; those that are not known are empty."""
    for number, part in enumerate(re.split(r"(\$\{\{.*?\}\})", script, flags=re.DOTALL)):
        yield (text_of(part, known) or "") if number % 2 else part


def _status(*, failed: bool) -> dict[str, Any]:
    return {"success()": not failed, "failure()": failed, "always()": True, "cancelled()": False}


def _value(template: Any, known: Mapping[str, Any]) -> Any:
    found = text_of(template, known)
    return UNKNOWN if found is None else found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_true(value: Any) -> bool:
    """Whether it may be true; an expression may be."""
    return str(value).strip().lower() == "true" or "${{" in str(value)

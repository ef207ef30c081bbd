"""Whether what is deployed is what was verified, as far as the checkouts of both jobs say."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..expressions import holds
from ..workflows import Workflow, steps
from .gates import Gates, above, bare

#: Refs of a checkout that mean the commit of the run.
_OF_THE_RUN = frozenset({"", "github.sha", "github.event.after"})
#: Names of branches, which may have got new commits since the gate looked; a tag stays where it is.
_MOVING = frozenset({"github.ref", "github.ref_name", "github.head_ref", "github.event.pull_request.head.ref"})
_RUN, _RUN_COMMIT = "workflow_run", "github.event.workflow_run.head_sha"


def parted(workflow: Workflow, job: str, gates: Gates) -> Iterator[tuple[str, str]]:
    """Each gate before a deploying job that looks at another commit than it takes, and how, as a sentence's end."""
    still = _OF_THE_RUN if not _only_tags(workflow) else _OF_THE_RUN | _MOVING
    own = _refs(workflow.jobs[job])
    deployed = own - still
    found = [name for name in above(workflow, job) if name != job and _blocks(gates, workflow, name)]
    for name in found:
        called = gates.called(str(workflow.jobs[name].get("uses", "")))
        jobs = [workflow.jobs[name]] if called is None else [
            called.jobs[one] for one in called.jobs if gates.of(called, one) is not None
        ]  # fmt: skip
        verified = frozenset().union(*(_refs(one) for one in jobs)) - still
        foreign = next((one for each in jobs if (one := _foreign(each))), "")
        if foreign:
            yield name, f"the gate's job `{name}` checks out another repository, {foreign}"
        elif verified - deployed:
            yield name, f"the gate's job `{name}` checks out `{min(verified - deployed)}`, and the job does not"
        elif deployed - verified:
            yield name, f"the job checks out `{min(deployed - verified)}`, and the gate's job `{name}` does not"
        elif deployed & _MOVING:
            yield name, f"the job checks out `{min(deployed & _MOVING)}`, which may have moved since the gate's job"
    by_run = _RUN in workflow.on and holds(workflow.jobs[job].get("if"), {"github.event_name": _RUN})
    if by_run and not found and any(_RUN_COMMIT not in ref for ref in own):
        yield job, f"the job checks out the default branch, and not the commit of the run before it, {_RUN_COMMIT}"


def _blocks(gates: Gates, workflow: Workflow, name: str) -> bool:
    gate = gates.of(workflow, name)
    return gate is not None and not gate.objection and not gate.elsewhere


def _only_tags(workflow: Workflow) -> bool:
    """Whether nothing but a tag or a release starts it."""
    pushed = workflow.on.get("push")
    filters = set(pushed) if isinstance(pushed, Mapping) else set[str]()
    return set(workflow.on) <= {"push", "release"} and (
        "push" not in workflow.on or ("tags" in filters and not {"branches", "branches-ignore"} & filters)
    )


def _checkouts(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for step, action in steps(job):
        given = step.get("with") or {}
        if action == "actions/checkout" and isinstance(given, Mapping):
            yield given


def _is_own(given: Mapping[str, Any]) -> bool:
    return bare(given.get("repository") or "github.repository") == "github.repository"


def _refs(job: Mapping[str, Any]) -> frozenset[str]:
    """The refs of this repository that a job checks out."""
    return frozenset(bare(given.get("ref") or "") for given in _checkouts(job) if _is_own(given))


def _foreign(job: Mapping[str, Any]) -> str:
    """Another repository in the place of this one: what a job checks out, if all of it is foreign."""
    listed = [given for given in _checkouts(job) if not given.get("path")]
    return "" if any(map(_is_own, listed)) or not listed else str(listed[0].get("repository"))

"""Whether what is deployed is what was verified, as far as the checkouts of both jobs say."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..workflows import Workflow, steps
from .gates import Gates, above, bare

#: Refs of a checkout that mean the commit of the run.
_OF_THE_RUN = frozenset(
    {"", "github.sha", "github.ref", "github.ref_name", "github.head_ref", "github.event.after"}
    | {"github.event.pull_request.head.sha", "github.event.pull_request.head.ref"}
    | {"github.event.workflow_run.head_sha"}
)


def parted(workflow: Workflow, job: str, gates: Gates) -> Iterator[tuple[str, str]]:
    """Each gate before a deploying job that looks at another commit than it takes, and how, as a sentence's end."""
    deployed = _refs(workflow.jobs[job])
    for name in above(workflow, job):
        gate = gates.of(workflow, name) if name != job else None
        if gate is None or gate.objection or gate.elsewhere:
            continue
        called = gates.called(str(workflow.jobs[name].get("uses", "")))
        jobs = [workflow.jobs[name]] if called is None else [
            called.jobs[one] for one in called.jobs if gates.of(called, one) is not None
        ]  # fmt: skip
        verified = frozenset().union(*(_refs(one) for one in jobs))
        if verified - deployed:
            yield name, f"the gate's job `{name}` checks out `{min(verified - deployed)}`, and the job does not"
        elif deployed - verified:
            yield name, f"the job checks out `{min(deployed - verified)}`, and the gate's job `{name}` does not"


def _refs(job: Mapping[str, Any]) -> frozenset[str]:
    """The refs of this repository that a job checks out, other than the commit of the run."""
    found = set()
    for step, action in steps(job):
        given = step.get("with") or {}
        if action == "actions/checkout" and isinstance(given, Mapping) and not given.get("repository"):
            ref = bare(given.get("ref") or "")
            found |= {ref} - _OF_THE_RUN
    return frozenset(found)

"""What a CodeQL workflow is allowed to do, and whose code it runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...model import Finding
from ..rights import may_write, unpinned
from ..workflows import Workflow
from . import ACTION, REASON_CANNOT_UPLOAD, REASON_PERMISSIONS, REASON_UNPINNED

_LEAST = "Write `permissions: {}` for the workflow, and contents: read, security-events: write for the analysing job."


def findings(workflow: Workflow) -> Iterator[Finding]:
    """What is wider than need be, and every action that somebody else can change."""
    for name, job in workflow.jobs.items():
        place = f"{workflow.file}: {name}"
        analyses = any(str(step.get("uses", "")).lower().startswith(f"{ACTION}/") for step in job.get("steps", ()))
        yield from _permissions(job.get("permissions", workflow.permissions), place, analyses=analyses)
        for used in unpinned(job):
            yield Finding(
                REASON_UNPINNED,
                f"{used} can be changed by its owner, or by who steals the owner's account.",
                place,
                "Name the commit of the release in 40 digits, with the version in a comment for Dependabot.",
            )
    shared = may_write(workflow.permissions)
    if shared and any("permissions" not in job for job in workflow.jobs.values()) and len(workflow.jobs) > 1:
        yield Finding(
            REASON_PERMISSIONS, f"all jobs of the workflow may write {', '.join(shared)}.", workflow.file, _LEAST
        )


def _permissions(permissions: Any, place: str, *, analyses: bool) -> Iterator[Finding]:
    if permissions is None:
        yield Finding(REASON_PERMISSIONS, "without `permissions`, a job may do what the settings say.", place, _LEAST)
        return
    allowed = {"security-events"} if analyses else set()
    wide = [one for one in may_write(permissions) if one not in allowed]
    if wide:
        yield Finding(REASON_PERMISSIONS, f"the job may write {', '.join(wide)}.", place, _LEAST)
    if analyses and "security-events" not in may_write(permissions) and permissions != "write-all":
        yield Finding(REASON_CANNOT_UPLOAD, "the job may not write security-events.", place, _LEAST)
    elif analyses and isinstance(permissions, Mapping) and permissions.get("contents", "none") == "none":
        yield Finding(
            REASON_CANNOT_UPLOAD, "the job may not read contents, so a private repository fails.", place, _LEAST
        )

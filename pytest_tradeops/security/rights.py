"""Whose code a workflow runs, and what its token may write; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PINNED = re.compile(r"(?:[^@\s]+@[0-9a-fA-F]{40}|docker://[^@\s]+@sha256:[0-9a-f]{64})")
#: What GitHub takes from the repository itself, at the commit of the run.
_OWN = ("./", "$/")


def is_fixed(used: str) -> bool:
    """Whether what `uses` names is the repository's own, or a commit or digest that nobody can move."""
    used = used.strip()
    return not used or used.startswith(_OWN) or _PINNED.fullmatch(used) is not None


def used_by(job: Mapping[str, Any]) -> Iterator[str]:
    """What a job, or the `runs` of an action, uses: the workflow that it calls, and the actions of its steps."""
    yield str(job.get("uses") or "").strip()
    for step in job.get("steps") or ():
        if isinstance(step, Mapping):
            yield str(step.get("uses") or "").strip()


def unpinned(job: Mapping[str, Any]) -> list[str]:
    """What a job uses and others can change."""
    return [used for used in used_by(job) if not is_fixed(used)]


def may_write(permissions: Any) -> list[str]:
    """What `permissions` lets a token write, sorted; `everything` for all."""
    if permissions == "write-all":
        return ["everything"]
    if not isinstance(permissions, Mapping):
        return []
    return sorted(name for name, level in permissions.items() if level == "write")

"""The way in which SEC-007 breaks a workflow that merges."""

import re
from pathlib import Path
from typing import Any

from ..raw_workflows import raw_steps, raw_workflows
from ..workflows import document_of
from ..yaml_files import written
from . import FILE, PATCH
from .simulation import is_merging

_ONLY_PATCH = re.compile(rf"([\w.\[\]'-]+)\s*==\s*'{PATCH}'")


def widened(root: Path, start: str) -> list[tuple[str, str]]:
    """The workflows that merge, their conditions widened to all but major updates: path and text of each.

    Args:
        start: What is broken where the subject has no workflow of its own that can be used.
    """
    found = {
        name: document
        for name, text, document in raw_workflows(root)
        if "dependabot" in text.lower() and any(is_merging(one) for one in raw_steps(document))
    }
    found = found or {FILE: document_of(start)}
    for document in found.values():
        _widen(document)
    return [(name, written(document)) for name, document in found.items()]


def _widen(document: Any) -> None:
    for step in raw_steps(document):
        condition = str(step.get("if", ""))
        wider = _ONLY_PATCH.sub(r"\1 != 'version-update:semver-major'", condition)
        if wider != condition:
            step["if"] = wider
        elif is_merging(step):
            step.pop("if", None)
            if "run" in step:  # the script may look at the update itself
                step["run"] = 'gh pr merge --auto --squash "$TRADEOPS_PULL_REQUEST"'
                own = step.get("env")
                step["env"] = {
                    **(own if isinstance(own, dict) else {}),
                    "GH_TOKEN": "${{ github.token }}",
                    "TRADEOPS_PULL_REQUEST": "${{ github.event.pull_request.html_url }}",
                }

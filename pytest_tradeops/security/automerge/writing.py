"""The way in which SEC-007 breaks a workflow that merges."""

import re
from pathlib import Path
from typing import Any

from ..project_tree import read_tree
from ..workflows import FOLDER, document_of
from ..yaml_files import Unreadable, read_text, written
from . import FILE, PATCH
from .simulation import is_merging

_ONLY_PATCH = re.compile(rf"([\w.\[\]'-]+)\s*==\s*'{PATCH}'")


def widened(root: Path, start: str) -> list[tuple[str, str]]:
    """The workflows that merge, their conditions widened to all but major updates: path and text of each.

    Args:
        start: What is broken where the subject has no workflow of its own that can be used.
    """
    found = {}
    for name in read_tree(root).names:
        if re.fullmatch(rf"{re.escape(FOLDER)}/[^/]+\.ya?ml", name):
            try:
                text = read_text(root / name)
                document = document_of(text)
            except Unreadable:
                continue
            if "dependabot" in text.lower() and any(is_merging(one) for one in _steps(document)):
                found[name] = document
    found = found or {FILE: document_of(start)}
    for document in found.values():
        _widen(document)
    return [(name, written(document)) for name, document in found.items()]


def _widen(document: Any) -> None:
    for step in _steps(document):
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


def _steps(document: Any) -> list[dict[str, Any]]:
    jobs = document.get("jobs") if isinstance(document, dict) else None
    listed = [job.get("steps") for job in jobs.values() if isinstance(job, dict)] if isinstance(jobs, dict) else []
    return [step for steps in listed if isinstance(steps, list) for step in steps if isinstance(step, dict)]

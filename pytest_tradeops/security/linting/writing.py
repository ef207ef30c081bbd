"""Each way in which SEC-027 breaks a workflow."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..raw_workflows import raw_workflows
from ..schemas import problems
from ..workflows import FOLDER
from ..yaml_files import written

_PIN = re.compile(r"(\buses:\s*[\"']?[\w./-]+)@[0-9a-f]{40}\b")
#: Written where the subject has nothing to break.
_NEW = f"{FOLDER}/tradeops-planted.yml"
_STEP = {"run": 'echo "${{ github.event.pull_request.title }}"'}


def by_tag(root: Path) -> tuple[str, str]:
    """A workflow with an action that is named by a tag: its path and text."""
    for name, text, _ in raw_workflows(root):
        changed = _PIN.sub(r"\1@v1", text, count=1)
        if changed != text:
            return name, changed
    return _NEW, written(_made_up({"uses": "actions/checkout@v7"}))


def injected(root: Path) -> tuple[str, str]:
    """A workflow with a step that puts the title of a pull request into a script."""

    def change(job: dict[str, Any]) -> None:
        job["steps"].append(dict(_STEP))

    return _changed(root, change) or (_NEW, written(_made_up(_STEP)))


def misspelt(root: Path) -> tuple[str, str]:
    """A workflow with a typo in a key."""

    def change(job: dict[str, Any]) -> None:
        job["runs_on"] = job.pop("runs-on")

    planted = _made_up(_STEP)
    change(planted["jobs"]["planted"])
    return _changed(root, change) or (_NEW, written(planted))


def _changed(root: Path, change: Callable[[dict[str, Any]], None]) -> tuple[str, str] | None:
    for name, _, document in raw_workflows(root):
        if problems("github-workflows", document):
            continue  # a linter would not read it
        for job in document["jobs"].values():
            if isinstance(job, dict) and "runs-on" in job and isinstance(job.get("steps"), list):
                change(job)
                return name, written(document)
    return None


def _made_up(step: dict[str, Any]) -> dict[str, Any]:
    job = {"runs-on": "ubuntu-24.04", "steps": [step]}
    return {"on": "pull_request", "permissions": {}, "jobs": {"planted": job}}

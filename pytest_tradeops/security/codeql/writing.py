"""Each way in which SEC-021 breaks a CodeQL workflow."""

from pathlib import Path
from typing import Any

from ..project_tree import read_tree
from ..raw_workflows import raw_steps, raw_workflows
from ..workflows import document_of
from ..yaml_files import written
from . import ACTION, FILE

Broken = list[tuple[str, str]]


def impossible(root: Path, start: str) -> Broken:
    """The workflows, their analysis guarded by a condition that never holds: path and text of each.

    Args:
        start: What is broken where the subject has no workflow of its own that can be used.
    """
    found = _workflows(root, start)
    for document in found.values():
        for step in _steps(document, "analyze"):
            step["if"] = "${{ github.event_name == 'never' }}"
    return _dumped(found)


def ignoring(root: Path, start: str, folder: str) -> Broken:
    """The workflows, with a configuration that ignores a folder; everything if that has no Python file."""
    sources = [name for name in read_tree(root).names if name.endswith(".py")]
    inside = any(name.startswith(f"{folder.strip('/')}/") for name in sources)
    found = _workflows(root, start)
    for document in found.values():
        for step in _steps(document, "init"):
            with_ = step.setdefault("with", {})
            with_.pop("config-file", None)
            with_["config"] = written({"paths-ignore": [folder.strip("/") if inside else "**"]})
    return _dumped(found)


def one_month(root: Path, start: str) -> Broken:
    """The workflows, their schedule limited to January."""
    found = _workflows(root, start)
    for document in found.values():
        on = document["on"]
        events = {on: {}} if isinstance(on, str) else {one: {} for one in on} if isinstance(on, list) else on
        document["on"] = events | {"schedule": [{"cron": "30 4 * 1 1"}]}
    return _dumped(found)


def _workflows(root: Path, start: str) -> dict[str, dict[str, Any]]:
    found = {name: document for name, _, document in raw_workflows(root) if "on" in document and _steps(document, "")}
    return found or {FILE: document_of(start)}


def _steps(document: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [step for step in raw_steps(document) if str(step.get("uses", "")).lower().startswith(f"{ACTION}/{action}")]


def _dumped(found: dict[str, dict[str, Any]]) -> Broken:
    return [(name, written(document)) for name, document in found.items()]

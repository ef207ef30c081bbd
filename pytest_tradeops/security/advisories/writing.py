"""Each way in which SEC-023 breaks the step that asks for advisories."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ... import processes
from ..ci.stage import Stage
from ..project_tree import read_tree
from ..workflows import document_of, read_workflows
from ..yaml_files import read_text, written
from . import FILE, asking, starter

Broken = list[tuple[str, str]]


def never(root: Path, branch: str) -> Broken:
    """The workflows, the asking steps guarded by a condition that never holds: path and text of each."""

    def guard(_: dict[str, Any], step: dict[str, Any]) -> None:
        step["if"] = "${{ github.event_name == 'never' }}"

    return _changed(root, branch, guard)


def misspelt(root: Path, branch: str) -> Broken:
    """The workflows, the asking steps with a lock that is not there, and with an end that is always well."""
    return _changed(root, branch, lambda _, step: step.update(run="tradeops advisories --lock uv.lok || true"))


def failing(root: Path, branch: str) -> Broken:
    """The workflows, the asking steps with a command that a weakness fails."""

    def strict(job: dict[str, Any], step: dict[str, Any]) -> None:
        for one in (job, step):
            one.pop("continue-on-error", None)
        step["run"] = "tradeops advisories --strict"

    return _changed(root, branch, strict)


def _changed(root: Path, branch: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Broken:
    """The workflows that ask; the one that `tradeops init` writes where there is none."""
    tree = read_tree(root)
    workflows, _ = read_workflows(root, tree.names)
    with processes.scratch("tradeops-stage-") as place:
        found, _ = asking.find(tuple(workflows), tree, branch, Stage(tree, place, ""))
    places = {(one.step.file, one.step.job, one.step.number) for one in found}
    documents = {file: document_of(read_text(root / file)) for file, _, _ in places}
    if not places:
        documents[FILE] = document_of(starter(branch))
        steps = documents[FILE]["jobs"]["advisories"]["steps"]
        places = {
            (FILE, "advisories", number)
            for number, step in enumerate(steps, start=1)
            if step.get("run") == "tradeops advisories"
        }
    for file, job, number in sorted(places):
        whole = documents[file]["jobs"][job]
        change(whole, whole["steps"][number - 1])
    return [(file, written(document)) for file, document in sorted(documents.items())]

"""Workflows as YAML has them, whether GitHub would take them or not: for planted faults, which break them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .project_tree import read_tree
from .workflows import document_of, is_workflow
from .yaml_files import Unreadable, read_text


def raw_workflows(root: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, text and document of each workflow that is YAML and has jobs."""
    for name in read_tree(root).names:
        if not is_workflow(name):
            continue
        try:
            text = read_text(root / name)
            document = document_of(text)
        except Unreadable:
            continue
        if isinstance(document, dict) and isinstance(document.get("jobs"), dict):
            yield name, text, document


def raw_jobs(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The jobs that are mappings."""
    return [job for job in document["jobs"].values() if isinstance(job, dict)]


def raw_steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of all jobs that are mappings."""
    listed = [job["steps"] for job in raw_jobs(document) if isinstance(job.get("steps"), list)]
    return [step for steps in listed for step in steps if isinstance(step, dict)]

"""The times that pytest-benchmark stored, for a look at where they went. They are never compared with: see the rule."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Files that are read, the newest; a year of daily runs.
_MOST = 365
#: Bytes of one file; with `--benchmark-save-data` it holds every round.
_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True, order=True)
class Stored:
    """One benchmark in one stored run.

    Attributes:
        at: ISO 8601, UTC.
        seconds: Of the fastest round.
        commit: The commit's id, as far as it was stored; empty otherwise.
    """

    at: str
    seconds: float
    commit: str = ""


def read_history(root: Path) -> dict[str, list[Stored]]:
    """What lies below `.benchmarks` of the root, by node id and oldest first. What cannot be read is left out."""
    found: dict[str, list[Stored]] = {}
    paths = sorted((root / ".benchmarks").rglob("*.json"), key=lambda path: path.stat().st_mtime)[-_MOST:]
    for path in paths:
        for name, one in _run(path):
            found.setdefault(name, []).append(one)
    return {name: sorted(stored) for name, stored in found.items()}


def _run(path: Path) -> list[tuple[str, Stored]]:
    try:
        if path.stat().st_size > _LARGEST:
            return []
        document = json.loads(path.read_text(encoding="utf-8"))
        at, commit = str(document["datetime"]), _commit(document)
        return [
            (str(one["fullname"]), Stored(at, float(one["stats"]["min"]), commit)) for one in document["benchmarks"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _commit(document: Mapping[str, Any]) -> str:
    info = document.get("commit_info")
    return str(info.get("id") or "")[:12] if isinstance(info, Mapping) else ""

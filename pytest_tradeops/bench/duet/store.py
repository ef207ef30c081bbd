"""Keeps the pairs of a run on disk, so that one that is killed goes on where it was."""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .measured import Failure, Measured
from .pair import PairResult


class Store:
    """A file with one line for each pair, for one pair of trees. A line that was cut off by a crash does not count.

    Args:
        path: Of the file; its folder is made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, result: PairResult) -> None:
        """Appends a pair. A disk that is full, or a place that cannot be written to, costs the resumption only."""
        line = json.dumps(asdict(result), default=repr)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            self.clear()

    def load(self) -> list[PairResult]:
        """The pairs so far; what comes behind a line that cannot be read is cut off."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        except OSError:
            return []
        found: list[PairResult] = []
        for line in lines:
            try:
                found.append(_pair(json.loads(line if line.endswith("\n") else "")))
            except (ValueError, TypeError, KeyError, AttributeError):  # cut off, or of another version
                self.clear()
                for one in found:
                    self.add(one)
                break
        return found

    def clear(self) -> None:
        """Forgets the run."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _pair(line: dict[str, Any]) -> PairResult:
    measured = {
        name: Measured(**{**one, "base": tuple(one["base"]), "candidate": tuple(one["candidate"])})
        for name, one in line["measured"].items()
    }
    failed = {name: Failure(tuple(one["labels"]), one["why"]) for name, one in line["failed"].items()}
    return PairResult(**{**line, "measured": measured, "failed": failed})

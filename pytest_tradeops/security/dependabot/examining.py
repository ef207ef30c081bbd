"""Holds a Dependabot configuration against the tree that it should watch."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ...model import Finding
from ..project_tree import read_tree
from ..recurrence import WEEK
from . import (
    FILES,
    REASON_GAP,
    REASON_IDLE,
    REASON_INVALID,
    REASON_MISSING,
    REASON_NOT_COVERED,
    REASON_NOTHING,
    REASON_SCHEDULE,
)
from .config import Config, Entry, read_config
from .manifests import Manifest, find
from .schedule import recurrence

#: Ecosystems whose manifests are all known here; of others it is not said that an entry watches nothing.
_KNOWN = frozenset(
    {
        "bun", "bundler", "cargo", "composer", "docker-compose", "github-actions", "gitsubmodule", "gomod", "maven",
        "mix", "npm", "pip", "pre-commit", "pub", "uv",
    }
)  # fmt: skip
#: They read each other's manifests, if not as well.
_RELATED = (frozenset({"pip", "uv"}), frozenset({"npm", "bun"}))


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at.

    Attributes:
        file: The configuration, relative to the root; empty if there is none.
        gaps: Entry's place to its longest time without a run, or to a sentence why there is none to be told.
    """

    file: str
    config: Config
    manifests: tuple[Manifest, ...]
    branches: frozenset[str]
    gaps: dict[str, timedelta | str]

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree and day."""
        return {
            "configuration": self.file,
            "manifests": {one.path: _watch(one) for one in self.manifests},
            "entries": {
                one.place: f"{one.ecosystem} at {', '.join(one.folders)}, {one.schedule.get('interval', 'never')}"
                for one in self.config.entries
            },
            "longest gap in days": {
                place: round(gap / timedelta(days=1), 2) for place, gap in self.gaps.items() if not isinstance(gap, str)
            },
        }


def examine(root: Path, *, branches: Collection[str], start: date) -> Examination:
    """Reads the configuration and the tree, and computes a year of runs.

    Args:
        branches: Names that the default branch may have; an entry with another `target-branch` does not watch it.
        start: The first day of the year.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    file = next((name for name in FILES if os.path.lexists(root / name)), "")
    config = read_config(root / file) if file else Config(())
    gaps: dict[str, timedelta | str] = {}
    if not config.problems:
        for entry in config.entries:
            try:
                gaps[entry.place] = recurrence(entry.schedule).longest_gap(start)
            except ValueError as error:
                gaps[entry.place] = f"{entry.schedule.get('cronjob', '')!r} {error}"
    return Examination(file, config, find(read_tree(root)), frozenset(branches), gaps)


def findings(examination: Examination) -> list[Finding]:
    """What is wrong; empty if every manifest is watched, and every entry runs at least once a week."""
    if not examination.file:
        many = len(examination.manifests)
        what = f"of what {many} manifest{'s name' if many > 1 else ' names'}" if many else "of anything"
        said = f"there is no {FILES[0]}, so nobody looks for new versions {what}."
        command = "Run `tradeops init dependabot`."
        remedy = command if many else f"Write down what the bot runs on, in a requirements.txt for one. {command}"
        return [Finding(REASON_MISSING, said, FILES[0], remedy)]
    if examination.config.problems:
        remedy = "Correct it, or delete it and run `tradeops init dependabot`."
        return [Finding(REASON_INVALID, f"{one}.", examination.file, remedy) for one in examination.config.problems]
    return [*_not_covered(examination), *_idle(examination), *_rare(examination)]


def _not_covered(examination: Examination) -> Iterator[Finding]:
    if not examination.manifests:
        yield Finding(
            REASON_NOTHING,
            "no file names a dependency, so there is nothing that Dependabot could watch.",
            remedy="Write down what the bot runs on: pyproject.toml with uv.lock, or requirements.txt.",
        )
    for manifest in examination.manifests:
        refusals = [_refusal(entry, manifest, examination.branches) for entry in examination.config.entries]
        if "" not in refusals:
            near = next((one for one in refusals if one), "")
            yield Finding(
                REASON_NOT_COVERED,
                f"no entry watches {manifest.path}{f': {near}' if near else ''}.",
                examination.file,
                f"Let an entry for {_watch(manifest)} update it, without exceptions.",
            )


def _refusal(entry: Entry, manifest: Manifest, branches: frozenset[str]) -> str | None:
    """Empty if the entry watches the manifest, None if it has nothing to do with it, else why it does not."""
    if entry.ecosystem not in manifest.ecosystems:
        return None
    seen_from = [folder for folder in manifest.folders if entry.looks_at(folder)]
    if not seen_from:
        return f"{entry.place} is for {entry.ecosystem} at {', '.join(entry.folders)}"
    if all(entry.excludes(manifest.path, folder) for folder in seen_from):
        return f"{entry.place} leaves it out by exclude-paths"
    if entry.target and entry.target not in branches:
        return f"{entry.place} watches the branch {entry.target}"
    return f"{entry.place} {entry.inactive}" if entry.inactive else ""


def _idle(examination: Examination) -> Iterator[Finding]:
    for entry in examination.config.entries:
        related = next((one for one in _RELATED if entry.ecosystem in one), {entry.ecosystem})
        own = [one for one in examination.manifests if not related.isdisjoint(one.ecosystems)]
        if entry.ecosystem in _KNOWN and not any(entry.looks_at(place) for one in own for place in one.folders):
            yield Finding(
                REASON_IDLE,
                f"{entry.place} looks for {entry.ecosystem} at {', '.join(entry.folders)}, where there is nothing.",
                examination.file,
                "Point it to the folder of the manifest, or remove it.",
            )


def _rare(examination: Examination) -> Iterator[Finding]:
    for entry in examination.config.entries:
        gap = examination.gaps[entry.place]
        if isinstance(gap, str):
            yield Finding(
                REASON_SCHEDULE,
                f"{entry.place}: {gap}, so its runs cannot be told.",
                examination.file,
                "Write interval: weekly, or a cronjob of five fields such as `0 5 * * 1`.",
            )
        elif gap > WEEK:
            yield Finding(
                REASON_GAP,
                f"{entry.place}, {entry.schedule['interval']}, leaves out {gap / timedelta(days=1):.3g} days.",
                examination.file,
                "Write interval: weekly.",
            )


def _watch(manifest: Manifest) -> str:
    return f"{' or '.join(manifest.ecosystems)} at {manifest.folders[0]}"

"""Reads `.github/dependabot.yml`: by GitHub's schema, and by what the schema does not say."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..globs import matches
from ..schemas import MOST, problems
from ..yaml_files import Unreadable, parse, read_text

_SEMVER = frozenset(f"version-update:semver-{one}" for one in ("major", "minor", "patch"))
_ANY_VERSION = re.compile(r"\s*(?:\*|>=?\s*0(?:\.0)*)\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `updates`.

    Attributes:
        place: Such as `updates[0]`.
        folders: From the root, as `/a`; with patterns if it has `directories`.
        patterned: Whether `folders` are patterns.
        excluded: Its `exclude-paths`.
        inactive: Why it updates nothing, or not everything, as the end of a sentence; empty if it updates all.
        schedule: Its own, or that of its group; empty if there is none.
    """

    place: str
    ecosystem: str
    folders: tuple[str, ...]
    patterned: bool
    excluded: tuple[str, ...]
    inactive: str
    schedule: Mapping[str, Any]
    target: str = ""

    def looks_at(self, folder: str) -> bool:
        """Whether a folder such as `/` or `/bot` is one of its own."""
        if self.patterned:
            return any(matches(folder, one) for one in self.folders)
        return folder in self.folders

    def excludes(self, path: str, folder: str) -> bool:
        """Whether `exclude-paths` leave out a file, taken from the root or from the folder that it is seen from."""
        below = posixpath.relpath(f"/{path}", folder)
        return any(_excluded(one, pattern) for one in {path, below} for pattern in self.excluded)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration; `problems` are sentences, and without any of them `entries` can be relied on."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def read_config(path: Path) -> Config:
    """Reads and validates one file; whatever is wrong is a problem, never an exception.

    Raises:
        Inconclusive: check-jsonschema, which carries GitHub's schema, is not installed.
    """
    try:
        document = parse(read_text(path))
    except Unreadable as error:
        return Config((), (f"the file {error}",))
    refused = problems("dependabot", document)
    if refused:
        return Config((), refused)
    groups = document.get("multi-ecosystem-groups", {})
    entries = tuple(_entry(number, one, groups) for number, one in enumerate(document["updates"]))
    return Config(entries, tuple(_own_problems(entries))[:MOST])


def normal(folder: str) -> str:
    """A folder as Dependabot takes it: from the root, whatever slashes and dots it is written with."""
    return posixpath.normpath("/" + folder.strip("/"))


def _entry(number: int, one: Mapping[str, Any], groups: Mapping[str, Any]) -> Entry:
    patterned = "directories" in one
    folders = one["directories"] if patterned else [one["directory"]]
    group = one.get("multi-ecosystem-group")
    schedule = groups.get(group, {}).get("schedule", {}) if group else one["schedule"]
    return Entry(
        f"updates[{number}]",
        one["package-ecosystem"],
        tuple(normal(folder) for folder in folders),
        patterned,
        tuple(one.get("exclude-paths", ())),
        _inactive(one),
        schedule,
        one.get("target-branch", ""),
    )


def _own_problems(entries: tuple[Entry, ...]) -> Iterator[str]:
    if not entries:
        yield "updates: has no entry"
    seen: dict[tuple[str, str, str], str] = {}
    for entry in entries:
        for folder in dict.fromkeys(entry.folders):
            first = seen.setdefault((entry.ecosystem, folder, entry.target), entry.place)
            if first != entry.place:
                yield f"{entry.place}: watches {entry.ecosystem} at {folder} as {first} does, which Dependabot refuses"
        if not entry.schedule:
            yield f"{entry.place}: its multi-ecosystem-group is not defined, so it has no schedule"


def _inactive(one: Mapping[str, Any]) -> str:
    if one.get("open-pull-requests-limit") == 0:
        return "has open-pull-requests-limit 0"
    left = set(_SEMVER)
    for rule in one.get("ignore", ()):
        if set(rule.get("dependency-name", "*")) != {"*"}:
            continue
        versions = rule.get("versions", ())
        ranges = [versions] if isinstance(versions, str) else list(versions)
        left -= set(rule.get("update-types", () if ranges else _SEMVER))
        if any(_ANY_VERSION.fullmatch(text) for text in ranges):
            left.clear()
    if not left:
        return "ignores every update"
    allowed = one.get("allow")
    if allowed is not None and not _allows_all(allowed):
        return "allows updates of some dependencies only"
    if "multi-ecosystem-group" in one and not any(set(text) == {"*"} for text in one.get("patterns", ("*",))):
        return "has patterns for some dependencies only"
    return ""


def _allows_all(rules: Any) -> bool:
    kinds: set[str] = set()
    for rule in rules:
        if set(rule.get("dependency-name", "*")) == {"*"} and set(rule.get("update-types", _SEMVER)) >= _SEMVER:
            kinds.add(rule.get("dependency-type", "all"))
    return bool(kinds & {"all", "direct"}) or kinds >= {"production", "development"}


def _excluded(path: str, pattern: str) -> bool:
    """As Dependabot matches: a file, a folder above it, or a glob in which `*` also crosses folders."""
    plain = posixpath.normpath(pattern.strip("/") or ".").removesuffix("/**")
    if plain in (".", "**", "*"):
        return True
    return path == plain or path.startswith(f"{plain}/") or fnmatchcase(path, plain) or matches(path, pattern)

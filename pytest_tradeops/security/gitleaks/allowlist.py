"""What a subject's `.gitleaks.toml` allows, and whether each entry is one that a reviewer could have agreed to.

An allowlist is needed: documentation prints example keys, tests hold made-up ones. It is also where a true secret
hides best. So an entry explains a hidden finding only if it says why and names both where and what; and no entry
explains one in code that runs, but for named commits, whose content nobody can change any more.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from . import CONFIG, RULES
from .running import Leak, Untrusted

#: Folders whose content does not run in production.
_ASIDE = frozenset({"doc", "docs", "example", "examples", "fixtures", "test", "testdata", "tests"})
#: Whatever an expression is meant for, it is not meant for all of these.
_ANYTHING = ("q7", "zz/Y0-_x.unlikely", "0xF00D ~ no such thing")
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One allowlist that holds for all rules, or for those of `rules`.

    Attributes:
        all_of: Its conditions must hold together; by default gitleaks asks for any of them.
    """

    reason: str
    paths: tuple[str, ...]
    contents: tuple[str, ...]
    commits: tuple[str, ...]
    rules: tuple[str, ...]
    all_of: bool

    @property
    def label(self) -> str:
        return repr(self.reason or ", ".join((*self.paths, *self.contents, *self.commits))[:60])

    def explains(self, leak: Leak) -> bool:
        """Whether this is a reasoned, narrow entry for just such a finding."""
        if len(self.reason.split()) < _FEWEST_WORDS or not self.all_of or not self.paths:
            return False
        if self.rules and leak.rule not in self.rules:
            return False
        if any(_matches_anything(one) for one in (*self.paths, *self.contents)):
            return False
        if not any(_search(pattern, leak.path) for pattern in self.paths):
            return False
        if self.commits:
            return leak.commit in self.commits
        return bool(self.contents) and not in_production(leak.path)

    def reaches(self, files: Iterable[str]) -> list[str]:
        """The files in which this entry allows whatever stands there, of those that run in production."""
        says_what = self.commits or (self.contents and not any(_matches_anything(one) for one in self.contents))
        if self.rules or (self.all_of and says_what):
            return []
        if not self.all_of and any(_matches_anything(one) for one in self.contents):
            return [name for name in files if in_production(name)]
        return [name for name in files if in_production(name) and any(_search(one, name) for one in self.paths)]


@dataclass(frozen=True, slots=True)
class Config:
    """A `.gitleaks.toml` as far as its own text goes.

    Attributes:
        disabled: Ids of those that it leaves out.
        rules: Ids of its own.
        familiar: All its rules are gitleaks' or this package's, word for word: it finds nothing that an audit does not.
    """

    disabled: tuple[str, ...]
    rules: tuple[str, ...]
    entries: tuple[Entry, ...]
    familiar: bool


def read_config(path: Path) -> Config:
    """Reads the file.

    Raises:
        Untrusted: it cannot be read, or is not TOML.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the parser's own message would quote the line
        raise Untrusted(
            f"{CONFIG} cannot be read as TOML.", remedy="Correct it, or write a new one: docs/secrets.md."
        ) from None
    extend = _table(document.get("extend"))
    tables = _tables(document.get("rules"))
    known = _tables(tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"])
    rules = [str(one.get("id", "")) for one in tables]
    entries = [*_tables(document.get("allowlist")), *_tables(document.get("allowlists"))]
    return Config(
        disabled=_texts(extend.get("disabledRules")),
        rules=tuple(one for one in rules if one),
        entries=tuple(_entry(one) for one in entries),
        familiar="path" not in extend and all(one in known for one in tables),
    )


def in_production(path: str) -> bool:
    """Whether a file may be part of what runs: none of its folders is for tests, examples or documentation."""
    return not any(part.lower() in _ASIDE for part in PurePosixPath(path).parts[:-1])


def _entry(table: Mapping[str, Any]) -> Entry:
    return Entry(
        reason=str(table.get("description", "")).strip(),
        paths=_texts(table.get("paths")),
        contents=_texts(table.get("regexes")) + _texts(table.get("stopwords")),
        commits=_texts(table.get("commits")),
        rules=_texts(table.get("targetRules")),
        all_of=str(table.get("condition", "")).upper() in ("AND", "&&"),
    )


def _matches_anything(pattern: str) -> bool:
    return all(_search(pattern, one) for one in _ANYTHING)


def _search(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # Go's dialect, not Python's: taken for the widest that it could be
        return True


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _tables(value: object) -> Sequence[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [value]
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()

"""Parses and writes `tradeops-bandit-baseline.toml`; pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ... import clock
from ...config import read_entries, suggestion
from ...exceptions import ConfigError
from ...model import Finding
from .key import Key

#: How far ahead an expiry may lie. More than a waiver's: that one excuses a whole check, an entry one statement.
LONGEST = timedelta(days=365)
REASON_UNUSABLE = "bandit: baseline unusable"

_TEXTS = ("rule", "file", "within", "line", "owner", "reason")
_KEYS = (*_TEXTS, "expires")
_REMEDY = "`tradeops baseline create` writes entries; docs/baseline.md has one."
_HEAD = """\
# Findings of bandit that are known and owned until a day: one entry for each, so that one more of the same kind blocks.
# `tradeops baseline create` writes it; docs/baseline.md of pytest-tradeops says what the keys mean.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding that somebody owns.

    Attributes:
        expires: The last UTC day on which it counts.
        where: File and line of the entry itself, for messages.
    """

    key: Key
    owner: str
    reason: str
    expires: date
    where: str = ""

    def counts(self, today: date) -> bool:
        """Whether it has not expired on the UTC day `today`."""
        return today <= self.expires


def parse(text: str, today: date, *, name: str) -> tuple[list[Entry], list[Finding]]:
    """The entries of a file that can be used, expired ones too, and what is wrong with the rest.

    Args:
        today: The UTC day from which the longest expiry is counted.
        name: The file's name, for messages.
    """
    try:
        tables, others = read_entries(text, "finding", name)
    except ConfigError as error:
        return [], [Finding(REASON_UNUSABLE, error.message, name, error.remedy)]
    problems = [Finding(REASON_UNUSABLE, f"Unknown key {key!r}.", name, _REMEDY) for key in others]
    if tables is None:
        return [], [*problems, Finding(REASON_UNUSABLE, "finding is not a list of tables.", name, _REMEDY)]
    entries = []
    for table, line in tables:
        where = f"{name}:{line}" if line else name
        found = list(_problems(table, today, where))
        problems += found
        if not found:
            rule, file, within, digest, owner, reason = (table[key] for key in _TEXTS)
            key = Key(rule, file, within, digest)
            entries.append(Entry(key, owner.strip(), reason.strip(), table["expires"], where))
    return entries, problems


def render(entries: Iterable[Entry]) -> str:
    """The file's text, sorted by file."""
    text = _HEAD
    for entry in sorted(entries, key=lambda one: (one.key.file, one.key, one.expires, one.owner, one.reason)):
        values = (entry.key.rule, entry.key.file, entry.key.within, entry.key.line, entry.owner, entry.reason)
        lines = [f"{key} = {_quoted(value)}" for key, value in zip(_TEXTS, values, strict=True)]
        text += "\n".join(["", "[[finding]]", *lines, f"expires = {entry.expires.isoformat()}", ""])
    return text


def latest(today: date) -> date:
    """The last day on which an entry may expire."""
    return clock.latest(today, LONGEST)


def _problems(table: Any, today: date, where: str) -> Iterator[Finding]:
    if not isinstance(table, Mapping):
        yield Finding(REASON_UNUSABLE, "An entry is not a table.", where, _REMEDY)
        return
    for key in table:
        if key not in _KEYS:
            yield Finding(REASON_UNUSABLE, f"An entry has an unknown key {key!r}.", where, suggestion(key, _KEYS))
    for key in _TEXTS:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            reason = f"bandit: baseline entry without {key}" if key in ("owner", "reason") else REASON_UNUSABLE
            yield Finding(reason, f"An entry has no {key}, or not as a text.", where, _REMEDY)
    expires = table.get("expires")
    if type(expires) is not date:  # a TOML date-time is a `date` too, but its day depends on the time zone
        reason = "bandit: baseline entry without expires"
        yield Finding(reason, "An entry has no expires, or not as a date.", where, "Write expires = 2026-12-31.")
    elif expires > latest(today):
        message = f"An entry expires on {expires}, which is more than {LONGEST.days} days away."
        yield Finding(REASON_UNUSABLE, message, where, f"Write {latest(today)} or earlier.")


def _quoted(text: str) -> str:
    """A basic string; TOML refuses one control character that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

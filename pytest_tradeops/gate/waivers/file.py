"""Parses `tradeops-waivers.toml`; pure."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ... import clock
from ...config import read_entries, suggestion
from ...exceptions import ConfigError
from ...model import Finding

#: How far ahead an expiry may lie. A longer exception is a decision about the check, not about the build.
LONGEST = timedelta(days=90)

_KEYS = ("check", "owner", "reason", "expires")
_EXAMPLE = (
    "Write [[waiver]] with check = 'SEC-001', owner = 'name', reason = 'why', expires = 2026-12-31 (a date, unquoted)."
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One exception.

    Attributes:
        expires: The last UTC day on which it counts.
    """

    check: str
    owner: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"waived by {self.owner} until {self.expires}"

    def counts(self, today: date) -> bool:
        """Whether it has not expired on the UTC day `today`."""
        return today <= self.expires


def parse(
    text: str, known_ids: frozenset[str], today: date, *, name: str = "tradeops-waivers.toml"
) -> tuple[list[Waiver], list[Finding]]:
    """The waivers of a file that can be used, and what is wrong with the rest.

    An expired waiver is no problem of the file: it is returned, and counts no more.

    Args:
        known_ids: Every declared check; a waiver for another id is a problem.
        today: The UTC day from which the longest expiry is counted.
        name: The file's name, for messages.
    """
    try:
        tables, others = read_entries(text, "waiver", name)
    except ConfigError as error:
        return [], [Finding("waivers: not TOML", error.message, name, error.remedy)]
    problems = [Finding("waivers: unknown key", f"Unknown key {key!r}.", name, _EXAMPLE) for key in others]
    if tables is None:
        return [], [*problems, Finding("waivers: not a list", "waiver is not a list of tables.", name, _EXAMPLE)]
    waivers: dict[str, Waiver] = {}
    for table, line in tables:
        where = f"{name}:{line}" if line else name
        found = list(_problems(table, known_ids, today, where))
        if not found and table["check"] in waivers:
            found = [
                Finding(
                    "waivers: duplicate",
                    f"{table['check']} is waived twice.",
                    where,
                    "Keep the entry that is meant.",
                )
            ]
        problems += found
        if not found:
            waiver = Waiver(table["check"], table["owner"].strip(), table["reason"].strip(), table["expires"])
            waivers[waiver.check] = waiver
    return list(waivers.values()), problems


def _problems(table: Any, known_ids: frozenset[str], today: date, where: str) -> Iterator[Finding]:
    if not isinstance(table, Mapping):
        yield Finding("waivers: not a table", "An entry is not a table.", where, _EXAMPLE)
        return
    label = f"The waiver for {table['check']}" if isinstance(table.get("check"), str) else "A waiver"
    for key in table:
        if key not in _KEYS:
            yield Finding("waivers: unknown key", f"{label} has an unknown key {key!r}.", where, suggestion(key, _KEYS))
    for key in ("check", "owner", "reason"):
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            yield Finding(f"waivers: no {key}", f"{label} has no {key}, or not as a text.", where, _EXAMPLE)
    check = table.get("check")
    if isinstance(check, str) and check.strip() and check not in known_ids:
        yield Finding("waivers: unknown check", f"No check is called {check!r}.", where, _nearest(check, known_ids))
    expires = table.get("expires")
    latest = clock.latest(today, LONGEST)
    if type(expires) is not date:  # a TOML date-time is a `date` too, but its day depends on the time zone
        yield Finding("waivers: no expires", f"{label} has no expires, or not as a date.", where, _EXAMPLE)
    elif expires > latest:
        yield Finding(
            "waivers: expires too late",
            f"{label} expires on {expires}, which is more than {LONGEST.days} days away.",
            where,
            f"Write {latest} or earlier.",
        )


def _nearest(check: str, known_ids: frozenset[str]) -> str:
    near = difflib.get_close_matches(check, sorted(known_ids), n=1)
    return f"Did you mean {near[0]!r}?" if near else "`tradeops list` shows every check."

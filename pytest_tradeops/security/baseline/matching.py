"""Findings against entries, one to one; pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from .file import Entry
from .key import Key


@dataclass(frozen=True, slots=True)
class Match:
    """How findings and entries go together.

    Attributes:
        accepted: Finding, as it was numbered, to the one entry that stands for it.
        beyond: Findings for which no entry is left.
        stale: Entries whose finding is gone.
        moved: Those of `accepted` whose file was renamed.
    """

    accepted: Mapping[int, Entry]
    beyond: tuple[int, ...]
    stale: tuple[Entry, ...]
    moved: frozenset[int]


def match(found: Mapping[int, Key], entries: Iterable[Entry], files: Iterable[str]) -> Match:
    """Gives each finding at most one entry and each entry at most one finding.

    First those with equal keys; then an entry whose file is not there any more goes to a finding that differs in the
    file only, which is a rename. While its file is there, the same statement in another file is a copy, and so new.

    Args:
        found: Findings by any numbers.
        files: Every file that was looked at, as in keys.
    """
    accepted: dict[int, Entry] = {}
    left = _give(accepted, found, tuple(entries), lambda key: key)
    present = frozenset(files)
    homeless = [entry for entry in left if entry.key.file not in present]
    same = set(accepted)
    still = _give(accepted, found, homeless, lambda key: key.moved)
    return Match(
        accepted=dict(sorted(accepted.items())),
        beyond=tuple(sorted(found.keys() - accepted.keys())),
        stale=(*(entry for entry in left if entry.key.file in present), *still),
        moved=frozenset(accepted.keys() - same),
    )


def _give(
    accepted: dict[int, Entry], found: Mapping[int, Key], entries: Iterable[Entry], by: Callable[[Key], Hashable]
) -> list[Entry]:
    """Adds to `accepted`; returns the entries that are left, in their order."""
    waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number in sorted(found.keys() - accepted.keys(), reverse=True):
        waiting[by(found[number])].append(number)
    left = []
    for entry in entries:
        numbers = waiting[by(entry.key)]
        if numbers:
            accepted[numbers.pop()] = entry
        else:
            left.append(entry)
    return left

"""A finding, and the registry of kinds: what can be found, why it matters, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

type Family = Literal["files", "dashboards", "queries", "rules", "conditions", "routing", "data sources"]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One defect.

    Attributes:
        file: As it was given, or found below a folder that was given.
        where: The place in the file: `group "risk", rule "drawdown-critical", query A`; empty for the whole file.
        kind: Name of a `Kind`.
        message: One sentence: what is wrong, in this file's own words.
        remedy: One sentence: what to do.
    """

    file: str
    where: str
    kind: str
    message: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return {
            "file": self.file,
            "where": self.where,
            "kind": self.kind,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be found.

    Attributes:
        name: Stable; `lint` reports it as `kind`.
        why: What happens to those who do not notice.
        bad, good: The smallest example of it, and the same without it.
        remedy: Used where a finding has none of its own.
        needs: `questdb` where it is decided by running queries.
    """

    name: str
    family: Family
    title: str
    why: str
    bad: str
    good: str
    remedy: str
    needs: Literal["", "questdb"] = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, from which findings are made."""

    file: str
    where: str = ""

    def at(self, *parts: str) -> "Place":
        """A place within this one."""
        return Place(self.file, ", ".join((*((self.where,) if self.where else ()), *filter(None, parts))))


@dataclass
class Report:
    """What a lint found, and what it could not examine.

    Attributes:
        examined: Number of each thing examined: dashboards, panels, rules, queries, ...
        skipped: What was left out, with the reason, one sentence each.
        undecided: Kind to the reason why it was not examined in this run.
        tables: Where the tables came from.
        database: What the queries ran on; empty where they did not.
    """

    findings: list[LintFinding] = field(default_factory=list)
    examined: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    undecided: dict[str, str] = field(default_factory=dict)
    tables: str = ""
    database: str = ""
    _known: set[LintFinding] = field(default_factory=set, repr=False)
    _told: set[tuple[str, str, str]] = field(default_factory=set, repr=False)

    def count(self, what: str, number: int = 1) -> None:
        """Counts what was examined."""
        self.examined[what] = self.examined.get(what, 0) + number

    def add(self, kind: str, place: Place, message: str, remedy: str = "") -> None:
        """Adds a finding once, however often it is come across."""
        from .kinds import KINDS

        found = LintFinding(place.file, place.where, kind, message, remedy or KINDS[kind].remedy)
        if found not in self._known:
            self._known.add(found)
            self.findings.append(found)

    def add_once(self, kind: str, place: Place, message: str) -> None:
        """As `add`, but only the first time that a file has this message."""
        key = (place.file, kind, message)
        if key not in self._told:
            self._told.add(key)
            self.add(kind, place, message)

    def skip(self, sentence: str) -> None:
        """Notes what was left out, once."""
        if sentence not in self.skipped:
            self.skipped.append(sentence)

    def as_dict(self) -> Mapping[str, object]:
        """For `--format json`."""
        return {
            "findings": [one.as_dict() for one in self.findings],
            "examined": self.examined,
            "not_examined": [
                *({"what": what, "reason": reason} for what, reason in self.undecided.items()),
                *({"what": "", "reason": sentence} for sentence in self.skipped),
            ],
            "tables": self.tables,
            "database": self.database,
        }

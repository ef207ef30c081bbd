"""What every rendering shows: the verdict with everything it rests on. Already redacted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...model import CheckResult, Verdict


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One item of the checklist, and who claims it.

    Attributes:
        id: Such as `1.4.2` or `V.security.1`.
        section: The heading it stands under.
        checks: Ids of every known check whose `covers` names it, in this run or not; empty when nobody does.
    """

    id: str
    section: str
    text: str
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A judged run.

    Attributes:
        exit_code: What the process ends with: 0, 20, 21, 22 or 23; pytest's own 2, 3 or 4 stay.
        reasons: Why not PROMOTE, the gravest first.
        remedies: What to do about each reason, same order, possibly empty texts.
        subject: `name`, `revision` (git commit or empty), `dirty` (bool).
        results: Sorted by id: every required, advisory and collected check.
        covered: Checklist ids covered by this run.
        items: How many items the checklist has.
        notes: Sentences a reader must know: waivers ignored, expired or unneeded; foreign plugins; overrides.
        environment: Versions of what the run ran on, where known, and the loaded plugins; see `environment.py`.
        started: UTC.
        duration: Seconds.
        checklist: Every item of the checklist, in its own order; without it, reports show no coverage by section.
    """

    verdict: Verdict
    exit_code: int
    profile: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    subject: Mapping[str, Any]
    results: tuple[CheckResult, ...]
    covered: tuple[str, ...] = ()
    items: int = 0
    notes: tuple[str, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    started: datetime = datetime.min
    duration: float = 0.0
    checklist: tuple[ChecklistItem, ...] = ()

    @property
    def signature(self) -> str:
        """Until signed decisions exist, every rendering says so."""
        return "unsigned"

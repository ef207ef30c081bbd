"""What every proof of a dashboard begins with: it is there, its queries run, and its panels show something."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...exceptions import CheckFailed, Inconclusive
from ...model import Finding
from ..asking import Answer, Database, ask
from ..panels import DashboardError, DashboardView, find
from ..sql import TimeRange

HOUR = 3_600 * 10**9
_MISSING_TABLE = "table does not exist"


class Witness(Protocol):
    """Records what a check examined; a check's evidence."""

    def examined(self, count: int, what: str, *, source: Any) -> None: ...

    def fact(self, **facts: Any) -> None: ...

    def attach(self, name: str, text: str, media_type: str) -> None: ...

    def report(self, findings: Iterable[Finding]) -> None: ...


@dataclass(slots=True)
class Proof:
    """What was examined and what was found wrong.

    Attributes:
        word: What the reasons of its findings begin with.
        answers: Of every query of every panel.
        compared: How many numbers were compared with ones worked out apart.
    """

    word: str
    dashboard: DashboardView
    answers: Sequence[Answer] = ()
    findings: list[Finding] = field(default_factory=list)
    compared: int = 0
    span: TimeRange = field(default_factory=lambda: TimeRange(0, HOUR))

    def picture(self) -> str:
        """The dashboard with these answers as SVG; empty where matplotlib is not installed."""
        from ..render.figure import svg

        try:
            return svg(
                self.dashboard, self.answers, self.span, source="rows of a known history, written for this check"
            )
        except Inconclusive:
            return ""

    def tell(self, evidence: Witness, source: Any, *, drawn: bool) -> None:
        """Says what was examined and found; raises CheckFailed as `evidence.report` does.

        Args:
            source: The database, which has a grade.
            drawn: Whether the dashboard's picture is attached.
        """
        evidence.fact(dashboard=self.dashboard.uid, panels=len(self.dashboard.panels))
        evidence.examined(len(self.answers), "panel queries run", source=source)
        evidence.examined(self.compared, "numbers compared with ones worked out apart", source=source)
        if drawn and (picture := self.picture()):
            evidence.attach(f"{self.dashboard.uid}.svg", picture, "image/svg+xml")
        evidence.report(self.findings)

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.answers)

    def add(self, reason: str, message: str, answer: Answer | None = None, remedy: str = "") -> None:
        """Notes a finding, once for each reason and panel; those of the whole dashboard as often as they differ."""
        where = f"{self.dashboard.file.name}: {answer.name}" if answer else self.dashboard.file.name
        finding = Finding(f"{self.word}: {reason}", message, where, remedy or _REMEDY)
        same = [one for one in self.findings if (one.reason, one.where) == (finding.reason, where)]
        if not same or (answer is None and finding not in same):
            self.findings.append(finding)

    def ask(self, database: Database, span: TimeRange) -> None:
        """Runs every query; one that fails or shows nothing is a finding."""
        self.span = span
        self.answers = ask(self.dashboard, database, span)
        if not self.answers:
            self.add("no queries", "The dashboard asks no PostgreSQL data source anything.")
        for answer in self.answers:
            if _MISSING_TABLE in answer.error:
                self.add("table not found", f"The query fails: {answer.error}", answer)
            elif answer.error:
                self.add("query fails", f"The query fails: {answer.error}", answer)
            elif not answer.rows:
                self.add("panel without rows", "The panel is empty though there are rows for it.", answer)


_REMEDY = "Compare it with what `tradeops init monitoring` writes."


def opened(folder: Path, uid: str) -> DashboardView:
    """The dashboard of that uid under the subject's monitoring folder.

    Raises:
        CheckFailed: there is none, or it cannot be read.
    """
    try:
        return find(folder, uid)
    except DashboardError as error:
        raise CheckFailed([Finding("dashboard: missing", error.message, folder.name, error.remedy)]) from None


def hour_before(now_ns: int) -> TimeRange:
    """The hour that a history ends in."""
    return TimeRange(now_ns - HOUR, now_ns)


def near(value: float | None, wanted: float, tolerance: float = 1e-6) -> bool:
    """Whether they are equal but for rounding, or for `tolerance` of the wanted value."""
    return value is not None and math.isclose(value, wanted, rel_tol=tolerance, abs_tol=1e-9)


def near_any(value: float | None, wanted: Iterable[float], tolerance: float = 1e-6) -> bool:
    """Whether it is near one of them."""
    return any(near(value, one, tolerance) for one in wanted)


def known(values: Iterable[float | None]) -> Iterator[float]:
    """Those that are numbers."""
    return (one for one in values if one is not None and not math.isnan(one))

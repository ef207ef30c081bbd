"""The waivers that a run goes by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ...model import CheckResult, Outcome
from .file import Waiver

#: Whoever owns a waiver hears of its end this long before.
_NOTICE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class WaiverBook:
    """The waivers that count for a run, at most one per check.

    Attributes:
        remarks: What the reader must know of the file: ignored, changed, corrected.
    """

    waivers: tuple[Waiver, ...] = ()
    remarks: tuple[str, ...] = ()

    def valid(self, check: str, today: date) -> Waiver | None:
        """The waiver of the check, unless it has expired."""
        waiver = self._of(check)
        return waiver if waiver is not None and waiver.counts(today) else None

    def expired(self, check: str, today: date) -> Waiver | None:
        """The waiver of the check, if it has expired."""
        waiver = self._of(check)
        return None if waiver is None or waiver.counts(today) else waiver

    def unneeded(self, results: Iterable[CheckResult]) -> tuple[Waiver, ...]:
        """The waivers whose check does not fail any more."""
        fine = {one.id for one in results if one.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE)}
        return tuple(waiver for waiver in self.waivers if waiver.check in fine)

    def notes(self, today: date) -> tuple[str, ...]:
        """Sentences for the report: the remarks, then each waiver that has expired or soon will."""
        return (*self.remarks, *(note for waiver in self.waivers if (note := _note(waiver, today))))

    def _of(self, check: str) -> Waiver | None:
        return next((waiver for waiver in self.waivers if waiver.check == check), None)


def _note(waiver: Waiver, today: date) -> str:
    left = (waiver.expires - today).days
    if left < 0:
        return f"The waiver for {waiver.check} of {waiver.owner} expired on {waiver.expires}: repair it or renew it."
    if left <= _NOTICE.days:
        when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
        return f"The waiver for {waiver.check} of {waiver.owner} expires {when}, on {waiver.expires}."
    return ""

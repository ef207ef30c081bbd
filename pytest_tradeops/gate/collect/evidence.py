"""The recorder behind the `evidence` fixture: a check says here what it examined and what it found."""

from collections.abc import Iterable
from typing import Any, NoReturn, Protocol

from ...exceptions import CheckFailed, Inconclusive, NotApplicable
from ...model import Artifact, EvidenceRecord, Examined, Finding, Grade
from ...redaction import Redactor


class Graded(Protocol):
    """Anything that says which grade evidence taken from it has: a service handle, a node, a venue."""

    @property
    def grade(self) -> Grade: ...


class Evidence:
    """Records what one check examined. Nothing leaves it unredacted.

    A check that never calls `examined` with a positive count does not pass, whatever it asserted.
    """

    def __init__(self) -> None:
        self._examined: list[Examined] = []
        self._facts: dict[str, Any] = {}
        self._timings: dict[str, float] = {}
        self._artifacts: dict[str, Artifact] = {}

    def examined(self, count: int, what: str, *, source: "Grade | Graded" = Grade.STATIC) -> None:
        """Says that `count` things were examined.

        Count only what carries the claim: the evidence's grade is the lowest among its sources. Zero is recorded
        too, and lifts nothing.

        Args:
            count: How many, >= 0.
            what: A plural noun phrase: `strategy files`, `rows read back`.
            source: What they were taken from: a grade, or a service handle. Default `static`.
        """
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"examined() takes a whole number >= 0, not {count!r}")
        grade = source if isinstance(source, Grade) else source.grade
        self._examined.append(Examined(count, what, grade))

    def fact(self, **facts: Any) -> None:
        """Records JSON values that are the same on every run of the same subject: versions, counts, names.

        Ports, paths of this machine, pids, nonces and times do not belong here; see `timing`.
        """
        self._facts.update(facts)

    def timing(self, **seconds: float) -> None:
        """Records durations in seconds; left out when two reports are compared."""
        self._timings.update({name: float(value) for name, value in seconds.items()})

    def attach(self, name: str, text: str, media_type: str = "text/plain") -> None:
        """Attaches a text or an SVG picture under a file name; the same name replaces."""
        self._artifacts[name] = Artifact(name, media_type, text)

    def fail(self, reason: str, message: str, *, where: str = "", remedy: str = "") -> NoReturn:
        """Ends the check as failed for one named reason.

        Args:
            reason: The defect's stable name, such as `bandit: B602 HIGH`; planted faults expect it literally.
            message: One sentence: what was found.
            where: File and line.
            remedy: One sentence: what to do next, with the command.
        """
        raise CheckFailed([Finding(reason, message, where, remedy)])

    def report(self, findings: Iterable[Finding]) -> None:
        """Ends the check as failed if there is any finding; returns otherwise."""
        found = tuple(findings)
        if found:
            raise CheckFailed(found)

    def inconclusive(self, message: str, *, remedy: str = "") -> NoReturn:
        """Ends the check because the evidence cannot be had here: no credentials, no tool, no engine."""
        raise Inconclusive(message, remedy=remedy)

    def not_applicable(self, message: str) -> NoReturn:
        """Ends the check because the subject declares that its object cannot exist. Look for contradictions first."""
        raise NotApplicable(message)

    def record(self, redactor: Redactor) -> EvidenceRecord:
        """What was recorded so far, redacted."""
        return EvidenceRecord(
            examined=tuple(Examined(one.count, redactor.text(one.what), one.grade) for one in self._examined),
            facts=redactor.data(self._facts),
            timings=dict(self._timings),
            artifacts=tuple(
                Artifact(redactor.text(one.name), one.media_type, redactor.text(one.text))
                for one in self._artifacts.values()
            ),
        )

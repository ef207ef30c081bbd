"""What is known of one check after a run: from raw phases to the settled result."""

from dataclasses import dataclass

from .check import CheckSpec, FaultSpec
from .evidence import NOTHING, EvidenceRecord
from .finding import Finding
from .grade import Grade
from .outcome import Outcome


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase (`setup`, `call` or `teardown`) of one attempt at one test, as a worker reported it.

    Attributes:
        status: `passed`, `failed` (a named finding or an assertion), `error` (anything else that escaped),
            `inconclusive`, `not_applicable`, `skipped`, `xfailed`, `xpassed`, `rerun` or `guard`.
        message: One sentence; empty when passed.
        duration: Seconds.
    """

    nodeid: str
    when: str
    status: str
    message: str = ""
    remedy: str = ""
    findings: tuple[Finding, ...] = ()
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class TwinResult:
    """What became of one planted fault.

    Attributes:
        caught: The twin failed, in its call, for the expected reason.
        why: One sentence when it was not caught: it passed, crashed, or failed for another reason.
        duration: Seconds.
    """

    fault: FaultSpec
    caught: bool
    why: str = ""
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The settled result of one check: what `judge` reads and reports show.

    Attributes:
        spec: None for a required id that nothing declares.
        reason: One sentence for a person; empty when passed.
        remedy: One sentence: what to do next.
        grade: Of the evidence; None when nothing was examined.
        floor: The grade it had to reach under the profile.
        attempts: 1, or more when it was rerun.
        required: The profile requires it.
        advisory: The profile lists it as advisory.
        waiver: One phrase naming owner and expiry of the waiver that applied or was refused.
    """

    id: str
    outcome: Outcome
    spec: CheckSpec | None = None
    reason: str = ""
    remedy: str = ""
    findings: tuple[Finding, ...] = ()
    evidence: EvidenceRecord = NOTHING
    twins: tuple[TwinResult, ...] = ()
    grade: Grade | None = None
    floor: Grade = Grade.STATIC
    duration: float = 0.0
    budget: float = 0.0
    attempts: int = 1
    required: bool = False
    advisory: bool = False
    waiver: str = ""

    @property
    def covered(self) -> tuple[str, ...]:
        """The checklist items that this run covers: passed, and each with its own twin caught."""
        if self.spec is None or self.outcome is not Outcome.PASSED:
            return ()
        caught = {twin.fault.covers for twin in self.twins if twin.caught}
        return tuple(item for item in self.spec.covers if item in caught)

"""Gathers what workers report, in any order, into one observation per check. Plain data in, plain data out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...model import CheckSpec, EvidenceRecord, Phase, TwinResult
from ...model.evidence import NOTHING


@dataclass
class Observation:
    """What is known of one test of a check. A parametrised check has several.

    Attributes:
        phases: Of every attempt, in the order they were reported.
        reruns: How many attempts ended in a rerun.
        crashed: The worker that ran it died.
    """

    nodeid: str
    spec: CheckSpec
    phases: list[Phase] = field(default_factory=list)
    evidence: EvidenceRecord = NOTHING
    twins: tuple[TwinResult, ...] = ()
    reruns: int = 0
    crashed: bool = False

    @property
    def last_attempt(self) -> list[Phase]:
        """The phases of the last attempt: from its set-up on."""
        starts = [index for index, phase in enumerate(self.phases) if phase.when == "setup"]
        return self.phases[starts[-1] :] if starts else list(self.phases)

    @property
    def repeated(self) -> bool:
        """Whether it ran again without a rerun having been announced: a node id given twice, or several workers."""
        return sum(phase.when == "setup" for phase in self.phases) > self.reruns + 1

    @property
    def finished(self) -> bool:
        """Whether the last attempt was seen to its end."""
        return bool(self.phases) and self.phases[-1].when == "teardown"


class Ledger:
    """Every observation of a run, by node id."""

    def __init__(self) -> None:
        self._observations: dict[str, Observation] = {}

    def expect(self, nodeid: str, spec: CheckSpec) -> None:
        """Notes that a test of a check was collected; it must be seen to its end."""
        self._observations.setdefault(nodeid, Observation(nodeid, spec))

    def observe(
        self, phase: Phase, spec: CheckSpec, evidence: EvidenceRecord, twins: Iterable[TwinResult], *, rerun: bool
    ) -> None:
        """Notes one phase of one attempt."""
        observation = self._observations.setdefault(phase.nodeid, Observation(phase.nodeid, spec))
        observation.phases.append(phase)
        if phase.when == "call":
            observation.evidence = evidence
        observation.twins = tuple(twins)
        observation.reruns += rerun

    def crashed(self, nodeid: str) -> bool:
        """Notes that the worker running `nodeid` died; says whether it was a check."""
        observation = self._observations.get(nodeid)
        if observation is not None:
            observation.crashed = True
        return observation is not None

    def by_check(self) -> dict[str, list[Observation]]:
        """The observations of each check id, sorted by node id; those never seen to start included."""
        grouped: dict[str, list[Observation]] = {}
        for _, observation in sorted(self._observations.items()):
            grouped.setdefault(observation.spec.id, []).append(observation)
        return grouped

    def started(self) -> set[str]:
        """The ids of the checks of which anything was run."""
        return {one.spec.id for one in self._observations.values() if one.phases or one.crashed}

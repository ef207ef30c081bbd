"""From what was observed of a check to its outcome. Pure: the rules of the design, in the order they apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...model import CheckResult, CheckSpec, EvidenceRecord, Grade, Outcome, Phase
from ..collect.ledger import Observation

#: The worst first: a parametrised check is as good as its worst test.
_ORDER = (
    Outcome.ERROR,
    Outcome.FAILED,
    Outcome.MISSING,
    Outcome.INCONCLUSIVE,
    Outcome.OVER_BUDGET,
    Outcome.FLAKY,
    Outcome.WAIVED,
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
)
#: The reason of a check that is known, and that no test of this run was collected for.
NOT_COLLECTED = "it was not run: not collected, or deselected."
_STATUSES = {
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "guard": Outcome.ERROR,
    "inconclusive": Outcome.INCONCLUSIVE,
    "skipped": Outcome.INCONCLUSIVE,
    "xfailed": Outcome.INCONCLUSIVE,
    "xpassed": Outcome.INCONCLUSIVE,
    "over_budget": Outcome.OVER_BUDGET,
    "not_applicable": Outcome.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a check is held to.

    Attributes:
        floor: The lowest grade that counts.
        budget: Seconds its body may take.
        required: The profile requires it today.
        advisory: The profile lists it as advisory.
        not_applicable: The subject's declared reason why it does not apply; empty if none.
        waiver: One phrase naming owner and expiry of a *valid* waiver; empty if none.
        expired_waiver: The same for an expired one.
    """

    floor: Grade
    budget: float
    required: bool = False
    advisory: bool = False
    not_applicable: str = ""
    waiver: str = ""
    expired_waiver: str = ""


def settle(check: str, spec: CheckSpec | None, observations: Sequence[Observation], terms: Terms) -> CheckResult:
    """The result of one check.

    Args:
        spec: None where nothing declares the id.
        observations: Of every collected test of the check; empty when none was.
    """
    if not observations:
        return CheckResult(
            id=check,
            outcome=Outcome.MISSING,
            spec=spec,
            reason="it was not run: nothing declares it." if spec is None else NOT_COLLECTED,
            remedy="Install the version that has it, or correct the profile."
            if spec is None
            else "Run the whole profile.",
            floor=terms.floor,
            budget=terms.budget,
            required=terms.required,
            advisory=terms.advisory,
        )
    # Waived one by one, then the worst: else one parameter's failure would take another's crash under its waiver.
    settled = [_waive(_settle_one(observation, terms), observation, terms) for observation in observations]
    worst = min(settled, key=lambda result: _ORDER.index(result.outcome))
    return replace(worst, **_merged(settled))  # type: ignore[arg-type]


def _settle_one(observation: Observation, terms: Terms) -> CheckResult:
    evidence = observation.evidence
    calls = [phase for phase in observation.last_attempt if phase.when == "call"]
    result = CheckResult(
        id=observation.spec.id,
        outcome=Outcome.PASSED,
        spec=observation.spec,
        findings=tuple(finding for phase in observation.last_attempt for finding in phase.findings),
        evidence=evidence,
        twins=observation.twins,
        grade=evidence.grade,
        floor=terms.floor,
        duration=sum(phase.duration for phase in calls),
        budget=terms.budget,
        attempts=observation.reruns + 1,
        required=terms.required,
        advisory=terms.advisory,
    )
    outcome, reason, remedy = _outcome(observation, result, terms)
    return replace(result, outcome=outcome, reason=reason, remedy=remedy)


def _outcome(observation: Observation, result: CheckResult, terms: Terms) -> tuple[Outcome, str, str]:
    """The worst of what went wrong; a crash does not undo a failure that was seen before it."""
    # Run again without a rerun having been announced, no run is the last one: each counts.
    phases = observation.phases if observation.repeated else observation.last_attempt
    found = [_spoilt(phase, observation, terms) for phase in phases if phase.status != "passed"]
    if observation.crashed:
        found.append((Outcome.MISSING, "the worker that ran it died.", "Run it alone with -n0 to see why."))
    elif not observation.finished:
        reason = "it did not run to its end." if phases else "it was not run: deselected, or the run ended before it."
        found.append((Outcome.MISSING, reason, "Run the whole profile, without -x."))
    elif observation.repeated:
        reason = "it ran more than once in one run."
        found.append((Outcome.INCONCLUSIVE, reason, "Name it once, and leave out --keep-duplicates and --dist each."))
    return min(found, key=lambda one: _ORDER.index(one[0])) if found else _earned(observation, result)


def _spoilt(phase: Phase, observation: Observation, terms: Terms) -> tuple[Outcome, str, str]:
    outcome = _STATUSES[phase.status]
    if outcome is Outcome.NOT_APPLICABLE and not terms.not_applicable:
        return (
            Outcome.ERROR,
            f"it claims not to apply, but no declaration that counts says so: {phase.message}",
            f"Declare it in [tool.tradeops.not_applicable] as {observation.spec.id} = 'reason'; it counts once merged.",
        )
    return outcome, phase.message, phase.remedy


def _earned(observation: Observation, result: CheckResult) -> tuple[Outcome, str, str]:
    """A body that ended well must still have earned its pass."""
    if result.evidence.total == 0:
        return Outcome.INCONCLUSIVE, "it examined nothing, so it proves nothing.", "Call evidence.examined(n, ...)."
    if not observation.twins:
        return (
            Outcome.INCONCLUSIVE,
            "it has no planted fault, so nothing shows that it can fail.",
            "Add a @planted_fault.",
        )
    missed = [twin for twin in observation.twins if not twin.caught]
    if missed:
        first = missed[0]
        reason = f"not trusted: planted fault {first.fault.name!r} was not caught: {first.why}"
        return Outcome.INCONCLUSIVE, reason, "Repair the check or its fault; see docs/writing-a-check.md."
    if result.grade is None or result.grade < result.floor:
        grade = "nothing" if result.grade is None else result.grade.label
        reason = f"its evidence is graded {grade}, below the floor {result.floor.label}."
        return Outcome.INCONCLUSIVE, reason, "See `tradeops doctor` for what gives a higher grade."
    if result.duration > result.budget:
        # The measured time differs per run and must not make two reports differ: it stands in the report's timing.
        return (
            Outcome.OVER_BUDGET,
            f"it took longer than its budget of {result.budget:g} s.",
            "See the timing in the report.",
        )
    if observation.reruns:  # last: a profile may tolerate it, and nothing else on this list
        return Outcome.FLAKY, f"it passed only at attempt {result.attempts}.", "Find out why the first attempts failed."
    return Outcome.PASSED, "", ""


def _merged(settled: Sequence[CheckResult]) -> Mapping[str, object]:
    """What a parametrised check adds up: everything examined, every twin, the lowest grade."""
    if len(settled) == 1:
        return {}
    evidence = EvidenceRecord(
        examined=tuple(one for result in settled for one in result.evidence.examined),
        facts={
            f"{index}": dict(result.evidence.facts) for index, result in enumerate(settled) if result.evidence.facts
        },
        timings={f"{i}.{name}": s for i, result in enumerate(settled) for name, s in result.evidence.timings.items()},
        artifacts=tuple(one for result in settled for one in result.evidence.artifacts),
    )
    return {
        "evidence": evidence,
        "grade": evidence.grade,
        "findings": tuple(finding for result in settled for finding in result.findings),
        "twins": tuple(twin for result in settled for twin in result.twins),
        "duration": max(result.duration for result in settled),
        "attempts": max(result.attempts for result in settled),
    }


def _waive(result: CheckResult, observation: Observation, terms: Terms) -> CheckResult:
    """A valid waiver covers one test's failure; never a crash, and never evidence that is lacking beside it."""
    if result.outcome is Outcome.FAILED and terms.waiver:
        statuses = {phase.status for phase in observation.last_attempt}
        if observation.finished and not observation.crashed and statuses <= {"passed", "failed"}:
            return replace(result, outcome=Outcome.WAIVED, waiver=terms.waiver)
        return replace(result, reason=f"{result.reason} (not waived: the test did not end properly either)")
    if terms.expired_waiver and result.outcome in (Outcome.FAILED, Outcome.ERROR):
        reason = f"{result.reason} (the waiver by {terms.expired_waiver} has expired)"
        return replace(result, waiver=f"expired: {terms.expired_waiver}", reason=reason)
    return result

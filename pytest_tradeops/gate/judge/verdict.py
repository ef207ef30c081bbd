"""`judge`: the results of a run and a profile make a verdict, and the sentences that explain it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ...model import CheckResult, Outcome, Verdict
from ...model.check import SEVERITIES
from ..profile import Profile

#: The rule of the design, per outcome of a required check. `flaky` is decided by the profile's budget.
_VERDICTS = {
    Outcome.PASSED: Verdict.PROMOTE,
    Outcome.NOT_APPLICABLE: Verdict.PROMOTE,
    Outcome.WAIVED: Verdict.PROMOTE,
    Outcome.FLAKY: Verdict.PROMOTE,
    Outcome.MISSING: Verdict.HOLD,
    Outcome.INCONCLUSIVE: Verdict.HOLD,
    Outcome.OVER_BUDGET: Verdict.HOLD,
    Outcome.FAILED: Verdict.BLOCK,
    Outcome.ERROR: Verdict.BLOCK,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and why.

    Attributes:
        reasons: One sentence each: by verdict, then the run's own objections, then the checks by their severity and id;
            empty for PROMOTE.
        remedies: What to do about each reason, same order; an entry may be empty.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """Something about the run as a whole that speaks against promoting: a collection error, a failed ordinary test."""

    verdict: Verdict
    reason: str
    remedy: str = ""


def judge(
    results: Sequence[CheckResult], profile: Profile, today: date, objections: Iterable[Objection] = ()
) -> Judgement:
    """The verdict on a run.

    Only checks that the profile requires today count; a required id without a result counts as missing. Worsening an
    outcome, or adding an objection, never improves the verdict. The order of what is given never changes anything.

    Args:
        results: At most one per check id.
        today: The UTC day on which advisory entries are judged.
        objections: What the run as a whole adds.
    """
    by_id = {result.id: result for result in results}
    # Sorted: under xdist, which of two tests failed first is chance.
    found: list[Objection] = sorted(objections, key=lambda one: (one.reason, one.remedy))
    required = sorted(profile.expected(today), key=lambda check: (severity_rank(by_id.get(check)), check))
    flaky = [check for check in required if check in by_id and by_id[check].outcome is Outcome.FLAKY]
    for check in required:
        result = by_id.get(check)
        if result is None:
            found.append(
                Objection(Verdict.HOLD, f"{check} is missing: it was not collected.", "Run the whole profile.")
            )
            continue
        verdict = _VERDICTS[result.outcome]
        if check in flaky and len(flaky) > profile.flaky_budget:
            verdict = Verdict.HOLD
        if verdict is not Verdict.PROMOTE:
            found.append(Objection(verdict, f"{check} {_word(result.outcome)}: {result.reason}", result.remedy))
    if not any(result.outcome is Outcome.PASSED for check, result in by_id.items() if check in required):
        found.append(
            Objection(Verdict.HOLD, "No required check passed, so nothing was proven.", "Read the outcomes below.")
        )
    found.sort(key=lambda objection: -objection.verdict.severity)  # stable within a verdict
    return Judgement(
        verdict=max((one.verdict for one in found), key=lambda verdict: verdict.severity, default=Verdict.PROMOTE),
        reasons=tuple(one.reason for one in found),
        remedies=tuple(one.remedy for one in found),
    )


def severity_rank(result: CheckResult | None) -> int:
    """Sort key: 0 for a critical check and so on; behind all of them what nothing declares."""
    spec = result.spec if result is not None else None
    return SEVERITIES.index(spec.severity) if spec is not None else len(SEVERITIES)


def _word(outcome: Outcome) -> str:
    return {"error": "broke", "missing": "is missing"}.get(outcome, outcome.replace("_", " "))

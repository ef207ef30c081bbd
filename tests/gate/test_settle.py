"""`settle`: from what a worker reported to exactly one outcome."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.gate.collect.ledger import Ledger, Observation
from pytest_tradeops.gate.judge import judge
from pytest_tradeops.gate.judge.settle import Terms, settle
from pytest_tradeops.gate.profile import Profile
from pytest_tradeops.model import (
    CheckResult,
    CheckSpec,
    EvidenceRecord,
    Examined,
    FaultSpec,
    Finding,
    Grade,
    Outcome,
    Phase,
    TwinResult,
)

SPEC = CheckSpec("ACME-001", "acme", "It holds", covers=("1.4.2", "1.4.3"), budget=10.0)
FAULT = FaultSpec("ACME-001", "it is broken", "acme: broken", covers="1.4.2", name="plant")
TODAY = date(2026, 11, 23)
TERMS = Terms(floor=Grade.STATIC, budget=10.0, required=True)
NODE = "tests/test_acme.py::test_acme"


def phases(call: str = "passed", *, duration: float = 1.0, message: str = "") -> list[Phase]:
    findings = (Finding(message, "found"),) if call == "failed" else ()
    return [
        Phase(NODE, "setup", "passed"),
        Phase(NODE, "call", call, message, findings=findings, duration=duration),
        Phase(NODE, "teardown", "passed"),
    ]


GOOD = Observation(
    NODE,
    SPEC,
    phases(),
    EvidenceRecord((Examined(3, "things", Grade.EMBEDDED),)),
    (TwinResult(FAULT, caught=True),),
)


def outcome(observation: Observation, terms: Terms = TERMS) -> CheckResult:
    return settle("ACME-001", SPEC, [observation], terms)


def test_a_pass_is_earned_by_everything_together() -> None:
    result = outcome(GOOD)
    assert (result.outcome, result.reason, result.grade) == (Outcome.PASSED, "", Grade.EMBEDDED)
    assert result.covered == ("1.4.2",), "1.4.3 has no twin of its own"


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        ({"evidence": EvidenceRecord((Examined(0, "things", Grade.EMBEDDED),))}, Outcome.INCONCLUSIVE, "examined nothing"),
        ({"evidence": EvidenceRecord()}, Outcome.INCONCLUSIVE, "examined nothing"),
        ({"twins": ()}, Outcome.INCONCLUSIVE, "no planted fault"),
        ({"twins": (TwinResult(FAULT, caught=False, why="it slept"),)}, Outcome.INCONCLUSIVE, "not trusted"),
        ({"reruns": 1}, Outcome.FLAKY, "attempt 2"),
        ({"crashed": True}, Outcome.MISSING, "died"),
        ({"phases": []}, Outcome.MISSING, "deselected, or the run ended before it"),
        ({"phases": phases()[:2]}, Outcome.MISSING, "did not run to its end"),
        ({"phases": phases(duration=10.5)}, Outcome.OVER_BUDGET, "budget of 10 s"),
        ({"phases": phases("failed", message="acme: broken")}, Outcome.FAILED, "acme: broken"),
        ({"phases": phases("error", message="TypeError")}, Outcome.ERROR, "TypeError"),
        ({"phases": phases("guard", message="live")}, Outcome.ERROR, "live"),
        ({"phases": phases("skipped", message="skipped: no")}, Outcome.INCONCLUSIVE, "skipped: no"),
        ({"phases": phases("xfailed", message="expected")}, Outcome.INCONCLUSIVE, "expected"),
        ({"phases": phases("xpassed", message="expected")}, Outcome.INCONCLUSIVE, "expected"),
        ({"phases": phases("inconclusive", message="no engine")}, Outcome.INCONCLUSIVE, "no engine"),
        ({"phases": phases("over_budget", message="stopped")}, Outcome.OVER_BUDGET, "stopped"),
    ],
)  # fmt: skip
def test_what_spoils_a_pass(change: dict[str, object], expected: Outcome, words: str) -> None:
    result = outcome(replace(GOOD, **change))  # type: ignore[arg-type]
    assert result.outcome is expected
    assert words in result.reason
    assert result.covered == ()


def test_a_broken_tear_down_spoils_a_pass() -> None:
    broken = [*phases()[:2], Phase(NODE, "teardown", "error", "OSError")]
    assert outcome(replace(GOOD, phases=broken)).outcome is Outcome.ERROR


def test_evidence_below_the_floor_is_inconclusive() -> None:
    result = outcome(GOOD, replace(TERMS, floor=Grade.CONTAINER))
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "graded embedded, below the floor container" in result.reason


def test_the_weakest_source_gives_the_grade() -> None:
    mixed = EvidenceRecord((Examined(1, "rows", Grade.REAL), Examined(1, "files", Grade.STATIC)))
    assert outcome(replace(GOOD, evidence=mixed)).grade is Grade.STATIC


def test_only_the_last_attempt_decides_but_every_attempt_shows() -> None:
    attempts = [*phases("failed", message="acme: broken"), *phases()]
    result = outcome(replace(GOOD, phases=attempts, reruns=1))
    assert (result.outcome, result.attempts) == (Outcome.FLAKY, 2)
    again = [*phases("failed", message="acme: broken"), *phases("failed", message="acme: broken")]
    assert outcome(replace(GOOD, phases=again, reruns=1)).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("call", "expected"),
    [("failed", Outcome.WAIVED), ("error", Outcome.ERROR), ("inconclusive", Outcome.INCONCLUSIVE), ("passed", Outcome.PASSED)],
)  # fmt: skip
def test_a_valid_waiver_covers_a_failure_only(call: str, expected: Outcome) -> None:
    result = outcome(replace(GOOD, phases=phases(call, message="m")), replace(TERMS, waiver="me until then"))
    assert result.outcome is expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"crashed": True}, Outcome.MISSING),
        ({"phases": []}, Outcome.MISSING),
        ({"phases": phases("error", message="TypeError")}, Outcome.ERROR),
        ({"phases": phases("inconclusive", message="no engine")}, Outcome.INCONCLUSIVE),
        ({"phases": phases(duration=10.5)}, Outcome.OVER_BUDGET),
        ({"reruns": 1}, Outcome.FLAKY),
        ({}, Outcome.WAIVED),
    ],
)
def test_a_waived_parameter_hides_nothing_of_another(other: dict[str, object], expected: Outcome) -> None:
    waived = replace(GOOD, nodeid=NODE + "[a]", phases=phases("failed", message="acme: broken"))
    beside = replace(GOOD, nodeid=NODE + "[b]", **other)  # type: ignore[arg-type]
    for pair in ([waived, beside], [beside, waived]):
        assert settle("ACME-001", SPEC, pair, replace(TERMS, waiver="me until then")).outcome is expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ([Phase(NODE, "teardown", "inconclusive", "no engine")], Outcome.FAILED),
        ([Phase(NODE, "teardown", "error", "OSError")], Outcome.ERROR),
        ([Phase(NODE, "teardown", "guard", "live")], Outcome.ERROR),
        ([], Outcome.FAILED),
    ],
)
def test_a_failed_body_is_waived_only_if_its_test_ended_properly(end: list[Phase], expected: Outcome) -> None:
    failed = replace(GOOD, phases=[*phases("failed", message="acme: broken")[:2], *end])
    result = outcome(failed, replace(TERMS, waiver="me until then"))
    assert (result.outcome, result.waiver) == (expected, "")
    assert outcome(failed).outcome is expected


@pytest.mark.parametrize("waiver", ["", "me until then"])
def test_a_crash_does_not_undo_a_failure_that_was_seen(waiver: str) -> None:
    failed = phases("failed", message="acme: broken")
    for seen in (failed, failed[:2]):
        result = outcome(replace(GOOD, phases=seen, crashed=True), replace(TERMS, waiver=waiver))
        assert result.outcome is Outcome.FAILED
        assert "acme: broken" in result.reason


def test_a_tolerable_flakiness_does_not_hide_lateness() -> None:
    assert outcome(replace(GOOD, phases=phases(duration=10.5), reruns=1)).outcome is Outcome.OVER_BUDGET


def test_an_undeclared_claim_not_to_apply_is_not_covered_by_a_lesser_defect() -> None:
    claimed = [*phases("not_applicable", message="no Rust")[:2], Phase(NODE, "teardown", "inconclusive", "no engine")]
    assert outcome(replace(GOOD, phases=claimed)).outcome is Outcome.ERROR


CALLS = ("passed", "failed", "error", "guard", "skipped", "inconclusive", "xfailed", "over_budget", "not_applicable")
#: Status to what is worse. Not to apply is a declaration and no worsening: it needs no evidence.
WORSE_STATUS = {
    "passed": set(CALLS) - {"passed", "not_applicable"},
    "inconclusive": {"failed", "error", "guard"},
    "skipped": {"failed", "error", "guard"},
    "xfailed": {"failed", "error", "guard"},
    "over_budget": {"failed", "error", "guard"},
}


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    seen = phases(draw(st.sampled_from(CALLS)), message="m", duration=draw(st.sampled_from([1.0, 10.5])))[:2]
    end = draw(st.sampled_from(["passed", "passed", "inconclusive", "error", ""]))
    return replace(
        GOOD,
        phases=[*seen, Phase(NODE, "teardown", end, "m")] if end else seen,
        evidence=draw(st.sampled_from([GOOD.evidence, EvidenceRecord()])),
        twins=draw(st.sampled_from([GOOD.twins, (), (TwinResult(FAULT, caught=False, why="it slept"),)])),
        reruns=draw(st.integers(0, 1)),
        crashed=draw(st.booleans()),
    )


def worsened(one: Observation, *, waived: bool) -> Iterator[Observation]:
    """Everything that is worse than `one` by one step."""
    yield replace(one, crashed=True)
    yield replace(one, reruns=one.reruns + 1)
    yield replace(one, evidence=EvidenceRecord())
    yield replace(one, twins=())
    yield replace(one, phases=[replace(phase, duration=10.5) for phase in one.phases])
    if one.phases[-1].status == "passed":
        yield replace(one, phases=one.phases[:-1])
    # A waiver turns the step from anything to `failed` round: it is what it is for.
    pardoned = {"failed"} if waived else set()
    for index, phase in enumerate(one.phases):
        for status in {"error"} if phase.status == "failed" else WORSE_STATUS.get(phase.status, set()) - pardoned:
            yield replace(one, phases=[*one.phases[:index], replace(phase, status=status), *one.phases[index + 1 :]])


@given(st.lists(observations(), min_size=1, max_size=3), st.data(), st.booleans(), st.booleans(), st.integers(0, 1))
def test_worsening_an_observation_never_improves_the_verdict(
    seen: list[Observation], data: st.DataObject, waived: bool, declared: bool, flaky_budget: int
) -> None:
    terms = replace(TERMS, waiver="me until then" * waived, not_applicable="no Rust" * declared)
    profile = Profile("own", frozenset({"ACME-001", "ACME-002"}), flaky_budget=flaky_budget)

    def severity(given: list[Observation]) -> int:
        results = [settle("ACME-001", SPEC, given, terms), CheckResult("ACME-002", Outcome.PASSED)]
        return judge(results, profile, TODAY).verdict.severity

    index = data.draw(st.integers(0, len(seen) - 1))
    before = severity(seen)
    for worse in worsened(seen[index], waived=waived):
        assert severity([*seen[:index], worse, *seen[index + 1 :]]) >= before, worse


def test_an_expired_waiver_covers_nothing_and_is_named() -> None:
    result = outcome(replace(GOOD, phases=phases("failed", message="m")), replace(TERMS, expired_waiver="me"))
    assert result.outcome is Outcome.FAILED
    assert "the waiver by me has expired" in result.reason


def test_not_applicable_needs_a_declaration() -> None:
    claimed = replace(GOOD, phases=phases("not_applicable", message="no Rust here"))
    assert outcome(claimed).outcome is Outcome.ERROR
    assert outcome(claimed, replace(TERMS, not_applicable="no Rust")).outcome is Outcome.NOT_APPLICABLE


def test_a_parametrised_check_is_as_good_as_its_worst_test() -> None:
    bad = replace(GOOD, nodeid=NODE + "[b]", phases=phases("failed", message="acme: broken"))
    result = settle("ACME-001", SPEC, [GOOD, bad], TERMS)
    assert result.outcome is Outcome.FAILED
    assert result.evidence.total == 6
    assert len(result.twins) == 2


def test_nothing_observed_is_missing() -> None:
    assert "not collected" in settle("ACME-001", SPEC, [], TERMS).reason
    assert "nothing declares it" in settle("ACME-009", None, [], TERMS).reason


def test_the_ledger_knows_what_was_expected_but_never_came() -> None:
    ledger = Ledger()
    ledger.expect(NODE, SPEC)
    assert settle("ACME-001", SPEC, ledger.by_check()["ACME-001"], TERMS).outcome is Outcome.MISSING
    assert ledger.crashed(NODE)
    assert not ledger.crashed("an/ordinary.py::test")
    assert "died" in settle("ACME-001", SPEC, ledger.by_check()["ACME-001"], TERMS).reason

"""`judge`: the design's rules, and that nothing bad ever improves a verdict."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.gate.judge import judge
from pytest_tradeops.gate.judge.verdict import Objection
from pytest_tradeops.gate.profile import Advisory, Profile
from pytest_tradeops.model import CheckResult, CheckSpec, Outcome, Verdict
from pytest_tradeops.model.check import SEVERITIES

TODAY = date(2026, 11, 23)
IDS = ("ACME-001", "ACME-002", "ACME-003")
PROFILE = Profile("own", frozenset(IDS))

#: From the best to the worst, as far as one is worse than another.
WORSE = {
    Outcome.PASSED: {Outcome.FLAKY, Outcome.WAIVED, Outcome.NOT_APPLICABLE},
    Outcome.FLAKY: {Outcome.MISSING, Outcome.INCONCLUSIVE, Outcome.OVER_BUDGET},
    Outcome.WAIVED: {Outcome.MISSING, Outcome.INCONCLUSIVE, Outcome.OVER_BUDGET},
    Outcome.NOT_APPLICABLE: {Outcome.MISSING, Outcome.INCONCLUSIVE, Outcome.OVER_BUDGET},
    Outcome.MISSING: {Outcome.FAILED, Outcome.ERROR},
    Outcome.INCONCLUSIVE: {Outcome.FAILED, Outcome.ERROR},
    Outcome.OVER_BUDGET: {Outcome.FAILED, Outcome.ERROR},
    Outcome.FAILED: set(),
    Outcome.ERROR: set(),
}

outcomes = st.sampled_from(Outcome)


def results(*given: Outcome) -> list[CheckResult]:
    return [
        CheckResult(check, outcome, reason="because", required=True) for check, outcome in zip(IDS, given, strict=False)
    ]


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome.PASSED, Verdict.PROMOTE),
        (Outcome.NOT_APPLICABLE, Verdict.PROMOTE),
        (Outcome.WAIVED, Verdict.PROMOTE),
        (Outcome.FLAKY, Verdict.HOLD),
        (Outcome.MISSING, Verdict.HOLD),
        (Outcome.INCONCLUSIVE, Verdict.HOLD),
        (Outcome.OVER_BUDGET, Verdict.HOLD),
        (Outcome.FAILED, Verdict.BLOCK),
        (Outcome.ERROR, Verdict.BLOCK),
    ],
)
def test_one_outcome_beside_passes(outcome: Outcome, verdict: Verdict) -> None:
    assert judge(results(Outcome.PASSED, outcome, Outcome.PASSED), PROFILE, TODAY).verdict is verdict


@pytest.mark.parametrize("outcome", [Outcome.WAIVED, Outcome.NOT_APPLICABLE])
def test_without_a_single_pass_nothing_was_proven(outcome: Outcome) -> None:
    judgement = judge(results(outcome, outcome, outcome), PROFILE, TODAY)
    assert judgement.verdict is Verdict.HOLD
    assert judgement.reasons == ("No required check passed, so nothing was proven.",)


def test_an_empty_profile_promotes_nothing() -> None:
    assert judge(results(*[Outcome.PASSED] * 3), Profile("own", frozenset()), TODAY).verdict is Verdict.HOLD


def test_a_required_id_without_a_result_is_named() -> None:
    judgement = judge(results(Outcome.PASSED, Outcome.PASSED), PROFILE, TODAY)
    assert judgement.verdict is Verdict.HOLD
    assert judgement.reasons == ("ACME-003 is missing: it was not collected.",)


def test_the_gravest_reason_comes_first() -> None:
    judgement = judge(results(Outcome.INCONCLUSIVE, Outcome.PASSED, Outcome.FAILED), PROFILE, TODAY)
    assert [reason.split()[0] for reason in judgement.reasons] == ["ACME-003", "ACME-001"]
    assert len(judgement.remedies) == len(judgement.reasons)


def declared(check: str, outcome: Outcome, severity: str) -> CheckResult:
    spec = CheckSpec(check, "acme", "it holds", severity)
    return CheckResult(check, outcome, spec, reason="because", required=True)


def test_of_one_verdict_the_runs_own_objections_come_first_then_checks_by_severity_then_id() -> None:
    run = [
        declared("ACME-001", Outcome.FAILED, "low"),
        declared("ACME-002", Outcome.ERROR, "high"),
        declared("ACME-003", Outcome.FAILED, "critical"),
        declared("ACME-004", Outcome.FAILED, "high"),
        declared("ACME-005", Outcome.INCONCLUSIVE, "critical"),
        declared("ACME-006", Outcome.FAILED, "medium"),
        CheckResult("ACME-007", Outcome.ERROR, reason="nothing declares it", required=True),
        declared("ACME-009", Outcome.PASSED, "critical"),
    ]
    objections = [Objection(Verdict.HOLD, "held"), Objection(Verdict.BLOCK, "b failed"), Objection(Verdict.BLOCK, "a")]
    judgement = judge(run, Profile("own", frozenset(one.id for one in run)), TODAY, objections)
    assert [reason.split()[0] for reason in judgement.reasons] == [
        *("a", "b", "ACME-003", "ACME-002", "ACME-004", "ACME-006", "ACME-001", "ACME-007"),
        *("held", "ACME-005"),
    ]


OBJECTIONS = st.builds(
    Objection, st.sampled_from([Verdict.HOLD, Verdict.BLOCK]), st.sampled_from("abc"), st.sampled_from(["", "x"])
)


@given(st.lists(st.tuples(outcomes, st.sampled_from(SEVERITIES)), max_size=3), st.lists(OBJECTIONS), st.randoms())
def test_the_order_in_which_things_happened_changes_nothing(
    given_: list[tuple[Outcome, str]], objections: list[Objection], random: Random
) -> None:
    run = [declared(check, *one) for check, one in zip(IDS, given_, strict=False)]
    shuffled, others = random.sample(run, len(run)), random.sample(objections, len(objections))
    assert judge(shuffled, PROFILE, TODAY, others) == judge(run, PROFILE, TODAY, objections)


@pytest.mark.parametrize(("budget", "verdict"), [(0, Verdict.HOLD), (1, Verdict.PROMOTE)])
def test_flaky_within_the_budget_counts(budget: int, verdict: Verdict) -> None:
    profile = replace(PROFILE, flaky_budget=budget)
    assert judge(results(Outcome.PASSED, Outcome.FLAKY, Outcome.PASSED), profile, TODAY).verdict is verdict
    two = results(Outcome.PASSED, Outcome.FLAKY, Outcome.FLAKY)
    assert judge(two, profile, TODAY).verdict is Verdict.HOLD


@pytest.mark.parametrize("outcome", Outcome)
def test_an_advisory_check_counts_only_after_its_end(outcome: Outcome) -> None:
    advised = Profile("own", frozenset(IDS[:2]), (Advisory("ACME-003", "me", TODAY),))
    run = results(Outcome.PASSED, Outcome.PASSED, outcome)
    assert judge(run, advised, TODAY).verdict is Verdict.PROMOTE
    assert judge(run, advised, TODAY + timedelta(days=1)) == judge(run, PROFILE, TODAY)


@given(outcomes)
def test_an_unlisted_check_never_changes_the_verdict(outcome: Outcome) -> None:
    run = results(*[Outcome.PASSED] * 3)
    assert judge([*run, CheckResult("OTHER-001", outcome)], PROFILE, TODAY) == judge(run, PROFILE, TODAY)


@given(st.lists(outcomes, min_size=3, max_size=3), st.data(), st.integers(0, 3))
def test_worsening_an_outcome_never_improves_the_verdict(
    given_: list[Outcome], data: st.DataObject, flaky_budget: int
) -> None:
    profile = replace(PROFILE, flaky_budget=flaky_budget)
    index = data.draw(st.integers(0, 2))
    worse = WORSE[given_[index]]
    if not worse:
        return
    changed = [*given_[:index], data.draw(st.sampled_from(sorted(worse))), *given_[index + 1 :]]
    before, after = judge(results(*given_), profile, TODAY), judge(results(*changed), profile, TODAY)
    assert after.verdict.severity >= before.verdict.severity


@given(st.lists(outcomes, min_size=3, max_size=3), st.sampled_from([Verdict.HOLD, Verdict.BLOCK]))
def test_an_objection_never_improves_the_verdict(given_: list[Outcome], verdict: Verdict) -> None:
    before = judge(results(*given_), PROFILE, TODAY)
    after = judge(results(*given_), PROFILE, TODAY, [Objection(verdict, "something else")])
    assert after.verdict.severity == max(before.verdict.severity, verdict.severity)


@given(st.lists(outcomes, min_size=3, max_size=3), st.integers(0, 2))
def test_losing_a_result_never_improves_the_verdict(given_: list[Outcome], index: int) -> None:
    run = results(*given_)
    if run[index].outcome in (Outcome.FAILED, Outcome.ERROR):
        return  # a lost failure is only lacking evidence; that it cannot be lost is the ledger's business
    before = judge(run, PROFILE, TODAY)
    after = judge([*run[:index], *run[index + 1 :]], PROFILE, TODAY)
    assert after.verdict.severity >= before.verdict.severity


def test_promote_has_no_reasons_and_everything_else_has() -> None:
    assert judge(results(*[Outcome.PASSED] * 3), PROFILE, TODAY).reasons == ()
    assert [verdict.exit_code for verdict in Verdict] == [0, 20, 21]

"""`settle`: from what a worker reported to exactly one outcome."""

from dataclasses import replace

import pytest

from pytest_tradeops.gate.collect.ledger import Ledger, Observation
from pytest_tradeops.gate.judge.settle import Terms, settle
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
        ({"phases": []}, Outcome.MISSING, "did not run"),
        ({"phases": phases()[:2]}, Outcome.MISSING, "did not run"),
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

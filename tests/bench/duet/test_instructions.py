"""What instruction counts may add to a verdict of the clock."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.bench.duet.instructions import THRESHOLD, Counts, combined
from pytest_tradeops.bench.duet.numbers import Interval
from pytest_tradeops.bench.duet.rule import Decision

VERDICTS = ("slower", "ok", "faster", "inconclusive", "no-baseline", "not-comparable")
CHANGES = st.floats(-0.5, 0.5)


def counts(change: float) -> Counts:
    return Counts((1000.0, 1010.0, 990.0), tuple(one * (1 + change) for one in (1000.0, 1010.0, 990.0)))


def judged(verdict: str, change: float, low: float = -0.01, high: float = 0.01, *, waits: bool = False) -> Decision:
    given_ = Decision(verdict, 0.05, "why" if verdict == "inconclusive" else "")  # type: ignore[arg-type]
    return combined(given_, counts(change), Interval(low, high, 0.95), waits=waits)


def test_the_estimate_is_the_median_of_the_seeds() -> None:
    one = Counts((100.0, 100.0, 100.0), (101.0, 150.0, 102.0))
    assert one.estimate == pytest.approx(math.log(1.02))


def test_more_instructions_are_slower_unless_the_clock_contradicts() -> None:
    assert judged("ok", 0.03).verdict == "slower"
    assert judged("ok", 0.03).reason == "instructions +3.0 %, and the clock does not contradict it"
    assert judged("ok", 0.019).verdict == "ok"
    assert judged("ok", 0.03, low=-0.04, high=-0.001).verdict == "ok"
    assert judged("faster", 0.03, low=-0.2, high=-0.1).verdict == "faster"


def test_every_seed_must_say_so() -> None:
    undecided = Decision("inconclusive", 0.05, "why")
    found = combined(undecided, Counts((100.0,) * 3, (101.0, 104.0, 105.0)), Interval(-0.1, 0.1, 0.95), waits=False)
    assert (found.verdict, found.reason) == ("inconclusive", "why; instructions +4.0 %")


def test_what_the_clock_cannot_decide_is_ok_with_as_many_instructions() -> None:
    found = judged("inconclusive", 0.003)
    assert (found.verdict, found.reason) == ("ok", "instructions +0.3 %, where the clock cannot decide")


def test_instructions_do_not_clear_what_waits_nor_what_the_clock_finds_slower() -> None:
    assert judged("inconclusive", 0.003, waits=True) == Decision("inconclusive", 0.05, "why; instructions +0.3 %")
    assert judged("inconclusive", 0.003, low=0.03, high=0.09).verdict == "inconclusive"


def test_a_slow_down_of_the_clock_stays_one_and_says_both() -> None:
    found = judged("slower", 0.001, low=0.04, high=0.06)
    assert (found.verdict, found.reason) == ("slower", "instructions +0.1 %")


@given(
    change=CHANGES,
    more=st.floats(0, 0.5),
    low=CHANGES,
    width=st.floats(0, 0.3),
    waits=st.booleans(),
    verdict=st.sampled_from(VERDICTS),
)
def test_more_instructions_never_improve_a_verdict(
    change: float, more: float, low: float, width: float, waits: bool, verdict: str
) -> None:
    order = ("faster", "ok", "inconclusive", "slower", "no-baseline", "not-comparable")
    first = judged(verdict, change, low, low + width, waits=waits).verdict
    second = judged(verdict, (1 + change) * (1 + more) - 1, low, low + width, waits=waits).verdict
    assert order.index(str(second)) >= order.index(str(first))
    if verdict in ("slower", "no-baseline", "not-comparable"):
        assert first == second == verdict


@given(
    change=st.floats(-0.5, THRESHOLD * 0.999), low=CHANGES, width=st.floats(0, 0.3), verdict=st.sampled_from(VERDICTS)
)
def test_below_the_threshold_nothing_becomes_slower(change: float, low: float, width: float, verdict: str) -> None:
    assert (judged(verdict, change, low, low + width).verdict == "slower") == (verdict == "slower")

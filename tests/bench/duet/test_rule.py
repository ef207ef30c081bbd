"""The rule: its promise computed exactly, and what no order of pairs may do to it."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.bench.duet.characteristics import characteristics, rule_for
from pytest_tradeops.bench.duet.rule import SETTLED, Rule, decide

SUITES = (1, 2, 5, 7, 10, 20, 50, 100, 200)
#: Pairs as they come: most of them of a machine that is quiet, some of one that is not.
PAIRS = st.lists(st.floats(-0.2, 0.2), max_size=60)


def quiet(slower: bool) -> float:
    """A pair beyond the tolerance of 2.5 % or within it, with next to no spread."""
    return 0.05 if slower else 0.0


@pytest.mark.parametrize("chance", [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
@pytest.mark.parametrize("benchmarks", SUITES)
def test_a_suite_in_which_nothing_changed_alarms_once_in_a_hundred_runs_at_most(benchmarks: int, chance: float) -> None:
    """However noisy the machine is: up to every pair beyond the tolerance, on the one side or on the other."""
    rule = rule_for(benchmarks)
    assert benchmarks * characteristics(rule, chance, chance).slower <= rule.alpha
    assert benchmarks * characteristics(rule.patient, chance, chance).slower <= rule.alpha


def test_pairs_that_are_slower_and_faster_by_as_much_are_no_slow_down_whatever_their_order() -> None:
    pairs = [-0.055, 0.071, 0.042, 0.053, 0.098, 0.050]  # of equal trees, once measured
    assert decide(pairs, rule_for(2)).verdict is None
    assert decide([*pairs, 0.05, 0.06, 0.05, 0.07], rule_for(2)).verdict is None
    found = decide([0.1, 0.1, 0.1, 0.1, 0.1, -0.1] * 4 + [0.1], Rule(cap=25))
    assert found.verdict == "slower"
    found = decide([0.06, 0.06, -0.06] * 9, Rule(cap=19))
    assert found.verdict == "inconclusive"


@pytest.mark.parametrize("benchmarks", SUITES)
def test_a_slow_down_that_most_pairs_show_is_found(benchmarks: int) -> None:
    rule = rule_for(benchmarks)
    assert characteristics(rule, 0.80).slower >= 0.99
    assert characteristics(rule, 0.85).slower >= 0.998
    assert characteristics(rule, 0.80).ok <= rule.beta
    assert characteristics(rule.patient, 0.70).slower >= 0.98
    assert characteristics(rule.patient, 0.70).ok <= rule.beta


def test_the_published_characteristics() -> None:
    """Of docs/benchmarks.md."""
    rules = {count: rule_for(count) for count in (1, 10, 20, 100)}
    assert {count: (one.cap, one.patience) for count, one in rules.items()} == {
        1: (27, 49), 10: (31, 61), 20: (33, 63), 100: (37, 73),
    }  # fmt: skip
    found = {
        count: [round(characteristics(one, share).pairs) for share in (0.05, 0.95)] for count, one in rules.items()
    }
    assert found == {1: [4, 8], 10: [4, 12], 20: [4, 13], 100: [4, 16]}


@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.8, 0.05), (0.6, 0.4), (0.95, 0.0)])
def test_the_second_test_is_in_the_characteristics(shares: tuple[float, float]) -> None:
    """Every order of slower, faster and other pairs, walked through as the rule's own text says."""
    rule, (chance, opposite) = Rule(cap=9), shares
    likely = {1: chance, -1: opposite, 0: 1 - chance - opposite}
    slower = 0.0
    for signs in itertools.product((1, 0, -1), repeat=rule.cap):
        place, worth, walked, sided = 0, 0.0, False, False
        for sign in signs:
            place += 1 if sign == 1 else -1
            worth += {1: math.log(1.9), -1: -math.log(10), 0: 0.0}[sign]
            walked, sided = walked or place >= rule.against, sided or worth >= math.log(1 / rule.alpha)
            if not walked and place <= -rule.in_favour:
                break
            if walked and sided:
                slower += math.prod(likely[one] for one in signs)
                break
    assert characteristics(rule, chance, opposite).slower == pytest.approx(slower)


@pytest.mark.parametrize("chance", [0.1, 0.2, 0.5, 0.85])
def test_the_characteristics_are_those_of_the_rule(chance: float) -> None:
    """Every order of signs there is, decided one by one, against the walk's own probabilities."""
    rule = Rule(benchmarks=3, cap=9)
    found = {"slower": 0.0, "ok": 0.0, "inconclusive": 0.0}
    expected_pairs = 0.0
    for signs in itertools.product((True, False), repeat=rule.cap):
        weight = math.prod(chance if one else 1 - chance for one in signs)
        pairs = [quiet(one) for one in signs]
        length = next(n for n in range(1, rule.cap + 1) if _verdict(pairs[:n], rule))
        found[_verdict(pairs[:length], rule)] += weight
        expected_pairs += weight * length
    exact = characteristics(rule, chance)
    assert found == pytest.approx({"slower": exact.slower, "ok": exact.ok, "inconclusive": exact.inconclusive})
    assert expected_pairs == pytest.approx(exact.pairs)


def _verdict(pairs: list[float], rule: Rule) -> str:
    return decide(pairs, rule).verdict or ""


def test_four_pairs_without_a_change_are_ok_and_faster_ones_are_faster() -> None:
    assert decide([0.0] * 3, Rule()).verdict is None
    assert decide([0.0] * 4, Rule()).verdict == "ok"
    assert decide([-0.1] * 4, Rule()).verdict == "faster"
    assert decide([0.05] * 7, Rule()).verdict is None
    assert decide([0.05] * 8, Rule()).verdict == "slower"
    assert decide([0.05] * 8, Rule(benchmarks=5)).verdict is None


def test_a_change_near_the_tolerance_is_inconclusive_and_says_so() -> None:
    found = decide([0.02, 0.03] * 7 + [0.02], Rule())
    assert (found.verdict, found.reason) == ("inconclusive", "the change is near the tolerance of 2.5%")


def test_a_noisy_machine_decides_for_ten_percent_only_and_says_so() -> None:
    around = [0.030, 0.034, 0.038, 0.036, 0.033, 0.037, 0.031]
    found = decide([sign * one for one in around for sign in (-1, 1)] + [0.0], Rule())
    assert (found.verdict, found.target) == ("ok", 0.10)
    assert "only a change of 10% can be seen" in found.reason


def test_a_machine_that_is_too_noisy_for_anything_is_never_ok() -> None:
    noisy = [-0.2, 0.2, -0.15, 0.15, -0.3] * 3
    found = decide(noisy, Rule())
    assert found.verdict == "inconclusive"
    assert found.reason.startswith("machine too noisy: pairs deviate by ")


def test_a_change_that_no_noise_hides_is_seen_on_any_machine() -> None:
    noisy = [0.6, 0.9, 0.5, 0.8, 0.95, 0.55, 0.7, 0.85, 0.65]
    assert decide(noisy, Rule()).verdict == "slower"
    assert decide([-one for one in noisy], Rule()).verdict == "faster"
    assert decide(noisy, Rule()).target > 0.10


def test_a_machine_with_some_noise_takes_more_pairs_and_still_decides_for_five_percent() -> None:
    rule = rule_for(20)
    slower = [0.030, 0.070, 0.028, 0.072, 0.004] * 3  # deviate by 3.9 %, and four of five are beyond the tolerance
    assert [decide(slower[:count], rule).verdict for count in (9, 13, 14)] == [None, None, "slower"]
    assert decide(slower[:14], rule).target == 0.05
    unchanged = decide([one - 0.05 for one in slower[:9]], rule)
    assert (unchanged.verdict, unchanged.target) == ("ok", 0.05)
    between = [0.052, 0.008] * 40  # deviate by 3.3 %
    assert decide(between[: rule.patience - 1], rule).verdict is None
    assert decide(between[: rule.patience], rule).verdict == "inconclusive"


def test_a_few_pairs_are_not_enough_to_call_a_machine_noisy() -> None:
    pairs = [0.0, -0.06, 0.02, -0.05]  # four within the tolerance, and a spread of 5 %
    assert decide(pairs, Rule()).verdict is None
    assert decide([*pairs, *[0.0] * (SETTLED - 4)], Rule()).verdict == "ok"


@given(PAIRS, st.sampled_from(SUITES))
def test_a_run_ends_at_its_cap(pairs: list[float], benchmarks: int) -> None:
    rule = rule_for(benchmarks)
    found = decide(pairs, rule)
    assert (found.verdict is None) <= (len(pairs) < rule.patience)
    assert (found.verdict == "inconclusive") <= bool(found.reason)


@given(st.lists(st.floats(-0.03, 0.03), min_size=1, max_size=30), st.sampled_from(SUITES), st.floats(0.0, 0.2))
def test_a_candidate_that_is_slower_throughout_is_never_judged_better(
    pairs: list[float], benchmarks: int, more: float
) -> None:
    rule = rule_for(benchmarks)
    worse = decide([one + more for one in pairs], rule).verdict
    if decide(pairs, rule).verdict == "slower":
        assert worse == "slower"


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.sampled_from(SUITES))
def test_what_is_decided_on_a_quiet_machine_stays_decided(signs: list[bool], benchmarks: int) -> None:
    rule = rule_for(benchmarks)
    first = next((n for n in range(1, len(signs) + 1) if decide([quiet(one) for one in signs[:n]], rule).verdict), None)
    if first is not None and decide([quiet(one) for one in signs[:first]], rule).verdict != "inconclusive":
        steady = [quiet(one) for one in signs[:first]]
        assert decide([*steady, steady[-1]], rule).verdict == decide(steady, rule).verdict

"""Medians, spreads and intervals: exact ones, against counting and against what is known."""

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.bench.duet.numbers import interval, robust_deviation, upper_bound

VALUES = st.lists(st.floats(-1, 1), min_size=1, max_size=25)


@pytest.mark.parametrize("count", [1, 2, 4, 6, 9, 12])
def test_the_coverage_is_the_share_of_all_orders_in_which_the_median_is_inside(count: int) -> None:
    found = interval(range(1, count + 1))
    below, above = int(found.low) - 1, count - int(found.high)
    inside = sum(below < sum(sides) < count - above for sides in itertools.product((0, 1), repeat=count))
    assert found.coverage == pytest.approx(inside / 2**count)


@given(VALUES)
def test_an_interval_holds_the_median_of_what_it_was_made_from(values: list[float]) -> None:
    found = interval(values)
    assert min(values) <= found.low <= statistics.median(values) <= found.high <= max(values)
    assert 0 <= found.coverage < 1
    assert found.coverage >= 0.95 or len(values) < 6


@given(st.floats(-1, 1), st.integers(2, 20), st.floats(-100, 100))
def test_one_outlier_does_not_move_the_deviation_far(value: float, count: int, outlier: float) -> None:
    assert robust_deviation([value]) == 0
    assert robust_deviation([value] * (count + 1) + [outlier]) == 0


def test_the_deviation_of_a_normal_sample() -> None:
    sample = [statistics.NormalDist(3, 2).inv_cdf((number + 0.5) / 999) for number in range(999)]
    assert robust_deviation(sample) == pytest.approx(2, rel=0.01)


def test_the_upper_bound_of_a_rate() -> None:
    """Known ones: the rule of three, and Clopper and Pearson's tables."""
    assert upper_bound(0, 600) == pytest.approx(0.00498, abs=1e-5)
    assert upper_bound(0, 479) == pytest.approx(0.0062, abs=1e-4)
    assert upper_bound(1, 20) == pytest.approx(0.2161, abs=1e-4)
    assert upper_bound(5, 5) == 1.0

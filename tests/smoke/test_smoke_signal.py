"""Fast tests of the signal: they need no engine, no other test and no worker in particular."""

import pytest

from strategies.signal import CrossSignal, Signal


def test_the_first_pair_only_says_on_which_side_we_are() -> None:
    assert CrossSignal().update(fast=101.0, slow=100.0) is Signal.HOLD


def test_an_upward_crossing_enters_once() -> None:
    signal = CrossSignal()
    assert [signal.update(fast, 100.0) for fast in (99.0, 101.0, 102.0)] == [Signal.HOLD, Signal.ENTER, Signal.HOLD]


def test_a_downward_crossing_exits() -> None:
    signal = CrossSignal()
    assert [signal.update(fast, 100.0) for fast in (101.0, 99.0)] == [Signal.HOLD, Signal.EXIT]


@pytest.mark.parametrize("fast", [100.05, 99.95])
def test_a_difference_within_the_threshold_is_no_crossing(fast: float) -> None:
    signal = CrossSignal(threshold=0.001)
    signal.update(101.0 if fast < 100 else 99.0, 100.0)
    assert signal.update(fast, 100.0) is Signal.HOLD


def test_after_a_reset_the_side_is_forgotten() -> None:
    signal = CrossSignal()
    signal.update(99.0, 100.0)
    signal.reset()
    assert signal.update(101.0, 100.0) is Signal.HOLD

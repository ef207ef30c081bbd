"""The base against itself: how often this machine would call nothing a slow-down, and what it can see at all."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .characteristics import characteristics
from .numbers import robust_deviation, upper_bound
from .rule import Rule

#: Pairs of each benchmark, none of which is left out.
PAIRS = 15
#: A slow-down counts as found if so many of a hundred runs find it.
_FOUND = 0.95


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one benchmark's pairs of equal trees say.

    Attributes:
        pairs: How many there are.
        beyond: How many of them lie beyond the tolerance, on either side.
        deviation: Of the pairs, as a natural logarithm.
        alarms: At most this chance of a wrong `slower` in one run, with 95 % confidence.
        least: The smallest slow-down, as a fraction, that 95 of 100 runs find; None if the rule cannot.
    """

    pairs: int
    beyond: int
    deviation: float
    alarms: float
    least: float | None


def assess(estimates: Sequence[float], rule: Rule) -> Assessment:
    """Judges the pairs of one benchmark.

    Args:
        estimates: Natural logarithms of one tree against an equal one; at least one.
    """
    deviation = robust_deviation(estimates)
    rule = rule.where(deviation)
    tolerance = rule.target / 2
    beyond = sum(abs(one) > tolerance for one in estimates)
    # Two equal trees have no direction: each pair is two draws of one side.
    share = min(0.5, upper_bound(beyond, 2 * len(estimates)))
    needed = _needed(rule)
    least = tolerance + statistics.NormalDist().inv_cdf(needed) * deviation if needed else None
    return Assessment(len(estimates), beyond, deviation, characteristics(rule, share, share).slower, least)


def sees(one: Assessment, rule: Rule) -> bool:
    """Whether 95 of 100 runs find what the rule is to find."""
    return one.least is not None and one.least <= rule.target


def suite_alarms(assessments: Mapping[str, Assessment]) -> float:
    """At most this chance of any wrong `slower` in one run of the suite."""
    return min(1.0, sum(one.alarms for one in assessments.values()))


def _needed(rule: Rule) -> float | None:
    """The share of pairs beyond the tolerance with which 95 of 100 runs end in `slower`."""
    if characteristics(rule, 1.0).slower < _FOUND:
        return None
    low, high = 0.5, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if characteristics(rule, middle).slower >= _FOUND else (middle, high)
    return min(high, 1 - 1e-9)

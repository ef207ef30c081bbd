"""Numbers out of pairs that hold without a normal distribution."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

#: The median absolute deviation of a normal distribution times this is its standard deviation.
_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval for the median.

    Attributes:
        coverage: The chance that it holds the median, whatever the distribution; below the one asked for where there
            are too few pairs.
    """

    low: float
    high: float
    coverage: float


def robust_deviation(estimates: Sequence[float]) -> float:
    """The standard deviation, from the median absolute deviation, which no outlier moves; 0 for fewer than two."""
    if len(estimates) < 2:
        return 0.0
    middle = statistics.median(estimates)
    return _MAD * statistics.median(abs(one - middle) for one in estimates)


def interval(estimates: Sequence[float], coverage: float = 0.95) -> Interval:
    """The narrowest interval of two order statistics, equally far from either end, that covers the median.

    Args:
        estimates: At least one.
    """
    ordered = sorted(estimates)
    count = len(ordered)
    found = Interval(ordered[0], ordered[-1], _between(0, count))
    for cut in range(1, count // 2):
        covered = _between(cut, count)
        if covered < coverage:
            break
        found = Interval(ordered[cut], ordered[-1 - cut], covered)
    return found


def _between(cut: int, count: int) -> float:
    """The chance that the median lies between the order statistics after `cut` and before `count - cut`."""
    outside: int = sum(math.comb(count, number) for number in range(cut + 1))
    return max(0.0, 1.0 - 2.0 * outside / float(2**count))


def upper_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of a rate (Clopper and Pearson), by bisection of the exact binomial tail."""
    if hits >= trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        tail = sum(math.comb(trials, k) * middle**k * (1 - middle) ** (trials - k) for k in range(hits + 1))
        low, high = (middle, high) if tail > 1 - confidence else (low, middle)
    return high

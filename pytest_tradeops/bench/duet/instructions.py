"""Instruction counts of both trees, and what they may add to a verdict of the clock. Pure."""

import math
import statistics
from dataclasses import dataclass, replace

from .numbers import Interval
from .rule import Decision

#: Between two equal trees, counts with equal hash seeds differ by a few tenths of a percent.
THRESHOLD = 0.02


@dataclass(frozen=True, slots=True)
class Counts:
    """Instructions of one call of a benchmark, by hash seed, of the same seeds on both sides."""

    base: tuple[float, ...]
    candidate: tuple[float, ...]

    @property
    def changes(self) -> list[float]:
        """The natural logarithm of candidate / base, for each seed."""
        pairs = zip(self.base, self.candidate, strict=True)
        return [math.log(candidate / base) for base, candidate in pairs]

    @property
    def estimate(self) -> float:
        """Their median."""
        return statistics.median(self.changes)


def combined(decision: Decision, counts: Counts, interval: Interval | None, *, waits: bool) -> Decision:
    """The verdict of both instruments.

    More instructions by the threshold, with every seed, make `slower` unless the clock contradicts it: all of its
    interval lies below zero. Where the clock could not decide, as many instructions as before make `ok`, if the
    benchmark does not wait and the clock does not say that it is slower all the same: time is not only spent on
    instructions.

    Args:
        decision: The clock's.
        interval: The clock's, for ln(candidate / base).
        waits: The benchmark spends more than a tenth of its time without a CPU.
    """
    if interval is None or decision.verdict not in ("ok", "faster", "slower", "inconclusive"):
        return decision
    more = counts.estimate
    told = f"instructions {100 * math.expm1(more):+.1f} %"
    both = replace(decision, reason="; ".join(filter(None, (decision.reason, told))))
    if decision.verdict == "slower":
        return both
    if min(counts.changes) > math.log1p(THRESHOLD) and interval.high > 0:
        return Decision("slower", decision.target, f"{told}, and the clock does not contradict it")
    same = more <= math.log1p(THRESHOLD)
    if decision.verdict == "inconclusive" and same and not waits and interval.low <= math.log1p(decision.target / 2):
        return Decision("ok", decision.target, f"{told}, where the clock cannot decide")
    return both if decision.verdict == "inconclusive" else decision

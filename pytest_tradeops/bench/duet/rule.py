"""The frozen rule by which a benchmark is decided: when to stop, and what may be said then.

A pair is one fresh process for each tree. It gives one number, `ln(fastest candidate round / fastest base round)`. Only
its sign against a tolerance counts: +1 if the candidate was slower by more than the tolerance, else -1. If nothing
changed, that happens in at most 20 % of pairs; if the candidate is slower by twice the tolerance, in at least 80 %.
So each pair is worth ln 4 for or against (Wald's sequential probability ratio test on signs), and by Ville's
inequality the chance that a wrong `slower` is ever reached is at most alpha, whenever one stops to look. alpha is
divided by the number of benchmarks, so that it holds for the whole suite. No normal distribution, no variance and no
sample size is assumed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .numbers import robust_deviation

type Verdict = Literal["slower", "ok", "faster", "inconclusive", "no-baseline", "not-comparable"]

#: What one pair is worth: ln(0.8 / 0.2).
STEP = math.log(4.0)
#: Twenty percent of pairs lie beyond the tolerance by chance once their deviation is larger than tolerance / 0.84.
_QUANTILE = 0.8416
#: Before so many pairs the deviation is too poorly known to distrust the machine.
SETTLED = 9


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one suite.

    Attributes:
        benchmarks: How many are decided in this run; each gets `alpha / benchmarks`.
        alpha: Chance of any wrong `slower` in a run in which nothing changed.
        beta: Chance that one benchmark that is slower by `target` is called ok.
        target: The relative slow-down that is to be found; the tolerance is half of it.
        coarse: The one that is looked for instead where the machine is too noisy for `target`.
        cap: Pairs after which an undecided benchmark is inconclusive.
    """

    benchmarks: int = 1
    alpha: float = 0.01
    beta: float = 0.01
    target: float = 0.05
    coarse: float = 0.10
    cap: int = 15

    @property
    def against(self) -> int:
        """So many more pairs beyond the tolerance than within it make `slower`."""
        return math.ceil(math.log(self.benchmarks / self.alpha) / STEP)

    @property
    def in_favour(self) -> int:
        """So many more pairs within the tolerance than beyond it make `ok`."""
        return math.ceil(math.log(1.0 / self.beta) / STEP)

    def quiet_enough(self, target: float) -> float:
        """The largest deviation of pairs, as a natural logarithm, with which `target` can be decided."""
        return target / 2 / _QUANTILE


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known about one benchmark.

    Attributes:
        verdict: None while more pairs are needed.
        target: The slow-down that it was decided for: the rule's own, or the coarse one.
        reason: Why nothing could be decided, or why only coarsely, without a full stop; empty otherwise.
    """

    verdict: Verdict | None
    target: float
    reason: str = ""


def decide(estimates: Sequence[float], rule: Rule) -> Decision:
    """What the pairs so far say.

    Args:
        estimates: Natural logarithm of candidate / base, one for each pair, in the order in which they were run.
    """
    deviation = robust_deviation(estimates)
    last = len(estimates) >= rule.cap
    crossed = _walk(estimates, rule, rule.target)
    noisy = deviation > rule.quiet_enough(rule.target)
    if crossed and not noisy:
        return Decision(crossed, rule.target)
    if noisy and (last or (crossed and len(estimates) >= SETTLED)):
        return _coarsely(estimates, rule, deviation, last=last)
    if not last:
        return Decision(None, rule.target)
    reason = f"the change is near the tolerance of {rule.target / 2:.1%}"
    return Decision("inconclusive", rule.target, reason)


def _coarsely(estimates: Sequence[float], rule: Rule, deviation: float, *, last: bool) -> Decision:
    """On a machine that is too noisy for the target: a larger one, that its noise does not reach."""
    noise = f"pairs deviate by {math.expm1(deviation):.1%}"
    target = max(rule.coarse, 2 * _QUANTILE * deviation)
    crossed = _walk(estimates, rule, target)
    if crossed and (target == rule.coarse or crossed != "ok"):
        return Decision(crossed, target, f"{noise}, so only a change of {target:.0%} can be seen")
    return Decision("inconclusive" if last else None, target, f"machine too noisy: {noise}" if last else "")


def _walk(estimates: Sequence[float], rule: Rule, target: float) -> Verdict | None:
    """The first boundary that the signs reach, which nothing that comes later takes back."""
    slower = faster = 0
    for estimate in estimates:
        slower += 1 if estimate > target / 2 else -1
        faster += 1 if estimate < -target / 2 else -1
        if slower >= rule.against:
            return "slower"
        if slower <= -rule.in_favour:
            return "faster" if faster >= rule.in_favour else "ok"
    return None

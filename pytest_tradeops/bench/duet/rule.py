"""The frozen rule by which a benchmark is decided: when to stop, and what may be said then.

A pair is one fresh process for each tree. It gives one number, `ln(fastest candidate round / fastest base round)`. Only
its sign against a tolerance counts: +1 if the candidate was slower by more than the tolerance, else -1. If nothing
changed, that happens in at most 20 % of pairs; if the candidate is slower by twice the tolerance, in at least 80 %.
So each pair is worth ln 4 for or against (Wald's sequential probability ratio test on signs), and by Ville's
inequality the chance that a wrong `slower` is ever reached is at most alpha, whenever one stops to look. alpha is
divided by the number of benchmarks, so that it holds for the whole suite. No normal distribution, no variance and no
sample size is assumed.

Those 20 % are an assumption all the same, and a few pairs do not show that it fails. So `slower` has to pass a second
test, which assumes nothing of the noise: two equal trees could change places, so a pair beyond the tolerance is as
likely to be one on the other side of it. Each one is worth ln 1.9 for `slower`, each on the other side ln 10 against.

Where pairs deviate too much for those 20 %, 30 % are allowed for: a pair is worth less, and more of them are needed.
Where they deviate too much for that, a larger slow-down is looked for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist
from typing import Literal

from .numbers import robust_deviation

type Verdict = Literal["slower", "ok", "faster", "inconclusive", "no-baseline", "not-comparable"]

#: Before so many pairs the deviation is too poorly known to distrust the machine.
SETTLED = 9
#: The share of pairs on the wrong side that is allowed for on a noisy machine.
_NOISY = 0.3
#: The share of pairs beyond the tolerance, on either side, that are slower: of a slow-down, and of equal trees.
_SLOWER, _EQUAL = 0.95, 0.5
#: What a pair that is slower by more than the tolerance is worth, and what one that is as much faster.
FOR, AGAINST = math.log(_SLOWER / _EQUAL), math.log((1 - _SLOWER) / _EQUAL)


@dataclass(frozen=True)
class Rule:
    """The rule for one suite.

    Attributes:
        benchmarks: How many are decided in this run; each gets `alpha / benchmarks`.
        alpha: Chance of any wrong `slower` in a run in which nothing changed.
        beta: Chance that one benchmark that is slower by `target` is called ok.
        target: The relative slow-down that is to be found; the tolerance is half of it.
        coarse: The one that is looked for instead where the machine is too noisy for `target`.
        wrong: The share of pairs that noise alone may put on the wrong side of the tolerance.
        cap: Pairs after which an undecided benchmark is inconclusive.
        patience: That number where the machine is noisy.
    """

    benchmarks: int = 1
    alpha: float = 0.01
    beta: float = 0.01
    target: float = 0.05
    coarse: float = 0.10
    wrong: float = 0.2
    cap: int = 15
    patience: int = 41

    @property
    def worth(self) -> float:
        """What one pair is worth, as the logarithm of a likelihood ratio."""
        return math.log((1 - self.wrong) / self.wrong)

    @property
    def proof(self) -> float:
        """What the evidence for `slower` must be worth, as the logarithm of a likelihood ratio."""
        return math.log(self.benchmarks / self.alpha)

    @property
    def against(self) -> int:
        """So many more pairs beyond the tolerance than within it make `slower`."""
        return math.ceil(self.proof / self.worth)

    @property
    def in_favour(self) -> int:
        """So many more pairs within the tolerance than beyond it make `ok`."""
        return math.ceil(math.log(1.0 / self.beta) / self.worth)

    @property
    def quiet(self) -> float:
        """The largest deviation of pairs, as a natural logarithm, with which no more than `wrong` of them are so."""
        return self.target / 2 / self._quantile

    @cached_property
    def patient(self) -> "Rule":
        """The rule where pairs deviate more than this one allows."""
        return replace(self, wrong=_NOISY, cap=self.patience)

    def where(self, deviation: float) -> "Rule":
        """The rule that pairs of that deviation are judged by."""
        if deviation <= self.quiet:
            return self
        if deviation <= self.patient.quiet:
            return self.patient
        return replace(self, target=max(self.coarse, 2 * self._quantile * deviation))

    @cached_property
    def _quantile(self) -> float:
        return NormalDist().inv_cdf(1 - self.wrong)


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
    deviation, count = robust_deviation(estimates), len(estimates)
    applied = rule.where(deviation)
    if applied is not rule and count < min(SETTLED, rule.cap):
        return Decision(None, rule.target)
    if applied.target > rule.target:
        return _coarsely(estimates, applied, deviation)
    if crossed := _crossed(estimates, applied):
        return Decision(crossed, rule.target)
    if count < applied.cap:
        return Decision(None, rule.target)
    return Decision("inconclusive", rule.target, _undecided(estimates, rule))


def _coarsely(estimates: Sequence[float], rule: Rule, deviation: float) -> Decision:
    """On a machine that is too noisy for the target: a larger one, that its noise does not reach."""
    noise = f"pairs deviate by {math.expm1(deviation):.1%}"
    crossed = _crossed(estimates, rule)
    if crossed and (rule.target == rule.coarse or crossed != "ok"):
        return Decision(crossed, rule.target, f"{noise}, so only a change of {rule.target:.0%} can be seen")
    if len(estimates) < rule.cap:
        return Decision(None, rule.target)
    return Decision("inconclusive", rule.target, f"machine too noisy: {noise}")


def _undecided(estimates: Sequence[float], rule: Rule) -> str:
    slower = sum(one > rule.target / 2 for one in estimates)
    faster = sum(one < -rule.target / 2 for one in estimates)
    if _walk(estimates, rule) == "slower":
        return f"{slower} pairs are slower and {faster} faster by more than {rule.target / 2:.1%}"
    return f"the change is near the tolerance of {rule.target / 2:.1%}"


def _crossed(estimates: Sequence[float], rule: Rule) -> Verdict | None:
    verdict = _walk(estimates, rule)
    return None if verdict == "slower" and not _is_one_sided(estimates, rule) else verdict


def _is_one_sided(estimates: Sequence[float], rule: Rule) -> bool:
    """Whether pairs were ever slower so much more often than faster as those of equal trees hardly ever are."""
    tolerance, proof = rule.target / 2, rule.proof
    slower = faster = 0
    for estimate in estimates:
        slower += estimate > tolerance
        faster += estimate < -tolerance
        if slower * FOR + faster * AGAINST >= proof:
            return True
    return False


def _walk(estimates: Sequence[float], rule: Rule) -> Verdict | None:
    """The first boundary that the signs reach, which nothing that comes later takes back."""
    tolerance, against, in_favour = rule.target / 2, rule.against, rule.in_favour
    slower = faster = 0
    for estimate in estimates:
        slower += 1 if estimate > tolerance else -1
        faster += 1 if estimate < -tolerance else -1
        if slower >= against:
            return "slower"
        if slower <= -in_favour:
            return "faster" if faster >= in_favour else "ok"
    return None

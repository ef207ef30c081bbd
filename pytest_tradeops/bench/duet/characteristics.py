"""What the rule promises, computed exactly: no simulation, only the walk's own probabilities."""

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

from .rule import AGAINST, FOR, Rule

#: The power that the cap is chosen for: with pairs as noisy as the rule allows, and on a noisy machine.
_POWER = 0.995
_NOISY_POWER = 0.98
_LEAST_CAP = 15
_LARGEST_CAP = 99


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Chances of the three ends of one benchmark.

    Attributes:
        pairs: Expected number until it is decided.
    """

    slower: float
    ok: float
    inconclusive: float
    pairs: float


def characteristics(rule: Rule, chance: float, opposite: float = 0.0) -> Characteristics:
    """The chances where pairs are independent of each other.

    The deviation of pairs is taken to be small enough; a machine that is not quiet is looked at in `rule.decide`.

    Args:
        chance: That a pair is slower by more than the tolerance.
        opposite: That it is faster by more than that.
    """
    return next(itertools.islice(_walked(rule, chance, opposite), rule.cap - 1, None))


def _walked(rule: Rule, chance: float, opposite: float) -> Iterator[Characteristics]:
    """The chances after one pair, after two, and so on, without a cap."""
    # The numbers of slower and of faster pairs, whether the walk has reached `slower`, whether pairs are one-sided.
    at: dict[tuple[int, int, bool, bool], float] = {(0, 0, False, False): 1.0}
    against, in_favour, proof = rule.against, rule.in_favour, rule.proof
    outcomes = [one for one in ((1, 0, chance), (0, 1, opposite), (0, 0, 1 - chance - opposite)) if one[2] > 0]
    slower = ok = pairs = 0.0
    for count in itertools.count(1):
        pairs += sum(at.values())
        after: dict[tuple[int, int, bool, bool], float] = defaultdict(float)
        for (more, less, walked, sided), weight in at.items():
            for plus, minus, likely in outcomes:
                up, down = more + plus, less + minus
                place = 2 * up - count
                now = (walked or place >= against, sided or up * FOR + down * AGAINST >= proof)
                if all(now):
                    slower += weight * likely
                elif not now[0] and place <= -in_favour:
                    ok += weight * likely
                else:
                    after[up, down, *now] += weight * likely
        at = after
        yield Characteristics(slower, ok, sum(at.values()), pairs)


@functools.cache
def rule_for(benchmarks: int, target: float = 0.05) -> Rule:
    """The rule for a suite: with the least caps that find 99.5 %, and 98 % on a noisy machine, of the slow-downs."""
    rule = Rule(benchmarks=max(1, benchmarks), target=target, coarse=max(0.10, 2 * target))
    return replace(rule, cap=_least_cap(rule, _POWER), patience=_least_cap(rule.patient, _NOISY_POWER))


def _least_cap(rule: Rule, power: float) -> int:
    """With pairs that deviate as much as the rule allows, and around the target as a normal distribution does."""
    opposite = NormalDist().cdf(-3 * NormalDist().inv_cdf(1 - rule.wrong))
    walked = enumerate(_walked(rule, 1 - rule.wrong, opposite), start=1)
    enough = (cap for cap, so_far in walked if cap % 2 and cap >= _LEAST_CAP and so_far.slower >= power)
    return next(itertools.takewhile(lambda cap: cap < _LARGEST_CAP, enough), _LARGEST_CAP)

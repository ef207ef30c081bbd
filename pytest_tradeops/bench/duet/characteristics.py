"""What the rule promises, computed exactly: no simulation, only the walk's own probabilities."""

from collections import defaultdict
from dataclasses import dataclass, replace

from .rule import Rule

#: The power that the cap is chosen for: with pairs as noisy as the rule allows, and on a noisy machine.
_POWER = 0.98
_NOISY_POWER = 0.95
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


def characteristics(rule: Rule, chance: float) -> Characteristics:
    """The chances where each pair lies beyond the tolerance with `chance`, independently.

    The deviation of pairs is taken to be small enough; a machine that is not quiet is looked at in `rule.decide`.
    """
    at: dict[int, float] = {0: 1.0}
    slower = ok = pairs = 0.0
    for _ in range(rule.cap):
        pairs += sum(at.values())
        after: dict[int, float] = defaultdict(float)
        for place, weight in at.items():
            after[place + 1] += weight * chance
            after[place - 1] += weight * (1 - chance)
        slower += sum(weight for place, weight in after.items() if place >= rule.against)
        ok += sum(weight for place, weight in after.items() if place <= -rule.in_favour)
        at = {place: weight for place, weight in after.items() if -rule.in_favour < place < rule.against}
    return Characteristics(slower, ok, sum(at.values()), pairs)


def rule_for(benchmarks: int, target: float = 0.05) -> Rule:
    """The rule for a suite: with the least caps that find 98 %, and 95 % on a noisy machine, of the slow-downs."""
    rule = Rule(benchmarks=max(1, benchmarks), target=target, coarse=max(0.10, 2 * target))
    return replace(rule, cap=_least_cap(rule, _POWER), patience=_least_cap(rule.patient, _NOISY_POWER))


def _least_cap(rule: Rule, power: float) -> int:
    caps = range(_LEAST_CAP, _LARGEST_CAP, 2)
    enough = (cap for cap in caps if characteristics(replace(rule, cap=cap), 1 - rule.wrong).slower >= power)
    return next(enough, _LARGEST_CAP)

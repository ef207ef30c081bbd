"""What the rule promises, computed exactly: no simulation, only the walk's own probabilities."""

from collections import defaultdict
from dataclasses import dataclass, replace

from .rule import Rule

#: The power that the cap is chosen for, and how often a pair of a build that is slower by the target says so.
_POWER = 0.98
_TELLING = 0.85
_LEAST_CAP = 15
_LARGEST_CAP = 41


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
    """The rule for a suite: the least cap with which 98 % of slow-downs are found that 85 % of pairs show."""
    rule = Rule(benchmarks=max(1, benchmarks), target=target, coarse=max(0.10, 2 * target))
    for cap in range(_LEAST_CAP, _LARGEST_CAP + 1, 2):
        rule = replace(rule, cap=cap)
        if characteristics(rule, _TELLING).slower >= _POWER:
            break
    return rule

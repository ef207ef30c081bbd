"""What was measured of one benchmark in one pair."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """One benchmark in one pair.

    Attributes:
        about: What pytest-benchmark knows of it: `name`, `group`, `param`, `params`.
        iterations: Calls in a round.
        base: Seconds of one call, for each round, in the order in which they were run.
        candidate: The same, of the same number of rounds.
        base_cpu: Seconds of CPU of one call, on average.
        candidate_cpu: The same.
        extra_info: What the candidate's test noted.
    """

    about: Mapping[str, Any]
    iterations: int
    base: tuple[float, ...]
    candidate: tuple[float, ...]
    base_cpu: float
    candidate_cpu: float
    extra_info: dict[str, Any] = field(default_factory=dict)

    @property
    def estimate(self) -> float:
        """The natural logarithm of candidate / base. Noise only ever adds, so the fastest round is the truest."""
        return math.log(min(self.candidate) / min(self.base))


@dataclass(frozen=True, slots=True)
class Failure:
    """A benchmark that could not be measured.

    Attributes:
        labels: On which side: `base`, `candidate`, or both.
        why: Completes a sentence, without a full stop.
    """

    labels: tuple[str, ...]
    why: str

"""Runs pairs until every benchmark is decided, the cap is reached or the time is up."""

import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .characteristics import rule_for
from .instructions import Counts
from .measured import Failure, Measured
from .numbers import Interval, interval, robust_deviation
from .pair import Label, PairResult, run_pair
from .rule import Decision, Rule, decide
from .side import Program
from .store import Store


@dataclass(slots=True)
class Benchmark:
    """One benchmark and all that is known of it.

    Attributes:
        pairs: Every pair in which it was measured, in order.
        decision: Without a verdict while it is undecided.
        counts: Of its instructions, where they were counted.
    """

    name: str
    decision: Decision
    pairs: list[Measured] = field(default_factory=list)
    counts: Counts | None = None

    @property
    def estimates(self) -> list[float]:
        """Natural logarithms of candidate / base."""
        return [one.estimate for one in self.pairs]

    @property
    def estimate(self) -> float | None:
        """The median of the pairs; None without any."""
        return statistics.median(self.estimates) if self.pairs else None

    @property
    def interval(self) -> Interval | None:
        return interval(self.estimates) if self.pairs else None

    @property
    def deviation(self) -> float:
        return robust_deviation(self.estimates)

    @property
    def waits(self) -> bool:
        """Whether it spends more than a tenth of its time without a CPU, as input and output do.

        Of the fastest rounds: what a busy machine takes away from the others looks like waiting.
        """
        wall = sum(min(one.candidate) for one in self.pairs)
        return bool(self.pairs) and sum(one.candidate_cpu for one in self.pairs) < 0.9 * wall


class Watcher(Protocol):
    """Whoever shows how it goes on."""

    def measuring(self, suite: "Suite", name: str) -> None: ...

    def paired(self, suite: "Suite", result: PairResult) -> None: ...


class Suite:
    """The benchmarks of a run.

    Args:
        names: Node ids, in the order in which they are run.
        place: A folder for what the processes print.
        store: Keeps the pairs of a run that does not come to its end.
        budget: Seconds for all of it.

    Attributes:
        budget: As it was given.
        number: Of pairs so far, those of an interrupted run among them.
    """

    def __init__(
        self,
        programs: Mapping[Label, Program],
        names: Sequence[str],
        place: Path,
        *,
        store: Store,
        target: float = 0.05,
        budget: float = 1200.0,
        timeout: float = 300.0,
        seed: int | None = None,
    ) -> None:
        self.rule: Rule = rule_for(len(names), target)
        self.benchmarks = {name: Benchmark(name, Decision(None, target)) for name in names}
        self.number = 0
        self.seconds = 0.0
        self._programs = programs
        self._place = place
        self._store = store
        self.budget = budget
        self._timeout = timeout
        self._rng = random.Random(seed)  # noqa: S311 - the order of rounds is no secret
        self._counts: dict[str, int] = {}

    @property
    def undecided(self) -> list[str]:
        return [name for name, one in self.benchmarks.items() if one.decision.verdict is None]

    def rehearsed(self, result: PairResult) -> None:
        """Decides what a pair that only collects decides: benchmarks that the base does not have."""
        whole = _foreign(result)
        for name, benchmark in self.benchmarks.items():
            reason = whole
            if reason is None and (failure := _uncollected(name, result)):
                reason = _failed(name, failure, result)
            if reason:
                benchmark.decision = reason

    def resume(self) -> int:
        """Takes over the pairs of an interrupted run of the same two trees; returns how many."""
        for result in self._store.load():
            self._absorb(result)
        return self.number

    def run(self, watcher: Watcher) -> None:
        """Decides every benchmark; what is undecided when the time is up is inconclusive."""
        begin = time.monotonic()
        while self.undecided:
            if self._is_up(begin):
                return
            result = self._pair(watcher)
            self._store.add(result)
            if not self._absorb(result):
                self._give_up("a pair of processes gave no number for any benchmark")
            watcher.paired(self, result)
        self._store.clear()

    def sample(self, count: int, watcher: Watcher) -> None:
        """Measures every benchmark in `count` pairs and decides none, but those that cannot be measured."""
        begin = time.monotonic()
        while self.undecided and self.number < count and not self._is_up(begin):
            result = self._pair(watcher)
            if not self._absorb(result, decides=False):
                self._give_up("a pair of processes gave no number for any benchmark")
            watcher.paired(self, result)

    def _is_up(self, begin: float) -> bool:
        if self.number == 0 or time.monotonic() - begin <= self.budget:
            return False
        self._give_up(f"the time of {self.budget / 60:.0f} minutes was up after {pairs(self.number)}")
        return True

    def _pair(self, watcher: Watcher) -> PairResult:
        return run_pair(
            self._programs,
            self.undecided,
            self._place / f"{self.number:03}",
            rng=self._rng,
            counts=self._counts,
            timeout=self._timeout,
            watch=lambda name: watcher.measuring(self, name),
        )

    def _absorb(self, result: PairResult, *, decides: bool = True) -> bool:
        """Takes a pair in; returns whether it has brought anything on."""
        self.number += 1
        self.seconds += result.seconds
        known = 0
        whole = _foreign(result) or self._codeless(result)
        for name in self.undecided:
            benchmark = self.benchmarks[name]
            reason = whole or _missing(name, result)
            if reason:
                benchmark.decision = reason
                known += 1
            elif name in result.measured:
                benchmark.pairs.append(result.measured[name])
                if decides:
                    benchmark.decision = decide(benchmark.estimates, self.rule)
                known += 1
        return known > 0

    def _codeless(self, result: PairResult) -> Decision | None:
        """Whether a side has run nothing of its tree but the benchmarks, which are the same in both."""
        pythons = {program.python for program in self._programs.values()}
        empty = sorted(label for label, code in result.code.items() if not code)
        if not empty or len(pythons) > 1:  # other packages are something to compare
            return None
        why = f"the {empty[0]} imported nothing of the project but the benchmarks, so nothing would be compared"
        return Decision("not-comparable", 0.0, why)

    def _give_up(self, reason: str) -> None:
        for name in self.undecided:
            benchmark = self.benchmarks[name]
            benchmark.decision = Decision("inconclusive", benchmark.decision.target, reason)


def pairs(number: int) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{number} pair" if number == 1 else f"{number} pairs"


def _foreign(result: PairResult) -> Decision | None:
    for label, files in result.foreign.items():
        if files:
            return Decision("not-comparable", 0.0, f"the {label} imported {files[0]}, which belongs to neither tree")
    return None


def _missing(name: str, result: PairResult) -> Decision | None:
    """Why there is no number for a benchmark in this pair; None if there is one."""
    if name in result.measured:
        return None
    failure = result.failed.get(name) or _uncollected(name, result)
    if failure is None:
        if name not in result.reached:
            return None  # a process ended before it came to it: the next pair will
        return Decision("not-comparable", 0.0, "it ended without a call of its `benchmark` fixture")
    return _failed(name, failure, result)


def _failed(name: str, failure: Failure, result: PairResult) -> Decision:
    if failure.labels == ("base",) and name not in result.collected.get("base", ()):
        return Decision("no-baseline", 0.0, f"the base has no such benchmark: {failure.why}")
    where = " and ".join(f"the {label}" for label in failure.labels)
    return Decision("not-comparable", 0.0, f"{where}: {failure.why}")


def _uncollected(name: str, result: PairResult) -> Failure | None:
    """What kept a benchmark from being collected, the candidate's reason first."""
    labels: tuple[Label, ...] = ("candidate", "base")
    for label in labels:
        if name not in result.collected.get(label, ()):
            broken = result.broken[label]
            why = broken.get(name.partition("::")[0]) or broken.get("") or "it was not collected"
            return Failure((label,), why)
    return None

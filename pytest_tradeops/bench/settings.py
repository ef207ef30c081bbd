"""`[tool.tradeops.bench]`: what benchmarks are compared with, and how long that may take."""

from dataclasses import dataclass, field

#: Below the first, unrelated edits are slow-downs; beyond the second, nobody needs a gate.
LEAST_TARGET, MOST_TARGET = 0.03, 0.5


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """Settings of the benchmark gate.

    Attributes:
        base: What is compared with: a git ref, a wheel, a directory or `promoted`; empty for the merge base with the
            default branch.
        promoted: The ref that names what was promoted last.
        baselines: Name to a git ref, a wheel or a directory, for `--bench-base=NAME`.
        paths: Where benchmarks are collected if the command line names nothing; empty for pytest's own choice.
        harness: Folders with the benchmarks and what they need, taken from the candidate for both trees; empty for the
            folders that the benchmarks are in, where their name says test, bench or perf.
        link: Files and folders that git ignores and the benchmarks need; both trees get links to them.
        budget: Minutes for a whole run; what is undecided then is inconclusive.
        target: The slow-down that is to be found, as a fraction from 0.03 to 0.5.
        timeout: Seconds that a benchmark's process may be silent.
        ir: Whose instructions are counted under valgrind: `auto` for those of benchmarks that the clock cannot decide,
            `all` or `off`.
    """

    base: str = ""
    promoted: str = "promoted"
    baselines: dict[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    harness: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    budget: float = 20.0
    target: float = 0.05
    timeout: float = 300.0
    ir: str = field(default="auto", metadata={"choices": ("auto", "all", "off")})

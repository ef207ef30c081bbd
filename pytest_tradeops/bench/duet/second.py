"""The second instrument in a run: which benchmarks have their instructions counted, and what that makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from .counting import SEEDS, WARM, NoValgrind, calls_for, count, find_valgrind
from .instructions import combined
from .pair import Label
from .side import Program
from .suite import Benchmark, Suite

#: How many times as long a call takes under valgrind.
_SLOWER = 60.0


def settle(
    suite: Suite,
    programs: Mapping[Label, Program],
    mode: str,
    place: Path,
    *,
    seconds: float,
    say: Callable[[str], None],
) -> None:
    """Counts what the mode asks for, and gives each benchmark the verdict of both instruments.

    Args:
        mode: `auto` for what the clock could not decide, `all`, or `off`.
        place: A folder for what the processes write.
        seconds: For all of it.

    Raises:
        NoValgrind: everything is to be counted, and nothing can be.
    """
    wanted = _wanted(suite, mode)
    if not wanted:
        return
    try:
        find_valgrind()
    except NoValgrind as error:
        if mode == "all":
            raise
        for one in wanted.values():
            _add(one, f"{error.message.rstrip('.')}, so instructions cannot decide it")
        return
    for name, one in list(wanted.items()):
        if _estimate(one) > seconds:
            _add(one, f"its instructions were not counted: that takes more than {seconds / 60:.0f} minutes")
            del wanted[name]
    if not wanted:
        return
    what = "1 benchmark" if len(wanted) == 1 else f"{len(wanted)} benchmarks"
    say(f"counts the instructions of {what} under valgrind, {len(SEEDS)} times in each tree")
    calls = {name: calls_for(_fastest(one)) for name, one in wanted.items()}
    counted = count(programs, calls, place, seconds=seconds, watch=lambda done: say(f"{done} of {len(SEEDS)} times"))
    for name, one in wanted.items():
        if name in counted.counts:
            one.counts = counted.counts[name]
            one.decision = combined(one.decision, one.counts, one.interval, waits=one.waits)
        else:
            _add(one, f"its instructions were not counted: {counted.failed[name]}")


def _wanted(suite: Suite, mode: str) -> dict[str, Benchmark]:
    measured = {name: one for name, one in suite.benchmarks.items() if one.pairs}
    if mode == "all":
        compared = ("slower", "ok", "faster", "inconclusive")
        return {name: one for name, one in measured.items() if one.decision.verdict in compared}
    undecided = {name: one for name, one in measured.items() if one.decision.verdict == "inconclusive"}
    return {name: one for name, one in undecided.items() if not one.waits} if mode == "auto" else {}


def _fastest(one: Benchmark) -> float:
    return min(min(pair.candidate) for pair in one.pairs)


def _estimate(one: Benchmark) -> float:
    """Seconds that a benchmark takes for all seeds, without the start of a process."""
    return len(SEEDS) * _SLOWER * (calls_for(_fastest(one)) + WARM) * _fastest(one)


def _add(one: Benchmark, reason: str) -> None:
    one.decision = replace(one.decision, reason="; ".join(filter(None, (one.decision.reason, reason))))

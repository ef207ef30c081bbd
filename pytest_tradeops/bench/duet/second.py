"""The second instrument in a run: which benchmarks have their instructions counted, and what that makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from .counting import SEEDS, NoValgrind, calls_for, count, find_valgrind
from .instructions import combined
from .pair import Label
from .side import Program
from .suite import Benchmark, Suite

#: Count nothing, what the clock could not decide, or everything.
MODES = ("off", "auto", "all")


def settle(
    suite: Suite,
    programs: Mapping[Label, Program],
    mode: str,
    place: Path,
    *,
    timeout: float,
    say: Callable[[str], None],
) -> None:
    """Counts what the mode asks for, and gives each benchmark the verdict of both instruments.

    Args:
        mode: One of `MODES`.
        place: A folder for what the processes write.
        timeout: Seconds that a benchmark's process may take natively.

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
    what = "1 benchmark" if len(wanted) == 1 else f"{len(wanted)} benchmarks"
    say(f"counts the instructions of {what} under valgrind, {len(SEEDS)} times in each tree")
    calls = {name: calls_for(min(min(pair.candidate) for pair in one.pairs)) for name, one in wanted.items()}
    counted = count(programs, calls, place, timeout=timeout, watch=lambda done: say(f"{done} of {len(SEEDS)} times"))
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


def _add(one: Benchmark, reason: str) -> None:
    one.decision = replace(one.decision, reason="; ".join(filter(None, (one.decision.reason, reason))))

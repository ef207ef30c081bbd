"""One pair: a fresh process for each tree, in lock-step, so that never more than one of them measures."""

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .measured import Failure, Measured
from .side import Program, Side, SideEnded, side

type Label = Literal["base", "candidate"]

#: Measured rounds of each side by the seconds that one takes at least: many short pairs beat a few long ones.
_COUNTS = ((1.0, 4), (0.1, 8), (0.02, 16), (0.0, 32))
#: Below so many seconds a second round warms better than one.
_SHORT = 0.02


@dataclass(slots=True)
class PairResult:
    """What one pair gave.

    Attributes:
        measured: By node id.
        failed: By node id, what went wrong instead.
        collected: Of each side the node ids that it has.
        broken: Of each side what could not be collected, to the reason.
        foreign: Of each side the files that it imported of the project that the trees were copied from.
        code: Of each side the modules that it imported of its own tree, without those that measure.
        reached: The node ids that ended on both sides, in whatever way.
        seconds: From the start of the processes to their end.
    """

    measured: dict[str, Measured] = field(default_factory=dict)
    failed: dict[str, Failure] = field(default_factory=dict)
    collected: dict[Label, list[str]] = field(default_factory=dict)
    broken: dict[Label, dict[str, str]] = field(default_factory=lambda: {"base": {}, "candidate": {}})
    foreign: dict[Label, list[str]] = field(default_factory=dict)
    code: dict[Label, list[str]] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_pair(
    programs: Mapping[Label, Program],
    names: Sequence[str] | None,
    place: Path,
    *,
    rng: random.Random,
    counts: dict[str, int],
    timeout: float = 300.0,
    watch: Callable[[str], None] | None = None,
) -> PairResult:
    """Runs one pair.

    Args:
        names: The node ids that are measured; None to collect only.
        place: A folder for what the processes print.
        rng: Decides who starts, and who is measured first in each round.
        counts: Rounds that a benchmark with set-up is given, by what earlier pairs took; kept up to date.
        timeout: Seconds that a process may be silent.
        watch: Called with each benchmark that is being measured.
    """
    begin = time.monotonic()
    labels: list[Label] = ["base", "candidate"]
    rng.shuffle(labels)
    # The order of sets, and what lies where in memory, make a process some percent slower or faster: each pair has
    # others, on both sides alike.
    seed = rng.randrange(1, 2**32)
    result = PairResult()
    with contextlib.ExitStack() as stack:
        sides: dict[Label, Side] = {}
        for label in labels:
            try:
                # Folders with names of one length: a path is part of what a process has to handle.
                half = side(programs[label], names, place / label[:4], timeout, seed)
                sides[label] = stack.enter_context(half)
            except SideEnded as error:
                result.broken[label][""] = str(error)
        if len(sides) == 2:
            _Pair(sides, result, rng, counts, watch or _nobody).run()
    result.seconds = time.monotonic() - begin
    return result


class _Failed(Exception):
    def __init__(self, label: Label, why: str) -> None:
        super().__init__(why)
        self.label: Label = label


class _Pair:
    def __init__(
        self,
        sides: dict[Label, Side],
        result: PairResult,
        rng: random.Random,
        counts: dict[str, int],
        watch: Callable[[str], None],
    ) -> None:
        self._sides = sides
        self._result = result
        self._rng = rng
        self._counts = counts
        self._watch = watch
        self._waiting: dict[Label, dict[str, Any]] = {}
        self._done: dict[Label, set[str]] = {"base": set(), "candidate": set()}
        self._over: set[Label] = set()
        self._name = ""

    def run(self) -> None:
        while len(self._over) < 2:
            for label in self._sides:
                while label not in self._waiting and label not in self._over:
                    self._take(label)
            if len(self._waiting) == 2 and len({one["name"] for one in self._waiting.values()}) == 1:
                self._measure()
            else:
                self._let_one_go()
        self._result.reached = sorted(self._done["base"] & self._done["candidate"])

    def _take(self, label: Label) -> None:
        """The next event of a side that is not measured just now."""
        try:
            event = self._sides[label].hear()
        except SideEnded as error:
            self._ended(label, str(error))
            return
        match event["event"]:
            case "ready":
                self._waiting[label] = event
            case "done":
                self._finish(label, event)
            case "collected":
                self._result.collected[label] = event["names"]
            case "uncollected":
                self._result.broken[label][event["name"]] = event["why"]
            case "broken":
                self._result.broken[label][""] = event["why"]
            case "finished":
                self._result.foreign[label] = event["foreign"]
                self._result.code[label] = event["code"]
                self._over.add(label)

    def _ended(self, label: Label, why: str) -> None:
        """A process that is gone takes the benchmark that it was in with it, and nothing else is known of the rest."""
        self._over.add(label)
        waiting = self._waiting.pop(label, None)
        running = [name for name in self._result.collected.get(label, ()) if name not in self._done[label]]
        name = waiting["name"] if waiting else (running or [""])[0]
        if name:
            self._fail(name, label, f"the process {why}")
        else:
            self._result.broken[label].setdefault("", f"the process {why}")

    def _finish(self, label: Label, event: Mapping[str, Any]) -> None:
        name = event["name"]
        self._done[label].add(name)
        if event["why"]:
            self._fail(name, label, event["why"])
        elif name in self._result.measured and label == "candidate":
            self._result.measured[name].extra_info.update(event["extra_info"])

    def _fail(self, name: str, label: Label, why: str) -> None:
        self._result.measured.pop(name, None)
        known = self._result.failed.get(name, Failure((), ""))
        both = known.labels and label not in known.labels
        self._result.failed[name] = (
            Failure((*known.labels, label), known.why) if known and both else Failure((label,), why)
        )

    def _let_one_go(self) -> None:
        """Both are to wait for the same benchmark, or one of them has none any more: the one behind goes on."""
        behind = min(self._waiting, key=lambda label: self._behind(label, self._waiting[label]["name"]), default=None)
        if behind:
            self._sides[behind].tell(self._waiting.pop(behind)["name"], "leave")

    def _behind(self, label: Label, name: str) -> int:
        other: Label = "candidate" if label == "base" else "base"
        return 0 if name in self._done[other] or other in self._over else 1

    # Both wait for the same benchmark

    def _measure(self) -> None:
        events, self._waiting = dict(self._waiting), {}
        name, about = events["candidate"]["name"], events["candidate"]["about"]
        self._watch(name)
        self._name = name
        try:
            if {one["about"]["kind"] for one in events.values()} == {"call"}:
                self._result.measured[name] = self._call(about)
            elif about["kind"] == events["base"]["about"]["kind"]:
                self._result.measured[name] = self._pedantic(name, about, events)
            else:
                raise _Failed("base", "it is measured in another way there")
        except _Failed as failed:
            self._fail(name, failed.label, str(failed))
        for label in set(self._sides) - self._over:
            if name not in self._done[label]:
                self._sides[label].tell(name, "leave")

    def _call(self, about: Mapping[str, Any]) -> Measured:
        order = self._order()
        self._sides[order[0]].tell(self._name, "calibrate")
        found = self._expect(order[0], "loops")
        loops, seconds = found["loops"], found["seconds"]
        warm = [found]
        for label in reversed(order) if seconds >= _SHORT else (*order, *order):
            warm.append(self._round(label, loops))
            if seconds >= _SHORT:
                break  # the other one is warm from having been calibrated
        # The last word of each: a first call may import, and wait for the disk.
        return self._rounds(about, loops, _count(seconds), alone=all(one["alone"] for one in warm[-2:]))

    def _pedantic(self, name: str, about: Mapping[str, Any], events: Mapping[Label, Mapping[str, Any]]) -> Measured:
        """As many rounds and calls as its author wrote, but no more than others get."""
        count = min(self._counts.get(name, _COUNTS[-1][1]), *(one["about"]["rounds"] for one in events.values()))
        for half in self._sides.values():
            half.tell(self._name, "rounds", rounds=count)
        for _ in range(min(one["about"]["warm"] for one in events.values())):
            for label in self._order():
                self._round(label, 1)
        measured = self._rounds(about, about["iterations"], count)
        self._counts[name] = _count(min(measured.candidate) * about["iterations"])
        return measured

    def _rounds(self, about: Mapping[str, Any], loops: int, count: int, *, alone: bool | None = None) -> Measured:
        """Measures both, `alone` if they do all of their work in one thread; unknown, the first rounds tell."""
        wall: dict[Label, list[float]] = {"base": [], "candidate": []}
        cpu: dict[Label, float] = {"base": 0.0, "candidate": 0.0}
        known: list[bool] = []
        for label, core in self._turns(count):
            one = self._round(label, loops, core if alone else None, counts=True)
            wall[label].append(one["seconds"] / loops)
            cpu[label] += one["cpu"] / loops
            known.append(one["alone"])
            if alone is None and len(known) == 4:
                alone = all(known[2:])
        for label, rounds in wall.items():
            if min(rounds) <= 0:
                raise _Failed(label, "it is too short to be timed: give it more `iterations`")
        return Measured(
            about, loops, tuple(wall["base"]), tuple(wall["candidate"]), cpu["base"] / count, cpu["candidate"] / count
        )

    def _cores(self) -> list[int]:
        """Where both are measured: a core that a neighbour slows down would be on one side only, if each had its own.

        Two of them, by chance: the fastest round is that of the one that is left in peace.
        """
        if not hasattr(os, "sched_getaffinity"):
            return []
        allowed = sorted(os.sched_getaffinity(0))
        return self._rng.sample(allowed, min(2, len(allowed)))

    def _turns(self, count: int) -> Iterator[tuple[Label, int | None]]:
        """ABBA or BAAB, by chance each time: a drift of the machine within four rounds is on both sides alike.

        The first half is for one core, the other half for another one.
        """
        cores = self._cores()
        for block in range((count + 1) // 2):
            core = cores[2 * block * len(cores) // (count + 1)] if cores else None
            first, second = self._order()
            whole = (first, second, second, first) if 2 * block + 1 < count else (first, second)
            yield from ((label, core) for label in whole)

    def _order(self) -> list[Label]:
        labels: list[Label] = ["base", "candidate"]
        self._rng.shuffle(labels)
        return labels

    def _round(self, label: Label, loops: int, core: int | None = None, *, counts: bool = False) -> Mapping[str, Any]:
        self._sides[label].tell(self._name, "run", loops=loops, counts=counts, core=core)
        return self._expect(label, "round")

    def _expect(self, label: Label, what: str) -> Mapping[str, Any]:
        try:
            event = self._sides[label].hear()
        except SideEnded as error:
            self._over.add(label)
            raise _Failed(label, f"the process {error}") from None
        if event["event"] == "done":
            self._done[label].add(event["name"])
            raise _Failed(label, event["why"] or "it ended before it was measured")
        if event["event"] != what:
            raise _Failed(label, f"it said {event['event']} instead of {what}")
        return event


def _nobody(_: str) -> None:
    """Watches nothing."""


def _count(seconds: float) -> int:
    return next(count for least, count in _COUNTS if seconds >= least)

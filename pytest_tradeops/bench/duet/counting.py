"""Counts the instructions of benchmarks in both trees, in processes under valgrind."""

import contextlib
import json
import math
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from .instructions import Counts
from .pair import Label
from .side import PLUGIN, Plugin, Program, command_line, environment, last_words, lay_out_plugins

#: Of the hashes of texts; the same ones on both sides, since the order of sets costs instructions, too.
SEEDS = (0, 1, 2)
#: Seconds of native time that are counted of a short benchmark, a hundred times as long under valgrind; and about as
#: many instructions.
_NATIVE, _INSTRUCTIONS = 0.002, 10_000_000
_MOST_CALLS = 100
#: Calls in front of those that are counted.
WARM = 5
_COUNTER = Plugin("_tradeops_counter", "counter.py")
_TRIGGER = re.compile(r"desc: Trigger: Client Request: (.*)")
_TOTALS = re.compile(r"(?m)^totals: (\d+)")


class NoValgrind(Inconclusive):
    """Instructions cannot be counted here."""


@dataclass(slots=True)
class Counted:
    """What was counted.

    Attributes:
        counts: By node id.
        failed: Node id to why it was not counted, as the end of a sentence.
    """

    counts: dict[str, Counts] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def find_valgrind() -> Path:
    """Where it is.

    Raises:
        NoValgrind: it is not installed, or this processor is none that the requests are written for.
    """
    found = shutil.which("valgrind")
    if found is None:
        raise NoValgrind("valgrind is not installed.", remedy="Install it, such as with `apt-get install valgrind`.")
    if platform.machine() not in ("x86_64", "AMD64"):
        raise NoValgrind(f"Instructions are counted on x86-64 only, and this is {platform.machine()}.")
    return Path(found)


def calls_for(seconds: float) -> int:
    """How many calls are counted of a benchmark, by the seconds that one takes natively."""
    return _calls(_NATIVE / seconds)


def calls_for_count(instructions: float) -> int:
    """The same, by the instructions that one takes."""
    return _calls(_INSTRUCTIONS / instructions)


def _calls(enough: float) -> int:
    return max(1, min(_MOST_CALLS, math.ceil(enough)))


def count(
    programs: Mapping[Label, Program],
    calls: Mapping[str, int],
    place: Path,
    *,
    seconds: float,
    watch: Callable[[int], None] = lambda _: None,
) -> Counted:
    """Counts with each seed on both sides; the two at once, as nothing here depends on time.

    Args:
        calls: Node id to how many calls are counted.
        place: A folder for what the processes write.
        seconds: For all of it; what is not counted then is not counted.
        watch: Called with the number of seeds that are done.

    Raises:
        NoValgrind: instructions cannot be counted here.
    """
    found: dict[Label, list[dict[str, float]]] = {label: [] for label in programs}
    done, until = Counted(), time.monotonic() + seconds
    for number, seed in enumerate(SEEDS, start=1):
        with contextlib.ExitStack() as stack:
            begun = {
                label: stack.enter_context(_counting(program, calls, place / f"{number}-{label[:4]}", seed))
                for label, program in programs.items()
            }
            for label, ended in begun.items():
                counts, failed = ended(until - time.monotonic())
                found[label].append(counts)
                done.failed |= {name: f"the {label}: {why}" for name, why in failed.items()}
        watch(number)
    for name in (name for name in calls if name not in done.failed):
        base, candidate = (tuple(one[name] for one in found[label]) for label in ("base", "candidate"))
        done.counts[name] = Counts(base, candidate)
    return done


def count_one(
    program: Program, calls: Mapping[str, int], place: Path, seed: int, seconds: float
) -> tuple[dict[str, float], dict[str, str]]:
    """Instructions of one call by node id, and node id to why there are none.

    Raises:
        NoValgrind: instructions cannot be counted here.
    """
    with _counting(program, calls, place, seed) as ended:
        return ended(seconds)


@contextlib.contextmanager
def _counting(
    program: Program, calls: Mapping[str, int], place: Path, seed: int
) -> Iterator[Callable[[float], tuple[dict[str, float], dict[str, str]]]]:
    """A process that counts; what is called in the block waits so long for its end, and the block's end is its own."""
    lay_out_plugins(place, PLUGIN, _COUNTER)
    said, out, log = place / "said.jsonl", place / "counts", place / "output.log"
    given = {
        "files": program.files,
        "names": list(calls),
        "origin": str(program.origin),
        "calls": dict(calls),
        "warm": WARM,
        "said": str(said),
    }
    valgrind: list[str | Path] = [
        find_valgrind(),
        "--tool=callgrind",
        "--instr-atstart=no",
        "-q",
        f"--callgrind-out-file={out}",
    ]
    command = command_line(program, _COUNTER, seed, under=valgrind)
    environ = environment(program, place, given, seed)
    with processes.running(command, cwd=program.root, env=environ, output=log) as process:

        def ended(seconds: float) -> tuple[dict[str, float], dict[str, str]]:
            try:
                process.wait(max(0.0, seconds))
            except subprocess.TimeoutExpired:
                return _read(calls, said, place, "the time for counting was up")
            return _read(calls, said, place, last_words(log))

        yield ended


def _read(calls: Mapping[str, int], said: Path, place: Path, otherwise: str) -> tuple[dict[str, float], dict[str, str]]:
    lines = said.read_text(encoding="utf-8").splitlines() if said.is_file() else []
    told = {one["name"]: one for one in map(json.loads, lines)}
    failed = {name: one["why"] for name, one in told.items() if one["why"]}
    totals: dict[str, int] = {}
    for part in place.glob("counts.*"):
        text = part.read_text(encoding="utf-8", errors="replace")
        trigger, total = _TRIGGER.search(text), _TOTALS.search(text)
        if trigger and total:
            totals[trigger[1].strip()] = int(total[1])
    # One that was killed behind its count has not come to its end, and said nothing.
    done = [name for name in calls if totals.get(name) and name in told and name not in failed]
    counts = {name: totals[name] / told[name]["calls"] for name in done}
    absent = {name: failed.get(name) or otherwise for name in calls if name not in counts}
    return counts, absent

"""Runs bandit over sets of files, in as many processes as a tree is worth, and reads each one's JSON report.

bandit has no parallel mode. It judges each file by itself, so that sets of files may be scanned apart and their reports
put together. Starting it takes 0.4 s of processor time, which only large trees pay back.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import processes
from ..exceptions import Inconclusive
from ..processes.child import Completed, clean_environment

#: Bytes of source, about two seconds of scanning: below, one process is as quick as two.
LARGE = 800_000
#: Bytes that a process of its own must have to do.
SHARE = 400_000
#: Bytes of file names on one command line; Linux takes two million, the environment included.
NAMES = 500_000
_SHARDS = Path(__file__).with_name("shards.py")


@dataclass(frozen=True, slots=True)
class Task:
    """One run of bandit.

    Attributes:
        targets: Files and folders, relative to the scanned folder.
        ignore_nosec: Whether comments hide nothing.
    """

    targets: tuple[str, ...]
    ignore_nosec: bool


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def shares(sizes: Mapping[str, int], workers: int) -> list[tuple[str, ...]]:
    """Splits files into sets of about the same number of bytes, none of them empty and none with too many names.

    Args:
        sizes: File to bytes.
        workers: How many processes may run at a time; small trees get fewer sets.
    """
    total = sum(sizes.values())
    count = max(1, min(workers, total // SHARE)) if total >= LARGE else 1
    heaps: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for name in sorted(sizes, key=lambda one: (-sizes[one], one)):
        lightest = weights.index(min(weights))
        heaps[lightest].append(name)
        weights[lightest] += sizes[name] + 1  # so that empty files are spread, too
    return [part for heap in heaps for part in _short(sorted(heap))]


def run_tasks(folder: Path, tasks: Sequence[Task], timeout: float, workers: int) -> list[dict[str, Any]]:
    """The JSON report of each task.

    Args:
        timeout: Seconds for all of them together.
        workers: How many run at a time.

    Raises:
        Inconclusive: a run crashed, took too long, or wrote no usable report; those of the others do not count then.
    """
    if not tasks:
        return []
    with processes.scratch("tradeops-bandit-") as place:
        own = place / "own.ini"
        own.write_text("[bandit]\n", encoding="utf-8")  # named explicitly, or bandit reads a `.bandit` of the subject
        outputs = [place / f"report-{number}.json" for number in range(len(tasks))]
        commands = [_command(task, own, output) for task, output in zip(tasks, outputs, strict=True)]
        environment = clean_environment()
        environment.pop("PYTHONPATH", None)  # a `bandit.py` or `yaml.py` of the subject must not be the scanner
        if len(commands) == 1:
            done = processes.run(commands[0], cwd=folder, timeout=timeout, env=environment)
        else:
            starter = [sys.executable, "-I", "-S", str(_SHARDS)]
            order = json.dumps({"commands": commands, "workers": workers})
            done = processes.run(starter, cwd=folder, timeout=timeout, env=environment, stdin=order)
        if done.timed_out:
            raise Inconclusive(
                f"bandit took longer than {timeout:.0f} seconds.", remedy="Move generated tables out of the folder."
            )
        if "internal error running" in done.stderr:
            raise Inconclusive(f"One of bandit's own tests crashed: {done.tail}", remedy="Update bandit.")
        codes = [done.code] if len(commands) == 1 else _codes(done, len(commands))
        done = done if len(commands) == 1 else replace(done, stdout="")  # the codes say nothing to a person
        return [_report(output, code, done) for output, code in zip(outputs, codes, strict=True)]


def merged(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One report of several that have no file in common; `metrics` by file only, without the totals."""
    return {
        "metrics": {name: one for report in reports for name, one in report["metrics"].items() if name != "_totals"},
        "errors": [one for report in reports for one in report["errors"]],
        "results": [one for report in reports for one in report["results"]],
    }


def _short(names: list[str]) -> list[tuple[str, ...]]:
    parts: list[tuple[str, ...]] = []
    begin = length = 0
    for number, name in enumerate(names):
        size = len(os.fsencode(name)) + 16  # with what the kernel keeps for each
        if length + size > NAMES and number > begin:
            parts.append(tuple(names[begin:number]))
            begin, length = number, 0
        length += size
    return [*parts, tuple(names[begin:])] if names[begin:] else parts


def _command(task: Task, own: Path, output: Path) -> list[str]:
    command = [sys.executable, "-P", "-m", "bandit", "--quiet", "--recursive", "--format", "json"]
    # The default exclusions match any part of a path, so that `.tox/` would be a place to hide in.
    command += ["--exclude", "", "--ini", str(own), "--output", str(output)]
    command += ["--ignore-nosec"] if task.ignore_nosec else []
    return [*command, *task.targets]


def _codes(done: Completed, count: int) -> list[int]:
    try:
        codes = json.loads(done.stdout)
    except ValueError:
        codes = None
    if done.code != 0 or not isinstance(codes, list) or len(codes) != count:
        raise Inconclusive(
            f"What runs bandit in several processes ended with {done.code}: {done.tail}", remedy="Run it again."
        )
    return codes


def _report(output: Path, code: int, done: Completed) -> dict[str, Any]:
    try:
        report = json.loads(output.read_text(encoding="utf-8"))
        report["metrics"]["_totals"], report["errors"], report["results"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Inconclusive(
            f"bandit ended with {code} and no usable report: {done.tail.rstrip('.')}.",
            remedy="Run `python -m bandit -r` on the folder to see why.",
        ) from None
    return dict(report)

"""Counts recorded benchmarks again under valgrind, and compares."""

import platform
from collections.abc import Mapping
from pathlib import Path

from .. import processes
from ..exceptions import Inconclusive
from ..model import Finding
from .duet.counting import calls_for_count, count_one, find_valgrind
from .duet.side import Program
from .nested import has_module

REASON = "codspeed-record: not reproducible"
#: Of the hashes of texts; the one that a record is made with.
SEED = 0
_SECONDS = 120.0


def here(python: Path, root: Path) -> dict[str, str]:
    """`machine`, `python` and `valgrind` as a record names them: what counts depend on beside the code.

    Raises:
        Inconclusive: valgrind is not there, or the interpreter does not start.
    """
    valgrind = processes.run([find_valgrind(), "--version"], cwd=root, timeout=30)
    code = "import platform as p; print(p.python_implementation(), p.python_version(), f'({p.python_compiler()})')"
    found = processes.run([python, "-I", "-S", "-c", code], cwd=root, timeout=30)
    if found.code != 0:
        raise Inconclusive(f"{python} cannot be started.", remedy="Repair .venv.")
    return {
        "machine": platform.machine(),
        "python": " ".join(found.stdout.split()),
        "valgrind": valgrind.stdout.strip().removeprefix("valgrind-"),
    }


def differing(recorded: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """What is another one here than where the record was made: `python CPython 3.12.1 (...), here ...`."""
    return [f"{name} {recorded[name]}, here {now}" for name, now in found.items() if recorded[name] != now]


def count_again(python: Path, root: Path, origin: Path, recorded: Mapping[str, float]) -> dict[str, float]:
    """Instructions of one call of each recorded benchmark.

    Args:
        root: Of a copy of the subject.
        origin: What it was copied from, nothing of which is imported.

    Raises:
        Inconclusive: one of them was not counted, or valgrind is not there.
    """
    files = tuple(dict.fromkeys(name.partition("::")[0] for name in recorded))
    path = tuple(one for one in (root / "src", root) if one.is_dir())
    arguments = ("-q", "-p", "no:cacheprovider", *(("-n0",) if has_module(python, "xdist", root) else ()))
    calls = {name: calls_for_count(count) for name, count in recorded.items()}
    with processes.scratch("tradeops-recount-") as place:
        program = Program("subject", root, python, path, arguments, files, origin)
        counts, failed = count_one(program, calls, place, SEED, _SECONDS)
    if failed:
        name, why = next(iter(failed.items()))
        raise Inconclusive(f"{name} was not counted: {why}.", remedy="Run it by `pytest -m benchmark`, and correct it.")
    return counts


def compare(recorded: Mapping[str, float], counts: Mapping[str, float], tolerance: float, file: str) -> list[Finding]:
    """A finding for each benchmark that takes more or less than it was recorded with."""
    return [
        Finding(
            REASON,
            f"{name} takes {counts[name]:,.0f} instructions, {counts[name] / count - 1:+.1%} of the recorded ones.",
            file,
            "Find out what changed, then record it anew with its date.",
        )
        for name, count in recorded.items()
        if abs(counts[name] / count - 1) > tolerance
    ]

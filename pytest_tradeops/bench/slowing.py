"""Slows down what a subject's benchmarks spend their time in: the planted fault of checks that measure."""

import ast
import json
import os
import pstats
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import processes
from ..exceptions import DeclarationError
from ..processes.child import clean_environment
from .duet.trees import harness_of
from .nested import NESTED, command_line, has_module, telling
from .settings import BenchSettings

#: How much slower a benchmark becomes, as a fraction of its own time; the second where it is only to be noticed.
BY, CLEARLY = 0.10, 0.50
#: What a function does not take longer than this times its own time for, if it is a small part of its benchmark.
_LARGEST = 30.0
_MODULE = "_tradeops_slowed"
_TIMEOUT = 300.0
#: Waits in proportion to what the function itself took, so that it is as much slower on any machine.
_SLOWED = """\
import functools
from time import perf_counter


def by(share):
    def slowed(function):
        inside = False

        @functools.wraps(function)
        def call(*arguments, **named):
            nonlocal inside
            if inside:
                return function(*arguments, **named)
            inside, begin = True, perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                end = perf_counter()
                until = end + (end - begin) * share
                while perf_counter() < until:
                    pass
                inside = False

        return call

    return slowed
"""


@dataclass(frozen=True, slots=True)
class Hot:
    """A function of the subject in a benchmark.

    Attributes:
        file: Relative to the subject's root.
        line: Of its code object: that of its first decorator, if it has one.
        share: Of the benchmark's time that is spent in it and in what it calls.
    """

    file: str
    line: int
    name: str
    share: float


def slow_down(
    python: Path, root: Path, original: Path, bench: BenchSettings | None = None, *, by: float = BY, first: str = ""
) -> dict[str, str]:
    """The files, relative to the root, with which the hottest function makes a benchmark slower.

    Args:
        root: Of a copy of the subject.
        original: What it was copied from, and may be installed from.
        bench: The subject's; None for the defaults.
        by: How much, as a fraction of the benchmark's time.
        first: A folder whose functions come before all others, as the one with the strategies: a profile also shows
            what other threads do meanwhile, which slows no benchmark down.

    Raises:
        DeclarationError: no benchmark runs a function of the subject that can be slowed down.
    """
    for hot in sorted(hottest(python, root, original, bench), key=lambda one: not _is_below(one.file, first)):
        path = root / hot.file
        text = path.read_text(encoding="utf-8")
        line = _definition(text, hot)
        if line is None:
            continue
        lines = text.splitlines(keepends=True)
        indent = re.match(r"\s*", lines[line - 1])
        share = min(_LARGEST, by / max(hot.share, 1e-6))
        lines.insert(line - 1, f'{indent[0] if indent else ""}@__import__("{_MODULE}").by({share:.4f})\n')
        return {hot.file: "".join(lines), f"{_MODULE}.py": _SLOWED}
    raise DeclarationError(
        "No benchmark runs a Python function of the subject, so none can be slowed down.",
        remedy="Write one that calls the subject's own code.",
    )


def hottest(python: Path, root: Path, original: Path, bench: BenchSettings | None = None) -> list[Hot]:
    """The subject's functions that its benchmarks run, the one with the largest share of a benchmark first.

    What measures is none of them: the gate takes it from the candidate for both trees.

    Raises:
        DeclarationError: the benchmarks do not run.
    """
    paths, named = (bench.paths, bench.harness) if bench else ((), ())
    with processes.scratch("tradeops-profiles-") as place:
        arguments = [*paths, "-q", "-m", "benchmark"]
        arguments += ["--benchmark-enable", "--benchmark-min-rounds=1", "--benchmark-max-time=0.01"]
        arguments += [f"--benchmark-json={place / 'benchmarks.json'}"]
        arguments += ["--benchmark-cprofile=cumtime", f"--benchmark-cprofile-dump={place / 'profile'}"]
        arguments += ["-n0"] if has_module(python, "xdist", root) else []
        command = command_line(python, root, arguments, place / "cache")
        path = os.pathsep.join(str(one) for one in (root / "src", root) if one.is_dir())
        environ = clean_environment({NESTED: "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": path})
        done = processes.run(command, cwd=root, timeout=_TIMEOUT, env=environ)
        profiles, told = sorted(place.glob("profile*.prof")), place / "benchmarks.json"
        if not profiles or not told.is_file():
            why = f"they take more than {_TIMEOUT:.0f} seconds" if done.timed_out else telling(done)
            raise DeclarationError(f"The benchmarks do not run: {why}.", remedy="Repair them first.")
        names = [one["fullname"] for one in json.loads(told.read_text(encoding="utf-8"))["benchmarks"]]
        files = sorted({name.partition("::")[0] for name in names})
        measures = [Path(one) for one in harness_of(root, files, "", named)]
        found = [hot for one in profiles for hot in _of(one, (root, original), measures)]
    return sorted(found, key=lambda hot: (-hot.share, hot.file, hot.line))


def _of(profile: Path, roots: tuple[Path, ...], measures: Sequence[Path]) -> Iterator[Hot]:
    stats: Any = pstats.Stats(str(profile))
    total = stats.total_tt or 1.0
    for (file, line, name), (_, _, _, cumulative, _) in stats.stats.items():
        path = Path(file)
        inside = next((path.relative_to(one) for one in roots if path.is_absolute() and path.is_relative_to(one)), None)
        if inside and not any(map(inside.is_relative_to, measures)) and (roots[0] / inside).is_file():
            yield Hot(inside.as_posix(), line, name, min(1.0, cumulative / total))


def _is_below(file: str, folder: str) -> bool:
    return bool(folder.strip("/")) and Path(file).is_relative_to(folder.strip("/"))


def _definition(text: str, hot: Hot) -> int | None:
    """The line of the `def` of a plain function, which can be decorated; None for anything else."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef) or node.name != hot.name:
            continue
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        yields = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))
        if first == hot.line and not yields:
            return node.lineno
    return None

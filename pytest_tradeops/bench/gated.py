"""Runs a subject's own benchmarks against their base, in a child, and reads the report that the gate writes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import processes
from ..exceptions import Inconclusive
from ..model import Finding
from ..processes.child import Completed, clean_environment
from .nested import NESTED, USAGE, command_line, has_module, refuse_nesting, telling

REASON_NONE = "bench: no benchmarks"
REASON_NOT_RUN = "bench: pytest does not run"
REASON_SLOWER = "bench: slower"
REASON_CI_MISSING = "bench-ci: no gate on pull requests"
REASON_CI_INVALID = "bench-ci: workflow invalid"
REASON_CI_IGNORED = "bench-ci: a slow-down stops nothing"
REASON_CI_BASE = "bench-ci: no baseline"
REASON_CI_EMPTY = "bench-ci: no benchmarks"
REASON_CI_BROKEN = "bench-ci: the command does not run"
REASON_CI_BLIND = "bench-ci: slow-down not found"
_WRITE_ONE = "Write one with the fixture `benchmark`, or `bench_backtest`: docs/benchmarks.md."
#: Beyond the gate's own budget: the pair that is under way, what comes before the first, and counting instructions.
_SLACK = 360.0


@dataclass(frozen=True, slots=True)
class Gated:
    """What a run of the gate left behind.

    Attributes:
        code: pytest's exit code.
        held: Why nothing was compared: `kind` (`empty`, `no-baseline`, `inconclusive`) and `reason`; None otherwise.
        base: What was compared with, for a person.
        benchmarks: An entry for each, as `bench.duet.report` writes them.
        text: The report as it was written; empty if there is none.
        tail: The line of output that says most.
    """

    code: int
    held: Mapping[str, str] | None = None
    base: str = ""
    pairs: int = 0
    benchmarks: Sequence[Mapping[str, Any]] = field(default=())
    text: str = ""
    tail: str = ""


def run_gate(
    python: Path, root: Path, *, arguments: Sequence[str] = ("-m", "benchmark"), base: str = "", minutes: float
) -> Gated:
    """Runs `pytest --bench-gate` on `python` in `root`, without workers.

    Args:
        base: As `--bench-base`; empty for the subject's own.
        minutes: What is undecided then is inconclusive.

    Raises:
        NestedRun: this process is itself part of a nested run.
        Inconclusive: it did not end in time, or cannot be run there.
    """
    arguments = [*arguments, "--bench-gate", f"--bench-budget={minutes}"]
    arguments += [f"--bench-base={base}"] if base else []
    arguments += ["-n0"] if has_module(python, "xdist", root) else []
    return run_command(python, root, arguments, minutes=minutes)


def run_command(
    python: Path,
    root: Path,
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    as_module: bool = True,
    minutes: float,
) -> Gated:
    """Runs pytest with exactly these arguments, among them `--bench-gate`, but that its report is written for us.

    Args:
        root: Of the project.
        folder: Where it is run; None for the root.
        env: Added to the environment.
        as_module: Like `python -m pytest`: the working directory can be imported from.

    Raises:
        NestedRun: this process is itself part of a nested run.
        Inconclusive: it did not end in time, or cannot be run there.
    """
    refuse_nesting("benchmarks")
    with processes.scratch("tradeops-gated-") as place:
        report = place / "bench.json"
        whole = [*arguments, f"--bench-report={report}"]
        command = command_line(python, root, whole, place / "cache", as_module=as_module)
        environ = clean_environment({**(env or {}), NESTED: "1", "PYTHONDONTWRITEBYTECODE": "1"})
        try:
            done = processes.run(command, cwd=folder or root, timeout=60 * minutes + _SLACK, env=environ)
        except OSError as error:
            raise Inconclusive(f"pytest cannot be started in {folder or root}: {error.strerror}.") from None
        if done.timed_out:
            raise Inconclusive(f"The benchmarks did not end within {minutes:.0f} minutes.", remedy="Name fewer.")
        if report.exists():
            return _read(done, report.read_text(encoding="utf-8"))
    if done.code == USAGE and not has_module(python, "pytest_tradeops", root):
        raise Inconclusive(
            "pytest-tradeops is not installed for the subject's interpreter.",
            remedy="Run `pip install pytest-tradeops`.",
        )
    return Gated(done.code, tail=telling(done))


def findings(run: Gated) -> list[Finding]:
    """What speaks against the subject; empty if every benchmark is decided and none is slower.

    Raises:
        Inconclusive: one is not decided, or there is nothing to compare with.
    """
    if run.held and run.held["kind"] == "empty":
        return [Finding(REASON_NONE, "no test of the subject uses the fixture `benchmark`.", remedy=_WRITE_ONE)]
    if not run.text:
        return [Finding(REASON_NOT_RUN, f"pytest ended with {run.code}: {run.tail}", remedy="Run it by hand.")]
    if run.held:
        raise Inconclusive(run.held["reason"])
    slower = [one for one in run.benchmarks if one["verdict"] == "slower"]
    if slower:
        return [Finding(REASON_SLOWER, f"{_figures(one)} against {run.base}.", one["name"], _REMEDY) for one in slower]
    _refuse_undecided(run)
    return []


def _refuse_undecided(run: Gated) -> None:
    undecided = [one for one in run.benchmarks if one["verdict"] not in ("ok", "faster", "slower")]
    if undecided:
        one, more = undecided[0], len(undecided) - 1
        others = f" (and {more} more)" if more else ""
        raise Inconclusive(f"{one['name']} is {one['verdict']}{others}: {one['reason']}.")


def ci_findings(run: Gated, command: str) -> list[Finding]:
    """What speaks against CI's own command, which ran on a tree that is slower than its base; empty if it failed so.

    Raises:
        Inconclusive: it measured, and could not decide.
    """
    if run.held and run.held["kind"] == "no-baseline":
        return [Finding(REASON_CI_BASE, run.held["reason"], f"`{command}`", "Check out with `fetch-depth: 0`.")]
    if run.held and run.held["kind"] == "empty":
        return [Finding(REASON_CI_EMPTY, run.held["reason"], f"`{command}`", _WRITE_ONE)]
    if run.held:
        raise Inconclusive(run.held["reason"])
    if not run.text:
        return [Finding(REASON_CI_BROKEN, f"it ended with {run.code}: {run.tail}", f"`{command}`", "Run it by hand.")]
    if run.code == 1 and any(one["verdict"] == "slower" for one in run.benchmarks):
        return []
    _refuse_undecided(run)
    message = f"it ended with {run.code} on a tree whose hottest function takes longer ({_verdicts(run)})."
    return [Finding(REASON_CI_BLIND, message, f"`{command}`", "Let a benchmark run what the bot spends its time in.")]


def _verdicts(run: Gated) -> str:
    return ", ".join(f"{one['name'].rpartition('::')[2]} {one['verdict']}" for one in run.benchmarks)


_REMEDY = "Run `pytest -m benchmark --bench-gate` and look at what changed; a slow-down that is wanted needs a waiver."


def told(one: Mapping[str, Any]) -> str:
    """A benchmark's verdict with its figures: `ok: +0.3 % (-0.9 % to +1.1 %, 4 pairs)`."""
    verdict = str(one["verdict"])
    return verdict if one["change"] is None else f"{verdict}: {_figures(one)}"


def _figures(one: Mapping[str, Any]) -> str:
    change, low, high = (f"{100 * one[name]:+.1f} %" for name in ("change", "low", "high"))
    return f"{change} ({low} to {high}, {len(one['pairs'])} pairs)"


def _read(done: Completed, text: str) -> Gated:
    report = json.loads(text)
    return Gated(
        code=done.code,
        held=report["held"],
        base=report["base"],
        pairs=report["pairs"],
        benchmarks=tuple(report["benchmarks"]),
        text=text,
        tail=telling(done),
    )

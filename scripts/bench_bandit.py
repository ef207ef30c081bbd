"""Measures bandit over a large tree: by itself, and as SEC-001 runs it in one process and in several.

Run `python scripts/bench_bandit.py`; the table in `docs/benchmarks.md` is its output. They take turns within each
round, and every round's findings are compared. Nothing else should run meanwhile: the load average is printed, because
figures from a busy machine are about the machine.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pytest_tradeops.security import bandit
from pytest_tradeops.security.bandit import BanditReport
from pytest_tradeops.security.fan_out import cores

TOOL, ONE, SEVERAL = WAYS = ("`bandit -r` itself", "the scan, one process", "the scan, a process for each core")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of all three ways (default: %(default)s)")
    parser.add_argument("folder", nargs="?", type=Path, help="a tree of Python files (default: NautilusTrader's)")
    options = parser.parse_args(argv)
    folder = options.folder or _nautilus()
    print(f"{cores()} cores, load {os.getloadavg()[0]:.1f}\n")  # noqa: T201
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(-1, options.rounds):  # the first is not counted: it brings the files into memory
        sys.stderr.write(f"\rround {number + 1} of {options.rounds} ")
        sys.stderr.flush()
        found = {}
        for way in WAYS if number % 2 else reversed(WAYS):
            begin = time.perf_counter()
            found[way] = _tool(folder) if way == TOOL else bandit.scan(folder, workers=1 if way == ONE else None)
            taken[way].append(time.perf_counter() - begin)
        report = found[SEVERAL]
        if report != found[ONE] or _visible(report) != found[TOOL]:
            raise SystemExit("The ways found different things.")
    print(f"{len(report.files)} files, {report.loc:,} lines of code, {len(report.issues):,} findings, equal in all\n")  # noqa: T201
    print("| | median | p25 | p75 |\n|---|---|---|---|")  # noqa: T201
    for way in WAYS:
        _row(f"{way}, s", taken[way][1:])
    for way in (TOOL, ONE):
        pairs = zip(taken[way][1:], taken[SEVERAL][1:], strict=True)
        _row(f"times as fast as {way}, within a round", [a / b for a, b in pairs])
    print(f"\n{options.rounds} rounds, load {os.getloadavg()[0]:.1f}")  # noqa: T201
    return 0


def _tool(folder: Path) -> Counter[tuple[str, int, str, str, str]]:
    command = [sys.executable, "-P", "-m", "bandit", "--quiet", "--recursive", "--format", "json", "--exclude", "", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return Counter(
        (
            Path(one["filename"]).as_posix(),
            one["line_number"],
            one["test_id"],
            one["issue_severity"],
            one["issue_confidence"],
        )
        for one in json.loads(done.stdout)["results"]
    )


def _visible(report: BanditReport) -> Counter[tuple[str, int, str, str, str]]:
    return Counter(
        (one.file, one.line, one.test, one.severity, one.confidence) for one in report.issues if not one.suppressed
    )


def _row(name: str, measured: Sequence[float]) -> None:
    low, middle, high = statistics.quantiles(measured, n=4)
    print(f"| {name} | {middle:.2f} | {low:.2f} | {high:.2f} |")  # noqa: T201


def _nautilus() -> Path:
    found = importlib.util.find_spec("nautilus_trader")
    if found is None or found.origin is None:
        raise SystemExit("NautilusTrader is not installed here: name a folder.")
    return Path(found.origin).parent


if __name__ == "__main__":
    sys.exit(main())

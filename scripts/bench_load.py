"""What loading the plugin costs: bare pytest against pytest with one thing more, in interleaved pairs.

Each figure is the median of the differences within pairs, so that what else the machine does falls out. For scale the
same is measured for pytest-benchmark, for an eager import of testcontainers, and for everything that is installed.

    make bench-load
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TEST = "def test_nothing():\n    pass\n"
BARE = ["-p", "no:cacheprovider", "-q"]
#: It is installed only to be measured.
NO_ASYNCIO = ["-p", "no:asyncio"]
#: Name, arguments of the cheaper and of the dearer run, and whether installed plugins load by themselves.
CASES = [
    ("pytest-tradeops", [], ["-p", "pytest_tradeops.plugin"], False),
    ("pytest-benchmark", [], ["-p", "pytest_benchmark.plugin"], False),
    ("pytest-asyncio", [], ["-p", "pytest_asyncio.plugin"], False),
    ("testcontainers, imported eagerly", [], ["-p", "testcontainers.core.container"], False),
    ("pytest-tradeops among all that is installed", ["-p", "no:tradeops", *NO_ASYNCIO], NO_ASYNCIO, True),
    ("all that is installed", None, NO_ASYNCIO, True),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100, help="Interleaved pairs per case (default: 100)")
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text(TEST, encoding="utf-8")
        print(f"{'over bare pytest':44} {'median ms':>10} {'p25':>8} {'p75':>8}   (n = {pairs} pairs)")  # noqa: T201
        for name, without, with_it, autoload in CASES:
            if not _possible(with_it):
                print(f"{name:44} {'not installed':>10}")  # noqa: T201
                continue
            _report(name, _differences(folder, pairs, without, with_it, autoload))


def _possible(arguments: Sequence[str]) -> bool:
    module = arguments[1].split(".")[0] if arguments[:1] == ["-p"] and not arguments[1].startswith("no:") else "pytest"
    return subprocess.run([sys.executable, "-c", f"import {module}"], check=False, capture_output=True).returncode == 0


def _differences(
    folder: str, pairs: int, without: Sequence[str] | None, with_it: Sequence[str], autoload: bool
) -> list[float]:
    found = []
    for index in range(pairs + 1):
        first = _time(folder, without or [], autoload and without is not None)
        second = _time(folder, with_it, autoload)
        if index:  # the first pair writes byte code
            found.append((second - first) * 1000)
    return found


def _time(folder: str, arguments: Sequence[str], autoload: bool) -> float:
    environ = {"PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "" if autoload else "1"}
    if autoload:
        del environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", *BARE, *arguments], cwd=folder, env=environ, check=True, capture_output=True
    )
    return time.perf_counter() - started


def _report(name: str, differences: list[float]) -> None:
    low, middle, high = statistics.quantiles(differences, n=4)
    print(f"{name:44} {middle:10.1f} {low:8.1f} {high:8.1f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

"""Measures the embedded QuestDB: start-up without and with its caches, memory, and the price of a clean table.

Run `python scripts/bench_questdb.py`; the table in `docs/benchmarks.md` is its output. Nothing else should run
meanwhile: the load average is printed, because figures from a busy machine are about the machine.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb import jar, java
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.process import launch
from pytest_tradeops.services.settings import ServicesSettings

SETTINGS = ServicesSettings(providers=("process",))
COLUMNS = ("ts timestamp", "symbol symbol", "side symbol", "price double", "size double")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=11, help="starts per kind (default: %(default)s)")
    parser.add_argument("--tables", type=int, default=300, help="clean tables (default: %(default)s)")
    options = parser.parse_args(argv)
    if options.starts < 9:
        parser.error("a median of fewer than nine starts says little")
    # Cold and warm in turn, so that a change of the machine's load meets both.
    jar.get()
    launch(SETTINGS).stop()  # trains the start-up cache where there is none
    kinds: dict[str, list[tuple[float, float, float]]] = {"start-up cache unused": [], "warm": []}
    with tempfile.TemporaryDirectory() as empty:
        (Path(empty) / "pytest-tradeops").mkdir()
        (Path(empty) / "pytest-tradeops" / jar.get().path.name).symlink_to(jar.get().path)
        for number in range(options.starts):
            _progress(f"start {number + 1} of {options.starts}")
            kinds["start-up cache unused"].append(_start({"XDG_CACHE_HOME": empty, "CI": "1"}))
            kinds["warm"].append(_start({}))
    _progress(f"{options.tables} tables")
    made, dropped = _tables(options.tables)
    print(f"Java {java.find().full}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")  # noqa: T201
    print("| what | n | median | p95 (n < 20: max) | unit |\n|---|---|---|---|---|")  # noqa: T201
    for kind, measured in kinds.items():
        ready, resident, stopped = zip(*measured, strict=True)
        _row(f"start to first answer, {kind}", ready, "s", 2)
        _row(f"resident memory, {kind}", resident, "MB", 0)
        _row(f"stop, {kind}", stopped, "s", 2)
    _row("clean table for a test", made, "ms", 1)
    _row("its removal", dropped, "ms", 1)
    return 0


def _start(environ: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until the first answer, resident MB then, seconds to stop."""
    before = {name: os.environ.get(name) for name in ("XDG_CACHE_HOME", "CI")}
    os.environ.pop("CI", None)
    os.environ.update(environ)
    try:
        begun = time.perf_counter()
        server = launch(SETTINGS)
        ready = time.perf_counter() - begun
        status = Path(f"/proc/{server.pid()}/status").read_text(encoding="ascii").splitlines()
        resident = int(next(line for line in status if line.startswith("VmRSS:")).split()[1]) / 1024
        begun = time.perf_counter()
        server.stop()
        return ready, resident, time.perf_counter() - begun
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _tables(count: int) -> tuple[list[float], list[float]]:
    """Milliseconds for what a test pays: connect and create, then drop and disconnect."""
    broker = Broker(SETTINGS)
    made, dropped = [], []
    try:
        broker.get("questdb")
        for _ in range(count):
            begun = time.perf_counter()
            client = QuestDbClient(broker)
            client.table("bench", *COLUMNS)
            ready = time.perf_counter()
            client.close()
            made.append((ready - begun) * 1000)
            dropped.append((time.perf_counter() - ready) * 1000)
    finally:
        broker.close()
    return made, dropped


def _row(what: str, values: Sequence[float], unit: str, digits: int) -> None:
    median, last = (
        statistics.median(values),
        statistics.quantiles(values, n=20)[-1] if len(values) >= 20 else max(values),
    )
    print(f"| {what} | {len(values)} | {median:.{digits}f} | {last:.{digits}f} | {unit} |")  # noqa: T201


def _progress(what: str) -> None:
    sys.stderr.write(f"\r{what:<40}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

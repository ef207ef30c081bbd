"""Measures the metrics sink beside QuestDB's own client, what `put` costs the bot, and an outage of the server.

Run `python scripts/bench_sink.py`; the table in `docs/benchmarks.md` is its output. Nothing else should run meanwhile:
the load average is printed, because figures from a busy machine are about the machine.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence

from questdb import Sender, TimestampNanos

from pytest_tradeops.questdb_sql import QuestDb, wait_wal_table
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.telemetry.conf import conf_for
from pytest_tradeops.telemetry.migrations import migrate
from pytest_tradeops.telemetry.sink import Sink, SinkConfig

TABLE = "trading_pnl"
TEXT = {
    "bot": "BOT-1", "mode": "live", "strategy": "EMA-1", "instrument": "BTCUSDT.BINANCE", "venue": "BINANCE",
    "currency": "USDT",
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="of sink and client (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=100_000, help="in each run of a pair (default: %(default)s)")
    parser.add_argument("--outage", type=float, default=60.0, help="seconds without a server (default: %(default)s)")
    options = parser.parse_args(argv)
    server = launch(ServicesSettings(providers=("process",)))
    try:
        url = server.handle.endpoints["http"]
        with QuestDb(url, timeout=120) as database:
            migrate(database)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")  # noqa: T201
        if options.pairs:
            _rates(url, options.pairs, options.rows)
        _put(url)
        if options.outage:
            _outage(server, options.outage)
    finally:
        server.stop()
    return 0


def _rates(url: str, pairs: int, rows: int) -> None:
    ours, theirs = [], []
    for number in range(-1, pairs):  # the first is not counted: it warms both, and the server
        _progress(f"pair {number + 1} of {pairs}")
        both = [lambda: ours.append(_sink(url, rows)), lambda: theirs.append(_client(url, rows))]
        for one in both if number % 2 else reversed(both):
            one()
    ours, theirs = ours[1:], theirs[1:]
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print("| rows a second | median | p25 | p75 |\n|---|---|---|---|")  # noqa: T201
    for name, measured in (
        ("sink, until the rows are known to be there", ours),
        ("client, until acknowledged", theirs),
    ):
        low, middle, high = statistics.quantiles(measured, n=4)
        print(f"| {name} | {middle:,.0f} | {low:,.0f} | {high:,.0f} |")  # noqa: T201
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"| ratio within a pair | {middle:.2f} | {low:.2f} | {high:.2f} |\n")  # noqa: T201
    print(f"{pairs} pairs of {rows:,} rows, load {os.getloadavg()[0]:.1f}\n")  # noqa: T201


def _sink(url: str, rows: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(SinkConfig(bot="b", spool=folder, conf=conf_for(url)))
        sink.start()
        sink.put("heartbeats", time.time_ns(), {"bot": "b"})
        sink.flush(30)
        at, begin = time.time_ns(), time.perf_counter()
        put = sink.put
        for number in range(rows):
            values = {**TEXT, "realized": number * 0.37, "unrealized": number / 7, "commission": 0.25}
            while not put(TABLE, at + number * 1_000, values):
                time.sleep(0.001)
        if not sink.flush(300):
            raise RuntimeError(sink.stats().last_error)
        taken = time.perf_counter() - begin
        sink.close()
    return rows / taken


def _client(url: str, rows: int) -> float:
    with Sender.from_conf(conf_for(url)) as sender:
        sender.row("heartbeats", symbols={"bot": "b"}, at=TimestampNanos.now())
        sender.flush()
        at, begin = time.time_ns(), time.perf_counter()
        for number in range(rows):
            values = {"realized": number * 0.37, "unrealized": number / 7, "commission": 0.25}
            sender.row(TABLE, symbols=TEXT, columns=values, at=TimestampNanos(at + number * 1_000))
        sender.flush()
        return rows / (time.perf_counter() - begin)


def _put(url: str) -> None:
    """Each call by itself, at 1,000 a second, so that the sink's threads are at work beside it."""
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(SinkConfig(bot="b", spool=folder, conf=conf_for(url)))
        sink.start()
        costs, empty, clock = [], [], time.perf_counter_ns
        for number in range(10_000):
            values = {**TEXT, "realized": number * 0.37, "unrealized": 1.5, "commission": 0.25}
            begin = clock()
            middle = clock()
            sink.put(TABLE, begin, values)
            end = clock()
            costs.append(end - middle)
            empty.append(middle - begin)
            if number % 10 == 9:
                time.sleep(0.01)
        sink.close(30)
    overhead = statistics.median(empty)
    cuts = statistics.quantiles([cost - overhead for cost in costs], n=1000)
    print("| put | median | p99 | p99.9 |\n|---|---|---|---|")  # noqa: T201
    print(f"| microseconds | {cuts[499] / 1e3:.2f} | {cuts[989] / 1e3:.2f} | {cuts[998] / 1e3:.2f} |\n")  # noqa: T201


def _outage(server: Instance, seconds: float) -> None:
    """The server is killed under 1,000 rows a second and comes back; every row is counted in the table."""
    url = server.handle.endpoints["http"]
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(SinkConfig(bot="o", spool=folder, conf=conf_for(url)))
        sink.start()
        begin, first, number, most = time.monotonic(), time.time_ns(), 0, 0
        killed, back = False, threading.Event()
        waker = threading.Timer(seconds + 5.0, lambda: (server.restart(), back.set()))
        waker.start()
        while not back.is_set() or time.monotonic() - begin < seconds + 10.0:
            elapsed = time.monotonic() - begin
            if elapsed > 5.0 and not killed:
                server.kill()
                killed = True
            while number < elapsed * 1_000:
                sink.put(TABLE, first + number * 1_000_000, {**TEXT, "bot": "outage", "realized": float(number)})
                number += 1
            if number % 1_000 == 0:
                most = max(most, sink.stats().spooled_bytes)
                _progress(f"outage: {elapsed:.0f} s, {sink.stats().spooled} rows wait")
            time.sleep(0.002)
        resumed = time.monotonic()
        if not sink.flush(120):
            raise RuntimeError(sink.stats().last_error)
        caught = time.monotonic() - resumed
        stats = sink.stats()
        sink.close()
    with QuestDb(url, timeout=120) as database:
        wait_wal_table(database, TABLE, timeout=120)
        query = f"select count(), count_distinct(cast(realized as long)) from {TABLE} where bot = 'outage'"  # noqa: S608
        rows, distinct = database.sql(query).rows[0]
    head = "| outage | put | in the table | distinct | dropped | largest spool | caught up after |"
    print(f"{head}\n|---|---|---|---|---|---|---|")  # noqa: T201
    print(  # noqa: T201
        f"| {seconds:g} s at 1,000 rows/s | {number:,} | {rows:,} | {distinct:,} | {stats.dropped}"
        f" | {most / 1e6:.1f} MB | {caught:.1f} s |"
    )


def _progress(text: str) -> None:
    sys.stderr.write(f"\r{text:<60}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

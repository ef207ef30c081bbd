"""What the check of the pipeline examines: a bot is killed while its server is gone, and every row is counted after."""

import os
import secrets
import signal
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..loopback.proxy import FaultProxy
from ..model.finding import Finding
from ..processes import run
from ..processes.child import clean_environment
from ..questdb_sql import QuestDb, identifier, wait_wal_table
from .conf import ENVIRONMENT, conf_for
from .sink import Sink, SinkConfig
from .tables import HEARTBEATS

ROWS = 1_500
#: Bytes: what a spool that is too small may hold, of `_CROWD` rows.
_SMALL, _CROWD = 20_000, 500
_TIMEOUT, _PATIENCE = 60.0, 30.0
_BOT = "killed"


@dataclass(slots=True)
class Loss:
    """What came of it.

    Attributes:
        rows: That the killed bot had given to the sink before it was asked to wait for the disk.
        found: Of them, in the table.
        dropped: Rows that found no room, in the second part.
    """

    rows: int = 0
    found: int = 0
    dropped: int = 0
    findings: list[Finding] = field(default_factory=list)


def examine(url: str, folder: Path, *, token: str = "") -> Loss:
    """Kills a bot during an outage, starts the next one, cuts its connections, and counts; then fills a small spool.

    Args:
        url: Of the server's HTTP side; only a table of its own is written to, and dropped.
        folder: For the spools.
    """
    parts = urllib.parse.urlsplit(url)
    prefix = f"tradeops_{secrets.token_hex(4)}_"
    table = prefix + HEARTBEATS.name
    done = Loss()
    with QuestDb(url, token=token) as database, FaultProxy((parts.hostname or "", parts.port or 9000)) as proxy:
        user = parts.netloc.rpartition("@")
        near = urllib.parse.urlunsplit(parts._replace(netloc=f"{user[0]}{user[1]}127.0.0.1:{proxy.port}"))
        conf = conf_for(near, token)
        database.sql(HEARTBEATS.ddl(table))
        try:
            proxy.refuse()
            done.rows = _killed(conf, folder, prefix)
            proxy.thaw()
            with _sink(conf, folder, prefix) as sink:
                for _ in range(3):
                    proxy.drop()  # an answer under way is lost, and the rows are sent again
                    sink.flush(0.05)
                arrived = sink.flush(_PATIENCE)
                said = sink.stats().last_error
            if arrived:
                done.found, done.findings = _compare(_numbers(database, table, _BOT), done.rows)
            else:
                message = f"After the outage rows do not arrive: {said or 'the sink gives no reason'}."
                done.findings.append(Finding("metrics: rows never arrived", message, table))
            proxy.refuse()
            done.dropped = _crowded(conf, folder, prefix, proxy, done.findings)
            shown = _numbers(database, table, "crowd")
            if len(shown) != _CROWD - done.dropped:
                message = f"Of {_CROWD} rows {len(shown)} arrived, and {done.dropped} are said to be dropped."
                done.findings.append(Finding("metrics: drops not counted", message, table))
            last = database.sql(f"select max(dropped) from {identifier(table)} where component = 'pipeline'").scalar()  # noqa: S608
            if not done.findings and last != done.dropped:
                message = f"{done.dropped} rows were dropped, and the table shows {last}."
                done.findings.append(Finding("metrics: drops not shown", message, table))
        finally:
            database.sql(f"drop table if exists {identifier(table)}")
    return done


def bot(spool: str, prefix: str) -> None:
    """The bot that is killed, in a process of its own: waits until its rows are safe, goes on, and kills itself."""
    sink = Sink(SinkConfig(bot=_BOT, spool=spool, prefix=prefix))
    sink.start()
    begin = time.time_ns()
    for number in range(ROWS):
        sink.put(HEARTBEATS.name, begin + number * 1_000, {"bot": _BOT, "component": _BOT, "queued": number})
    deadline = time.monotonic() + _PATIENCE
    while not sink.drain(0.2) and time.monotonic() < deadline:
        if "spool" in sink.stats().last_error:
            break  # there is no disk to wait for
    sys.stdout.write(f"{ROWS}\n")
    sys.stdout.flush()
    for number in range(ROWS, ROWS + 200):  # what is under way may be lost, but not come twice
        sink.put(HEARTBEATS.name, begin + number * 1_000, {"bot": _BOT, "component": _BOT, "queued": number})
    os.kill(os.getpid(), signal.SIGKILL)


def _killed(conf: str, folder: Path, prefix: str) -> int:
    code = f"import sys; from {__name__} import bot; bot(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(folder), prefix]
    done = run(command, cwd=folder.parent, timeout=_TIMEOUT, env=clean_environment({ENVIRONMENT: conf}))
    if done.code != -signal.SIGKILL:
        raise RuntimeError(f"the bot was not killed by itself but ended with {done.code}: {done.tail}")
    return int(done.stdout.split()[0])


def _crowded(conf: str, folder: Path, prefix: str, proxy: FaultProxy, findings: list[Finding]) -> int:
    """Fills a spool that is too small during an outage, and shows in the table how many rows that has cost."""
    with _sink(conf, folder, prefix, name="crowd", spool_bytes=_SMALL, memory_bytes=0) as sink:
        begin = time.time_ns()
        for number in range(_CROWD):
            sink.put(HEARTBEATS.name, begin + number * 1_000, {"bot": "crowd", "component": "crowd", "queued": number})
            if number % 50 == 0:
                sink.drain(1.0)
        sink.drain(1.0)
        dropped = sink.stats().dropped
        if not dropped:
            findings.append(
                Finding("metrics: drops not counted", "A spool that is too small says that it lost nothing.")
            )
        proxy.thaw()
        sink.flush(_PATIENCE)
        sink.put(HEARTBEATS.name, time.time_ns(), {"bot": "crowd", "component": "pipeline", "dropped": dropped})
        sink.flush(_PATIENCE)
        return dropped


def _compare(found: Sequence[int], rows: int) -> tuple[int, list[Finding]]:
    counted = Counter(found)
    missing = [number for number in range(rows) if not counted[number]]
    doubled = [number for number, count in counted.items() if count > 1]
    findings = []
    if missing:
        message = f"{len(missing)} of {rows} rows that the killed bot had handed over are not there."
        remedy = "Give the bot a spool folder that can be written and that outlives its process."
        findings.append(Finding("metrics: rows lost", message, remedy=remedy))
    if doubled:
        message = f"{len(doubled)} rows are there more than once, the first is row {min(doubled)}."
        findings.append(Finding("metrics: rows doubled", message, remedy="Give the table its dedup keys back."))
    return rows - len(missing), findings


def _numbers(database: QuestDb, table: str, component: str) -> list[int]:
    wait_wal_table(database, table, timeout=_PATIENCE)
    query = f"select queued from {identifier(table)} where component = '{component}'"  # noqa: S608 - our own
    return [int(row[0]) for row in database.sql(query).rows]


@contextmanager
def _sink(conf: str, folder: Path, prefix: str, *, name: str = _BOT, **more: Any) -> Iterator[Sink]:
    config = SinkConfig(bot=name, spool=str(folder), conf=conf, prefix=prefix, flush_interval=0.02, **more)
    sink = Sink(config)
    sink.start()
    try:
        yield sink
    finally:
        sink.close(_PATIENCE)

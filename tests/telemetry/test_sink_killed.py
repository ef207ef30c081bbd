"""A bot that is killed and a server that is killed: what was written down is there afterwards, once."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.questdb_sql import QuestDb, wait_wal_table
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.telemetry.migrations import migrate, status
from pytest_tradeops.telemetry.sink import Sink, SinkConfig

CHILD = Path(__file__).with_name("sink_child.py")


def wait(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.005)


@contextlib.contextmanager
def bot(spool: Path, conf: str, prefix: str) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """The child, and its lines: how many rows were safe by then."""
    command = [sys.executable, str(CHILD), str(spool), conf, prefix]
    lines: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        output = child.stdout
        assert output is not None

        def read() -> None:
            for line in output:
                lines.append(int(line))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield child, lines
        finally:
            child.kill()
            child.wait()
            reader.join()


@pytest.mark.parametrize("server", ["down", "up"])
def test_what_a_killed_bot_had_spooled_is_sent_by_the_next_start(
    metrics: MetricsPlace, questdb: QuestDbClient, tmp_path: Path, server: str
) -> None:
    metrics.create("heartbeats")
    http = questdb.handle.endpoints["http"].removeprefix("http://")
    conf = "http::addr=127.0.0.1:1;" if server == "down" else f"http::addr={http};"
    with bot(tmp_path, conf, metrics.prefix) as (child, lines):
        wait(lambda: len(lines) > 10, "the child writes")
        os.kill(child.pid, signal.SIGKILL)
    sink = Sink(SinkConfig(bot="BOT-1", spool=str(tmp_path), conf=f"http::addr={http};", prefix=metrics.prefix))
    sink.start()
    assert sink.drain(20)
    assert sink.flush(20)
    assert sink.close()
    metrics.wait("heartbeats")
    rows = [row[0] for row in metrics.sql("select queued from heartbeats order by timestamp").rows]
    assert rows == list(range(len(rows))), "in order, none missing, none twice"
    assert len(rows) >= lines[-1], "what was safe is there"
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def own() -> Iterator[Instance]:
    """A server that may be killed, and that suspends tables on demand."""
    server = launch(ServicesSettings(providers=("process",)), extra={"dev.mode.enabled": "true"})
    yield server
    server.stop()


@pytest.fixture
def database(own: Instance) -> Iterator[QuestDb]:
    with QuestDb(own.handle.endpoints["http"]) as made:
        yield made


def sink_on(own: Instance, folder: Path, prefix: str) -> Sink:
    http = own.handle.endpoints["http"].removeprefix("http://")
    sink = Sink(SinkConfig(bot="b", spool=str(folder), conf=f"http::addr={http};", prefix=prefix, request_timeout=1.0))
    sink.start()
    return sink


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back_has_every_row_once(
    own: Instance, database: QuestDb, tmp_path: Path
) -> None:
    """An outage of three seconds at 1,000 rows a second; the kill comes in the middle of the writing."""
    migrate(database, prefix="k_")
    sink = sink_on(own, tmp_path, "k_")
    begin, number, killed, back = time.monotonic(), 0, 0.0, threading.Event()

    def restart() -> None:
        own.restart()
        back.set()

    waker: threading.Thread | None = None
    while not (back.is_set() and time.monotonic() - begin > 5.0):
        while number < (time.monotonic() - begin) * 1_000:
            assert sink.put(
                "heartbeats",
                1_795_000_000_000_000_000 + number * 1_000_000,
                {"bot": "b", "component": "c", "queued": number},
            )
            number += 1
        elapsed = time.monotonic() - begin
        if elapsed > 1.0 and not killed:
            own.kill()
            killed = elapsed
        if killed and elapsed > killed + 3.0 and waker is None:
            waker = threading.Thread(target=restart)
            waker.start()
        time.sleep(0.001)
        assert elapsed < 120
    assert waker is not None
    waker.join()
    assert sink.flush(60)
    stats = sink.stats()
    assert sink.close()
    database.close()
    wait_wal_table(database, "k_heartbeats", timeout=60)
    counted = database.sql("select count(), count_distinct(queued), max(queued) from k_heartbeats").rows
    assert counted == ((number, number, number - 1),)
    assert (stats.written, stats.dropped) == (number, 0)


@pytest.mark.slow
def test_a_suspended_table_is_said_and_loses_nothing(own: Instance, database: QuestDb, tmp_path: Path) -> None:
    migrate(database, prefix="s_")
    sink = sink_on(own, tmp_path, "s_")
    database.sql("alter table s_heartbeats suspend wal")
    for number in range(50):
        sink.put("heartbeats", time.time_ns() + number, {"bot": "b", "component": str(number)})
    assert sink.flush(20)
    sink.put("heartbeats", time.time_ns(), {"bot": "b", "component": "last"})
    wait(lambda: sink.stats().last_error, "the suspended table is noticed")
    assert sink.stats().last_error == "s_heartbeats: the server has suspended it: it takes rows and shows none"
    shown = status(database, prefix="s_")
    assert {one.name: one.state for one in shown.tables}["s_heartbeats"] == "suspended"
    assert "RESUME WAL" in shown.findings[0].remedy
    assert not shown.current
    database.sql("alter table s_heartbeats resume wal")
    assert sink.flush(20)
    assert sink.close()
    wait_wal_table(database, "s_heartbeats", timeout=30)
    assert database.sql("select count() from s_heartbeats").scalar() == 51
    assert status(database, prefix="s_").current

# ruff: noqa: S608 - statements on tables of our own
"""The sink on a real server behind a proxy that misbehaves: nothing lost, nothing doubled, the bot never waits."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import ConfigError
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.view import FaultView
from pytest_tradeops.telemetry.sink import Sink, SinkConfig

NOW = time.time_ns()


@pytest.fixture
def view(questdb: QuestDbClient) -> Iterator[FaultView]:
    with FaultView(questdb.handle.endpoints) as made:
        yield made


@pytest.fixture
def start(view: FaultView, metrics: MetricsPlace, tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    """Starts sinks that write through the proxy into this test's own tables."""
    metrics.create("heartbeats", "trading_errors")
    made: list[Sink] = []

    def begin(**options: Any) -> Sink:
        given = {
            "bot": "BOT-1",
            "spool": str(tmp_path / "spool"),
            "conf": f"http::addr={view.endpoints['http'].removeprefix('http://')};",
            "prefix": metrics.prefix,
            "flush_interval": 0.02,
            "request_timeout": 1.0,
            **options,
        }
        sink = Sink(SinkConfig(**given))
        sink.start()
        made.append(sink)
        return sink

    yield begin
    view.thaw()
    for sink in made:
        sink.close(5)


def beat(sink: Sink, number: int, **more: Any) -> bool:
    return sink.put("heartbeats", NOW + number * 1_000, {"bot": "b", "component": "c", "queued": number, **more})


def found(metrics: MetricsPlace) -> list[int]:
    metrics.wait("heartbeats")
    return [row[0] for row in metrics.sql("select queued from heartbeats order by timestamp").rows]


def test_rows_arrive_as_they_were_given_and_leave_nothing_behind(
    start: Callable[..., Sink], metrics: MetricsPlace, tmp_path: Path
) -> None:
    sink = start()
    assert beat(sink, 1, connected=True, data_age_s=0.1 + 0.2, dropped=None)
    assert beat(sink, 2, data_age_s=float("nan"), spooled=2**62)
    assert sink.put(
        "trading_errors",
        NOW + 1_999,
        {"bot": "b", "kind": 'a"b\\c\nd €', "error_id": "6d0e6b3c-0f8e-4b7e-9d53-6f2a4d8c1e11", "reason": "x" * 5_000},
    )
    assert sink.flush(10)
    metrics.wait("heartbeats")
    metrics.wait("trading_errors")
    assert metrics.sql("select queued, connected, data_age_s, spooled, dropped from heartbeats").rows == (
        (1, True, 0.30000000000000004, None, None),
        (2, False, None, 2**62, None),
    )
    [(kind, error, reason, stamp)] = metrics.sql(
        "select kind, error_id, reason, cast(timestamp as long) from trading_errors"
    ).rows
    assert (kind, error, reason) == ('a"b\\c\nd €', "6d0e6b3c-0f8e-4b7e-9d53-6f2a4d8c1e11", "x" * 5_000)
    assert stamp == (NOW + 1_999) // 1_000
    stats = sink.stats()
    assert (stats.written, stats.queued, stats.spooled, stats.dropped, stats.last_error) == (3, 0, 0, 0, "")
    assert sink.close()
    assert not list((tmp_path / "spool").iterdir())
    assert not beat(sink, 3), "a closed sink takes nothing, and says so"
    assert sink.stats().dropped == 1


@pytest.mark.parametrize("fault", ["refuse", "freeze"])
def test_an_outage_costs_nothing_and_nobody_waits(
    start: Callable[..., Sink], metrics: MetricsPlace, view: FaultView, fault: str
) -> None:
    sink = start()
    beat(sink, 0)
    assert sink.flush(10)
    getattr(view, fault)()
    for number in range(1, 3_001):
        assert beat(sink, number)
    assert sink.drain(10), "rows reach the disk although nobody answers"
    deadline = time.monotonic() + 10
    while not sink.stats().last_error:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stats = sink.stats()
    assert (stats.queued, stats.spooled, stats.dropped) == (0, 3_000, 0)
    assert stats.spooled_bytes > 3_000 * 40
    assert ("not reachable" if fault == "refuse" else "in time") in stats.last_error
    view.thaw()
    assert sink.flush(20)
    assert found(metrics) == list(range(3_001))
    assert sink.stats().written == 3_001
    assert sink.stats().last_error == ""


def test_cut_connections_neither_lose_nor_double(
    start: Callable[..., Sink], metrics: MetricsPlace, view: FaultView
) -> None:
    """The cut comes at any moment: before the request, within it, or when only the answer is missing."""
    sink = start(flush_interval=0.001)
    for number in range(6_000):
        assert beat(sink, number)
        if number % 150 == 0:
            view.drop()
            assert sink.drain(10)
    assert sink.flush(20)
    assert found(metrics) == list(range(6_000))


def test_a_table_dropped_and_made_again_gets_what_comes_after(
    start: Callable[..., Sink], metrics: MetricsPlace, questdb: QuestDbClient
) -> None:
    """On a connection that is kept, the server acknowledges the next rows and has them in no table."""
    sink = start()
    name = metrics.names["heartbeats"]
    for remade in range(8):
        beat(sink, remade * 2)
        assert sink.flush(10)
        metrics.database.sql(f"drop table '{name}'")
        metrics.database.sql(metrics.table("heartbeats").ddl(name))
        beat(sink, remade * 2 + 1)
        assert sink.flush(10)
        assert found(metrics) == [remade * 2 + 1]


def test_a_dropped_table_is_not_invented_and_its_rows_wait(start: Callable[..., Sink], metrics: MetricsPlace) -> None:
    sink = start()
    beat(sink, 0)
    assert sink.flush(10)
    name = metrics.names["heartbeats"]
    metrics.database.sql(f"drop table '{name}'")
    beat(sink, 1)
    sink.put("trading_errors", NOW, {"bot": "b", "error_id": "6d0e6b3c-0f8e-4b7e-9d53-6f2a4d8c1e11"})
    deadline = time.monotonic() + 10
    while sink.stats().spooled != 1 or not sink.stats().last_error:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert sink.stats().last_error == f"{name}: it is not there; run `tradeops db migrate`"
    assert not metrics.database.sql(f"select 1 from tables() where table_name = '{name}'").rows
    metrics.wait("trading_errors")
    assert metrics.sql("select count() from trading_errors").scalar() == 1
    metrics.database.sql(metrics.table("heartbeats").ddl(name))
    assert sink.flush(10)
    assert found(metrics) == [1]
    assert metrics.database.sql(f"select dedup, ttlValue from tables() where table_name = '{name}'").rows == (
        (True, 30),
    )


def test_a_bad_row_is_put_aside_and_all_others_arrive(
    start: Callable[..., Sink], metrics: MetricsPlace, tmp_path: Path
) -> None:
    sink = start()
    for number in range(200):
        beat(sink, number)
        if number == 50:
            beat(sink, 1_000, data_age_s="soon")  # refused by the server
            beat(sink, 1_001, data_age_s=object())  # by the client
            beat(sink, 1_002, surprise=1)  # a column that the server would add
            sink.put("heartbeats", NOW, {"bot": None})
            sink.put("heartbeats", -5, {"bot": "b"})
            sink.put("heartbeat", NOW, {"bot": "b"})
            sink.put(["heartbeats"], NOW, {"bot": "b"})  # type: ignore[arg-type]
            sink.put("heartbeats", NOW, None)  # type: ignore[arg-type]
    assert sink.flush(10)
    assert found(metrics) == list(range(200))
    assert sink.stats().rejected == 8
    assert sink.stats().last_error == ""
    [file] = (tmp_path / "spool").rglob("rejected.jsonl")
    letters = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(letters) == 8
    [refused] = [one for one in letters if "cast error" in one["reason"]]
    assert refused["table"] == metrics.names["heartbeats"]
    assert 'data_age_s="soon"' in refused["row"]
    assert any("there is no column surprise" in one["reason"] for one in letters)
    assert any("there is no such table" in one["reason"] for one in letters)


def test_what_finds_no_room_is_counted(start: Callable[..., Sink], metrics: MetricsPlace, view: FaultView) -> None:
    view.refuse()
    sink = start(spool_bytes=20_000, queue_rows=100, memory_bytes=0)
    taken = 0
    for number in range(1_000):
        taken += beat(sink, number)
        if number % 50 == 0:
            assert sink.drain(10)
    assert sink.drain(10)
    stats = sink.stats()
    assert 0 < stats.spooled < 1_000
    assert stats.spooled_bytes <= 20_000
    assert stats.spooled + stats.dropped == 1_000
    view.thaw()
    assert sink.flush(10)
    assert len(found(metrics)) == stats.spooled
    assert sink.stats().dropped == stats.dropped


def test_two_processes_share_no_folder_and_the_last_takes_all_over(
    start: Callable[..., Sink], metrics: MetricsPlace, view: FaultView, tmp_path: Path
) -> None:
    view.refuse()
    first, second = start(), start()
    beat(first, 1)
    beat(second, 2)
    assert first.drain(10)
    assert second.drain(10)
    assert first._path != second._path
    assert not first.close(20)
    assert not second.close(20)
    view.thaw()
    third = start()
    beat(third, 3)
    assert third.flush(10)
    assert found(metrics) == [1, 2, 3]
    assert third.close()
    assert not list((tmp_path / "spool").iterdir())


def test_without_a_usable_spool_rows_still_arrive_and_it_is_said(
    start: Callable[..., Sink], metrics: MetricsPlace, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    sink = start(spool=str(tmp_path / "file"))
    beat(sink, 1)
    assert sink.flush(10)
    assert found(metrics) == [1]
    assert "no spool at" in sink.stats().last_error


def test_a_wrong_configuration_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QDB_CLIENT_CONF", raising=False)
    with pytest.raises(ConfigError, match="QDB_CLIENT_CONF is not set"):
        Sink(SinkConfig(bot="b", spool=str(tmp_path)))
    monkeypatch.setenv("QDB_CLIENT_CONF", "ws::addr=localhost:9000;token=hunter2;")
    with pytest.raises(ConfigError, match="writes over http or https, not 'ws'") as caught:
        Sink(SinkConfig(bot="b", spool=str(tmp_path)))
    assert "hunter2" not in str(caught.value)


def test_a_sink_is_silent_about_its_secrets(tmp_path: Path) -> None:
    config = SinkConfig(bot="b", spool=str(tmp_path), conf="http::addr=h;token=hunter2;")
    assert "hunter2" not in repr(config)

"""The embedded server: real, private, gone with its owner; and what it says when it cannot be had."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import NotReady
from pytest_tradeops.model import Grade
from pytest_tradeops.processes import registry, supervisor
from pytest_tradeops.questdb_sql import QuestDb, QuestDbError
from pytest_tradeops.services.questdb import process, template
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings

SETTINGS = ServicesSettings(providers=("process",))

OWNER = """
import json, sys
from pytest_tradeops.processes import registry
from pytest_tradeops.services.questdb.process import launch
from pytest_tradeops.services.settings import ServicesSettings
server = launch(ServicesSettings())
(record,) = [one for one in registry.records() if (one["child"] or {}).get("pid") == server.pid()]
said = {name: record[name] for name in ("child", "supervisor", "directories")}
print(json.dumps({**said, "http": server.handle.endpoints["http"]}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[Instance]:
    made = launch(SETTINGS)
    yield made
    made.stop()


@pytest.fixture
def owner() -> Iterator[Callable[[], tuple[subprocess.Popen[str], dict[str, Any]]]]:
    """Starts an owner with a server, in a process group of its own."""
    owners: list[subprocess.Popen[str]] = []

    def begin() -> tuple[subprocess.Popen[str], dict[str, Any]]:
        made = subprocess.Popen(
            [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )
        owners.append(made)
        assert made.stdout is not None
        return made, json.loads(made.stdout.readline())

    yield begin
    for one in owners:
        supervisor.signal_group(one.pid, signal.SIGKILL)
        one.communicate()


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


def _root(server: Instance) -> Path:
    (record,) = [one for one in registry.records() if (one["child"] or {}).get("pid") == server.pid()]
    return Path(record["directories"][0])


def test_it_is_the_pinned_version_small_private_and_on_loopback(server: Instance) -> None:
    assert server.handle.version == "9.3.4"
    assert server.handle.grade is Grade.EMBEDDED
    assert server.handle.provider == "process"
    assert _resident_mb(server.pid()) < 220  # 180 measured; the rest is for another Java
    root = _root(server)
    assert root.stat().st_mode & 0o077 == 0
    assert (root / "conf" / "server.conf").stat().st_mode & 0o077 == 0
    assert len(list((root / "public").iterdir())) == 1  # the console was not unpacked
    with QuestDb(server.handle.endpoints["http"]) as database:
        shown = {row[0]: row[2] for row in database.sql("(show parameters)").rows}
    assert shown["telemetry.enabled"] == "false"
    addresses = {shown[name].split(":")[0] for name in ("http.net.bind.to", "pg.net.bind.to", "http.min.net.bind.to")}
    assert addresses == {"127.0.0.1"}


def test_stop_leaves_nothing(server: Instance) -> None:
    root, pid = _root(server), server.pid()
    server.stop()
    assert not root.exists()
    assert supervisor.started(pid) is None
    server.stop()


def test_the_environment_cannot_reconfigure_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDB_HTTP_NET_BIND_TO", "0.0.0.0:1")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    server = launch(SETTINGS)
    try:
        assert server.handle.endpoints["http"].startswith("http://127.0.0.1:")
    finally:
        server.stop()


def test_a_killed_server_is_noticed_and_restarts_with_its_data_on_its_ports(server: Instance) -> None:
    with QuestDb(server.handle.endpoints["http"]) as database:
        database.sql("create table kept (ts timestamp, v long) timestamp(ts) partition by day wal")
        database.sql("insert into kept values (now(), 1)")
        server.kill()
        assert server.pid() == 0
        with pytest.raises(QuestDbError) as caught:
            database.sql("select 1")
        assert caught.value.kind == "unreachable"
        server.restart()
        assert server.pid() > 0
        database.sql("select wait_wal_table('kept')")
        assert database.sql("select count() from kept").scalar() == 1


@pytest.mark.slow
def test_sigkill_of_the_owner_takes_the_server_along(owner: Any, until: Any) -> None:
    process_, kept = owner()
    process_.kill()
    until(lambda: supervisor.started(kept["child"]["pid"]) is None, "the server is gone")
    until(lambda: not Path(kept["directories"][0]).exists(), "its root is gone")


@pytest.mark.slow
def test_two_owners_have_two_servers_and_the_death_of_one_is_not_the_others(owner: Any, until: Any) -> None:
    first, one = owner()
    _, other = owner()
    assert one["http"] != other["http"]
    first.kill()
    until(lambda: supervisor.started(one["child"]["pid"]) is None, "the first server is gone")
    registry.prune()
    with QuestDb(other["http"]) as database:
        assert database.sql("select 1").scalar() == 1


@pytest.mark.slow
def test_what_a_whole_killed_group_leaves_is_pruned(owner: Any, until: Any) -> None:
    process_, kept = owner()
    os.kill(kept["supervisor"]["pid"], signal.SIGKILL)
    process_.kill()
    process_.wait()
    until(lambda: supervisor.started(kept["supervisor"]["pid"]) is None, "the supervisor is gone")
    assert supervisor.started(kept["child"]["pid"]) is not None
    pruned = registry.prune()
    assert kept["child"]["pid"] in {one.killed for one in pruned}
    until(lambda: supervisor.started(kept["child"]["pid"]) is None, "the server is gone")
    assert not Path(kept["directories"][0]).exists()


def test_a_taken_port_is_named_and_its_holder_not_taken_for_the_server(client: QuestDbClient) -> None:
    taken = int(client.handle.endpoints["http"].rpartition(":")[2])  # a real server answers there
    with pytest.raises(NotReady, match=rf"a port is taken on 127\.0\.0\.1 \({taken}\)"):
        launch(SETTINGS, ports=template.Ports(http=taken))


def test_a_server_that_dies_at_its_start_is_quoted_with_its_exit_code() -> None:
    with pytest.raises(NotReady, match=r"exit code 55: .*no\.such\.setting"):
        launch(SETTINGS, extra={"no.such.setting": "1"})


def test_a_server_that_is_late_says_how_long_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.startup, "ensure", lambda _java, jar, _train: jar.with_suffix(".none"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # other runs on this machine start and stop servers, too
    with pytest.raises(NotReady, match=r"not ready within 0\.05 s: it has not opened its ports.*start_timeout"):
        launch(ServicesSettings(start_timeout=0.05))
    assert list(registry.records()) == []  # and nothing of it is left


def stop_threads(pid: int, seconds: float = 10.0) -> None:
    """Stops a process and waits until each of its threads stands still: one on another core goes on for a moment."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + seconds
    while {stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")} != {
        "T"
    }:
        assert time.monotonic() < deadline, "it does not stop"
        time.sleep(0.005)


def test_a_stopped_server_is_a_timeout_and_not_a_hang(server: Instance) -> None:
    try:
        stop_threads(server.pid())
        port = int(server.handle.endpoints["http"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5), QuestDb(f"http://127.0.0.1:{port}") as database:
            with pytest.raises(QuestDbError) as caught:
                database.sql("select 1", timeout=0.3)
            assert caught.value.kind == "timeout"
    finally:
        os.kill(server.pid(), signal.SIGCONT)

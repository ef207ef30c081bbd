"""QuestDB in a container: it answers, it is noticed when it dies, and nothing of it is left, however its owner ends."""

import io
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from docker_alone import engine_alone
from questdb import Sender, TimestampNanos

from pytest_tradeops.exceptions import NotReady
from pytest_tradeops.model import ServiceHandle
from pytest_tradeops.processes import prune, registry, supervisor
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services import owned
from pytest_tradeops.services.engine import connect, probe
from pytest_tradeops.services.questdb import jar
from pytest_tradeops.services.questdb.container import ContainerProvider, launch
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.services.standin_image import ensure_standin, recipe_for

pytestmark = [pytest.mark.docker, pytest.mark.slow]

OWNER = """
import sys
from pytest_tradeops.services.questdb.container import ContainerProvider
from pytest_tradeops.services.settings import ServicesSettings
running = ContainerProvider().start(ServicesSettings(questdb_image=sys.argv[1]))
print(running.handle.endpoints["http"], flush=True)
sys.stdin.readline()
running.stop()
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    found = connect(probe().address)
    yield found
    found.close()


@pytest.fixture(scope="module")
def image(client: Any) -> str:
    """The stand-in by name: these tests are about containers, and pull nothing."""
    recipe = recipe_for(jar.get().path)
    ensure_standin(client, recipe)
    return recipe.name


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    with engine_alone():
        yield


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of other runs on this machine are neither seen nor pruned."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def variant(client: Any, image: str) -> Iterator[Callable[[str], str]]:
    """Makes an image of the stand-in with more Dockerfile lines; its name."""
    names = []

    def make(lines: str) -> str:
        name = f"pytest-tradeops/test:{secrets.token_hex(4)}"
        client.images.build(fileobj=io.BytesIO(f"FROM {image}\n{lines}\n".encode()), tag=name, rm=True)
        names.append(name)
        return name

    yield make
    for name in names:
        client.images.remove(name, force=True)


@pytest.fixture
def owner(client: Any, image: str) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts processes that have a container each, and wait."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()
        seconds_until_gone(client, process.pid, 15)


def containers(client: Any, owner_pid: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.api.containers(all=True, filters={"label": f"{owned.OWNER_PID}={owner_pid}"})
    return found


def seconds_until_gone(client: Any, owner_pid: int, limit: float) -> float:
    began = time.monotonic()
    while containers(client, owner_pid):
        assert time.monotonic() - began < limit, f"a container is left after {limit} s"
        time.sleep(0.05)
    return time.monotonic() - began


def count_rows(handle: ServiceHandle) -> int:
    """Writes ten rows over the wire protocol of the sinks, and reads them back over HTTP and PG."""
    table = f"t_{secrets.token_hex(4)}"
    address = handle.endpoints["http"].removeprefix("http://")
    with Sender.from_conf(f"http::addr={address};") as sender:
        for number in range(10):
            sender.row(table, symbols={"s": "a"}, columns={"v": float(number)}, at=TimestampNanos(10**18 + number))
    with QuestDb(handle.endpoints["http"]) as database:
        database.sql(f"select wait_wal_table('{table}')")
        over_http = int(database.sql(f"select count() from {table}").scalar())  # noqa: S608
    with psycopg.connect(handle.endpoints["pg"], autocommit=True) as connection:
        over_pg = connection.execute(f"select count() from {table}").fetchone()  # noqa: S608
    assert over_pg == (over_http,)
    return over_http


def test_rows_are_written_and_read_and_stop_leaves_nothing(client: Any, image: str) -> None:
    provider = ContainerProvider()
    assert provider.available(ServicesSettings()) == ""
    running = provider.start(ServicesSettings(questdb_image=image))
    try:
        (found,) = containers(client, os.getpid())
        assert {port["IP"] for port in found["Ports"] if "PublicPort" in port} == {"127.0.0.1"}
        assert found["Labels"][owned.RUN]
        assert running.handle.version == jar.VERSION
        assert running.handle.provider == "container"
        assert count_rows(running.handle) == 10
        with QuestDb(running.handle.endpoints["http"]) as database:
            kept = database.sql("select value from (show parameters) where property_path = 'telemetry.enabled'")
            assert kept.scalar() == "false"
    finally:
        running.stop()
    running.stop()
    assert containers(client, os.getpid()) == []
    assert list(registry.records()) == []


def test_killed_owner_leaves_no_container(client: Any, owner: Callable[[], subprocess.Popen[str]]) -> None:
    process = owner()
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    assert len(containers(client, process.pid)) == 1
    process.kill()
    seconds_until_gone(client, process.pid, 10)


def test_owner_killed_while_its_container_is_made_leaves_none(
    client: Any, owner: Callable[[], subprocess.Popen[str]]
) -> None:
    process = owner()
    began = time.monotonic()
    while not containers(client, process.pid):
        assert time.monotonic() - began < 60
        time.sleep(0.002)
    process.kill()
    seconds_until_gone(client, process.pid, 10)


@pytest.mark.parametrize("record", ["kept", "lost"])
def test_killed_owner_and_supervisor_leave_a_container_for_prune_only(
    client: Any, owner: Callable[[], subprocess.Popen[str]], record: str
) -> None:
    process = owner()
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://")
    (kept,) = registry.records()
    os.kill(kept["supervisor"]["pid"], signal.SIGKILL)
    process.kill()
    process.wait(10)
    began = time.monotonic()
    while supervisor.alive(kept["supervisor"]):  # killed, it still is there until it is its turn
        assert time.monotonic() - began < 30, "the supervisor does not end"
        time.sleep(0.01)
    (container,) = containers(client, process.pid)
    if record == "kept":
        (removed,) = prune()
        assert removed.problem == ""
    else:  # such as a runtime folder that was emptied at log-out
        kept["path"].unlink()
        assert container["Id"][:12] in owned.prune_containers(remove=False)
        assert len(containers(client, process.pid)) == 1
        assert container["Id"][:12] in owned.prune_containers()
    assert containers(client, process.pid) == []


def test_one_owners_end_does_not_touch_the_others_container(
    client: Any, owner: Callable[[], subprocess.Popen[str]]
) -> None:
    first, second = owner(), owner()
    addresses = [process.stdout.readline().strip() for process in (first, second) if process.stdout]
    assert len(set(addresses)) == 2
    first.kill()
    seconds_until_gone(client, first.pid, 10)
    owned.prune_containers()
    prune()
    with QuestDb(addresses[1]) as database:
        assert database.sql("select 1").scalar() == 1


def test_containers_that_are_not_ours_to_judge_are_never_touched(client: Any, image: str) -> None:
    gone = {"pid": 2**22 + 1, "start": "1"}  # beyond the largest pid there can be
    ours = owned.labels("r1", gone)
    elsewhere = json.dumps({**registry.place(), "boot": "another", "host": "another"})
    kinds = {
        "without labels": {},
        "with somebody's run label": {owned.RUN: "r1"},
        "of another machine's process": {**ours, owned.OWNER_PLACE: elsewhere},
        "of another pid namespace": {**ours, owned.OWNER_PLACE: json.dumps({**registry.place(), "pids": "pid:[1]"})},
        "with unreadable labels": {**ours, owned.OWNER_PID: "many"},
        "of a live owner": owned.labels("r1"),
    }
    made = {kind: client.containers.create(image, labels=labels) for kind, labels in kinds.items()}
    orphan = client.containers.create(image, labels=ours)
    try:
        assert orphan.id[:12] in owned.sweep(client)
        left = {one["Id"] for one in client.api.containers(all=True)}
        assert {kind for kind, one in made.items() if one.id not in left} == set()
        assert orphan.id not in left
    finally:
        for one in (*made.values(), orphan):
            owned.remove_container(client, one.id)


def test_container_that_dies_at_its_start_is_noticed_at_once(client: Any, variant: Callable[[str], str]) -> None:
    name = variant('ENTRYPOINT ["/opt/java/bin/java", "-version"]')
    began = time.monotonic()
    with pytest.raises(NotReady) as caught:
        ContainerProvider().start(ServicesSettings(questdb_image=name, start_timeout=120))
    assert time.monotonic() - began < 30
    assert f"The container of {name} ended during its start with exit code 0; its last lines:" in caught.value.message
    assert "openjdk version" in caught.value.message
    assert containers(client, os.getpid()) == []


def test_program_that_cannot_be_started_is_not_ready(client: Any, variant: Callable[[str], str]) -> None:
    name = variant('ENTRYPOINT ["/no/such/program"]')
    with pytest.raises(NotReady, match="could not start a container"):
        ContainerProvider().start(ServicesSettings(questdb_image=name))
    assert containers(client, os.getpid()) == []


def test_container_that_never_answers_is_given_up_and_removed(client: Any, image: str) -> None:
    settings = ServicesSettings(questdb_image=image, start_timeout=6)
    inside_only = {"http.net.bind.to": "127.0.0.1:9000"}
    began = time.monotonic()
    with pytest.raises(NotReady, match="runs but did not answer within 6 s; its last lines:") as caught:
        launch(settings, extra=inside_only)
    assert time.monotonic() - began < 30
    assert "start_timeout" in caught.value.remedy
    assert containers(client, os.getpid()) == []


def test_stop_survives_an_engine_that_is_gone_and_leaves_the_rest_to_prune(
    client: Any, image: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = ContainerProvider().start(ServicesSettings(questdb_image=image))
    (record,) = registry.records()

    def broken(*_: object, **__: object) -> int:
        raise requests.exceptions.ConnectionError("the engine is gone")

    with monkeypatch.context() as patched:
        patched.setattr(owned, "remove_run", broken)
        running.stop()
    assert "did not do what was asked: the engine is gone. Its container may be left" in capsys.readouterr().err
    assert not record["path"].exists()  # the supervisor, which asks the engine itself, could remove it after all
    assert containers(client, os.getpid()) == []

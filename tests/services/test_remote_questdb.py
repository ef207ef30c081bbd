"""A configured server: asked for its build, graded as declared, and never quoted with its secrets."""

import socket
from collections.abc import Iterator

import pytest

from pytest_tradeops.exceptions import NotReady
from pytest_tradeops.loopback.proxy import FaultProxy
from pytest_tradeops.model import Grade
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb import remote
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.questdb.remote import RemoteProvider
from pytest_tradeops.services.settings import ServicesSettings

SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Instance]:
    """A real server that asks for user and password on HTTP."""
    made = launch(ServicesSettings(), extra={"http.user": "bot", "http.password": SECRET})
    yield made
    made.stop()


def test_it_is_found_graded_as_declared_and_usable(client: QuestDbClient) -> None:
    endpoints = client.handle.endpoints
    settings = ServicesSettings(
        questdb_url=endpoints["http"] + "/", questdb_pg_dsn=endpoints["pg"], questdb_grade="real"
    )
    handle = RemoteProvider().start(settings).handle
    assert (handle.grade, handle.version, handle.provider) == (Grade.REAL, "9.3.4", "remote")
    assert handle.endpoints == {"http": endpoints["http"], "pg": endpoints["pg"]}
    broker = Broker(ServicesSettings(questdb_url=endpoints["http"], questdb_pg_dsn=endpoints["pg"]))
    assert broker.get("questdb").grade is Grade.CONTAINER
    broker.close()
    assert client.sql("select 1").scalar() == 1  # closing ended nothing


def test_tables_made_there_have_the_run_prefix_and_are_dropped(client: QuestDbClient) -> None:
    broker = Broker(ServicesSettings(questdb_url=client.handle.endpoints["http"]))
    there = QuestDbClient(broker)
    name = there.table("mine")
    assert name.startswith("tradeops_")
    tables = "select count() from tables() where table_name = '{}'"
    assert client.sql(tables.format(name)).scalar() == 1
    there.close()
    assert client.sql(tables.format(name)).scalar() == 0


def test_not_configured_is_a_reason_and_no_error() -> None:
    assert RemoteProvider().available(ServicesSettings()) == "TRADEOPS_QUESTDB_URL is not set."


def test_unreachable_names_the_place_and_no_secret() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        settings = ServicesSettings(questdb_url=f"http://bot:{SECRET}@127.0.0.1:{port}", questdb_token=SECRET)
        with pytest.raises(NotReady, match=rf"The QuestDB at 127\.0\.0\.1:{port} is not reachable") as caught:
            RemoteProvider().start(settings)
    assert SECRET not in str(caught.value)
    assert "unset TRADEOPS_QUESTDB_URL" in caught.value.remedy


def test_a_server_that_hangs_is_not_waited_for_long(client: QuestDbClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_ANSWER", 0.3)
    port = int(client.handle.endpoints["http"].rpartition(":")[2])
    with FaultProxy(("127.0.0.1", port)) as proxy:
        proxy.freeze()
        with pytest.raises(NotReady, match=r"does not answer \(No answer within 0\.3 s\)"):
            RemoteProvider().start(ServicesSettings(questdb_url=f"http://127.0.0.1:{proxy.port}"))


def test_refused_credentials_are_named_without_being_quoted(guarded: Instance) -> None:
    place = guarded.handle.endpoints["http"].removeprefix("http://").rpartition("@")[2]
    for url, token in ((f"http://{place}", SECRET + "x"), (f"http://bot:{SECRET}x@{place}", "")):
        with pytest.raises(NotReady, match="refuses the credentials") as caught:
            RemoteProvider().start(ServicesSettings(questdb_url=url, questdb_token=token))
        assert SECRET not in str(caught.value)
    handle = RemoteProvider().start(ServicesSettings(questdb_url=f"http://bot:{SECRET}@{place}")).handle
    with QuestDb(handle.endpoints["http"]) as database:
        assert database.sql("select 1").scalar() == 1


def test_refused_pg_credentials_are_named_without_being_quoted(client: QuestDbClient) -> None:
    place = client.handle.endpoints["pg"].rpartition("@")[2]
    settings = ServicesSettings(
        questdb_url=client.handle.endpoints["http"], questdb_pg_dsn=f"postgresql://admin:{SECRET}@{place}"
    )
    with pytest.raises(NotReady, match="PG side at 127") as caught:
        RemoteProvider().start(settings)
    assert SECRET not in str(caught.value)
    assert "TRADEOPS_QUESTDB_PG_DSN" in caught.value.remedy


def test_what_is_no_address_or_no_questdb_is_said(client: QuestDbClient) -> None:
    with pytest.raises(NotReady, match="is no http address") as caught:
        RemoteProvider().start(ServicesSettings(questdb_url=f"questdb:{SECRET}"))
    assert SECRET not in str(caught.value)
    with pytest.raises(NotReady, match="PG_DSN is malformed"):
        RemoteProvider().start(ServicesSettings(questdb_url=client.handle.endpoints["http"], questdb_pg_dsn=SECRET))
    with pytest.raises(NotReady, match="is no QuestDB"):  # its metrics side speaks HTTP, and not ours
        RemoteProvider().start(ServicesSettings(questdb_url=client.handle.endpoints["min"]))

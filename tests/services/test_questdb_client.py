# ruff: noqa: S608 - statements on tables of our own
"""What the `questdb` fixture hands out: clean tables, exact senders, deadlines, and a proxy for planted faults only."""

import time
from typing import Any

import pytest
from questdb import QuestDBError, TimestampNanos

from pytest_tradeops.exceptions import DeclarationError, Inconclusive
from pytest_tradeops.questdb_sql import QuestDbError, identifier
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb.client import QuestDbClient

COLUMNS = ("ts timestamp", "symbol symbol", "price double")


def _send(sender: Any, table: str, price: float) -> None:
    sender.row(table, symbols={"symbol": "BTC"}, columns={"price": price}, at=TimestampNanos.now())
    sender.flush()


def test_what_was_sent_is_read_back_over_both_protocols(client: QuestDbClient) -> None:
    table = client.table("prices", *COLUMNS)
    with client.sender() as sender:
        _send(sender, table, 1.5)
    client.wait(table)
    assert client.sql(f"select symbol, price from {table}").rows == (("BTC", 1.5),)
    with client.pg() as connection:
        assert connection.execute(f"select symbol, price from {table}").fetchall() == [("BTC", 1.5)]


def test_two_tables_of_one_name_do_not_meet_and_both_are_dropped(broker: Broker, client: QuestDbClient) -> None:
    other = QuestDbClient(broker)
    names = {client.table("same"), client.table("same"), other.table("same")}
    assert len(names) == 3
    other.close()
    left = client.sql("select table_name from tables() where table_name like '%_same'").rows
    assert len(left) == 2


def test_ttl_and_dedup_keys_are_those_asked_for(client: QuestDbClient) -> None:
    table = client.table("kept", *COLUMNS, ttl="90 days", dedup=("symbol",))
    (shown,) = client.sql(f"select ttlValue, ttlUnit, dedup from tables() where table_name = '{table}'").rows
    assert shown == (90, "DAY", True)
    keys = client.sql(f"select \"column\" from table_columns('{table}') where upsertKey").rows
    assert {key for (key,) in keys} == {"ts", "symbol"}


def test_a_table_needs_a_timestamp(client: QuestDbClient) -> None:
    with pytest.raises(DeclarationError, match="has no timestamp column"):
        client.table("bare", "price double")


def test_a_remade_table_swallows_an_acknowledged_flush_of_an_open_sender_and_of_no_fresh_one(
    client: QuestDbClient,
) -> None:
    table = client.table("prices", *COLUMNS)
    with client.sender() as sender:
        _send(sender, table, 1.0)
        client.remake(table)
        _send(sender, table, 2.0)  # acknowledged
    with client.sender() as sender:
        _send(sender, table, 3.0)
    client.wait(table)
    assert client.sql(f"select price from {table}").rows == ((3.0,),)


def test_only_tables_of_ones_own_are_remade(client: QuestDbClient) -> None:
    with pytest.raises(DeclarationError, match="was not made by this test"):
        client.remake("tables")


def test_the_sender_repeats_nothing_behind_ones_back(breakable: QuestDbClient) -> None:
    table = breakable.table("prices", *COLUMNS)
    with breakable.sender() as sender:
        _send(sender, table, 1.0)
        breakable.proxy.refuse()
        begun = time.monotonic()
        with pytest.raises(QuestDBError):
            _send(sender, table, 2.0)
        assert time.monotonic() - begun < 5
        breakable.proxy.thaw()
    breakable.wait(table)
    assert breakable.sql(f"select count() from {table}").scalar() == 1


def test_the_proxy_is_there_for_planted_faults_only(client: QuestDbClient) -> None:
    with pytest.raises(DeclarationError, match="only there for planted faults"):
        _ = client.proxy


def test_a_frozen_view_times_out_on_both_sides_and_harms_nobody_else(
    client: QuestDbClient, breakable: QuestDbClient
) -> None:
    breakable.proxy.freeze()
    with pytest.raises(QuestDbError, match=r"No answer within 0\.3 s") as caught:
        breakable.sql("select 1", timeout=0.3)
    assert caught.value.kind == "timeout"
    with pytest.raises(QuestDbError) as caught, breakable.pg(timeout=2):
        pytest.fail("connected")
    assert caught.value.kind == "timeout"
    assert client.sql("select 1").scalar() == 1
    breakable.proxy.refuse()
    with pytest.raises(QuestDbError):
        breakable.assert_healthy()
    breakable.proxy.thaw()
    breakable.assert_healthy()


def test_a_pg_statement_that_never_ends_is_cut_at_the_deadline(breakable: QuestDbClient) -> None:
    begun = time.monotonic()
    with pytest.raises(QuestDbError) as caught, breakable.pg(timeout=2) as connection:  # noqa: PT012
        connection.execute("select 1")
        breakable.proxy.freeze()
        connection.execute("select 1")
    assert caught.value.kind == "timeout"
    assert time.monotonic() - begun < 8
    breakable.proxy.thaw()


def test_a_refused_pg_statement_is_the_servers_own_word(client: QuestDbClient) -> None:
    with pytest.raises(QuestDbError, match="table does not exist") as caught, client.pg() as connection:
        connection.execute("select * from nowhere_to_be_found")
    assert caught.value.kind == "rejected"


def test_tables_are_dropped_although_the_view_is_broken(broker: Broker, client: QuestDbClient) -> None:
    broken = QuestDbClient(broker, may_break=True)
    table = broken.table("prices", *COLUMNS)
    broken.proxy.freeze()
    broken.close()
    assert client.sql(f"select count() from tables() where table_name = '{table}'").scalar() == 0


def test_waiting_for_an_unknown_table_says_so(client: QuestDbClient) -> None:
    with pytest.raises(QuestDbError, match="table does not exist"):
        client.wait("nowhere_to_be_found")


def test_without_a_pg_address_it_is_inconclusive(broker: Broker) -> None:
    handle = broker.get("questdb")
    endpoints = {"http": handle.endpoints["http"]}
    other = Broker(broker._settings, custom=lambda _: type(handle)("questdb", "remote", handle.grade, "9", endpoints))
    client = QuestDbClient(other)
    with pytest.raises(Inconclusive, match="PG address is not known"), client.pg():
        pytest.fail("connected")
    client.close()


def test_observers_hear_of_acknowledged_flushes(client: QuestDbClient) -> None:
    heard: list[str] = []
    client.observers.append(heard.append)
    client.acknowledged("some_table")
    assert heard == ["some_table"]


@pytest.mark.parametrize("name", ["", 'a"b', "a'b", "x" * 128, "a\nb"])
def test_names_that_could_leave_their_quotes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a table or column name"):
        identifier(name)

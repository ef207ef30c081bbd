# ruff: noqa: S608 - statements on tables of our own
"""The `/exec` client: results, the server's own words, and a deadline for the whole call."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pytest_tradeops.questdb_sql import Column, QuestDb, QuestDbError, literal
from pytest_tradeops.services.questdb.client import QuestDbClient


@pytest.fixture
def scripted() -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each connection with the next of the given pieces, one every tenth of a second."""
    pieces: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        break
                    if over.wait(0.1):
                        return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", pieces
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_columns_rows_and_nulls(client: QuestDbClient) -> None:
    found = client.sql("select 1 as n, 'it''s' as s, null::double as d, true as b")
    assert [column.name for column in found.columns] == ["n", "s", "d", "b"]
    assert found.columns[0] == Column("n", "INT")
    assert found.rows == ((1, "it's", None, True),)
    assert found.dicts() == [{"n": 1, "s": "it's", "d": None, "b": True}]
    assert client.sql("select 1 from long_sequence(0)").scalar() is None


def test_ten_thousand_rows_come_whole(client: QuestDbClient) -> None:
    found = client.sql("select x, rnd_str(20,20,0) from long_sequence(10000)")
    assert [row[0] for row in found.rows] == list(range(1, 10_001))


def test_the_servers_own_message_is_kept(client: QuestDbClient) -> None:
    with pytest.raises(QuestDbError, match="table does not exist") as caught:
        client.sql("select * from nowhere_to_be_found")
    assert caught.value.kind == "rejected"
    assert caught.value.query == "select * from nowhere_to_be_found"
    assert client.sql("select 1").scalar() == 1  # the connection is still good


def test_an_answer_without_body_leaves_the_connection_usable(client: QuestDbClient) -> None:
    for _ in range(3):
        assert client.request("/ping") == (204, b"")
        assert client.sql("select 1").scalar() == 1


def test_a_trickling_answer_does_not_outlast_the_deadline(scripted: tuple[str, list[bytes]]) -> None:
    url, pieces = scripted
    pieces.append(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    pieces.extend([b"x"] * 100)
    begun = time.monotonic()
    with QuestDb(url) as database, pytest.raises(QuestDbError) as caught:
        database.sql("select 1", timeout=0.5)
    assert caught.value.kind == "timeout"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "unauthorized"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}", "unauthorized"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "rejected"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", "rejected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "rejected"),
        (b"not http\r\n\r\n", "unreachable"),
        (b"", "unreachable"),
    ],
)
def test_every_bad_answer_is_one_class_with_its_kind(
    scripted: tuple[str, list[bytes]], answer: bytes, kind: str
) -> None:
    url, pieces = scripted
    pieces.append(answer)
    with QuestDb(url, timeout=5) as database, pytest.raises(QuestDbError) as caught:
        database.sql("select 1")
    assert caught.value.kind == kind


def test_a_closed_kept_alive_connection_is_replaced_without_a_repeat(breakable: QuestDbClient) -> None:
    table = breakable.table("counted")
    breakable.sql("select 1")
    breakable.proxy.drop()
    deadline = time.monotonic() + 5
    while breakable.proxy.http.accepted < 2:
        with contextlib.suppress(QuestDbError):  # the reset may arrive after it was asked for
            breakable.sql(f"insert into {table} values (now(), 1.0)")
        assert time.monotonic() < deadline
    breakable.wait(table)
    assert breakable.sql(f"select count() from {table}").scalar() == 1


def test_threads_share_one_connection_without_mixing_answers(client: QuestDbClient) -> None:
    wrong: list[int] = []

    def ask(number: int) -> None:
        wrong.extend(number for _ in range(20) if client.sql(f"select {number} as n").scalar() != number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_literals_keep_their_quotes(client: QuestDbClient) -> None:
    text = "it's '' -- ; drop"
    assert client.sql(f"select {literal(text)} as s").scalar() == text


@pytest.mark.parametrize("url", ["questdb:9000", "ftp://host", "http://", ""])
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="looks like"):
        QuestDb(url)

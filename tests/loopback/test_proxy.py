"""The fault proxy: each of its faults is seen by a client as what it claims to be, and ends when it is told."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_tradeops.loopback.proxy import FaultProxy


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that answers every line with the same line."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[FaultProxy]:
    with FaultProxy(echo) as made:
        yield made


def _ask(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(65536)


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_forwards_both_ways_and_a_megabyte(proxy: FaultProxy) -> None:
    sent = bytes(range(256)) * 4096
    with socket.create_connection(proxy.address, timeout=5) as connection:
        writer = threading.Thread(target=connection.sendall, args=(sent,))
        writer.start()
        received = b""
        while len(received) < len(sent):
            received += connection.recv(65536)
        writer.join()
    assert received == sent
    assert proxy.accepted == 1


def test_frozen_it_accepts_and_says_nothing_until_thawed(proxy: FaultProxy) -> None:
    with socket.create_connection(proxy.address, timeout=5) as old:
        assert _ask(old, b"before") == b"before"
        proxy.freeze()
        with socket.create_connection(proxy.address, timeout=0.3) as new:
            for connection in (old, new):
                connection.settimeout(0.3)
                connection.sendall(b"during")
                with pytest.raises(TimeoutError):
                    connection.recv(100)
            proxy.thaw()
            for connection in (old, new):
                connection.settimeout(5)
                assert connection.recv(100) == b"during"


def test_drop_resets_what_is_open_and_lets_new_ones_in(proxy: FaultProxy) -> None:
    with socket.create_connection(proxy.address, timeout=5) as connection:
        assert _ask(connection, b"before") == b"before"
        proxy.drop()
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    with socket.create_connection(proxy.address, timeout=5) as connection:
        assert _ask(connection, b"after") == b"after"


def test_drop_ends_a_frozen_connection(proxy: FaultProxy) -> None:
    proxy.freeze()
    with socket.create_connection(proxy.address, timeout=5) as connection:
        connection.sendall(b"word")
        _eventually(lambda: proxy.accepted == 1)

        def ended() -> bool:
            proxy.drop()
            connection.settimeout(0.05)
            try:
                return connection.recv(10) == b""
            except TimeoutError:
                return False
            except ConnectionResetError:
                return True

        _eventually(ended)


def test_refuse_refuses_and_keeps_the_port_for_thaw(proxy: FaultProxy) -> None:
    with socket.create_connection(proxy.address, timeout=5) as connection:
        assert _ask(connection, b"before") == b"before"
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(proxy.address, timeout=5)
    proxy.thaw()
    with socket.create_connection(proxy.address, timeout=5) as connection:
        assert _ask(connection, b"after") == b"after"


def test_a_target_that_is_gone_shows_as_a_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        target = closed.getsockname()
    with (
        FaultProxy(target) as proxy,
        socket.create_connection(proxy.address, timeout=5) as connection,
        pytest.raises(ConnectionResetError),
    ):
        connection.recv(100)


def test_half_closing_lets_the_answer_through(proxy: FaultProxy) -> None:
    with socket.create_connection(proxy.address, timeout=5) as connection:
        connection.sendall(b"question")
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while data := connection.recv(100):
            received += data
    assert received == b"question"


def test_closed_it_leaves_no_thread_behind(echo: tuple[str, int]) -> None:
    proxy = FaultProxy(echo)
    with socket.create_connection(proxy.address, timeout=5) as connection:
        assert _ask(connection, b"word") == b"word"
        proxy.freeze()
        connection.sendall(b"held back")
        proxy.close()
        proxy.close()
    _eventually(lambda: not [one for one in threading.enumerate() if one.name.startswith("tradeops-proxy")])

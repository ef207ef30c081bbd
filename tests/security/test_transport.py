"""One request: what is sent and by whom, and that neither a deadline nor a size is outlasted; the clients' tests say more."""

import base64
import socket
import time
from collections.abc import Callable

import pytest
from github_support import response, serving

from pytest_tradeops.security.transport import NoAnswer, Place, exchange

HEADERS = {"Authorization": "Bearer not-to-be-seen"}


def place_of(url: str) -> Place:
    return Place("http", "127.0.0.1", int(url.rpartition(":")[2]))


def refused(call: Callable[[], object]) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught:
        call()
    assert "not-to-be-seen" not in str(caught.value)
    return caught.value


def test_method_and_body_are_sent_and_everything_comes_back() -> None:
    asked = []

    def send(near: socket.socket, request: bytes) -> None:
        while b'{"a": 1}' not in request:
            request += near.recv(4096)
        asked.append(request)
        near.sendall(response(b"\x00\xff", "X-Some: Thing", status="418 Teapot"))

    with serving(send) as url:
        reply = exchange(place_of(url), "POST", "/x?y=z", HEADERS, b'{"a": 1}', timeout=10, longest=2)
    assert asked[0].startswith(b"POST /x?y=z HTTP/1.1\r\n")
    assert (reply.status, reply.body, reply.headers["x-some"]) == (418, b"\x00\xff", "Thing")


@pytest.mark.parametrize(
    ("answer", "kind", "status", "words"),
    [
        (response(b"abc"), "long", 200, "more than 2 bytes"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", "long", 200, "more than 2 bytes"),
        (response(b"a", length=2), "broken", 0, "broke off"),
        (b"", "broken", 0, "broke off"),
    ],
)
def test_what_is_no_whole_answer(answer: bytes, kind: str, status: int, words: str) -> None:
    with serving(lambda near, _: near.sendall(answer)) as url:
        error = refused(lambda: exchange(place_of(url), "GET", "/", HEADERS, timeout=10, longest=2))
    assert (error.kind, error.status, words in str(error)) == (kind, status, True)


def test_no_time_is_no_request() -> None:
    asked = []
    with serving(lambda near, request: asked.append(request)) as url:
        assert refused(lambda: exchange(place_of(url), "GET", "/", HEADERS, timeout=0, longest=2)).kind == "late"
    assert asked == []


def test_a_server_that_reads_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place("http", "127.0.0.1", listener.getsockname()[1])
        started = time.monotonic()
        error = refused(lambda: exchange(place, "POST", "/", HEADERS, b"x" * (64 << 20), timeout=0.5, longest=2))
    assert error.kind == "late"
    assert time.monotonic() - started < 5


def test_nothing_goes_out_in_the_clear() -> None:
    error = refused(lambda: exchange(Place("http", "198.51.100.7"), "GET", "/", HEADERS, timeout=1, longest=2))
    assert str(error) == "is not spoken to in the clear"


def test_a_target_that_would_end_the_line_is_not_sent() -> None:
    asked = []
    with serving(lambda near, request: asked.append(request)) as url:
        error = refused(lambda: exchange(place_of(url), "GET", "/ HTTP/1.1\r\nX: y", HEADERS, timeout=5, longest=2))
    assert (error.kind, asked) == ("broken", [])


@pytest.mark.parametrize(
    ("user", "sent"), [("", b""), ("bot:w%40rd@", b"Proxy-Authorization: Basic " + base64.b64encode(b"bot:w@rd"))]
)
def test_a_proxy_sees_the_host_and_no_token(monkeypatch: pytest.MonkeyPatch, user: str, sent: bytes) -> None:
    asked = []

    def tunnel(near: socket.socket, request: bytes) -> None:
        asked.append(request)
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        asked.append(near.recv(4096))  # the client's first words of TLS
        near.sendall(b"no TLS at all")

    with serving(tunnel) as url:
        monkeypatch.setenv("https_proxy", url.replace("://", f"://{user}"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        place = Place("https", "api.acme.example", 443)
        error = refused(lambda: exchange(place, "GET", "/", HEADERS, timeout=10, longest=2))
    assert str(error) == "does not speak TLS"
    assert asked[0].startswith(b"CONNECT api.acme.example:443 ")
    assert sent in asked[0]
    assert b"not-to-be-seen" not in b"".join(asked)


def test_loopback_is_never_asked_by_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(lambda near, _: near.sendall(response(b"{}"))) as url:
        assert exchange(place_of(url), "GET", "/", {}, timeout=10, longest=2).body == b"{}"

"""What all faces have in common over HTTP: refusals in the face's words, and no crash that a client could see."""

import http.client
import socket

import pytest
from toy_client import ask, order, toy

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.venue.kit.http import MAX_BODY
from pytest_tradeops.venue.kit.limits import Limited, Usage
from pytest_tradeops.venue.kit.serve import bound


@pytest.mark.parametrize(
    ("method", "path", "status", "problem"),
    [("GET", "/nowhere", 404, "NOT_FOUND"), ("DELETE", "/order", 405, "METHOD"), ("GET", "/ws", 400, "MALFORMED")],
)
def test_the_face_words_what_is_wrong(method: str, path: str, status: int, problem: str) -> None:
    with toy() as venue:
        found = ask(venue, method, path)
        assert (found[0], found[1]["toy"]) == (status, problem)


def test_a_body_may_be_a_mebibyte_and_no_more() -> None:
    with toy() as venue:
        assert ask(venue, "POST", "/order", raw=b'{"x":"' + b"y" * MAX_BODY + b'"}')[:2] == (
            413,
            {"toy": "TOO_LARGE", "detail": ""},
        )
        assert ask(venue, "GET", "/time")[0] == 200


def test_a_broken_compression_is_the_clients_mistake() -> None:
    with toy() as venue:
        host, port = venue.http.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        connection.request("POST", "/order", b"this is not gzip", {"Content-Encoding": "gzip"})
        assert connection.getresponse().status == 400
        connection.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x00\xff",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /order HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"POST /order HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_what_is_no_http_breaks_nothing(garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with toy() as venue:
        host, port = venue.http.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(garbage)
            raw.shutdown(socket.SHUT_WR)
            assert b" 500 " not in raw.recv(200)
        assert ask(venue, "GET", "/time")[0] == 200
    assert [one.getMessage() for one in caplog.records if one.exc_info] == []


def test_a_crash_is_internal_for_the_client_and_kept_for_us() -> None:
    with toy(allow_crashes=True) as venue:
        assert ask(venue, "GET", "/crash")[0] == 500
        (crash,) = venue.exchange.crashes
        assert crash.startswith("GET /crash")
        assert "the toy is broken" in crash
        assert ask(venue, "GET", "/time")[0] == 200


def test_a_crash_fails_the_test_that_did_not_expect_it() -> None:
    with pytest.raises(AssertionError, match="the toy is broken"), toy() as venue:
        ask(venue, "GET", "/crash")


def test_limits_that_a_handler_lets_through_become_429_and_418(monkeypatch: pytest.MonkeyPatch) -> None:
    with toy() as venue:
        usage = Usage({}, {}, 0)
        for banned, status in ((False, 429), (True, 418)):

            def limited(banned: bool = banned) -> int:
                raise Limited("request_weight", 7, banned=banned, usage=usage)

            monkeypatch.setattr(venue.clock, "now_ms", limited)
            found = ask(venue, "GET", "/time")
            assert (found[0], found[2]["retry-after"]) == (status, "7")


def test_requests_are_kept_without_query_or_body() -> None:
    with toy() as venue:
        ask(venue, "GET", "/time?signature=secret", account="other")
        order(venue, quantity="0.01")
        first, second = venue.exchange.requests
        assert (first.method, first.path, first.status, first.account) == ("GET", "/time", 200, "other")
        assert (second.path, second.status, second.account) == ("/order", 200, "trader")
        assert "secret" not in repr(venue.exchange.requests)


def test_it_listens_on_loopback_only() -> None:
    with toy() as venue:
        assert venue.http.startswith("http://127.0.0.1:")
        port = int(venue.http.rpartition(":")[2])
        with socket.socket() as other:
            other.settimeout(2)
            # 127.0.0.2 is this machine, too; a server on all addresses would answer there.
            assert other.connect_ex(("127.0.0.2", port)) != 0


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with toy() as venue:
        port = int(venue.http.rpartition(":")[2])
        with pytest.raises(TradeopsError, match=f"Port {port} of 127.0.0.1 cannot be had"):
            bound(port)


def test_the_tests_of_a_face_get_its_urls() -> None:
    with toy() as venue:
        assert venue.urls["http"] == venue.http
        assert venue.urls["ws"].startswith("ws://127.0.0.1:")

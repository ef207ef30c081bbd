"""The loopback server kit: routing, limits, records, waiting and a clean end."""

import gc
import http.client
import json
import socket
import threading
import time
import urllib.request
import warnings
from urllib.error import HTTPError

import pytest

from pytest_tradeops.loopback.server import LoopbackServer, Refused, Request, Response, Route


def echo(request: Request, **names: str) -> Response:
    return Response.json({"names": names, "query": dict(request.query), "body": request.body.decode()})


def call(
    server: LoopbackServer, path: str, body: bytes | None = None, method: str | None = None
) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(server.url + path, data=body, method=method)  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def raw(server: LoopbackServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def test_names_in_the_path_query_and_body_reach_the_handler() -> None:
    with LoopbackServer([Route("POST", "/bot{token}/{method}", echo)]) as server:
        status, body, _ = call(server, "/bot12:ab/send?x=1&x=2&y=", b"hello")
    assert status == 200
    names, query = {"token": "12:ab", "method": "send"}, {"x": "1", "y": ""}
    assert json.loads(body) == {"names": names, "query": query, "body": "hello"}


@pytest.mark.parametrize(("path", "matches"), [("/a/1/", True), ("/a/1", True), ("/a//", False), ("/a/1/b", False)])
def test_a_template_stands_for_whole_segments_and_an_optional_slash(path: str, matches: bool) -> None:
    with LoopbackServer([Route("GET", "/a/{id}/", echo)]) as server:
        assert call(server, path)[0] == (200 if matches else 404)


def test_a_known_path_with_another_method_is_405_and_names_the_right_one() -> None:
    with LoopbackServer([Route("POST", "/a", echo)]) as server:
        status, _, headers = call(server, "/a")
    assert (status, headers["Allow"]) == (405, "POST")


def test_it_listens_on_loopback_only() -> None:
    with LoopbackServer([]) as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_a_body_at_the_limit_passes_and_one_byte_more_is_413_and_not_kept() -> None:
    with LoopbackServer([Route("POST", "/a", echo)], max_body=1000) as server:
        assert call(server, "/a", b"x" * 1000)[0] == 200
        assert call(server, "/a", b"x" * 1001)[0] == 413
        assert [len(one.request.body) for one in server.exchanges] == [1000, 0]


def test_a_client_with_a_long_refused_body_still_reads_the_refusal() -> None:
    with LoopbackServer([Route("POST", "/a", echo)], max_body=10) as server:
        assert call(server, "/a", b"x" * (4 << 20))[0] == 413


def test_chunked_bodies_are_joined_and_bounded() -> None:
    with LoopbackServer([Route("POST", "/a", echo)], max_body=8) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        client.request("POST", "/a", body=iter([b"ab", b"cd"]), encode_chunked=True)
        assert b'"body": "abcd"' in client.getresponse().read()
        client.close()
        head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in raw(server, head + b"9\r\n123456789\r\n0\r\n\r\n")
        assert b" 400 " in raw(server, head + b"zz\r\n")
        assert b" 400 " in raw(server, head + b"-1\r\n")


@pytest.mark.parametrize("length", ["-1", "x", "1_0", "9" * 30, "\xb2"])
def test_a_content_length_that_is_no_number_is_400(length: str) -> None:
    with LoopbackServer([Route("POST", "/a", echo)]) as server:
        head = f"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode("latin-1")
        assert b" 400 " in raw(server, head)


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one() -> None:
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response()

    with LoopbackServer([Route("POST", "/a", handler)]) as server:
        raw(server, b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert server.settle()
        assert [one.response.status for one in server.exchanges] == [400]
    assert not seen


def test_whoever_has_the_answer_finds_the_record() -> None:
    with LoopbackServer([Route("POST", "/a", echo)]) as server:
        for count in range(1, 30):
            call(server, "/a", b"x")
            assert len(server.exchanges) == count
        server.clear()
        assert server.exchanges == ()


def test_parallel_requests_are_all_recorded() -> None:
    with LoopbackServer([Route("POST", "/a/{n}", echo)]) as server:
        threads = [threading.Thread(target=call, args=(server, f"/a/{n}", b"x")) for n in range(20)]
        for thread in threads:
            thread.start()
        assert server.wait_for(lambda: len(server.exchanges) == 20, "10s")
        for thread in threads:
            thread.join()
        assert {one.request.path for one in server.exchanges} == {f"/a/{n}" for n in range(20)}


def test_wait_for_wakes_with_the_exchange_and_gives_up_at_the_deadline() -> None:
    with LoopbackServer([Route("GET", "/a", echo)]) as server:
        start = time.monotonic()
        assert not server.wait_for(lambda: server.exchanges, "200ms")
        assert 0.15 < time.monotonic() - start < 5
        thread = threading.Thread(target=call, args=(server, "/a"))
        thread.start()
        assert len(server.wait_for(lambda: server.exchanges, "30s")) == 1
        assert time.monotonic() - start < 20
        thread.join()


def test_settle_waits_for_a_slow_answer_even_if_the_client_is_gone() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> Response:
        entered.set()
        go_on.wait(20)
        return Response()

    with LoopbackServer([Route("POST", "/slow", slow)]) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert entered.wait(10)
        assert not server.settle("100ms"), "the request is still being handled"
        assert not server.exchanges
        go_on.set()
        assert server.settle("10s")
        assert len(server.exchanges) == 1


def test_settle_sees_what_was_sent_just_before_it() -> None:
    with LoopbackServer([Route("POST", "/a", echo)]) as server:
        for count in range(1, 30):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
            assert server.settle()
            assert len(server.exchanges) == count


def test_a_refusal_replaces_the_answer() -> None:
    def handler(request: Request) -> Response:
        raise Refused(Response.json({"detail": "no"}, 418))

    with LoopbackServer([Route("GET", "/a", handler)]) as server:
        assert call(server, "/a")[:2] == (418, b'{"detail": "no"}')


def test_hanging_up_gives_the_client_no_answer() -> None:
    with LoopbackServer([Route("GET", "/a", lambda _: Response.hang_up())]) as server:
        assert raw(server, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        assert len(server.exchanges) == 1


def test_a_handler_that_breaks_answers_500_and_fails_the_test() -> None:
    def handler(request: Request) -> Response:
        raise KeyError("oops")

    with (
        pytest.raises(ExceptionGroup, match="handler") as caught,
        LoopbackServer([Route("GET", "/a", handler)]) as server,
    ):
        assert call(server, "/a")[0] == 500
    assert isinstance(caught.value.exceptions[0], KeyError)


def test_a_broken_handler_ends_a_wait_at_once() -> None:
    def handler(request: Request) -> Response:
        raise KeyError("oops")

    with LoopbackServer([Route("GET", "/a", handler)]) as server:
        call(server, "/a")
        with pytest.raises(ExceptionGroup):
            server.wait_for(lambda: False, "30s")


def test_stopping_ends_idle_and_busy_connections_threads_and_sockets() -> None:
    before = threading.active_count()

    def waits(request: Request) -> Response:
        server.stopping.wait(30)
        return Response()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        server = LoopbackServer([Route("GET", "/wait", waits)])
        with server, socket.create_connection(("127.0.0.1", server.port)) as idle:
            busy = socket.create_connection(("127.0.0.1", server.port))
            busy.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait_for(lambda: len(server._open) == 2, "10s")
            start = time.monotonic()
            server.stop()
            assert time.monotonic() - start < 5
            assert idle.recv(1) == b""
            busy.close()
        gc.collect()
    assert threading.active_count() == before
    server.stop()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with LoopbackServer([Route("GET", "/a", echo)]) as server:
        call(server, "/a")
        call(server, "/nope")
        raw(server, b"nonsense\r\n\r\n")
    assert capfd.readouterr() == ("", "")


def test_a_server_that_does_not_run_says_so() -> None:
    server = LoopbackServer([])
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
    assert server.settle()
    with server, pytest.raises(RuntimeError, match="already running"):
        server.start()

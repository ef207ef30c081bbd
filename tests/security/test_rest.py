"""The small client of APIs with a token: what every kind of answer becomes, and where a token never goes."""

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import ConfigError, Inconclusive
from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.security import rest
from pytest_tradeops.security.rest import Rest, RestError

TOKEN = secrets.token_hex(32)


class Api:
    """A server that answers with whatever the test puts into `answers`, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.server = LoopbackServer(
            [Route("GET", "/api/things", self.answer), Route("POST", "/api/things", self.answer)]
        )
        self.slept: list[float] = []

    def answer(self, _: Request) -> Response:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def client(self, **more: Any) -> Rest:
        given = {"name": "Acme", "token": TOKEN, "token_name": "ACME_TOKEN", "sleep": self.slept.append, **more}
        return Rest(f"{self.server.url}/api", **given)


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()
    with found.server:
        yield found


def refused(api: Api, answer: Response, method: str = "GET") -> RestError:
    api.answers = [answer]
    with pytest.raises(RestError) as caught:
        api.client().call(method, "/things", None if method == "GET" else {})
    assert isinstance(caught.value, Inconclusive)
    assert TOKEN not in f"{caught.value} {caught.value!r}"
    return caught.value


def test_the_token_and_json_are_sent_and_json_comes_back(api: Api) -> None:
    api.answers = [Response.json({"a": [1]})]
    answer = api.client().call("POST", "/things", {"b": 2}, query={"c": "d e"})
    assert (answer.status, answer.data) == (200, {"a": [1]})
    (exchange,) = api.server.exchanges
    assert exchange.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert exchange.request.query == {"c": "d e"}
    assert json.loads(exchange.request.body) == {"b": 2}
    api.answers = [Response(202)]
    assert api.client().call("GET", "/things").data is None


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (Response.json({"detail": "Invalid token"}, 401), "unauthorized", "does not accept the token (Invalid token)."),
        (Response.json({"detail": {"message": "no scope"}}, 403), "forbidden", "not let this token do GET /things"),
        (Response.json({"detail": "gone"}, 404), "missing", "does not know /things, or not for this token (gone)."),
        (Response.json({}, 410), "missing", "(no reason given)."),
        (Response.json({"name": ["too long", "odd"]}, 400), "rejected", "HTTP 400: name: too long; name: odd."),
        (Response(503, b"<html>"), "failing", "fails at GET /things with HTTP 503."),
        (Response(200, b"<html>"), "foreign", "answered GET /things and no JSON (HTTP 200)."),
        (Response(200, b"\xff{}"), "foreign", "no JSON"),
        (Response(200, b"[" * 100_000), "foreign", "no JSON"),
        (Response(200, b" " * (rest.LARGEST + 1)), "foreign", "with more than 8 MB"),
        (Response(302, b"", {"Location": "https://evil.example/x"}), "moved", "leads GET /things on to evil.example"),
        (Response(0), "unreachable", "cannot be reached"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_refusal_is_one_sentence_of_its_own(api: Api, answer: Response, kind: str, told: str) -> None:
    error = refused(api, answer)
    assert error.kind == kind
    assert told in error.message
    assert error.message.endswith(".")
    assert error.message.count("\n") == 0


def test_what_a_server_repeats_is_repeated_without_the_token(api: Api) -> None:
    error = refused(api, Response.json({"detail": f"bad token {TOKEN}\n{'x' * 500}"}, 400))
    assert "bad token [redacted] xxx" in error.message
    assert len(error.message) < 300


def test_a_short_wait_is_waited_and_a_long_one_is_said(api: Api) -> None:
    api.answers = [Response.json({}, 429, {"Retry-After": "2"}), Response.json("done")]
    assert api.client().call("GET", "/things").data == "done"
    assert api.slept == [2.0]
    error = refused(api, Response.json({}, 429, {"Retry-After": "3600"}))
    assert (error.kind, "asks to wait 3600 s" in error.message) == ("busy", True)
    error = refused(api, Response.json({}, 429))
    assert "does not say for how long" in error.message
    error = refused(api, Response.json({}, 429, {"X-Sentry-Rate-Limit-Reset": str(int(time.time()) + 600)}))
    assert error.kind == "busy"


def test_a_server_that_never_stops_to_limit_is_not_waited_for_without_end(api: Api) -> None:
    api.answers = [Response.json({}, 429, {"Retry-After": "0.01"})]
    with pytest.raises(RestError) as caught:
        api.client(timeout=0.3, sleep=time.sleep).call("GET", "/things")
    assert caught.value.kind in ("busy", "timeout")


def test_pages_are_followed_to_the_end_by_their_cursor(api: Api) -> None:
    def page(entries: list[int], cursor: str, results: str) -> Response:
        link = f'<{api.server.url}/api/things?cursor=0>; rel="previous"; results="false"; cursor="0:0:1", '
        link += f'<{api.server.url}/api/things?x=1&cursor={cursor}>; rel="next"; results="{results}"; cursor="{cursor}"'
        return Response.json(entries, headers={"Link": link})

    api.answers = [page([1, 2], "0:2:0", "true"), page([3], "0:4:0", "true"), page([], "0:6:0", "false")]
    assert list(api.client().pages("/things", query={"x": "1"})) == [1, 2, 3]
    assert [one.request.query.get("cursor") for one in api.server.exchanges] == [None, "0:2:0", "0:4:0"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response.json({"a": 1}), "something else than a list"),
        (Response.json([], headers={"Link": '<https://evil.example/>; rel="next"; cursor="a"'}), "another host"),
        (
            Response.json([1], headers={"Link": '</api/things>; rel="next"; results="true"; cursor="a"'}),
            "again and again",
        ),
    ],
    ids=["no list", "another host", "one page for ever"],
)
def test_pages_that_lead_nowhere_are_refused(api: Api, answer: Response, told: str) -> None:
    api.answers = [answer]
    with pytest.raises(RestError, match=told):
        list(api.client().pages("/things"))


def test_endless_pages_end(api: Api) -> None:
    endless = iter(range(10**6))

    def more(_: Request) -> Response:
        return Response.json([1], headers={"Link": f'<x>; rel="next"; results="true"; cursor="{next(endless)}"'})

    api.server.routes = (Route("GET", "/api/things", more),)
    with pytest.raises(RestError, match="more than 50 pages"):
        list(api.client().pages("/things"))


def trickle(listener: socket.socket, stop: threading.Event) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.05):
            try:
                connection.sendall(b" ")
            except OSError:
                return


def test_an_answer_that_trickles_ends_with_its_deadline() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener, stop))
        thread.start()
        client = Rest(
            f"http://127.0.0.1:{listener.getsockname()[1]}", name="Acme", token=TOKEN, token_name="T", timeout=0.4
        )
        start = time.monotonic()
        with pytest.raises(RestError) as caught:
            client.call("GET", "/")
        stop.set()
        thread.join()
    assert caught.value.kind == "timeout"
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    "base",
    [
        "http://sentry.io",
        "http://127.0.0.1.evil.example",
        "ftp://sentry.io",
        "sentry.io",
        "https://",
        "https://user:word@sentry.io",
        "https://sentry.io/?a=b",
        "https://sentry.io/#x",
        "https://sentry.io:port",
        "https://[::1",
        "https://sen try.io",
    ],
)
def test_a_token_goes_to_no_such_address(base: str) -> None:
    with pytest.raises(ConfigError, match="The address of Acme"):
        Rest(base, name="Acme", token=TOKEN, token_name="T")


@pytest.mark.parametrize("token", ["a b", "a\n", "tök"])
def test_what_is_no_token_is_not_sent(token: str) -> None:
    with pytest.raises(ConfigError, match="T holds characters") as caught:
        Rest("https://sentry.io", name="Acme", token=token, token_name="T")
    assert token not in str(caught.value)


JSON: Callable[..., st.SearchStrategy[Any]] = st.recursive  # type: ignore[assignment]


@example({"detail": "\r"})
@example({"detail": "...", "message": "no\nscope."})
@example([". "])
@given(
    JSON(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["detail", "message", "x"]) | st.text(), inner),
    )
)
def test_whatever_a_refusal_says_is_text(data: object) -> None:
    said = rest.words(data)
    assert said == " ".join(said.split())
    assert said.strip(" .;")


@given(st.text())
def test_no_link_header_breaks_the_reading(header: str) -> None:
    client = Rest("https://sentry.io", name="Acme", token="t", token_name="T")
    try:
        client._next(header)
    except RestError:
        return

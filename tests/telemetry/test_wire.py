"""Every answer of a server is put into the right class: a row's fault, too much at once, or nobody's to be blamed."""

import base64
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import ConfigError
from pytest_tradeops.telemetry.conf import Conf
from pytest_tradeops.telemetry.wire import Down, Wire, _said

REFUSED = (
    b'{"code":"invalid","message":"failed to parse line protocol:errors encountered on line(s):\\nerror in line 2:'
    b' table: t, column: n; cast error from protocol type: STRING to column type: DOUBLE","line":2,"errorId":"a-1"}'
)
FULL = (
    b'{"code":"internal error","message":"failed to parse line protocol:errors encountered on line(s):write error: t,'
    b' errno: 28, error: No space left [size=65536, fd=6206]","line":1,"errorId":"a-2"}'
)


class Stub(ThreadingHTTPServer):
    """Answers as it is told, and notes what it was asked."""

    daemon_threads = True
    answer = (204, b"")
    asked: list[tuple[str, bytes, str]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, body, self.headers.get("Authorization", "")))
        status, text = self.server.answer
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if status != 204:
            self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wire(stub: Stub, more: str = "") -> Wire:
    return Wire(Conf.parse(f"http::addr=127.0.0.1:{stub.server_port};{more}"), timeout=5)


@pytest.mark.parametrize("answer", [(204, b""), (200, b"{}")])
def test_taken(stub: Stub, answer: tuple[int, bytes]) -> None:
    stub.answer = answer
    one = wire(stub, "token=abc;")
    assert one.write(b"t n=1i 5\n").kind == "taken"
    assert stub.asked == [("/write?precision=n", b"t n=1i 5\n", "Bearer abc")]
    one.close()


def test_a_bad_row_is_the_rows_fault(stub: Stub) -> None:
    stub.answer = (400, REFUSED)
    one = wire(stub)
    answer = one.write(b"x")
    assert (answer.kind, answer.line) == ("refused", 2)
    assert "cast error from protocol type: STRING to column type: DOUBLE" in answer.message
    one.close()


def test_too_much_at_once_is_told_apart(stub: Stub) -> None:
    stub.answer = (413, b'{"code":"request too large","message":"x"}')
    one = wire(stub)
    assert one.write(b"x").kind == "large"
    one.close()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, FULL, "the server answers HTTP 500: failed to parse line protocol"),
        (400, b"no such thing", "the server answers HTTP 400: no such thing"),
        (400, b"", "the server answers HTTP 400"),
        (404, b"<html>", "the server answers HTTP 404: <html>"),
        (429, b"slow down", "the server answers HTTP 429: slow down"),
        (503, b"", "the server answers HTTP 503"),
        (302, b"", "the server answers HTTP 302"),
        (401, b"hunter2", "the server refuses the credentials"),
        (403, b"", "the server refuses the credentials"),
    ],
)
def test_everything_else_is_nobodys_fault_and_tried_again(stub: Stub, status: int, body: bytes, said: str) -> None:
    stub.answer = (status, body)
    one = wire(stub)
    with pytest.raises(Down) as caught:
        one.write(b"x")
    assert caught.value.reason.startswith(said)
    assert "hunter2" not in caught.value.reason
    one.close()


def test_nobody_there(stub: Stub) -> None:
    one = Wire(Conf.parse("http::addr=127.0.0.1:1;"), timeout=1)
    for ask in (lambda: one.write(b"x"), lambda: one.tables(["t"]), lambda: one.shape("t")):
        with pytest.raises(Down, match="the server is not reachable: Connection refused"):
            ask()


@given(
    st.binary(max_size=200) | st.sampled_from([b"[]", b"1", b'{"message": 5}', b'{"message": "a", "line": "x"}', b'""'])
)
def test_any_body_of_an_error_can_be_read(raw: bytes) -> None:
    message, line, code = _said(raw)
    assert isinstance(message, str) and isinstance(line, int) and isinstance(code, str)  # noqa: PT018
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http::addr=localhost;", Conf("http://localhost:9000")),
        ("http::addr=localhost:9001", Conf("http://localhost:9001")),
        ("http::addr=[::1]:9001;", Conf("http://[::1]:9001")),
        ("http::addr=[::1];", Conf("http://[::1]:9000")),
        (
            "https::addr=h:1;username=me;password=a;;b=c;tls_verify=unsafe_off;request_timeout=2500;auto_flush=off;",
            Conf("https://h:1", "me", "a;b=c", tls_verify=False, timeout=2.5),
        ),
        ("https::addr=h:1;token=t;tls_roots=/x.pem;", Conf("https://h:1", token="t", tls_roots="/x.pem")),
    ],
)
def test_a_configuration_string_is_read_as_the_client_reads_it(text: str, expected: Conf) -> None:
    assert Conf.parse(text) == expected
    assert "a;b=c" not in repr(expected)


@pytest.mark.parametrize(
    "text", ["", "http", "tcp::addr=h;", "http::", "http::addr=;", "http::addr=h:x;", "http::addr=h:0;", "http::addr",
             "http::addr=h;request_timeout=5s;", "http::addr=h;pass word=hunter2;", "ws::addr=h;token=hunter2;"],
)  # fmt: skip
def test_a_wrong_configuration_string_is_refused_without_its_secrets(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Conf.parse(text)
    assert "hunter2" not in str(caught.value)


@given(st.text(alphabet="ab:;=[]/é 9", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        Conf.parse("http::addr=" + text)
    with contextlib.suppress(ConfigError):
        Conf.parse(text)


@given(st.dictionaries(st.sampled_from(["username", "password", "token"]), st.text(alphabet="a;=:@/%é", min_size=1)))
def test_values_survive_the_string_and_the_header(options: dict[str, str]) -> None:
    text = "http::addr=h:1;" + "".join(f"{key}={value.replace(';', ';;')};" for key, value in options.items())
    conf = Conf.parse(text)
    for key, value in options.items():
        assert getattr(conf, key) == value
    database = conf.connect(1)
    if "token" not in options and "username" in options:
        pair = f"{options['username']}:{options.get('password', '')}"
        expected = "Basic " + base64.b64encode(pair.encode()).decode()
        assert database._headers["Authorization"] == expected

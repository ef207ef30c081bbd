"""One connection to a loopback server: reads one request within its limits, answers, closes."""

from http.server import BaseHTTPRequestHandler
from typing import Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from .http import Refused, Request, Response

#: A client that is silent for so long is cut off.
SILENCE = 10.0
#: How much of a refused body is read, so that the client gets to read the refusal instead of a reset.
_DRAIN = 64 << 20
_CHUNK = 1 << 16


class Kit(Protocol):
    """What a connection needs of its server."""

    max_body: int

    def answer(self, request: Request) -> Response: ...
    def record(self, request: Request, response: Response) -> None: ...


class Connection(BaseHTTPRequestHandler):
    """Reads, answers, closes; says nothing on stderr."""

    protocol_version = "HTTP/1.1"
    server_version = "tradeops"
    sys_version = ""
    timeout = SILENCE

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a stand-in's chatter would end up in somebody's test report."""

    def do_POST(self) -> None:
        kit = cast(Kit, self.server.kit)  # type: ignore[attr-defined]
        self.close_connection = True
        try:
            body, refusal = self._body(kit.max_body), None
        except Refused as refused:
            body, refusal = b"", refused.response
        parts = urlsplit(self.path)
        query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, query, headers, body)
        response = kit.answer(request) if refusal is None else refusal
        kit.record(request, response)
        self._send(response)

    # http.server finds its methods by these names.
    do_GET = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_POST  # noqa: N815

    def _send(self, response: Response) -> None:
        if response.status == 0:
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _body(self, limit: int) -> bytes:
        if self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
            return self._chunked(limit)
        text = self.headers.get("Content-Length", "0").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise Refused(Response.json({"detail": "bad Content-Length"}, 400))
        length = int(text)
        if length > limit:
            self._drain(min(length, _DRAIN))
            raise Refused(_too_large(limit))
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refused(Response.json({"detail": "the body ended early"}, 400))
        return body

    def _chunked(self, limit: int) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(128).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError:
                length = -1
            if length < 0:
                raise Refused(Response.json({"detail": "bad chunk size"}, 400))
            if len(body) + length > limit:
                raise Refused(_too_large(limit))
            chunk = self.rfile.read(length)
            if len(chunk) < length or self.rfile.readline(128).rstrip(b"\r\n"):
                raise Refused(Response.json({"detail": "bad chunk"}, 400))
            if not length:
                return bytes(body)
            body += chunk

    def _drain(self, length: int) -> None:
        while length > 0:
            read = self.rfile.read(min(length, _CHUNK))
            if not read:
                return
            length -= len(read)


def _too_large(limit: int) -> Response:
    return Response.json({"detail": f"the body is longer than {limit} bytes"}, 413)

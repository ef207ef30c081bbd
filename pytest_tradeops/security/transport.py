"""One request over HTTP within a deadline and a size: nothing is followed, and only loopback is spoken to in the clear.

Who calls decides what an answer means. Stdlib only.
"""

import base64
import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

_CHUNK = 1 << 16


class NoAnswer(Exception):
    """There is no whole answer. Its text says why, as the end of a sentence, and quotes nothing that was sent.

    Attributes:
        kind: `late`, `long` (more than was allowed), or `broken` (no connection, or one that ended).
        status: Of an answer that is too long; 0 without one.
    """

    def __init__(self, why: str, kind: Literal["late", "long", "broken"] = "broken", status: int = 0) -> None:
        super().__init__(why)
        self.kind = kind
        self.status = status


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests go: `http` to loopback only."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(
    place: Place,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    timeout: float,
    longest: int,
) -> Reply:
    """What a server answers, whatever it is.

    Args:
        target: Path and query, ASCII.
        timeout: Seconds for everything, from the first packet to the last byte; a trickle does not prolong it.
        longest: Bytes of the answer's body.

    Raises:
        NoAnswer: no connection, none in time, too long, or cut off.
    """
    deadline = time.monotonic() + timeout
    late = threading.Event()
    in_time = NoAnswer(f"gave no whole answer within {timeout:g} s", "late")
    if timeout <= 0:
        raise in_time
    connection = None
    try:
        connection = _connection(place, timeout)
        connection.connect()
        with _cut_off(connection.sock, deadline, late):
            connection.request(method, target, body, dict(headers))
            # Its own to close: it took the socket over if the connection ends with it.
            with contextlib.closing(connection.getresponse()) as response:
                found = _body(response, longest)
                named = {name.lower(): value for name, value in response.getheaders()}
                status = response.status
    except TimeoutError:
        raise in_time from None
    except (NoAnswer, OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set():
            raise in_time from None
        raise error if isinstance(error, NoAnswer) else NoAnswer(_why(error)) from None
    finally:
        if connection is not None:
            connection.close()
    if late.is_set():
        raise in_time
    return Reply(status, named, found)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its literal or as `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _connection(place: Place, timeout: float) -> http.client.HTTPConnection:
    """By the proxy that the environment names; never to loopback."""
    if place.scheme == "http":
        if not place.is_loopback:
            raise NoAnswer("is not spoken to in the clear")
        return http.client.HTTPConnection(place.host, place.port, timeout=timeout)
    context = ssl.create_default_context()
    proxy = urlsplit("" if place.is_loopback or proxy_bypass(place.host) else getproxies().get("https", ""))
    if not proxy.hostname:
        return http.client.HTTPSConnection(place.host, place.port, timeout=timeout, context=context)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=timeout, context=context)
    headers = {}
    if proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    connection.set_tunnel(place.host, place.port, headers)
    return connection


@contextlib.contextmanager
def _cut_off(sock: socket.socket, deadline: float, late: threading.Event) -> Iterator[None]:
    """Ends a connection at the deadline. Its own time limit counts from the last byte, also between two headers."""

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0.0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _body(response: http.client.HTTPResponse, longest: int) -> bytes:
    told = response.length  # None where the body is chunked, or ends with the connection
    size = f"{longest >> 20} MB" if longest >= 1 << 20 else f"{longest} bytes"
    too_long = NoAnswer(f"answered with more than {size}", "long", response.status)
    if told is not None and told > longest:
        raise too_long
    found = bytearray()
    while part := response.read(_CHUNK):
        found += part
        if len(found) > longest:
            raise too_long
    if told is not None and len(found) < told:  # http.client says nothing of it
        raise NoAnswer("broke off its answer")
    return bytes(found)


def _why(error: Exception) -> str:
    """Without texts of the error that may quote what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not valid ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS"
    if isinstance(error, socket.gaierror):
        return "has a name that cannot be resolved"
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected | ConnectionResetError):
        return "broke off its answer"
    if isinstance(error, http.client.HTTPException):
        return "does not speak HTTP"
    return f"is not reachable ({getattr(error, 'strerror', None) or type(error).__name__})"

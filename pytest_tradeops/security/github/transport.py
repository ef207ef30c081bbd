"""One GET over HTTP within a deadline and a size, without following anything by itself. Stdlib only."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .address import Api

#: Bytes of one answer; a page of a hundred alerts has about half a megabyte, SARIF several.
LONGEST = 32 << 20
_CHUNK = 1 << 16


class NoAnswer(Exception):
    """There is no whole answer; the sentence says why, and names neither the address nor a header."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(api: Api, target: str, headers: Mapping[str, str], *, timeout: float, longest: int = LONGEST) -> Reply:
    """What a server answers, whatever it is.

    Args:
        target: Path and query, ASCII.
        timeout: Seconds for everything, from the first packet to the last byte; a trickle does not prolong it.
        longest: Bytes of the body.

    Raises:
        NoAnswer: no connection, none in time, too long, or cut off.
    """
    deadline = time.monotonic() + timeout
    connection = _connection(api, timeout)
    late = threading.Event()
    try:
        connection.connect()
        with _cut_off(connection.sock, deadline, late):
            connection.request("GET", target, headers=dict(headers))
            # Its own to close: it took the socket over if the connection ends with it.
            with contextlib.closing(connection.getresponse()) as response:
                body = _body(response, longest)
                found = {name.lower(): value for name, value in response.getheaders()}
                status = response.status
        if late.is_set():
            raise TimeoutError
        return Reply(status, found, body)
    except NoAnswer:
        if late.is_set():
            raise NoAnswer(f"gave no whole answer within {timeout:g} s") from None
        raise
    except TimeoutError:
        raise NoAnswer(f"gave no whole answer within {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        said = f"gave no whole answer within {timeout:g} s" if late.is_set() else _why(error)
        raise NoAnswer(said) from None
    finally:
        connection.close()


def _connection(api: Api, timeout: float) -> http.client.HTTPConnection:
    if api.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(api.host, api.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(api.host, api.port, timeout=timeout)


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
    if told is not None and told > longest:
        raise NoAnswer(f"answered with more than {_size(longest)}")
    found = bytearray()
    while part := response.read(_CHUNK):
        found += part
        if len(found) > longest:
            raise NoAnswer(f"answered with more than {_size(longest)}")
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


def _size(longest: int) -> str:
    return f"{longest >> 20} MB" if longest >= 1 << 20 else f"{longest} bytes"

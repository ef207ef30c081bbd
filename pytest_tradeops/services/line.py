"""The broker's wire: one JSON line each way per connection on loopback, guarded by a random token."""

import contextlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from .. import exceptions
from ..exceptions import ServiceUnavailable, TradeopsError
from ..model import Grade, ServiceHandle

_LONGEST = 1 << 16
#: An image may have to be pulled first; the broker's death shows at once, as the connection's end.
_PATIENCE = 1800.0
_GREETING = 5.0

type Answerer = Callable[[dict[str, str]], dict[str, object]]


class Listener:
    """Answers requests that carry the token, each connection in a thread of its own."""

    def __init__(self, token: str, answer: Answerer) -> None:
        self._token = token
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}/{token}"
        self._thread = threading.Thread(target=self._serve, name="tradeops-broker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Refuses new connections; answers under way go on."""
        # Wakes the thread that waits in accept; some systems refuse, and there closing suffices.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), name="tradeops-broker-one", daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(_GREETING)
                request = json.loads(_read_line(connection))
                token = str(request.pop("token", "")).encode() if isinstance(request, dict) else b""
                if not hmac.compare_digest(token, self._token.encode()):
                    return  # no word to whoever does not know the token
                connection.settimeout(_PATIENCE)
                connection.sendall(json.dumps(self._reply(request)).encode() + b"\n")
            except (OSError, ValueError):
                return

    def _reply(self, request: dict[str, str]) -> dict[str, object]:
        try:
            return self._answer(request)
        except Exception as error:  # a worker must hear of it, whatever it is
            return {"error": encode_error(ServiceUnavailable(f"The broker failed: {type(error).__name__}: {error}."))}


class Line:
    """A client's end."""

    def __init__(self, address: str) -> None:
        place, _, self._token = address.partition("/")
        host, _, port = place.rpartition(":")
        self._place = (host, int(port)) if port.isdigit() else None

    def ask(self, request: Mapping[str, str]) -> dict[str, Any]:
        """The answer to one request.

        Raises:
            ServiceUnavailable: the broker is gone, or refuses the token.
        """
        if self._place is None:
            raise ServiceUnavailable("This run has no service broker.")
        try:
            with socket.create_connection(self._place, timeout=_GREETING) as connection:
                connection.settimeout(_PATIENCE)
                connection.sendall(json.dumps({**request, "token": self._token}).encode() + b"\n")
                line = _read_line(connection)
        except OSError as error:
            raise ServiceUnavailable(f"The run's service broker does not answer ({error.strerror or error}).") from None
        if not line:
            raise ServiceUnavailable("The run's service broker refused the request or has ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer


def encode_error(error: TradeopsError) -> dict[str, str]:
    """Class, message and remedy as JSON values."""
    return {"class": type(error).__name__, "message": error.message, "remedy": error.remedy}


def decode_error(given: Mapping[str, str]) -> TradeopsError:
    """The same exception; one of an unknown class becomes `ServiceUnavailable`."""
    kind = getattr(exceptions, given["class"], None)
    if not (isinstance(kind, type) and issubclass(kind, TradeopsError)):
        kind = ServiceUnavailable
    return kind(given["message"], remedy=given["remedy"])


def plain(handle: ServiceHandle) -> dict[str, Any]:
    """The handle as JSON values."""
    return {**asdict(handle), "grade": handle.grade.label, "endpoints": dict(handle.endpoints)}


def handle_from(given: Mapping[str, Any]) -> ServiceHandle:
    """The handle that `plain` wrote."""
    return ServiceHandle(**{**given, "grade": Grade.parse(given["grade"])})


def _read_line(connection: socket.socket) -> bytes:
    data = b""
    while b"\n" not in data and len(data) < _LONGEST:
        part = connection.recv(4096)
        if not part:
            return b""
        data += part
    return data.partition(b"\n")[0]

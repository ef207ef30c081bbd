"""A small HTTP server on 127.0.0.1, the ground of every stand-in.

Every exchange is recorded *before* its answer leaves: a client that has the answer can be sure that the record is
there. Connections carry one request each, so "nothing more is under way" can be known without waiting a while.
"""

import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ..config import parse_duration
from .connection import Connection
from .http import Exchange, Refused, Request, Response, Route, dispatch

__all__ = ["Exchange", "LoopbackServer", "Refused", "Request", "Response", "Route"]

HOST = "127.0.0.1"


class LoopbackServer:
    """Serves `routes` on a free loopback port, each connection on a thread of its own. A context manager.

    Args:
        routes: Asked in order.
        max_body: Bytes of a request's body as sent; a longer one is answered with 413 and never kept.

    Attributes:
        changed: Guards what handlers share; notified after every exchange. Handlers run *without* it.
        stopping: Set when the server is told to stop: a handler that waits must wait for this, too.
    """

    def __init__(self, routes: Iterable[Route], *, max_body: int = 1 << 20) -> None:
        self.routes = tuple(routes)
        self.max_body = max_body
        self.changed = threading.Condition()
        self.stopping = threading.Event()
        self._exchanges: list[Exchange] = []
        self._failures: list[Exception] = []
        self._open: dict[socket.socket, tuple[str, int]] = {}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the loopback server is not running; use it as a context manager or call start()")
        return self._server.server_port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, without a trailing slash."""
        return f"http://{HOST}:{self.port}"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request with its answer, in the order in which they were answered."""
        with self.changed:
            return tuple(self._exchanges)

    def clear(self) -> None:
        """Forgets the exchanges."""
        with self.changed:
            self._exchanges.clear()

    def start(self) -> Self:
        """Binds, and serves from then on."""
        if self._server is not None:
            raise RuntimeError("the loopback server is already running")
        self.stopping.clear()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="tradeops-loopback", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends every connection and thread; a second call does nothing."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self.stopping.set()
        server.shutdown()
        thread.join()
        with self.changed:
            connections = list(self._open)
        for connection in connections:
            _interrupt(connection)
        server.server_close()  # joins the connections' threads
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None:
            self._raise_failures()

    def wait_for[T](self, predicate: Callable[[], T], within: float | str) -> T:
        """Waits until `predicate()` is true, asking again after every exchange; its last value.

        Args:
            predicate: Called with `changed` held.
            within: Seconds, or `500ms`, `10s`, `1m`.

        Raises:
            ExceptionGroup: a handler broke; waiting on would only hide it.
        """
        seconds = parse_duration(within, "within")
        with self.changed:
            result = self.changed.wait_for(lambda: self._failures or predicate(), seconds)
            self._raise_failures()
            return result  # type: ignore[return-value]  # failures are empty here, so it is the predicate's

    def settle(self, within: float | str = "10s") -> bool:
        """Waits until every connection that was made before this call is answered and closed; whether it was so.

        The barrier behind "nothing arrived": after the client has ended or flushed, what it sent is either recorded
        when this returns, or was never sent.
        """
        if self._server is None:
            return True
        deadline = time.monotonic() + parse_duration(within, "within")
        # The kernel hands connections over in order: once this one is accepted, all earlier ones are.
        with socket.create_connection((HOST, self.port), timeout=max(deadline - time.monotonic(), 0.001)) as marker:
            name = marker.getsockname()
            if not self.wait_for(lambda: name in self._open.values(), max(deadline - time.monotonic(), 0.001)):
                return False
            with self.changed:
                earlier = {connection for connection, address in self._open.items() if address != name}
        # Newer connections may come and go meanwhile; they are not waited for.
        return self.wait_for(lambda: not earlier & set(self._open), max(deadline - time.monotonic(), 0.001))

    def answer(self, request: Request) -> Response:
        """Routes a request; a handler that breaks answers 500 and makes `wait_for` and the end of the server raise."""
        try:
            return dispatch(self.routes, request)
        except Exception as error:
            with self.changed:
                self._failures.append(error)
            return Response.json({"detail": f"the stand-in broke: {type(error).__name__}"}, 500)

    def record(self, request: Request, response: Response) -> None:
        """Keeps an exchange and wakes whoever waits; called before the answer is sent."""
        with self.changed:
            self._exchanges.append(Exchange(request, response))
            self.changed.notify_all()

    def _opened(self, connection: socket.socket, address: tuple[str, int]) -> None:
        with self.changed:
            self._open[connection] = address
            self.changed.notify_all()

    def _closed(self, connection: socket.socket) -> None:
        with self.changed:
            self._open.pop(connection, None)
            self.changed.notify_all()

    def _failed(self, error: Exception) -> None:
        with self.changed:
            self._failures.append(error)
            self.changed.notify_all()

    def _raise_failures(self) -> None:
        with self.changed:
            failures, self._failures = self._failures, []
        if failures:
            raise ExceptionGroup("a handler of the loopback server broke", failures)


class Served:
    """What is reached at a loopback server of its own, as a context manager.

    Attributes:
        server: The HTTP server below, with every exchange.
    """

    server: LoopbackServer

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, trace)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing joins them
    request_queue_size = 128

    def __init__(self, kit: LoopbackServer) -> None:
        self.kit = kit
        super().__init__((HOST, 0), Connection)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for the host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name = HOST
        self.server_port = self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.kit._opened(request, client_address)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.kit._closed(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exception()
        # A client may go away at any time: that is its business, not a defect of the stand-in.
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.kit._failed(error)


def _interrupt(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself

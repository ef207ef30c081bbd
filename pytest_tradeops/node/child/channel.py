"""The child's end of the control pipe: JSON lines on a socket, written without ever holding up who writes."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any


class Channel:
    """Sends and receives JSON lines. Thread-safe."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lock = threading.Condition()
        self._waiting = bytearray()
        self._closed = False
        threading.Thread(target=self._drain, name="tradeops-channel", daemon=True).start()

    def send(self, **message: Any) -> None:
        """Sends at once what the socket takes; a thread sends the rest, so that a slow reader stops no trading loop.

        At once, because NautilusTrader may end the process the moment after.
        """
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._waiting += data
            self._push()
            if self._waiting:
                self._lock.notify()

    def flush(self, seconds: float = 2.0) -> None:
        """Waits until everything is sent, at most so long."""
        with self._lock:
            self._lock.wait_for(lambda: not self._waiting or self._closed, seconds)

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the other side sends, until it is gone."""
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                yield json.loads(line)

    def _push(self) -> None:
        while self._waiting and not self._closed:
            try:
                sent = self._socket.send(self._waiting, socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # nobody listens any more
                self._closed = True
                self._waiting.clear()
                return
            del self._waiting[:sent]

    def _drain(self) -> None:
        with self._lock:
            while not self._closed:
                if self._waiting:
                    self._push()
                self._lock.notify_all()
                self._lock.wait(0.005 if self._waiting else None)


def open_channel(descriptor: int) -> Channel:
    """The channel on an inherited socket."""
    connection = socket.socket(fileno=descriptor)
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    return Channel(connection)

"""A TCP proxy on loopback that misbehaves on demand: in front of a service, it makes outages without touching it."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_CHUNK = 1 << 16
_CONNECT = 5.0


class FaultProxy:
    """Forwards every connection to `target`, until told otherwise. Thread-safe.

    Args:
        target: Host and port.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._accepted = 0
        self._closed = False
        self._listener: socket.socket | None = None
        self._reserved: socket.socket | None = None
        self.port = 0
        self._listen()

    @property
    def address(self) -> tuple[str, int]:
        """Where clients connect to; the same through all faults."""
        return ("127.0.0.1", self.port)

    @property
    def accepted(self) -> int:
        """How many connections were accepted so far."""
        return self._accepted

    def freeze(self) -> None:
        """Accepts and keeps connections, but passes nothing on in either direction: open, and silent."""
        self._open.clear()

    def thaw(self) -> None:
        """Ends `freeze` and `refuse`; what was held back is passed on."""
        self._open.set()
        with self._lock:
            refusing = self._listener is None and not self._closed
        if refusing:
            self._listen()

    def drop(self) -> None:
        """Cuts every open connection with a reset; new ones are accepted."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                _reset(end)

    def refuse(self) -> None:
        """Cuts every connection and refuses new ones, as if nothing listened; the port stays ours."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            _end(listener)
            self._reserved = _bound(self.port)  # bound, not listening: refused, and nobody else can take it
        self.drop()

    def close(self) -> None:
        """Ends everything; a second call does nothing."""
        with self._lock:
            self._closed = True
            listener, self._listener = self._listener, None
            reserved, self._reserved = self._reserved, None
        self._open.set()
        for one in (listener, reserved):
            if one is not None:
                _end(one)
        self.drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _listen(self) -> None:
        listener = self._reserved or _bound(self.port)
        self._reserved = None
        listener.listen(128)
        self.port = listener.getsockname()[1]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="tradeops-proxy", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # refused or closed
            self._accepted += 1
            threading.Thread(target=self._serve, args=(near,), name="tradeops-proxy-one", daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target, timeout=_CONNECT)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        pair = (near, far)
        with self._lock:
            closed = self._closed
            if not closed:
                self._pairs.add(pair)
        if closed:
            _reset(near)
            _reset(far)
            return
        back = threading.Thread(target=self._pump, args=(far, near, pair), name="tradeops-proxy-back", daemon=True)
        back.start()
        self._pump(near, far, pair)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._open.wait()
                sink.sendall(data)
            self._open.wait()
            with self._lock:
                if pair in self._pairs:  # else the end is a cut of ours, which must not look like a farewell
                    sink.shutdown(socket.SHUT_WR)  # the other direction may still have something to say
            return
        for end in (source, sink):  # a cut on one side is a cut on both
            _reset(end)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _end(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
    listener.close()


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        # Wakes a thread that waits in recv, which close alone would not; the other direction would say farewell.
        end.shutdown(socket.SHUT_RD)
    end.close()

"""Listens on 127.0.0.1, and can stop doing so: a refused connection is really refused."""

import asyncio
import contextlib
import logging
import socket
from types import TracebackType
from typing import Self

from aiohttp import WSCloseCode, web
from aiohttp.http_exceptions import HttpProcessingError

from ...exceptions import TradeopsError
from .exchange import Exchange
from .http import Face, face_app

HOST = "127.0.0.1"
_BACKLOG = 512
#: Seconds that clients have to answer a closing frame when the venue stops.
_GOODBYE = 0.5


class Listener:
    """Serves an application on a loopback port.

    Args:
        port: 0 for a free one.
    """

    def __init__(self, app: web.Application, port: int = 0) -> None:
        self._app = app
        self._wanted = port
        self._socket: socket.socket | None = None
        self._site: web.SockSite | None = None
        self.runner = web.AppRunner(app, access_log=None, logger=_log(), handle_signals=False, shutdown_timeout=1.0)

    @property
    def port(self) -> int:
        if self._socket is None:
            raise RuntimeError("not listening yet")
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> Self:
        """Binds and serves; raises TradeopsError if the port is taken."""
        self._socket = bound(self._wanted)
        await self.runner.setup()
        await self.resume()
        return self

    async def pause(self) -> None:
        """Cuts every connection off; from now on the kernel refuses new ones. The port stays ours."""
        if self._site is None or self._socket is None:
            return
        # Not listening any more, and still bound (Linux): nobody else can take the port meanwhile.
        self._socket.shutdown(socket.SHUT_RD)
        site, self._site = self._site, None
        await site.stop()
        self.drop()

    async def resume(self) -> None:
        """Listens again."""
        if self._site is not None or self._socket is None:
            return
        self._socket.listen(_BACKLOG)
        # The server closes the socket that it is given; the port must outlive that.
        self._site = web.SockSite(self.runner, self._socket.dup(), backlog=_BACKLOG)
        await self._site.start()

    def drop(self) -> None:
        """Cuts every connection off."""
        server = self.runner.server
        for connection in list(server.connections) if server is not None else []:
            transport = connection.transport
            if transport is not None:
                transport.abort()

    async def stop(self) -> None:
        """Ends it all; a second call does nothing."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()
        self.drop()
        await self.runner.cleanup()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class FaceServer:
    """One face on a port of its own. An asynchronous context manager."""

    def __init__(self, face: Face, exchange: Exchange, port: int = 0) -> None:
        self.face = face
        self.exchange = exchange
        self._listener = Listener(face_app(face, exchange), port)
        self._refusing = False

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def urls(self) -> dict[str, str]:
        return self.face.urls(self._listener.origin)

    async def start(self) -> Self:
        await self._listener.start()
        return self

    async def stop(self) -> None:
        """Says goodbye to every client; cuts off who does not answer."""
        for session in tuple(self.exchange.sessions.values()):
            session.close(WSCloseCode.GOING_AWAY)
        deadline = asyncio.get_running_loop().time() + _GOODBYE
        while self.exchange.sessions and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)
        self.exchange.drop_sessions()
        await self._listener.stop()

    async def tick(self) -> None:
        """Brings the exchange to now, and the listener to what the faults say."""
        self.exchange.tick()
        refuse = self.exchange.faults.find("refuse_connections") is not None
        if refuse and not self._refusing:
            self._refusing = True
            await self._listener.pause()
        elif self._refusing and not refuse:
            self._refusing = False
            await self._listener.resume()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def bound(port: int) -> socket.socket:
    """A socket that listens on a loopback port, 0 for a free one.

    Raises:
        TradeopsError: somebody has it.
    """
    if port == 0:
        # The kernel forgets a port of its own choice when listening is paused; one that was asked for it keeps.
        with _socket(0) as found:
            return bound(found.getsockname()[1])
    with contextlib.ExitStack() as undo:
        held = undo.enter_context(_socket(port))
        try:
            held.listen(_BACKLOG)  # a port that is only bound could still be taken
        except OSError as error:
            raise _taken(port, error) from error
        undo.pop_all()
        return held


def _log() -> logging.Logger:
    """aiohttp's, without a traceback for everything that is not HTTP at all: that is answered with 400, and is all."""
    log = logging.getLogger(__name__)
    log.filters = [_worth_telling]
    return log


def _worth_telling(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


def _socket(port: int) -> socket.socket:
    with contextlib.ExitStack() as undo:
        held = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setblocking(False)
        try:
            held.bind((HOST, port))
        except OSError as error:
            raise _taken(port, error) from error
        undo.pop_all()
        return held


def _taken(port: int, error: OSError) -> TradeopsError:
    return TradeopsError(
        f"Port {port} of {HOST} cannot be had: {error.strerror}.",
        remedy="End what listens there, or choose others with --port-base.",
    )

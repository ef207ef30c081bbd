"""The sockets that events are pushed on: /ws, /stream, and their newer prefixes."""

import contextlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from ...kit.exchange import Exchange
from ...kit.session import Session
from ..common.control import Refused
from ..common.sockets import MarketSocket
from . import topics
from .desk import Desk
from .topics import Topic

#: Seconds: the exchange pings every three minutes, and waits ten for the pong.
PING, PONG = 180.0, 600.0


class Streams:
    """Who listens to which stream; a listen key is the name of a stream, too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listeners: dict[str, dict[Socket, None]] = {}
        self._topics: dict[str, Topic] = {}
        self.joined: Callable[[str], None] = lambda _: None
        self.left: Callable[[str], None] = lambda _: None

    def wanted(self) -> Iterable[Topic]:
        """The market data streams that somebody listens to."""
        return self._topics.values()

    def has(self, name: str) -> bool:
        return name in self._listeners

    def add(self, name: str, socket: "Socket") -> None:
        """Streams that there are not are taken, and stay silent."""
        topic = topics.parse(name, self._desk.instruments)
        if topic is not None:
            self._topics[name] = topic
        self._listeners.setdefault(name, {})[socket] = None
        self.joined(name)

    def remove(self, name: str, socket: "Socket") -> None:
        listeners = self._listeners.get(name, {})
        listeners.pop(socket, None)
        if not listeners:
            self._listeners.pop(name, None)
            self._topics.pop(name, None)
            self.left(name)

    def publish(self, name: str, payload: Any) -> None:
        """Sends a payload to those who listen."""
        listeners = self._listeners.get(name)
        if listeners:
            text = json.dumps(payload, separators=(",", ":"))
            for socket in tuple(listeners):
                socket.push(name, text)

    def close(self, name: str) -> None:
        """Says goodbye to those who listen."""
        for socket in tuple(self._listeners.get(name, ())):
            socket.session.close()

    def silence(self, name: str) -> None:
        """Nothing more comes on it; its listeners may stay."""
        for socket in tuple(self._listeners.pop(name, ())):
            socket.session.topics.discard(name)
        self._topics.pop(name, None)
        self.left(name)


class Socket(MarketSocket):
    """One connection."""

    messages_per_second = 10

    def refused(self, error: Refused) -> dict[str, Any]:
        return {"error": {"code": error.code, "msg": error.msg}}


async def serve(
    exchange: Exchange, streams: Streams, request: web.Request, owner: Callable[[str], str | None]
) -> web.StreamResponse:
    """One connection, from its upgrade to its end.

    Args:
        owner: Whose listen key a name is, if it is one.
    """
    combined = "streams" in request.query or request.path.rstrip("/").endswith("/stream")
    listed = request.match_info.get("streams", "") or request.query.get("streams", "")
    names = [name for name in listed.split("/") if name]
    if "listenKey" in request.query:
        names += [name for name in request.query["listenKey"].split("/") if name]
    account = next((found for name in names if (found := owner(name))), None)
    kind: Any = "user" if account else "market"
    session = await Session.accept(exchange, request, kind=kind, ping=PING, pong=PONG)
    session.account = account or ""
    socket = Socket(session, streams, combined=combined)
    with contextlib.suppress(Refused):  # too many at once: the session is being closed
        socket.open(names)
    try:
        await session.run(socket.on_message)
    finally:
        socket.close()
    return session.response

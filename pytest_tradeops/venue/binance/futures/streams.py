"""The sockets that events are pushed on: /ws, /stream, their newer prefixes, and the control messages on them."""

import contextlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import WSCloseCode, web

from ...kit.exchange import Exchange
from ...kit.session import Session
from . import topics
from .control import Refused, checked_id, checked_method, decoded
from .desk import Desk
from .topics import Topic

MAX_STREAMS, MAX_MESSAGES = 1024, 10
#: Seconds: the exchange pings every three minutes, and waits ten for the pong.
PING, PONG = 180.0, 600.0
_SECOND_NS = 1_000_000_000


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


class Socket:
    """One connection.

    Attributes:
        combined: Whether payloads are wrapped with their stream's name.
    """

    def __init__(self, session: Session, streams: Streams, *, combined: bool) -> None:
        self.session = session
        self.combined = combined
        self._streams = streams
        self._second, self._messages = 0, 0

    def open(self, names: Iterable[str]) -> None:
        """Raises Refused for too many."""
        for name in names:
            self._subscribe(name)

    def close(self) -> None:
        for name in tuple(self.session.topics):
            self._streams.remove(name, self)

    def push(self, name: str, payload: str) -> None:
        self.session.send(f'{{"stream":"{name}","data":{payload}}}' if self.combined else payload, topic=name)

    def on_message(self, session: Session, text: str) -> None:
        """Answers one control message."""
        if self._too_fast():
            session.exchange.note("too_many_messages", session=session.id)
            session.close(WSCloseCode.POLICY_VIOLATION, "Too many requests")
            return
        request_id: Any = None
        try:
            message = decoded(text)
            request_id = checked_id(message)
            result = self._do(message)
        except Refused as error:
            session.send({"error": {"code": error.code, "msg": error.msg}, "id": request_id})
        else:
            session.send({"result": result, "id": request_id})

    def _do(self, message: dict[str, Any]) -> Any:
        method, params = checked_method(message), message.get("params")
        if method == "LIST_SUBSCRIPTIONS":
            if params:
                raise Refused(2, "Invalid request: too many parameters")
            return sorted(self.session.topics)
        if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            if not isinstance(params, list) or not all(isinstance(one, str) for one in params):
                raise Refused(2, "Invalid request: params must be an array of stream names")
            for name in params:
                if method == "SUBSCRIBE":
                    self._subscribe(name)
                else:
                    self.session.topics.discard(name)
                    self._streams.remove(name, self)
            return None
        return self._property(method, params)

    def _property(self, method: str, params: Any) -> Any:
        if not isinstance(params, list) or not params or not isinstance(params[0], str):
            raise Refused(2, "Invalid request: property name must be a string")
        if len(params) > (2 if method == "SET_PROPERTY" else 1):
            raise Refused(2, "Invalid request: too many parameters")
        if params[0] != "combined":
            raise Refused(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.combined
        if len(params) < 2 or not isinstance(params[1], bool):
            raise Refused(1, "Invalid value type: expected Boolean")
        self.combined = params[1]
        return None

    def _subscribe(self, name: str) -> None:
        found = self.session.topics
        if name in found:
            return
        if len(found) >= MAX_STREAMS:
            self.session.exchange.note("too_many_streams", session=self.session.id)
            self.session.close(WSCloseCode.POLICY_VIOLATION, "Too many subscriptions")
            raise Refused(2, f"Invalid request: a connection can listen to a maximum of {MAX_STREAMS} streams")
        found.add(name)
        self._streams.add(name, self)

    def _too_fast(self) -> bool:
        exchange = self.session.exchange
        second = exchange.clock.true_ns() // _SECOND_NS
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return exchange.limiter.enforced and self._messages > MAX_MESSAGES


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

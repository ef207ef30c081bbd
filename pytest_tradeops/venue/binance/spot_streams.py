"""Binance Spot's market data sockets: /ws, /stream, and the control messages on them."""

import contextlib
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from aiohttp import WSCloseCode, web

from ..kit.exchange import Exchange
from ..kit.session import Session
from . import spot_topics
from .common.errors import BinanceError
from .common.numbers import MILLI
from .spot_desk import Desk
from .spot_feed import Maker
from .spot_gate import time_unit
from .spot_topics import Topic

MAX_STREAMS, MAX_MESSAGES = 1024, 5
_SECOND_NS = 1_000_000_000
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_id = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)


class Refused(Exception):
    """A control message that is wrong; its code and words."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


class Streams:
    """Who listens to which stream."""

    def __init__(self, desk: Desk, *, retired: bool) -> None:
        self._desk = desk
        self._retired = retired
        self._listeners: dict[str, dict[Socket, None]] = {}
        self._topics: dict[str, Topic] = {}

    def wanted(self) -> Iterable[Topic]:
        return self._topics.values()

    def add(self, name: str, socket: "Socket") -> None:
        """Streams that there are not are taken, and stay silent."""
        topic = spot_topics.parse(name, self._desk.instruments, retired=self._retired)
        if topic is not None:
            self._topics[name] = topic
            self._listeners.setdefault(name, {})[socket] = None

    def remove(self, name: str, socket: "Socket") -> None:
        listeners = self._listeners.get(name, {})
        listeners.pop(socket, None)
        if not listeners:
            self._listeners.pop(name, None)
            self._topics.pop(name, None)

    def publish(self, name: str, make: Maker) -> None:
        """Sends a payload to those who listen; it is made once for each unit of time."""
        listeners = self._listeners.get(name)
        if not listeners:
            return
        made: dict[int, str] = {}
        for socket in tuple(listeners):
            if socket.unit not in made:
                made[socket.unit] = json.dumps(make(socket.unit), separators=(",", ":"))
            socket.push(name, made[socket.unit])


class Socket:
    """One connection to market data.

    Attributes:
        combined: Whether payloads are wrapped with their stream's name.
    """

    def __init__(self, session: Session, streams: Streams, *, combined: bool, unit: int) -> None:
        self.session = session
        self.combined = combined
        self.unit = unit
        self._streams = streams
        self._second, self._messages = 0, 0

    def open(self, names: Iterable[str]) -> None:
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
            message = _decoded(text)
            request_id = _checked_id(message)
            result = self._do(message)
        except Refused as error:
            session.send({"code": error.code, "msg": error.msg, "id": request_id})
        else:
            session.send({"result": result, "id": request_id})

    def _do(self, message: dict[str, Any]) -> Any:
        method, params = _checked_method(message), message.get("params")
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
        topics = self.session.topics
        if name in topics:
            return
        if len(topics) >= MAX_STREAMS:
            self.session.exchange.note("too_many_streams", session=self.session.id)
            self.session.close(WSCloseCode.POLICY_VIOLATION, "Too many subscriptions")
            raise Refused(2, f"Invalid request: a connection can listen to a maximum of {MAX_STREAMS} streams")
        topics.add(name)
        self._streams.add(name, self)

    def _too_fast(self) -> bool:
        exchange = self.session.exchange
        second = exchange.clock.true_ns() // _SECOND_NS
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return exchange.limiter.enforced and self._messages > MAX_MESSAGES


async def serve(exchange: Exchange, streams: Streams, request: web.Request, *, combined: bool) -> web.StreamResponse:
    """One connection, from its upgrade to its end."""
    try:
        unit = time_unit(request.query.get("timeUnit"))
    except BinanceError:
        unit = MILLI
    listed = _listed(request) if combined else request.match_info.get("streams", "")
    session = await Session.accept(exchange, request, kind="market")
    socket = Socket(session, streams, combined=combined, unit=unit)
    with contextlib.suppress(Refused):  # too many at once: the session is being closed
        socket.open(name for name in listed.split("/") if name)
    try:
        await session.run(socket.on_message)
    finally:
        socket.close()
    return session.response


def _listed(request: web.Request) -> str:
    """The streams of the address; a plus in the name of a time zone is no blank."""
    for part in request.raw_path.partition("?")[2].split("&"):
        name, _, value = part.partition("=")
        if name == "streams":
            return unquote(value)
    return ""


def _decoded(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(3, f"Invalid JSON: expected value at line {error.lineno} column {error.colno}") from None
    except (ValueError, RecursionError):
        raise Refused(3, "Invalid JSON: expected value at line 1 column 1") from None
    if not isinstance(message, dict):
        raise Refused(2, "Invalid request: expected an object")
    return message


def _checked_id(message: dict[str, Any]) -> Any:
    request_id = message.get("id")
    whole = isinstance(request_id, int) and not isinstance(request_id, bool) and -(2**63) <= request_id < 2**63
    word = isinstance(request_id, str) and _id.fullmatch(request_id)
    if "id" not in message or not (request_id is None or whole or word):
        raise Refused(2, "Invalid request: request ID must be an unsigned integer")
    return request_id


def _checked_method(message: dict[str, Any]) -> str:
    if "method" not in message:
        raise Refused(2, "Invalid request: missing field `method` at line 1 column 1")
    method = message["method"]
    if not isinstance(method, str) or method not in _METHODS:
        listed = ", ".join(f"`{one}`" for one in _METHODS)
        shown = str(method)[:40].encode("ascii", "replace").decode()
        raise Refused(2, f"Invalid request: unknown variant `{shown}`, expected one of {listed}")
    return method

"""Binance Spot's market data sockets: /ws and /stream."""

import contextlib
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.session import Session
from . import spot_topics
from .common.control import Refused
from .common.errors import BinanceError
from .common.numbers import MILLI
from .common.sockets import MarketSocket
from .spot_desk import Desk
from .spot_feed import Maker
from .spot_gate import time_unit
from .spot_topics import Topic


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


class Socket(MarketSocket):
    """One connection.

    Attributes:
        unit: Of the times in what it is sent.
    """

    messages_per_second = 5
    least_id = -(2**63)

    def __init__(self, session: Session, streams: Streams, *, combined: bool, unit: int) -> None:
        super().__init__(session, streams, combined=combined)
        self.unit = unit

    def refused(self, error: Refused) -> dict[str, Any]:
        return {"code": error.code, "msg": error.msg}


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

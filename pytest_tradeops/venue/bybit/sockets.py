"""A client's WebSocket from its upgrade to its end, cut off when it has been silent for too long."""

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.session import Session, SessionKind

#: Seconds without a ping or any data after which the exchange hangs up.
ALIVE = 600.0
_LOWEST = 30.0
_SCAN = 30.0
_ACTIVE = re.compile(r"([0-9]{1,4})([sm])")


class Endpoint(Protocol):
    def receive(self, session: Session, text: str) -> object: ...

    def close(self) -> None: ...


def alive_seconds(wanted: str) -> float:
    """`max_active_time=45s` or `2m`, between 30 seconds and 10 minutes."""
    found = _ACTIVE.fullmatch(wanted)
    if found is None:
        return ALIVE
    seconds = float(found[1]) * (60.0 if found[2] == "m" else 1.0)
    return min(ALIVE, max(_LOWEST, seconds))


async def serve(
    exchange: Exchange, request: web.Request, kind: SessionKind, make: Callable[[Session], Endpoint]
) -> web.StreamResponse:
    """Serves one connection until it ends."""
    session = await Session.accept(exchange, request, kind=kind)
    endpoint = make(session)
    watch = asyncio.create_task(_watch(session, alive_seconds(request.query.get("max_active_time", ""))))
    try:
        await session.run(endpoint.receive)  # type: ignore[arg-type]
    finally:
        watch.cancel()
        endpoint.close()
    return session.response


async def _watch(session: Session, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    seen, since = -1, loop.time()
    while not session.closed:
        moved = session.sent + session.received
        if moved != seen:
            seen, since = moved, loop.time()
        elif loop.time() - since >= seconds:
            session.close(1000, "no ping for too long")
            return
        await asyncio.sleep(min(_SCAN, seconds))

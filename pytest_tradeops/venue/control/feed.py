"""Server-sent events: what happens at the exchanges, as it happens, for the page and for whoever looks on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .. import journal
from ..engine.events import Event
from ..kit.codec import dumps, encode
from ..kit.exchange import Exchange
from .views import sessions_of, state_of
from .wire import HEADERS

if TYPE_CHECKING:
    from ..server import VenueServer

#: Seconds between two pictures of the markets, sessions and faults.
PICTURE = 0.5
#: Events that may wait; a reader that is slower gets a snapshot in their place.
QUEUE = 2_000
_DEPTH = 8
#: Orders and fills of an account that a snapshot holds.
LATEST = 300


async def feed(server: "VenueServer", request: web.Request) -> web.StreamResponse:
    """`event: snapshot` first and after a gap, `happened` for each event of an account, `picture` for the rest."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(QUEUE)
    # Nothing happens between the first look and the first event: both are queued before anything is awaited.
    undo = [exchange.tap(_tap(queue, exchange)) for exchange in server.exchanges.values()]
    queue.put_nowait(("snapshot", None))
    try:
        await response.prepare(request)
        while not server.stopping:
            await _write(response, "picture", picture(server))
            await _drain(response, queue, server)
    except ConnectionError:
        pass  # the reader has gone
    finally:
        for end in undo:
            end()
    return response


def picture(server: "VenueServer") -> dict[str, Any]:
    """Markets, sessions and faults as they are."""
    return {name: _face(exchange) for name, exchange in server.exchanges.items()}


async def _drain(response: web.StreamResponse, queue: "asyncio.Queue[tuple[str, Any]]", server: "VenueServer") -> None:
    """Writes what happens, until it is time for a picture."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PICTURE
    while (left := end - loop.time()) > 0:
        try:
            name, data = await asyncio.wait_for(queue.get(), left)
        except TimeoutError:
            return
        if name == "snapshot":  # it holds what is still queued, too
            while not queue.empty():
                queue.get_nowait()
            data = snapshot(server)
        await _write(response, name, data)


def snapshot(server: "VenueServer") -> dict[str, Any]:
    """Open orders and the latest others, fills, balances and positions of every account."""
    found: dict[str, list[Any]] = {"orders": [], "fills": [], "balances": [], "positions": []}
    for face, exchange in server.exchanges.items():
        engine = exchange.engine
        for account in engine.accounts():
            orders = engine.orders(account)
            open_ = [one for one in orders[:-LATEST] if one.status.open]
            found["orders"] += [{"face": face, **encode(one)} for one in (*open_, *orders[-LATEST:])]
            found["fills"] += [{"face": face, **encode(one)} for one in engine.fills(account)[-LATEST:]]
            found["balances"].append({"face": face, "account": account, "balances": engine.balances(account)})
            found["positions"] += [{"face": face, **encode(one)} for one in engine.positions(account)]
    found["orders"].sort(key=lambda one: one["updated_ns"])
    found["fills"].sort(key=lambda one: one["time_ns"])
    return found


def _tap(queue: "asyncio.Queue[tuple[str, Any]]", exchange: Exchange) -> Callable[[Sequence[Event]], None]:
    def tap(events: Sequence[Event]) -> None:
        for event in events:
            if not journal.private(event):
                continue
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(("snapshot", None))
                return
            queue.put_nowait(("happened", {"face": exchange.name, "event": type(event).__name__, "data": event}))

    return tap


def _face(exchange: Exchange) -> dict[str, Any]:
    state = state_of(exchange)
    books = {}
    for market in exchange.engine.instruments:
        book = exchange.engine.book(market, _DEPTH)
        books[market] = {"bids": book.bids, "asks": book.asks, "last": state["markets"][market]}
    return {
        "time_ns": state["time_ns"],
        "books": books,
        "sessions": sessions_of(exchange),
        "faults": state["faults"],
        "crashes": len(state["crashes"]),
    }


async def _write(response: web.StreamResponse, name: str, data: Any) -> None:
    await response.write(f"event: {name}\ndata: {dumps(data)}\n\n".encode("utf-8", "backslashreplace"))

"""The control endpoint: JSON over HTTP for tests and people, on a loopback port of its own; the page lives here, too.

Whoever can reach it may do anything, so a browser may only on behalf of its own page: other origins, other names for
this host and anything but JSON are refused.
"""

import functools
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from ..engine.model import Rejected
from .actions import Actions
from .feed import feed
from .views import Views
from .wire import HEADERS, answer

if TYPE_CHECKING:
    from ..server import VenueServer

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MAX_BODY = 1 << 20
_PAGE = {
    "/": ("index.html", "text/html"),
    "/app.js": ("app.js", "text/javascript"),
    "/style.css": ("style.css", "text/css"),
}


def control_app(server: "VenueServer") -> web.Application:
    """The application of the control endpoint."""
    views, actions = Views(server), Actions(server)
    app = web.Application(middlewares=[_guard], client_max_size=_MAX_BODY)
    app.add_routes([web.get(path, _page(name, kind)) for path, (name, kind) in _PAGE.items()])
    app.add_routes(
        [
            web.get("/state", views.state),
            web.get("/accounts", views.accounts),
            web.get("/balances", views.balances),
            web.get("/orders", views.orders),
            web.get("/fills", views.fills),
            web.get("/positions", views.positions),
            web.get("/book", views.book),
            web.get("/sessions", views.sessions),
            web.get("/requests", views.requests),
            web.get("/journal", views.lines),
            web.get("/faults", views.faults),
            web.get("/events", functools.partial(feed, server)),
            web.post("/faults", actions.inject),
            web.delete("/faults", actions.clear),
            web.delete("/faults/{id}", actions.clear),
            web.post("/market", actions.market),
            web.post("/accounts", actions.account),
            web.post("/shutdown", actions.shutdown),
        ]
    )
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    problem = _foreign(request)
    if problem:
        return answer({"error": problem}, 403)
    if request.method == "POST" and request.content_type != "application/json":
        return answer({"error": "A POST carries JSON: set Content-Type to application/json."}, 415)
    try:
        return await handler(request)
    except web.HTTPException as error:
        return answer({"error": error.text or error.reason}, error.status)
    except Rejected as error:
        sentence = f"The engine refuses it: {error}."
        return answer({"error": sentence, "reason": error.reason.value}, 409)
    except ValueError as error:
        return answer({"error": str(error)}, 400)


def _foreign(request: web.Request) -> str:
    """Why this request may come from a browser that shows somebody else's page; empty if it cannot."""
    host = request.headers.get("Host", "")
    name, _, port = host.rpartition(":")
    own = request.transport.get_extra_info("sockname")[1] if request.transport is not None else 0
    if name not in ("127.0.0.1", "localhost") or port != str(own):
        return f"This endpoint is 127.0.0.1:{own}, not {host[:100]}."
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return f"Pages of {origin[:100]} may not use this endpoint."
    return ""


def _page(name: str, kind: str) -> Handler:
    async def page(_: web.Request) -> web.Response:
        text = resources.files("pytest_tradeops.venue").joinpath("page", name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kind, headers=HEADERS)

    return page

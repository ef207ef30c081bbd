"""What every face has in common over HTTP: refusals in its own words, faults, and no crash that a client could see."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from .exchange import Exchange, InFlight, Requested, in_flight
from .limits import Limited

if TYPE_CHECKING:
    from .faults import Fault

MAX_BODY = 1 << 20
#: Where clients name their API key; used for aiming faults and showing requests, never for trust.
_KEY_HEADERS = ("X-MBX-APIKEY", "X-BAPI-API-KEY")


class Problem(Enum):
    """What is wrong with a request before any parameter of it is looked at; the value is the HTTP status."""

    MALFORMED = 400
    NOT_FOUND = 404
    METHOD = 405
    TOO_LARGE = 413
    BANNED = 418
    LIMITED = 429
    INTERNAL = 500
    UNAVAILABLE = 503


class Face(Protocol):
    """One exchange's protocol over an `Exchange`; made as `Face(exchange)`."""

    name: str

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The exchange's own paths."""

    def refuse(self, problem: Problem, detail: str = "", retry_after: int = 0) -> web.Response:
        """How this exchange says it. INTERNAL is for our own defects only."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def urls(self, origin: str) -> dict[str, str]:
        """What clients are configured with, such as `http`, `ws`, `ws_api`; `origin` is `http://127.0.0.1:PORT`."""


type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def face_app(face: Face, exchange: Exchange) -> web.Application:
    """The application that serves one face."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await _Around(face, exchange, request).answer(handler)

    app = web.Application(middlewares=[around], client_max_size=MAX_BODY)
    app.add_routes(face.routes())

    async def life(_: web.Application) -> AsyncIterator[None]:
        await face.start()
        yield
        await face.stop()

    app.cleanup_ctx.append(life)
    return app


class _Around:
    """One request on its way."""

    def __init__(self, face: Face, exchange: Exchange, request: web.Request) -> None:
        self._face = face
        self._exchange = exchange
        self._request = request
        self._subject = f"{request.method} {request.path}"
        self._account = self._who()
        self._upgrade = "upgrade" in request.headers.get("Connection", "").lower()

    async def answer(self, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        refused = await self._before()
        if refused is not None:
            self._done(refused, started)
            return refused
        under_way = InFlight(self._request)
        token = in_flight.set(under_way)
        try:
            response = await self._handled(handler)
        finally:
            in_flight.reset(token)
        if isinstance(response, web.WebSocketResponse):
            return response
        await self._after(under_way)
        self._done(response, started)
        return response

    async def _before(self) -> web.StreamResponse | None:
        """Faults that keep the request from being handled."""
        faults = self._exchange.faults
        gap = self._upgrade and faults.find("gap", "", self._account)
        if gap or faults.find("refuse_connections", "", self._account):
            return self._cut()
        late = faults.take("latency", self._subject, self._account)
        if late is not None:
            await asyncio.sleep(late.params["delay"])
        for kind, problem in (("ban", Problem.BANNED), ("rate_limit", Problem.LIMITED)):
            fault = faults.take(kind, self._subject, self._account)
            if fault is not None:
                return self._face.refuse(problem, "injected fault", self._wait(fault))
        fault = faults.take("server_error", self._subject, self._account)
        if fault is None:
            return None
        response = self._face.refuse(Problem.UNAVAILABLE, "injected fault")
        response.set_status(int(fault.params["status"]))
        return response

    async def _handled(self, handler: Handler) -> web.StreamResponse:
        face = self._face
        try:
            await self._request.read()  # here, so that its size is judged before any handler runs
            return await handler(self._request)
        except web.HTTPRequestEntityTooLarge:
            return face.refuse(Problem.TOO_LARGE)
        except web.HTTPMethodNotAllowed:
            return face.refuse(Problem.METHOD)
        except web.HTTPNotFound:
            return face.refuse(Problem.NOT_FOUND)
        except (web.HTTPException, web.PayloadAccessError, web.RequestPayloadError) as error:
            return face.refuse(Problem.MALFORMED, str(error))
        except Limited as error:
            return face.refuse(Problem.BANNED if error.banned else Problem.LIMITED, error.bucket, error.retry_after_s)
        except ConnectionError:
            return self._cut()  # the client has gone
        except Exception as error:
            self._exchange.crashed(self._subject, error)
            return self._cut() if self._upgrade else face.refuse(Problem.INTERNAL)

    async def _after(self, under_way: InFlight) -> None:
        """Faults that come between what was done and its answer."""
        faults = self._exchange.faults
        for command in under_way.commands:
            held = faults.take("push_before_ack", command, self._account)
            if held is not None:
                await asyncio.sleep(held.params["hold"])
        lost = faults.find("drop_response", self._subject, self._account)
        if lost is not None and (under_way.commands or lost.match != "*"):
            faults.take("drop_response", self._subject, self._account)
            self._cut()

    def _cut(self) -> web.Response:
        """Cuts the connection off; the response goes nowhere."""
        if self._request.transport is not None:
            self._request.transport.abort()
        return web.Response(status=503)

    def _wait(self, fault: "Fault") -> int:
        if fault.until_ns is None:
            return int(fault.params["retry_after"])
        left = fault.until_ns - self._exchange.clock.true_ns()
        return max(1, -(-left // 1_000_000_000))

    def _who(self) -> str:
        for header in _KEY_HEADERS:
            key = self._exchange.keys.get(self._request.headers.get(header, ""))
            if key is not None:
                return key.account
        return ""

    def _done(self, response: web.StreamResponse, started: float) -> None:
        exchange, request = self._exchange, self._request
        exchange.requests.append(
            Requested(
                exchange.clock.true_ns(),
                request.method,
                request.path,
                response.status,
                self._account,
                round((time.perf_counter() - started) * 1000, 3),
            )
        )
        if response.status >= 400:
            body = response.text if isinstance(response, web.Response) else ""
            exchange.note(
                "refused",
                method=request.method,
                path=request.path,
                status=response.status,
                account=self._account,
                answer=(body or "")[:300],
            )

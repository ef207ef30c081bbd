"""Binance Spot over HTTP."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.http import Problem
from ..kit.limits import ORDERS
from .common.endpoint import Call, Endpoint
from .common.errors import BinanceError
from .common.request import from_http
from .spot_gate import Gate, time_unit

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_JSON = "application/json;charset=UTF-8"
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_WORDS = {
    Problem.MALFORMED: (-1100, "Illegal characters found in a parameter."),
    Problem.METHOD: (-1020, "This operation is not supported."),
    Problem.TOO_LARGE: (-1000, "The request is too large."),
    Problem.BANNED: (-1003, "Way too much request weight used; IP banned until {until}. "),
    Problem.LIMITED: (-1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "),
    Problem.INTERNAL: (-1000, "An unknown error occurred while processing the request."),
    Problem.UNAVAILABLE: (-1001, "Internal error; unable to process your request. Please try again."),
}
_ADVICE = {
    Problem.BANNED: "Please use WebSocket Streams for live updates to avoid bans.",
    Problem.LIMITED: "Please use WebSocket Streams for live updates to avoid polling the API.",
}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as the exchange sends it."""
    return web.Response(body=_encode(body).encode(), status=status, headers={"Content-Type": _JSON, **(headers or {})})


def page(title: str, status: int) -> web.Response:
    """What the web server in front of the exchange says itself."""
    return web.Response(text=_PAGE.format(title), status=status, content_type="text/html")


def refuse(exchange: Exchange, problem: Problem, retry_after: int) -> web.Response:
    """What is wrong before any parameter is looked at."""
    if problem is Problem.NOT_FOUND:
        return page("404 Not Found", 404)
    code, msg = _WORDS[problem]
    msg = msg.format(until=exchange.clock.now_ms() + retry_after * 1000) + _ADVICE.get(problem, "")
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return answer({"code": code, "msg": msg}, problem.value, headers)


class Rest:
    """Routes of the endpoints."""

    def __init__(self, exchange: Exchange, gate: Gate, endpoints: Sequence[Endpoint]) -> None:
        self._exchange = exchange
        self._gate = gate
        self._endpoints = [one for one in endpoints if one.route]

    def routes(self) -> list[web.AbstractRouteDef]:
        """One for each endpoint."""
        routes: list[web.AbstractRouteDef] = []
        for endpoint in self._endpoints:
            method, _, path = endpoint.route.partition(" ")
            extra = {"allow_head": False} if method == "GET" else {}
            routes.append(web.route(method, path, self._handler(endpoint), **extra))
        return routes

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return self._answer(endpoint, request, await request.read())

        return handle

    def _answer(self, endpoint: Endpoint, request: web.Request, body: bytes) -> web.Response:
        address = request.remote or ""
        call: Call | None = None
        try:
            unit = time_unit(request.headers.get("X-MBX-TIME-UNIT"))
            # The query as it came: the signature is over these very characters.
            query = request.raw_path.partition("?")[2]
            content_type = request.headers.get("Content-Type", "")
            sent = from_http(query, b"" if endpoint.route.startswith("GET") else body, content_type)
            api_key = request.headers.get("X-MBX-APIKEY")
            result, call = self._gate.answer(endpoint, sent, api_key=api_key, address=address, unit=unit)
            response = answer(result)
        except BinanceError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
            response = answer(error.body(), error.status, headers)
        self._count(response, endpoint, call, address)
        return response

    def _count(self, response: web.Response, endpoint: Endpoint, call: Call | None, address: str) -> None:
        """Says how much of the limits is used."""
        if endpoint.route.startswith("GET /sapi"):
            response.headers["X-SAPI-USED-IP-WEIGHT-1M"] = str(self._gate.used(address))
            return
        response.headers["X-MBX-USED-WEIGHT"] = used = str(self._gate.used(address))
        response.headers["X-MBX-USED-WEIGHT-1M"] = used
        if endpoint.orders and call is not None:
            usage = self._exchange.limiter.usage(ORDERS, call.account, call.now_ns // 1_000_000)
            for label, count in usage.used.items():
                response.headers[f"X-MBX-ORDER-COUNT-{label.upper()}"] = str(max(0, count))

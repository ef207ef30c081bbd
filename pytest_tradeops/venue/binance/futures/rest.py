"""Binance USDT-M futures over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from ...kit.exchange import Exchange, in_flight
from ...kit.http import Problem
from ..common.endpoint import Call, Endpoint
from ..common.errors import BinanceError
from ..common.request import from_http
from ..spot_gate import Gate
from ..spot_rest import answer
from .counting import order_headers
from .errors import invalid_path
from .params import canonical

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_WORDS = {
    Problem.MALFORMED: (-1100, "Illegal characters found in a parameter."),
    Problem.TOO_LARGE: (-1000, "The request is too large."),
    Problem.BANNED: (-1003, "Way too many requests; IP banned until {until}. "),
    Problem.LIMITED: (-1003, "Too many requests; current limit is 2400 requests per minute. "),
    Problem.INTERNAL: (-1000, "An unknown error occured while processing the request."),
    Problem.UNAVAILABLE: (-1001, "Internal error; unable to process your request. Please try again."),
}
_ADVICE = {
    Problem.BANNED: "Please use the websocket for live updates to avoid bans.",
    Problem.LIMITED: "Please use the websocket for live updates to avoid polling the API.",
}


def refuse(exchange: Exchange, problem: Problem, retry_after: int) -> web.Response:
    """What is wrong before any parameter is looked at."""
    if problem in (Problem.NOT_FOUND, Problem.METHOD):
        under_way = in_flight.get()
        request = under_way.request if under_way else None
        error = invalid_path(request.method if request else "GET", request.path if request else "/")
        return answer(error.body(), error.status)
    code, words = _WORDS[problem]
    words = words.format(until=exchange.clock.now_ms() + retry_after * 1000) + _ADVICE.get(problem, "")
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return answer({"code": code, "msg": words}, problem.value, headers)


class Rest:
    """Routes of the endpoints."""

    def __init__(self, exchange: Exchange, gate: Gate, endpoints: Sequence[Endpoint]) -> None:
        self._exchange = exchange
        self._gate = gate
        self._endpoints = [one for one in endpoints if one.route]

    def routes(self) -> list[web.AbstractRouteDef]:
        routes: list[web.AbstractRouteDef] = []
        for endpoint in self._endpoints:
            method, _, path = endpoint.route.partition(" ")
            extra: dict[str, Any] = {"allow_head": False} if method == "GET" else {}
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
            # The query as it came: the signature is over these very characters.
            query = request.raw_path.partition("?")[2]
            content_type = request.headers.get("Content-Type", "")
            sent = canonical(from_http(query, b"" if request.method == "GET" else body, content_type))
            api_key = request.headers.get("X-MBX-APIKEY")
            result, call = self._gate.answer(endpoint, sent, api_key=api_key, address=address)
            response = answer(result)
        except BinanceError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
            response = answer(error.body(), error.status, headers)
        response.headers["X-MBX-USED-WEIGHT-1M"] = str(self._gate.used(address))
        if endpoint.orders:
            account = call.account if call else self._account(request)
            if account:
                response.headers.update(order_headers(self._exchange, account))
        return response

    def _account(self, request: web.Request) -> str:
        key = self._exchange.keys.get(request.headers.get("X-MBX-APIKEY", ""))
        return key.account if key else ""

"""Binance over HTTP: routes of endpoints, and answers as the exchange sends them."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from ...kit.exchange import Exchange
from ...kit.http import Problem
from .endpoint import Call, Endpoint
from .errors import BinanceError
from .request import Sent, from_http

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_JSON = "application/json;charset=UTF-8"


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as the exchange sends it."""
    return web.Response(body=_encode(body).encode(), status=status, headers={"Content-Type": _JSON, **(headers or {})})


def problem_answer(
    words: Mapping[Problem, tuple[int, str]],
    advice: Mapping[Problem, str],
    exchange: Exchange,
    problem: Problem,
    retry_after: int,
) -> web.Response:
    """What is wrong before any parameter is looked at, in an exchange's own code, words and advice.

    Args:
        words: `{until}` in them is when a ban ends, in milliseconds.
    """
    code, msg = words[problem]
    msg = msg.format(until=exchange.clock.now_ms() + retry_after * 1000) + advice.get(problem, "")
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return answer({"code": code, "msg": msg}, problem.value, headers)


class RestRoutes:
    """Routes of the endpoints; what is asked, and what an answer says of the limits, is an exchange's own."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = [one for one in endpoints if one.route]

    def routes(self) -> list[web.AbstractRouteDef]:
        """One for each endpoint."""
        routes: list[web.AbstractRouteDef] = []
        for endpoint in self._endpoints:
            method, _, path = endpoint.route.partition(" ")
            extra: dict[str, Any] = {"allow_head": False} if method == "GET" else {}
            routes.append(web.route(method, path, self._handler(endpoint), **extra))
        return routes

    def ask(self, endpoint: Endpoint, request: web.Request, body: bytes) -> tuple[Any, Call]:
        """What the endpoint says; raises BinanceError."""
        raise NotImplementedError

    def count(self, response: web.Response, endpoint: Endpoint, request: web.Request, call: Call | None) -> None:
        """Says in the headers how much of the limits is used.

        Args:
            call: None if it was refused.
        """
        raise NotImplementedError

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return self._answer(endpoint, request, await request.read())

        return handle

    def _answer(self, endpoint: Endpoint, request: web.Request, body: bytes) -> web.Response:
        call: Call | None = None
        try:
            result, call = self.ask(endpoint, request, body)
            response = answer(result)
        except BinanceError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
            response = answer(error.body(), error.status, headers)
        self.count(response, endpoint, request, call)
        return response


def sent_by(request: web.Request, body: bytes) -> Sent:
    """The parameters of query and body, in the very characters that the signature is over; raises BinanceError."""
    query = request.raw_path.partition("?")[2]
    return from_http(query, b"" if request.method == "GET" else body, request.headers.get("Content-Type", ""))

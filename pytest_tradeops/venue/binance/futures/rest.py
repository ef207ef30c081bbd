"""Binance USDT-M futures over HTTP."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ...kit.exchange import Exchange, in_flight
from ...kit.http import Problem
from ..common.endpoint import Call, Endpoint
from ..common.rest import RestRoutes, answer, problem_answer, sent_by
from ..spot_gate import Gate
from .counting import order_headers
from .errors import invalid_path
from .params import canonical

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
    return problem_answer(_WORDS, _ADVICE, exchange, problem, retry_after)


class Rest(RestRoutes):
    """The endpoints of futures."""

    def __init__(self, exchange: Exchange, gate: Gate, endpoints: Sequence[Endpoint]) -> None:
        super().__init__(endpoints)
        self._exchange = exchange
        self._gate = gate

    def ask(self, endpoint: Endpoint, request: web.Request, body: bytes) -> tuple[Any, Call]:
        sent = canonical(sent_by(request, body))
        api_key = request.headers.get("X-MBX-APIKEY")
        return self._gate.answer(endpoint, sent, api_key=api_key, address=request.remote or "")

    def count(self, response: web.Response, endpoint: Endpoint, request: web.Request, call: Call | None) -> None:
        response.headers["X-MBX-USED-WEIGHT-1M"] = str(self._gate.used(request.remote or ""))
        if endpoint.orders:
            account = call.account if call else self._account(request)
            if account:
                response.headers.update(order_headers(self._exchange, account))

    def _account(self, request: web.Request) -> str:
        key = self._exchange.keys.get(request.headers.get("X-MBX-APIKEY", ""))
        return key.account if key else ""

"""Binance Spot over HTTP."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.http import Problem
from ..kit.limits import ORDERS
from .common.endpoint import Call, Endpoint
from .common.rest import RestRoutes, problem_answer, sent_by
from .spot_gate import Gate, time_unit

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


def page(title: str, status: int) -> web.Response:
    """What the web server in front of the exchange says itself."""
    return web.Response(text=_PAGE.format(title), status=status, content_type="text/html")


def refuse(exchange: Exchange, problem: Problem, retry_after: int) -> web.Response:
    """What is wrong before any parameter is looked at."""
    if problem is Problem.NOT_FOUND:
        return page("404 Not Found", 404)
    return problem_answer(_WORDS, _ADVICE, exchange, problem, retry_after)


class Rest(RestRoutes):
    """The endpoints of Spot."""

    def __init__(self, exchange: Exchange, gate: Gate, endpoints: Sequence[Endpoint]) -> None:
        super().__init__(endpoints)
        self._exchange = exchange
        self._gate = gate

    def ask(self, endpoint: Endpoint, request: web.Request, body: bytes) -> tuple[Any, Call]:
        unit = time_unit(request.headers.get("X-MBX-TIME-UNIT"))
        api_key = request.headers.get("X-MBX-APIKEY")
        return self._gate.answer(
            endpoint, sent_by(request, body), api_key=api_key, address=request.remote or "", unit=unit
        )

    def count(self, response: web.Response, endpoint: Endpoint, request: web.Request, call: Call | None) -> None:
        address = request.remote or ""
        if endpoint.route.startswith("GET /sapi"):
            response.headers["X-SAPI-USED-IP-WEIGHT-1M"] = str(self._gate.used(address))
            return
        response.headers["X-MBX-USED-WEIGHT"] = used = str(self._gate.used(address))
        response.headers["X-MBX-USED-WEIGHT-1M"] = used
        if endpoint.orders and call is not None:
            usage = self._exchange.limiter.usage(ORDERS, call.account, call.now_ns // 1_000_000)
            for label, count in usage.used.items():
                response.headers[f"X-MBX-ORDER-COUNT-{label.upper()}"] = str(max(0, count))

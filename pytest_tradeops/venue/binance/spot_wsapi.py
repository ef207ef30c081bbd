"""Binance Spot's WebSocket API: requests as frames, log-on, and user data on the same socket."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.limits import REQUEST_WEIGHT
from ..kit.session import Session
from . import spot_logon
from .common import errors
from .common.endpoint import Call, Endpoint
from .common.errors import BinanceError
from .common.numbers import MILLI
from .common.request import Number, from_frame, read_frame
from .spot_account import order_limits
from .spot_desk import Desk
from .spot_gate import Gate, time_unit
from .spot_logon import Connection
from .spot_users import Users

_CONNECT_WEIGHT = 2
_UNSET: Mapping[str, Any] = {}


class WsApi:
    """The methods, and the sockets that call them."""

    def __init__(self, exchange: Exchange, gate: Gate, desk: Desk, users: Users, endpoints: Sequence[Endpoint]) -> None:
        self._exchange = exchange
        self._gate = gate
        self._desk = desk
        self._users = users
        self._methods = {one.frame: one for one in endpoints if one.frame}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its upgrade to its end."""
        address = request.remote or ""
        try:
            unit = time_unit(request.query.get("timeUnit"))
        except BinanceError:
            unit = MILLI
        self._gate.charge(address, _CONNECT_WEIGHT, self._exchange.clock.now_ns())
        session = await Session.accept(self._exchange, request, kind="api")
        shown = request.query.get("returnRateLimits", "true").lower() != "false"
        connection = Connection(session, self._users, address=address, unit=unit, show_limits=shown)
        connection.since_ns = self._exchange.clock.now_ns()
        try:
            await session.run(lambda _, text: self._on_message(connection, text))
        finally:
            connection.close()
        return session.response

    def _on_message(self, connection: Connection, text: str) -> None:
        reply = self._reply(connection, text)
        connection.session.send(json.dumps(reply, separators=(",", ":")))
        # What a request sets going comes after its answer.
        connection.run_deferred()

    def _reply(self, connection: Connection, text: str) -> dict[str, Any]:
        reply: dict[str, Any] = {"id": None}
        call = Call()
        endpoint: Endpoint | None = None
        shown = connection.show_limits
        try:
            message = read_frame(text)
            reply["id"] = _checked_id(message)
            method, params = _method(message), _params(message)
            flag = params.get("returnRateLimits")
            if flag is not None and not isinstance(flag, bool):
                raise errors.invalid("returnRateLimits")
            shown = shown if flag is None else flag
            result, call, endpoint = self._dispatch(connection, method, params, flag)
            reply |= {"status": 200, "result": result}
        except BinanceError as error:
            reply |= {"status": error.status, "error": self._error(error)}
            self._exchange.note(
                "refused", session=connection.session.id, account=connection.session.account, code=error.code
            )
        if shown:
            reply["rateLimits"] = self._limits(connection, endpoint, call)
        return reply

    def _dispatch(
        self, connection: Connection, method: str, params: dict[str, Any], flag: bool | None
    ) -> tuple[Any, Call, Endpoint | None]:
        now_ns = self._exchange.clock.now_ns()
        if method in spot_logon.METHODS:
            self._gate.charge(connection.address, 2, now_ns)
            if method == "session.logon" and flag is not None:
                connection.show_limits = flag
            return spot_logon.METHODS[method](connection, params, now_ns), Call(), None
        endpoint = self._methods.get(method)
        if endpoint is None:
            self._gate.charge(connection.address, 1, now_ns)
            raise BinanceError(-5000, "Method is invalid." if len(method) > 64 else f"Method {method} is invalid.")
        sent = from_frame(params)
        api_key = sent.params.get("apiKey")
        if endpoint.security.signed:
            # The key goes with the signature, not with the parameters that the endpoint reads.
            sent.params.pop("apiKey", None)
            if api_key is None and connection.key is None:
                raise errors.mandatory("apiKey")
        result, call = self._gate.answer(
            endpoint,
            sent,
            api_key=api_key,
            address=connection.address,
            unit=connection.unit,
            session=connection.key,
        )
        return result, call, endpoint

    def _error(self, error: BinanceError) -> dict[str, Any]:
        body = error.body()
        if error.retry_after:
            now_ms = self._exchange.clock.now_ms()
            body["data"] = {"serverTime": now_ms, "retryAfter": now_ms + error.retry_after * 1000}
        return body

    def _limits(self, connection: Connection, endpoint: Endpoint | None, call: Call) -> list[dict[str, Any]]:
        orders = endpoint is not None and endpoint.orders and call.account
        rule = next(one for one in self._exchange.limiter.rules if one.bucket == REQUEST_WEIGHT)
        weight = {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": rule.limit,
            "count": self._gate.used(connection.address),
        }
        return [*(order_limits(self._desk, call.account, call.now_ns) if orders else ()), weight]


def _checked_id(message: Mapping[str, Any]) -> Any:
    if "id" not in message:
        raise errors.mandatory("id")
    request_id = message["id"]
    if isinstance(request_id, Number | bool) or not (request_id is None or isinstance(request_id, int | str)):
        raise errors.mandatory("id")
    return request_id


def _method(message: Mapping[str, Any]) -> str:
    method = message.get("method")
    if not isinstance(method, str) or not method:
        raise errors.mandatory("method")
    return method.removeprefix("v3/")


def _params(message: Mapping[str, Any]) -> dict[str, Any]:
    params = message.get("params", _UNSET)
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise errors.malformed_json("params")
    return dict(params)

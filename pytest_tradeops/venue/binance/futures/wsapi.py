"""The WebSocket API of Binance USDT-M futures: requests as frames, and log-on with Ed25519 keys."""

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ...kit.exchange import Exchange
from ...kit.keys import ApiKey
from ...kit.session import Session
from ..common import errors, signing
from ..common.endpoint import Call, Endpoint
from ..common.errors import BinanceError
from ..common.request import Number, from_frame, read_frame
from ..spot_gate import Gate
from .counting import limit_rows
from .params import canonical
from .streams import PING, PONG

_CONNECT_WEIGHT = 5
_MS = 1_000_000


class Connection:
    """One socket. `key` is what it has logged on with."""

    def __init__(self, session: Session, address: str, since_ms: int, *, show_limits: bool) -> None:
        self.session = session
        self.address = address
        self.since_ms = since_ms
        self.show_limits = show_limits
        self.key: ApiKey | None = None
        self.authorized_ms = 0

    def status(self, now_ms: int) -> dict[str, Any]:
        """What session.status tells."""
        return {
            "apiKey": self.key.api_key if self.key else None,
            "authorizedSince": self.authorized_ms if self.key else None,
            "connectedSince": self.since_ms,
            "returnRateLimits": self.show_limits,
            "serverTime": now_ms,
        }


class WsApi:
    """The methods, and the sockets that call them."""

    def __init__(self, exchange: Exchange, gate: Gate, endpoints: Sequence[Endpoint]) -> None:
        self._exchange = exchange
        self._gate = gate
        self._methods = {one.frame: one for one in endpoints if one.frame}
        self._session = {"session.logon": self._logon, "session.status": self._status, "session.logout": self._logout}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its upgrade to its end; raises BinanceError for an address that asks too much."""
        address = request.remote or ""
        self._gate.charge(address, _CONNECT_WEIGHT, self._exchange.clock.now_ns())
        session = await Session.accept(self._exchange, request, kind="api", ping=PING, pong=PONG)
        shown = request.query.get("returnRateLimits", "true").lower() != "false"
        connection = Connection(session, address, self._exchange.clock.now_ms(), show_limits=shown)
        await session.run(lambda _, text: self._on_message(connection, text))
        return session.response

    def _on_message(self, connection: Connection, text: str) -> None:
        connection.session.send(json.dumps(self._reply(connection, text), separators=(",", ":")))

    def _reply(self, connection: Connection, text: str) -> dict[str, Any]:
        reply: dict[str, Any] = {"id": None}
        call, counts = Call(), False
        shown = connection.show_limits
        try:
            message = read_frame(text)
            reply["id"] = message.get("id")
            shown = _shows_limits(message, shown)
            result, call, counts = self._dispatch(connection, message)
            reply |= {"status": 200, "result": result}
        except BinanceError as error:
            body = error.body()
            if error.retry_after:
                now = self._exchange.clock.now_ms()
                body["data"] = {"serverTime": now, "retryAfter": now + error.retry_after * 1000}
            reply |= {"status": error.status, "error": body}
            session = connection.session
            self._exchange.note("refused", session=session.id, account=session.account, code=error.code)
        if shown:
            orders = counts and bool(call.account)
            reply["rateLimits"] = limit_rows(
                self._exchange, address=connection.address, account=call.account, orders=orders
            )
        return reply

    def _dispatch(self, connection: Connection, message: dict[str, Any]) -> tuple[Any, Call, bool]:
        if not _is_id(message.get("id")):
            raise errors.mandatory("id")
        method, params = message.get("method"), message.get("params")
        if not isinstance(method, str) or not method:
            raise errors.mandatory("method")
        if params is not None and not isinstance(params, dict):
            raise errors.malformed_json("params")
        sent = canonical(from_frame(params or {}))
        if method in self._session:
            self._gate.charge(connection.address, 2, self._exchange.clock.now_ns())
            return self._session[method](connection, sent), Call(), False
        endpoint = self._methods.get(method)
        if endpoint is None:
            self._gate.charge(connection.address, 1, self._exchange.clock.now_ns())
            raise BinanceError(-5000, f"Path /ws-fapi/v1, Method {method[:64]} is invalid", status=404)
        # The key goes with the signature, not with the parameters that the endpoint reads.
        api_key = sent.params.pop("apiKey", None)
        if endpoint.security and api_key is None and connection.key is None:
            raise errors.mandatory("apiKey")
        result, call = self._gate.answer(
            endpoint, sent, api_key=api_key, address=connection.address, session=connection.key
        )
        return result, call, bool(endpoint.orders)

    def _logon(self, connection: Connection, sent: Any) -> dict[str, Any]:
        now_ns = self._exchange.clock.now_ns()
        api_key = sent.params.get("apiKey")
        if not api_key:
            raise errors.mandatory("apiKey")
        key = signing.find_key(self._exchange.keys, api_key)
        if key.key_type != "ed25519":
            raise errors.hmac_not_supported()
        signing.signer(sent, key, signing.READ, now_ns)
        connection.key, connection.authorized_ms = key, now_ns // _MS
        connection.session.account = key.account
        self._exchange.note("logged_on", session=connection.session.id, key=key.name, account=key.account)
        return connection.status(now_ns // _MS)

    def _status(self, connection: Connection, sent: Any) -> dict[str, Any]:
        del sent
        return connection.status(self._exchange.clock.now_ms())

    def _logout(self, connection: Connection, sent: Any) -> dict[str, Any]:
        del sent
        connection.key = None
        return connection.status(self._exchange.clock.now_ms())


def _shows_limits(message: dict[str, Any], default: bool) -> bool:
    """What a single request may say about it; anything but true or false is left to the connection's choice."""
    params = message.get("params")
    flag = params.get("returnRateLimits") if isinstance(params, dict) else None
    return flag if isinstance(flag, bool) else default


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool | Number)

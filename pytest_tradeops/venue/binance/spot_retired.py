"""Listen keys of Spot, which Binance has switched off on 2026-02-20; for clients from before that."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from ..kit.exchange import Exchange
from ..kit.session import Session
from .common.endpoint import Call, Endpoint, Security
from .common.listenkeys import ListenKeys
from .common.params import Param, Table, anything
from .spot_desk import Desk
from .spot_users import Users


class Retired:
    """The endpoints of listen keys, and the sockets that are opened with them."""

    def __init__(self, exchange: Exchange, desk: Desk, users: Users) -> None:
        self._exchange = exchange
        self._desk = desk
        self._users = users
        self._sessions: dict[str, list[Session]] = {}
        self.keys = ListenKeys(self._expired)

    def endpoints(self) -> list[Endpoint]:
        path = "/api/v3/userDataStream"
        table = Table(Param("listenKey", anything, required=True))
        key = Security.KEY
        return [
            Endpoint(route=f"POST {path}", handler=self._open, security=key, weight=2),
            Endpoint(route=f"PUT {path}", handler=self._prolong, security=key, weight=2, table=table),
            Endpoint(route=f"DELETE {path}", handler=self._close, security=key, weight=2, table=table),
        ]

    def is_key(self, text: str) -> bool:
        return self.keys.account(text, self._now()) is not None

    def sweep(self) -> None:
        self.keys.sweep(self._now())

    async def serve(self, request: web.Request, listen_key: str) -> web.StreamResponse:
        """A socket with an account's events, not wrapped."""
        account = self.keys.account(listen_key, self._now()) or ""
        session = await Session.accept(self._exchange, request, kind="user")
        session.account = account
        topic = f"user:{account}"
        session.topics.add(topic)

        def sink(event: str) -> None:
            session.send(event, topic=topic)

        end: Callable[[], None] = self._users.add(account, sink)
        self._sessions.setdefault(listen_key, []).append(session)
        try:
            await session.run(lambda one, _: one.send({"result": None, "id": None}))
        finally:
            end()
            self._sessions[listen_key].remove(session)
        return session.response

    def _open(self, call: Call) -> dict[str, Any]:
        return {"listenKey": self.keys.open(call.account, call.now_ns)}

    def _prolong(self, call: Call) -> dict[str, Any]:
        self.keys.prolong(call["listenKey"], call.account, call.now_ns)
        return {}

    def _close(self, call: Call) -> dict[str, Any]:
        self.keys.close(call["listenKey"], call.account, call.now_ns)
        for session in self._sessions.get(call["listenKey"], ()):
            session.close()
        return {}

    def _expired(self, listen_key: str, account: str) -> None:
        event = {"e": "listenKeyExpired", "E": self._now() // 1_000_000, "listenKey": listen_key}
        for session in self._sessions.get(listen_key, ()):
            session.send(json.dumps(event, separators=(",", ":")), topic=f"user:{account}")

    def _now(self) -> int:
        return self._exchange.clock.now_ns()

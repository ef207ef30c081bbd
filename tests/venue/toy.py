"""The smallest face that there can be, to test what all faces have in common."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from aiohttp import web

from pytest_tradeops.venue.engine.events import Event, OrderUpdate
from pytest_tradeops.venue.engine.model import OrderRequest, OrderType, Rejected, Side
from pytest_tradeops.venue.kit.codec import dumps, encode
from pytest_tradeops.venue.kit.exchange import Exchange
from pytest_tradeops.venue.kit.http import Problem
from pytest_tradeops.venue.kit.pushes import account_of, subject
from pytest_tradeops.venue.kit.session import Session


class Toy:
    """`POST /order` submits; `/ws?account=` pushes an account's events, `/market` says what one sends it back."""

    name = "toy"

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.heartbeat: dict[str, float] = {}
        exchange.listen(self._on_event)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [
            web.get("/time", self._time),
            web.post("/order", self._order),
            web.get("/crash", self._crash),
            web.get("/ws", self._user),
            web.get("/market", self._market),
            web.get("/api", self._api),
        ]

    def refuse(self, problem: Problem, detail: str = "", retry_after: int = 0) -> web.Response:
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        return web.json_response({"toy": problem.name, "detail": detail}, status=problem.value, headers=headers)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def urls(self, origin: str) -> dict[str, str]:
        return {"http": origin, "ws": origin.replace("http", "ws", 1) + "/ws"}

    async def _time(self, _: web.Request) -> web.Response:
        return web.json_response({"ms": self.exchange.clock.now_ms()})

    async def _order(self, request: web.Request) -> web.Response:
        data: dict[str, Any] = await request.json()
        account = data.pop("account", "trader")
        price = data.get("price")
        try:
            order = self.exchange.call(
                "submit",
                account,
                OrderRequest(
                    market=data.get("market", "BTCUSDT.spot"),
                    side=Side(data.get("side", "BUY")),
                    type=OrderType.LIMIT if price else OrderType.MARKET,
                    quantity=Decimal(data.get("quantity", "0.01")),
                    price=Decimal(price) if price else None,
                ),
            )
        except Rejected as error:
            return web.json_response({"reason": error.reason.value}, status=400)
        return web.json_response(encode(order))

    async def _crash(self, _: web.Request) -> web.Response:
        raise ZeroDivisionError("the toy is broken")

    async def _user(self, request: web.Request) -> web.WebSocketResponse:
        session = await Session.accept(self.exchange, request, kind="user", **self.heartbeat)
        session.account = request.query.get("account", "trader")
        await session.run(lambda session, text: session.send({"you said": text}))
        return session.response

    async def _market(self, request: web.Request) -> web.WebSocketResponse:
        session = await Session.accept(self.exchange, request, kind="market", **self.heartbeat)
        await session.run(self._on_market)
        return session.response

    async def _api(self, request: web.Request) -> web.WebSocketResponse:
        session = await Session.accept(self.exchange, request, kind="api")
        session.account = "trader"
        await session.run(self._on_api)
        return session.response

    def _on_api(self, session: Session, text: str) -> None:
        if text == "subscribe":
            session.topics.add("user:trader")
        session.send({"you said": text})
        session.send({"pushed": text}, topic="user:trader")

    def _on_market(self, session: Session, text: str) -> None:
        if text == "crash":
            raise ZeroDivisionError("the toy is broken")
        if text == "flood":
            for _ in range(100_000):
                session.send("x" * 1000, topic="trades")
        session.send({"tick": text}, topic="trades")

    def _on_event(self, event: Event) -> None:
        account = account_of(event)
        for session in self.exchange.sessions.values():
            if session.kind == "user" and session.account == account:
                message: dict[str, Any] = {"event": subject(event)}
                if isinstance(event, OrderUpdate):
                    message["order"] = event.order.id
                    message["fee"] = str(event.fill.fee) if event.fill else ""
                session.send(json.dumps(message), topic="account")


__all__ = ["Toy", "dumps"]

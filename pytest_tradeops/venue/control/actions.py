"""What the control endpoint does: faults, the market, accounts, the end."""

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from ..accounts import BALANCES, default_key_type, key_json
from ..kit.codec import decode, encode
from ..kit.exchange import Exchange
from ..kit.faults import Fault
from ..kit.keys import READ, TRADE, KeyType
from .wire import Body, answer, fault_json, market_of, pick

if TYPE_CHECKING:
    from ..server import VenueServer

_MAX_NAME = 64


class Actions:
    """What changes something."""

    def __init__(self, server: "VenueServer") -> None:
        self._server = server
        self._numbers = itertools.count(1)

    async def inject(self, request: web.Request) -> web.Response:
        """`{"kind", "face"?, "match"?, "account"?, "count"?, "seconds"?, and the kind's own parameters}`."""
        body = await Body.of(request)
        kind, face = body.text("kind"), body.text("face", "")
        exchanges = [pick(self._server, face)] if face else list(self._server.exchanges.values())
        common: dict[str, Any] = {"match": body.text("match", ""), "account": body.text("account", "")}
        common |= {"count": body.count("count"), "seconds": body.seconds("seconds")}
        params = dict(body.rest())
        if "market" in params and len(exchanges) == 1:
            params["market"] = market_of(exchanges[0], params["market"])
        injected: list[tuple[Exchange, Fault]] = []
        try:
            for exchange in exchanges:
                injected.append((exchange, exchange.faults.inject(kind, **common, **params)))
        except BaseException:
            for exchange, fault in injected:  # one face refusing it means that it acts on none
                exchange.faults.clear(fault.id)
            raise
        await self._settle()
        return answer({"faults": [fault_json(exchange, fault) for exchange, fault in injected]}, 201)

    async def clear(self, request: web.Request) -> web.Response:
        """All faults, those of `?face=`, or the one of `/faults/<id>?face=`."""
        text, face = request.match_info.get("id", ""), request.query.get("face", "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 20):
            raise ValueError(f"A fault's id is a number, not {text[:40]!r}.")
        exchanges = [pick(self._server, face)] if face or text else list(self._server.exchanges.values())
        cleared = sum(exchange.faults.clear(int(text) if text else None) for exchange in exchanges)
        if text and not cleared:
            raise web.HTTPNotFound(text=f"Fault {text} is not active.")
        await self._settle()
        return answer({"cleared": cleared})

    async def market(self, request: web.Request) -> web.Response:
        """`{"face", "market", "action": "move", "price"}`, `"hold", "held"?`, or `"fill", "account", "order_id"`."""
        body = await Body.of(request)
        exchange = pick(self._server, body.text("face", ""))
        market, action = market_of(exchange, body.text("market")), body.text("action")
        if action == "move":
            given: tuple[Any, ...] = ("move_price", market, exchange.decimal(body.text("price")))
        elif action == "hold":
            given = ("hold", market, body.flag("held", True))
        elif action == "fill":
            quantity = exchange.decimal(body.text("quantity", "") or None)
            given = ("fill_order", body.text("account"), market, body.whole("order_id"), quantity)
        else:
            raise ValueError(f"`action` is move, hold or fill, not {action!r}.")
        body.end()
        result = encode(exchange.call(*given))
        last = exchange.engine.last_price(market)
        return answer({"face": exchange.name, "market": market, "last": last, "result": result})

    async def account(self, request: web.Request) -> web.Response:
        """`{"face", "name"?, "balances"?, "permissions"?, "key_type"?}`; answers with the key and its secret."""
        body = await Body.of(request)
        exchange = pick(self._server, body.text("face", ""))
        name = body.text("name", "") or self._free_name(exchange)
        if len(name) > _MAX_NAME or not name.isprintable():
            raise ValueError(f"`name` is up to {_MAX_NAME} printable characters.")
        permissions = body.any("permissions", [READ, TRADE])
        if not isinstance(permissions, list) or not set(map(str, permissions)) <= {READ, TRADE}:
            raise ValueError(f"`permissions` is a list of {READ} and {TRADE}.")
        key_type = body.text("key_type", "") or default_key_type(exchange.name)
        if key_type not in ("hmac", "ed25519"):
            raise ValueError(f"`key_type` is hmac or ed25519, not {key_type!r}.")
        amounts = _amounts(exchange, body.any("balances", None))
        body.end()
        key = self._server.new_account(exchange.name, name, amounts, permissions, cast(KeyType, key_type))
        return answer({"face": exchange.name, **key_json(key)}, 201)

    async def shutdown(self, request: web.Request) -> web.Response:
        """Ends the venue, as SIGTERM does."""
        (await Body.of(request)).end()
        self._server.stop()
        return answer({"stopping": True}, 202)

    async def _settle(self) -> None:
        """What was injected or cleared acts before the answer is out, listening included."""
        for server in self._server.servers.values():
            await server.tick()

    def _free_name(self, exchange: Exchange) -> str:
        taken = set(exchange.engine.accounts())
        return next(name for number in self._numbers if (name := f"account-{number}") not in taken)


def _amounts(exchange: Exchange, given: Any) -> dict[str, Decimal]:
    if given is None:
        return dict(BALANCES[exchange.name])
    try:
        amounts = decode(dict[str, Decimal], given)
    except ValueError as error:
        raise ValueError(f'`balances` is {{"USDT": "1000"}} or the like: {error}.') from error
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError("`balances` are not below zero.")
    return amounts

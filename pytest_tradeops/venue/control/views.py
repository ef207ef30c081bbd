"""What the control endpoint shows: the venue's own truth, whatever its faces have said."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .. import journal
from ..kit.codec import encode
from ..kit.exchange import Exchange
from .wire import answer, fault_json, limit, market_of, number, pick

if TYPE_CHECKING:
    from ..server import VenueServer


class Views:
    """What can be read."""

    def __init__(self, server: "VenueServer") -> None:
        self._server = server

    async def state(self, _: web.Request) -> web.Response:
        ready = self._server.ready()
        found = {name: state_of(exchange) for name, exchange in self._server.exchanges.items()}
        for name, face in found.items():
            face["urls"] = ready["faces"][name]
            face["journal"] = ready["journals"][name]
        return answer({"control": ready["control"], "seed": ready["seed"], "state": ready["state"], "faces": found})

    async def accounts(self, request: web.Request) -> web.Response:
        wanted = request.query.get("face", "")
        return answer([one for one in self._server.ready()["accounts"] if wanted in ("", one["face"])])

    async def balances(self, request: web.Request) -> web.Response:
        found = [
            {"face": face, "account": account, "balances": exchange.engine.balances(account)}
            for face, exchange, account in self._accounts(request)
        ]
        return answer(found)

    async def orders(self, request: web.Request) -> web.Response:
        market, only_open = request.query.get("market") or None, request.query.get("open", "") not in ("", "0")
        found: list[dict[str, Any]] = []
        for face, exchange, account in self._accounts(request):
            engine = exchange.engine
            listed = engine.open_orders(account, market) if only_open else engine.orders(account, market)
            found += [{"face": face, **encode(order)} for order in listed]
        found.sort(key=lambda order: order["created_ns"])
        return answer(found[-limit(request) :])

    async def fills(self, request: web.Request) -> web.Response:
        market = request.query.get("market") or None
        found = [
            {"face": face, **encode(fill)}
            for face, exchange, account in self._accounts(request)
            for fill in exchange.engine.fills(account, market)
        ]
        found.sort(key=lambda fill: fill["time_ns"])
        return answer(found[-limit(request) :])

    async def positions(self, request: web.Request) -> web.Response:
        found = [
            {"face": face, **encode(position)}
            for face, exchange, account in self._accounts(request)
            for position in exchange.engine.positions(account)
        ]
        return answer(found)

    async def book(self, request: web.Request) -> web.Response:
        exchange = pick(self._server, request.query.get("face", ""))
        market = market_of(exchange, request.query.get("market", ""))
        depth = number(request, "depth", 20, 1_000)
        book = exchange.read().book(market, depth)
        last = exchange.engine.last_price(market)
        return answer({"face": exchange.name, "market": market, "last": last, **encode(book)})

    async def sessions(self, request: web.Request) -> web.Response:
        return answer([one for _, exchange in self._faces(request) for one in sessions_of(exchange)])

    async def requests(self, request: web.Request) -> web.Response:
        found = [{"face": face, **encode(one)} for face, exchange in self._faces(request) for one in exchange.requests]
        found.sort(key=lambda one: one["time_ns"])
        return answer(found[-limit(request) :])

    async def faults(self, request: web.Request) -> web.Response:
        faces = self._faces(request)
        return answer([fault_json(exchange, fault) for face, exchange in faces for fault in exchange.faults.active()])

    async def lines(self, request: web.Request) -> web.Response:
        """Lines after `since`, oldest first, without mere time."""
        exchange = pick(self._server, request.query.get("face", ""))
        since, most = number(request, "since", 0, 1 << 60), limit(request)
        recorder = exchange.recorder
        if not isinstance(recorder, journal.Journal):
            raise ValueError(f"{exchange.name} keeps no journal.")
        recorder.flush()
        recent = recorder.recent
        complete = bool(recent) and recent[0].number <= since + 1
        lines = []
        for line in tuple(recent) if complete else journal.read(recorder.path):
            if line.number > since and line.kind != "time":
                lines.append({"number": line.number, "kind": line.kind, "time": line.time_ns, **encode(line.data)})
                if len(lines) == most:
                    break
        last = lines[-1]["number"] if len(lines) == most else recorder.number
        return answer({"face": exchange.name, "next": max(last, since), "lines": lines})

    def _faces(self, request: web.Request) -> list[tuple[str, Exchange]]:
        wanted = request.query.get("face", "")
        if wanted:
            return [(wanted, pick(self._server, wanted))]
        return list(self._server.exchanges.items())

    def _accounts(self, request: web.Request) -> Iterator[tuple[str, Exchange, str]]:
        wanted = request.query.get("account", "")
        for face, exchange in self._faces(request):
            for account in exchange.read().accounts():
                if wanted in ("", account):
                    yield face, exchange, account


def state_of(exchange: Exchange) -> dict[str, Any]:
    engine = exchange.read()
    return {
        "time_ns": exchange.clock.now_ns(),
        "skew_ns": exchange.clock.skew_ns,
        "accounts": list(engine.accounts()),
        "markets": {key: engine.last_price(key) for key in engine.instruments},
        "sessions": len(exchange.sessions),
        "faults": [fault_json(exchange, fault) for fault in exchange.faults.active()],
        "crashes": list(exchange.crashes),
    }


def sessions_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The WebSockets that are open."""
    return [
        {
            "face": exchange.name,
            "id": one.id,
            "kind": one.kind,
            "account": one.account,
            "path": one.path,
            "topics": sorted(map(str, one.topics)),
            "opened_ns": one.opened_ns,
            "sent": one.sent,
            "received": one.received,
        }
        for one in tuple(exchange.sessions.values())
    ]

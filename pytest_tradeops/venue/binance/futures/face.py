"""Binance USDT-M futures: REST, WebSocket API, market data and user data streams over one simulated exchange."""

from collections.abc import Callable, Sequence

from aiohttp import web

from ...engine.events import Event
from ...kit.exchange import Exchange
from ...kit.http import Problem
from ..common.beat import Beat, end_old_sessions
from ..common.errors import BinanceError
from ..common.listenkeys import ListenKeys
from ..common.rest import answer
from ..spot_gate import Gate
from . import rest, streams, table
from .account import Account
from .algo import Algo
from .desk import Desk
from .feed import Feed
from .keys import KeyDesk
from .market import Market
from .prices import Prices
from .queries import Queries
from .rest import Rest
from .settings import Settings
from .statistics import Statistics
from .streams import Streams
from .tapes import Tapes
from .trade import Trading
from .users import Users
from .wsapi import WsApi

_BEAT_S = 0.01
_SECOND_NS = 1_000_000_000
#: The newer paths of the streams beside the old ones without a prefix.
_PREFIXES = ("", "/public", "/market", "/private")


class BinanceFutures:
    """The face."""

    name = "binance-futures"

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._desk = desk = Desk(exchange)
        self._tapes = tapes = Tapes(desk)
        self._streams = found = Streams(desk)
        self._keys = keys = ListenKeys(self._expired)
        self._users = users = Users(desk, keys, found.publish, found.has)
        market, prices, algo = Market(desk, tapes), Prices(desk), Algo(desk)
        settings = Settings(desk, users.config, users.remargined)
        self._feed = Feed(desk, prices, found)
        found.joined, found.left, tapes.began = self._feed.joined, self._feed.left, self._feed.began
        endpoints = [
            *table.public(market, prices),
            *Statistics(desk, prices).endpoints(),
            *table.trading(exchange, Trading(desk), algo),
            *table.reading(Queries(desk), algo, Account(desk), settings),
            *table.setting(settings),
            *KeyDesk(desk, keys, self._closed).endpoints(),
        ]
        gate = Gate(exchange)
        self._rest = Rest(exchange, gate, endpoints)
        self._api = WsApi(exchange, gate, endpoints)
        self._ends: list[Callable[[], None]] = []
        self._beat = Beat(exchange, _BEAT_S, self._tick)
        self._second = 0

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        sockets = [
            web.get(f"{prefix}{path}", self._serve_stream, allow_head=False)
            for prefix in _PREFIXES
            for path in ("/stream", "/ws", "/ws/{streams:.*}")
        ]
        return [*self._rest.routes(), web.get("/ws-fapi/v1", self._serve_api, allow_head=False), *sockets]

    def refuse(self, problem: Problem, detail: str = "", retry_after: int = 0) -> web.Response:
        del detail
        return rest.refuse(self.exchange, problem, retry_after)

    async def start(self) -> None:
        self._users.start()
        self._ends = [self._desk.start(), self._tapes.start(), self.exchange.listen(self._on_event)]
        self._beat.start()

    async def stop(self) -> None:
        for end in self._ends:
            end()
        await self._beat.stop()

    def urls(self, origin: str) -> dict[str, str]:
        socket = origin.replace("http", "ws", 1)
        return {"http": origin, "ws": socket, "ws_api": f"{socket}/ws-fapi/v1"}

    def _on_event(self, event: Event) -> None:
        self._users.on_event(event)
        self._feed.on_event(event)

    def _expired(self, key: str, account: str) -> None:
        del account
        self._users.expired(key)
        self._streams.silence(key)

    def _closed(self, key: str) -> None:
        self._streams.close(key)
        self._streams.silence(key)

    def _tick(self, now_ns: int) -> None:
        self._feed.tick(now_ns)
        self._users.tick(now_ns)
        self._desk.due()
        if now_ns // _SECOND_NS == self._second:
            return
        self._second = now_ns // _SECOND_NS
        self._keys.sweep(now_ns)
        self._users.watch_margins()
        end_old_sessions(self.exchange, now_ns)

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._api.serve(request)
        except BinanceError as error:
            return answer(error.body(), error.status, {"Retry-After": str(error.retry_after)})

    async def _serve_stream(self, request: web.Request) -> web.StreamResponse:
        now = self.exchange.clock.true_ns()
        return await streams.serve(self.exchange, self._streams, request, lambda name: self._keys.account(name, now))

"""Binance Spot: REST, WebSocket API, market data streams and user data over one simulated exchange."""

from collections.abc import Callable, Sequence

from aiohttp import web

from ..engine.events import Event
from ..kit.exchange import Exchange
from ..kit.http import Problem
from . import spot_rest, spot_streams, spot_table, spot_table_public
from .common.beat import Beat, end_old_sessions
from .common.errors import BinanceError
from .common.rest import answer
from .spot_account import Account
from .spot_desk import Desk
from .spot_feed import Feed
from .spot_gate import Gate
from .spot_market import Market
from .spot_rest import Rest
from .spot_retired import Retired
from .spot_streams import Streams
from .spot_tickers import Tickers
from .spot_trade import Trading
from .spot_users import Users
from .spot_wsapi import WsApi

_BEAT_S = 0.02


class BinanceSpot:
    """The face.

    Args:
        retired: Also what Binance has switched off in 2026: listen keys, and the stream of all tickers. Without it
            the answer is theirs: 410 for listen keys, silence for the stream.
    """

    name = "binance-spot"

    def __init__(self, exchange: Exchange, *, retired: bool = False) -> None:
        self.exchange = exchange
        self._desk = desk = Desk(exchange)
        self._market = market = Market(desk)
        self._users = users = Users(desk)
        self._streams = Streams(desk, retired=retired)
        self._feed = Feed(desk, market, self._streams.publish, self._streams.wanted)
        gate = Gate(exchange)
        endpoints = [
            *spot_table_public.public(market, Tickers(desk)),
            *spot_table.trading(Trading(desk)),
            *spot_table.reading(Account(desk)),
        ]
        self.retired = Retired(exchange, desk, users) if retired else None
        self._rest = Rest(exchange, gate, [*endpoints, *(self.retired.endpoints() if self.retired else ())])
        self._api = WsApi(exchange, gate, desk, users, endpoints)
        self._ends: list[Callable[[], None]] = []
        self._beat = Beat(exchange, _BEAT_S, self._tick)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        gone = [] if self.retired else [web.route("*", "/api/v3/userDataStream", _gone)]
        return [
            *self._rest.routes(),
            *gone,
            web.get("/ws-api/v3", self._serve_api, allow_head=False),
            web.get("/stream", self._serve_stream, allow_head=False),
            web.get("/ws", self._serve_ws, allow_head=False),
            web.get("/ws/{streams:.*}", self._serve_ws, allow_head=False),
        ]

    def refuse(self, problem: Problem, detail: str = "", retry_after: int = 0) -> web.Response:
        del detail
        return spot_rest.refuse(self.exchange, problem, retry_after)

    async def start(self) -> None:
        self._desk.start()
        self._market.start()
        self._ends = [self.exchange.listen(self._on_event)]
        self._beat.start()

    async def stop(self) -> None:
        for end in self._ends:
            end()
        await self._beat.stop()

    def urls(self, origin: str) -> dict[str, str]:
        socket = origin.replace("http", "ws", 1)
        return {"http": origin, "ws": socket, "ws_api": f"{socket}/ws-api/v3"}

    def _on_event(self, event: Event) -> None:
        self._users.on_event(event)
        self._feed.on_event(event)

    def _tick(self, now_ns: int) -> None:
        self._feed.tick(now_ns)
        if self.retired is not None:
            self.retired.sweep()
        end_old_sessions(self.exchange, now_ns)

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._api.serve(request)
        except BinanceError as error:
            return answer(error.body(), error.status, {"Retry-After": str(error.retry_after)})

    async def _serve_stream(self, request: web.Request) -> web.StreamResponse:
        return await spot_streams.serve(self.exchange, self._streams, request, combined=True)

    async def _serve_ws(self, request: web.Request) -> web.StreamResponse:
        listed = request.match_info.get("streams", "")
        if self.retired is not None and self.retired.is_key(listed):
            return await self.retired.serve(request, listed)
        return await spot_streams.serve(self.exchange, self._streams, request, combined=False)


async def _gone(request: web.Request) -> web.Response:
    """Listen keys are switched off since 2026-02-20."""
    del request
    return spot_rest.page("410 Gone", 410)

"""Bybit v5 as a face: REST under /v5, and its four kinds of WebSockets."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from ..engine.model import Instrument
from ..kit.exchange import Exchange
from ..kit.http import Problem
from ..kit.keys import ApiKey
from ..kit.limits import Limited
from . import ids, limits, terms
from .accounts import Accounts, query_api
from .assets import Assets
from .books import Books
from .desk import Desk
from .errors import Refusal
from .frames import loads
from .log import Log
from .market import Market
from .nothing import Nothing
from .positions import Positions
from .private import PrivateSocket, PrivateStreams
from .public import PublicSocket, PublicStreams
from .queries import Queries
from .signing import authenticate
from .sockets import serve
from .trade import TradeSocket
from .trading import Trading

type Given = Mapping[str, Any]
type Public = Callable[[Given], dict[str, Any]]
type Private = Callable[[str, Given], dict[str, Any]]

_PROBLEMS = {
    Problem.MALFORMED: (400, 10001, "Request parameter error."),
    Problem.NOT_FOUND: (404, 10017, "Route not found."),
    Problem.METHOD: (404, 10017, "Route not found."),
    Problem.TOO_LARGE: (413, 10001, "Request parameter error."),
    Problem.BANNED: (403, 10018, "403, access too frequent"),
    Problem.LIMITED: (429, 10429, "System level frequency protection"),
    Problem.INTERNAL: (500, 10016, "Server error."),
    Problem.UNAVAILABLE: (503, 10016, "Server error."),
}


class Bybit:
    """The face over one exchange; see `kit.http.Face`."""

    name = "bybit"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        books = Books(self._desk)
        self._public = PublicStreams(self._desk, books)
        self._private = PrivateStreams(self._desk)
        self._trading = Trading(self._desk)
        self._connections = itertools.count(1)
        self._undo: list[Callable[[], None]] = []
        limits.define(exchange.limiter)
        queries, positions = Queries(self._desk), Positions(self._desk)
        accounts, assets = Accounts(self._desk), Assets(self._desk)
        market, nothing = Market(self._desk, books), Nothing(self._desk)
        self._market: dict[str, Public] = {
            "time": market.time,
            "instruments-info": market.instruments,
            "tickers": market.tickers,
            "orderbook": market.orderbook,
            "kline": market.kline,
            "mark-price-kline": market.mark_kline,
            "index-price-kline": market.mark_kline,
            "recent-trade": market.trades,
            "funding/history": market.funding,
            "open-interest": market.open_interest,
            "risk-limit": market.risk_limit,
            "premium-index-price-kline": market.premium_kline,
            "rpi_orderbook": market.rpi_orderbook,
            **nothing.market(),
        }
        self._reads: dict[str, Private] = {
            "order/realtime": queries.realtime,
            "order/history": queries.history,
            "order/spot-borrow-check": assets.borrow_check,
            "execution/list": queries.executions,
            "position/list": positions.list,
            "position/closed-pnl": queries.closed_pnl,
            "account/wallet-balance": accounts.wallet_balance,
            "account/info": accounts.info,
            "account/fee-rate": accounts.fee_rate,
            "account/transaction-log": Log(self._desk).transaction_log,
            "asset/coin/query-info": assets.coin_info,
            "asset/transfer/query-account-coins-balance": assets.coins_balance,
            "asset/transfer/query-account-coin-balance": assets.coin_balance,
            "account/instruments-info": lambda _account, given: market.instruments(given),
            **nothing.reads(),
        }
        self._writes: dict[str, Private] = {
            "order/create": self._trading.create,
            "order/amend": self._trading.amend,
            "order/cancel": self._trading.cancel,
            "order/cancel-all": self._trading.cancel_all,
            "position/set-leverage": positions.set_leverage,
            "position/switch-mode": positions.switch_mode,
            "position/switch-isolated": positions.switch_isolated,
            "position/trading-stop": positions.trading_stop,
            "account/set-margin-mode": accounts.set_margin_mode,
        }

    @staticmethod
    def instruments() -> list[Instrument]:
        """The default markets with Bybit's own terms."""
        return terms.instruments()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        # HEAD would be answered by a GET handler: the exchange has none.
        found = [self._get(f"/v5/market/{path}", self._open(one)) for path, one in self._market.items()]
        found.append(self._get("/v5/system/status", self._open(lambda _given: {"list": []})))
        found.append(self._get("/v5/announcements/index", self._open(lambda _given: {"total": 0, "list": []})))
        found += [self._get(f"/v5/{path}", self._signed(one)) for path, one in self._reads.items()]
        found.append(self._get("/v5/user/query-api", self._signed(lambda _account, _given: {}, about_key=True)))
        found += [web.post(f"/v5/{path}", self._signed(one, trades=True)) for path, one in self._writes.items()]
        for name, one in (
            ("create", self._trading.create),
            ("amend", self._trading.amend),
            ("cancel", self._trading.cancel),
        ):
            found.append(web.post(f"/v5/order/{name}-batch", self._signed(one, trades=True, batched=True)))
        found += [self._get(f"/v5/public/{category}", self._stream(category)) for category in ("linear", "spot")]
        found.append(self._get("/v5/private", self._stream("private")))
        found.append(self._get("/v5/trade", self._stream("trade")))
        return found

    def refuse(self, problem: Problem, detail: str = "", retry_after: int = 0) -> web.Response:  # noqa: ARG002 - the protocol's; Bybit has no place for it
        status, code, message = _PROBLEMS[problem]
        response = self._envelope({}, code, message, status=status)
        if retry_after:
            response.headers["Retry-After"] = str(retry_after)
        return response

    async def start(self) -> None:
        self._desk.rebuild()
        self._undo = [
            self._exchange.tap(self._desk.watch),
            self._exchange.listen(self._public.listen),
            self._exchange.listen(self._private.listen),
        ]

    async def stop(self) -> None:
        for undo in self._undo:
            undo()
        self._undo = []

    def urls(self, origin: str) -> dict[str, str]:
        ws = origin.replace("http", "ws", 1)
        return {
            "http": origin,
            "ws": ws,
            "ws_public_linear": f"{ws}/v5/public/linear",
            "ws_public_spot": f"{ws}/v5/public/spot",
            "ws_private": f"{ws}/v5/private",
            "ws_trade": f"{ws}/v5/trade",
        }

    @staticmethod
    def _get(path: str, handler: Any) -> web.RouteDef:
        return web.get(path, handler, allow_head=False)

    def _open(self, one: Public) -> Any:
        async def handler(request: web.Request) -> web.Response:
            try:
                self._admit(request)
                return self._envelope(one(await self._query(request)))
            except Refusal as refused:
                return self._refused(refused)

        return handler

    def _signed(self, one: Private, *, trades: bool = False, batched: bool = False, about_key: bool = False) -> Any:
        async def handler(request: web.Request) -> web.Response:
            head: dict[str, str] = {}
            try:
                self._admit(request)
                key, given = await self._who(request)
                head = self._spend(request.path, key, given, batched=batched)
                if trades:
                    self._desk.require_trading(key)
                if about_key:
                    return self._envelope(query_api(key), headers=head)
                if batched:
                    result, extra = self._trading.batch(key.account, given, one)
                    return self._envelope(result, extra=extra, headers=head)
                return self._envelope(one(key.account, given), headers=head)
            except Refusal as refused:
                return self._refused(refused, head)
            except Limited as limited:
                head = limits.headers(limited.usage, self._desk.now_ms, limited=True)
                return self._refused(Refusal(10006, "Too many visits. Exceeded the API Rate Limit."), head)

        return handler

    def _stream(self, kind: str) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            number = ids.connection_id(next(self._connections))
            if kind == "private":
                return await serve(
                    self._exchange, request, "user", lambda one: PrivateSocket(one, number, self._desk, self._private)
                )
            if kind == "trade":
                return await serve(
                    self._exchange, request, "api", lambda one: TradeSocket(one, number, self._desk, self._trading)
                )
            return await serve(
                self._exchange, request, "market", lambda one: PublicSocket(one, number, self._public, kind)
            )

        return handler

    def _admit(self, request: web.Request) -> None:
        """Raise 403 for an address that asks too often."""
        try:
            self._exchange.limiter.spend(limits.ADDRESS, request.remote or "", 1, self._desk.now_ms)
        except Limited as limited:
            raise Refusal(10018, "403, access too frequent", status=403) from limited

    async def _who(self, request: web.Request) -> tuple[ApiKey, Given]:
        """The key that signed, and what it asks for."""
        if request.method == "GET":
            given = await self._query(request)
            payload = request.raw_path.partition("?")[2].encode("utf-8", "surrogateescape")
            return authenticate(request.headers, payload, self._exchange.keys, self._desk.now_ms), given
        body = await request.read()
        key = authenticate(request.headers, body, self._exchange.keys, self._desk.now_ms)
        try:
            found = loads(body)
        except ValueError as error:
            raise Refusal(10001, "Request parameter error.") from error
        if not isinstance(found, dict):
            raise Refusal(10001, "Request parameter error.")
        return key, found

    async def _query(self, request: web.Request) -> Given:
        if await request.read():
            raise Refusal(10001, "Forbidden request", status=403)
        try:
            return dict(parse_qsl(request.raw_path.partition("?")[2], keep_blank_values=True, max_num_fields=100))
        except ValueError as error:
            raise Refusal(10001, "Request parameter error.") from error

    def _spend(self, path: str, key: ApiKey, given: Given, *, batched: bool) -> dict[str, str]:
        bucket = limits.bucket(path, given.get("category"))
        weight = len(self._trading.requests(given)[1]) if batched else 1
        usage = self._exchange.limiter.spend(bucket, key.account, weight, self._desk.now_ms)
        return limits.headers(usage, self._desk.now_ms)

    def _refused(self, refused: Refusal, headers: Mapping[str, str] | None = None) -> web.Response:
        if refused.status == 200:
            self._exchange.note("refused", code=refused.code, answer=refused.message)
        return self._envelope(refused.result, refused.code, refused.message, status=refused.status, headers=headers)

    def _envelope(
        self,
        result: Mapping[str, Any],
        code: int = 0,
        message: str = "OK",
        *,
        extra: Mapping[str, Any] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        body = {
            "retCode": code,
            "retMsg": message,
            "result": result,
            "retExtInfo": extra or {},
            "time": self._desk.now_ms,
        }
        text = json.dumps(body, separators=(",", ":"))
        return web.Response(text=text, status=status, content_type="application/json", headers=headers)

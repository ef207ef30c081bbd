"""Every request that Binance USDT-M futures answers: its path and its method name, parameters, security, weight."""

from collections.abc import Mapping
from typing import Any

from ...kit.exchange import Exchange
from ..common import params as shared
from ..common.endpoint import Endpoint, Handler, Security
from ..common.params import Param
from ..common.wallet import wallet
from . import params as p
from .account import Account
from .algo import Algo
from .counting import counted
from .intake import ALGO, ORDER
from .market import Market, depth_weight, kline_weight
from .params import Names
from .prices import Prices
from .queries import Queries
from .settings import Settings
from .trade import MODIFY, Trading

_NONE, _KEY, _DATA, _TRADE = Security.NONE, Security.KEY, Security.USER_DATA, Security.TRADE
_ALGO_ID, _CLIENT_ALGO = Param("algoId", shared.long), Param("clientAlgoId", p.client_id)
_KLINE = (p.INTERVAL, p.START, p.END, p.limit(1500))
_TIMED = (p.START, p.END)
_IDS = (p.SYMBOL, p.ORDER_ID, p.ORIG_ID)


def _one(route: str, handler: Handler, weight: Any, *params: Param, **more: Any) -> Endpoint:
    return Endpoint(route=route, handler=handler, weight=weight, table=Names(*params), **more)


def public(market: Market, prices: Prices) -> list[Endpoint]:
    """What needs no key, and the old trades that need one without a signature."""
    v1 = "GET /fapi/v1/"
    return [
        _one(f"{v1}ping", market.ping, 1, frame="ping"),
        _one(f"{v1}time", market.time, 1, frame="time"),
        _one(f"{v1}exchangeInfo", market.exchange_info, 1),
        _one(f"{v1}depth", market.depth, depth_weight, p.SYMBOL, Param("limit", p.depth_limit), frame="depth"),
        _one(f"{v1}trades", market.trades, 5, p.SYMBOL, p.limit(1000)),
        _one(f"{v1}historicalTrades", market.historical_trades, 20, p.SYMBOL, p.limit(500), p.FROM_ID, security=_KEY),
        _one(f"{v1}aggTrades", market.agg_trades, 20, p.SYMBOL, p.FROM_ID, *_TIMED, p.limit(1000)),
        _one(f"{v1}klines", market.klines, kline_weight, p.SYMBOL, *_KLINE),
        _one(f"{v1}continuousKlines", market.continuous_klines, kline_weight, p.PAIR, p.CONTRACT_TYPE, *_KLINE),
        _one(f"{v1}indexPriceKlines", market.index_klines, kline_weight, p.PAIR, *_KLINE),
        _one(f"{v1}markPriceKlines", market.mark_klines, kline_weight, p.SYMBOL, *_KLINE),
        _one(f"{v1}premiumIndexKlines", market.premium_klines, kline_weight, p.SYMBOL, *_KLINE),
        _one(f"{v1}premiumIndex", prices.premium_index, _each(1, 10), p.ANY_SYMBOL),
        _one(f"{v1}fundingRate", prices.funding_rates, 1, p.ANY_SYMBOL, *_TIMED, p.limit(1000)),
        _one(f"{v1}fundingInfo", prices.funding_info, 0),
        _one(f"{v1}ticker/24hr", prices.day, _each(1, 40), p.ANY_SYMBOL),
        _one(f"{v1}ticker/price", prices.price, _each(1, 2), p.ANY_SYMBOL),
        _one("GET /fapi/v2/ticker/price", prices.price, _each(1, 2), p.ANY_SYMBOL, frame="ticker.price"),
        _one(f"{v1}ticker/bookTicker", prices.book_ticker, _each(2, 5), p.ANY_SYMBOL, frame="ticker.book"),
        _one(f"{v1}openInterest", prices.open_interest, 1, p.SYMBOL),
        _one(f"{v1}constituents", prices.constituents, 2, p.SYMBOL),
        _one(f"{v1}symbolAdlRisk", prices.adl_risk, 1, p.ANY_SYMBOL),
        _one(f"{v1}indexInfo", prices.none, 1, p.ANY_SYMBOL),
        _one(f"{v1}assetIndex", prices.none, _each(1, 10), p.ANY_SYMBOL),
        _one(f"{v1}rpiDepth", market.depth, 20, p.SYMBOL, Param("limit", p.depth_limit)),
    ]


def trading(exchange: Exchange, trade: Trading, algo: Algo) -> list[Endpoint]:
    """What needs a key that may trade."""

    def order(
        route: str, handler: Handler, *params: Param, count: int = 1, weight: int = 0, frame: str = ""
    ) -> Endpoint:
        handler = counted(exchange, handler, count)
        return _one(route, handler, weight, *params, security=_TRADE, orders=count, frame=frame)

    def act(route: str, handler: Handler, weight: int, *params: Param, frame: str = "") -> Endpoint:
        return _one(route, handler, weight, *params, security=_TRADE, frame=frame)

    v1, batch = "/fapi/v1/", Param("batchOrders", p.batch, required=True)
    lists = (Param("orderIdList", p.listed(int)), Param("origClientOrderIdList", p.listed(str)))
    return [
        order(f"POST {v1}order", trade.place, *ORDER, frame="order.place"),
        order(f"PUT {v1}order", trade.modify, *MODIFY, frame="order.modify"),
        act(f"DELETE {v1}order", trade.cancel, 1, *_IDS, frame="order.cancel"),
        order(f"POST {v1}order/test", trade.test, *ORDER),
        order(f"POST {v1}batchOrders", trade.place_batch, batch, count=5, weight=5),
        order(f"PUT {v1}batchOrders", trade.modify_batch, batch, count=5, weight=5),
        act(f"DELETE {v1}batchOrders", trade.cancel_batch, 1, p.SYMBOL, *lists),
        act(f"DELETE {v1}allOpenOrders", trade.cancel_all, 1, p.SYMBOL),
        act(
            f"POST {v1}countdownCancelAll",
            trade.countdown,
            10,
            p.SYMBOL,
            Param("countdownTime", shared.integer, required=True),
        ),
        order(f"POST {v1}algoOrder", algo.place, *ALGO, frame="algoOrder.place"),
        act(f"DELETE {v1}algoOrder", algo.cancel, 1, _ALGO_ID, _CLIENT_ALGO, frame="algoOrder.cancel"),
        act(f"DELETE {v1}algoOpenOrders", algo.cancel_all, 1, p.SYMBOL),
    ]


def reading(queries: Queries, algo: Algo, account: Account, settings: Settings) -> list[Endpoint]:
    """What needs a key that may read."""

    def read(path: str, handler: Handler, weight: Any, *params: Param, frame: str = "") -> Endpoint:
        return _one(f"GET {path}", handler, weight, *params, security=_DATA, frame=frame)

    v1 = "/fapi/v1/"
    close_type = p.enum(("LIQUIDATION", "ADL"), -1130, "Data sent for parameter 'autoclosetype' is not valid.")
    return [
        read(f"{v1}order", queries.order, 1, *_IDS, frame="order.status"),
        read(f"{v1}openOrder", queries.open_order, 1, *_IDS),
        read(f"{v1}openOrders", queries.open_orders, _each(1, 40), p.ANY_SYMBOL),
        read(f"{v1}allOrders", queries.all_orders, 5, p.SYMBOL, p.ORDER_ID, *_TIMED, p.limit(1000)),
        read(f"{v1}userTrades", queries.trades, 5, p.SYMBOL, p.ORDER_ID, *_TIMED, p.FROM_ID, p.limit(1000)),
        read(
            f"{v1}income",
            queries.income,
            30,
            p.ANY_SYMBOL,
            Param("incomeType", shared.anything),
            *_TIMED,
            Param("page", shared.integer),
            p.limit(1000),
        ),
        read(f"{v1}orderAmendment", queries.amendments, 1, *_IDS, *_TIMED, p.limit(100)),
        read(
            f"{v1}forceOrders",
            queries.force_orders,
            _each(20, 50),
            p.ANY_SYMBOL,
            Param("autoCloseType", close_type),
            *_TIMED,
            p.limit(100),
        ),
        read(f"{v1}algoOrder", algo.query, 1, _ALGO_ID, _CLIENT_ALGO),
        read(
            f"{v1}openAlgoOrders",
            algo.open,
            _each(1, 40),
            p.ANY_SYMBOL,
            _ALGO_ID,
            Param("algoType", p.enum(("CONDITIONAL",), -1130, "Data sent for parameter 'algotype' is not valid.")),
        ),
        read(
            f"{v1}allAlgoOrders",
            algo.all,
            5,
            p.SYMBOL,
            _ALGO_ID,
            *_TIMED,
            Param("page", shared.integer),
            p.limit(1000),
        ),
        read("/fapi/v2/account", account.info_v2, 5, frame="account.status"),
        read("/fapi/v3/account", account.info_v3, 5, frame="v2/account.status"),
        read("/fapi/v2/balance", account.balance, 5, frame="account.balance"),
        read("/fapi/v3/balance", account.balance, 5, frame="v2/account.balance"),
        read("/fapi/v2/positionRisk", account.risk_v2, 5, p.ANY_SYMBOL, frame="account.position"),
        read("/fapi/v3/positionRisk", account.risk_v3, 5, p.ANY_SYMBOL, frame="v2/account.position"),
        read(f"{v1}adlQuantile", account.adl, 5, p.ANY_SYMBOL),
        read(f"{v1}accountConfig", settings.config, 5),
        read(f"{v1}symbolConfig", settings.symbol_config, 5, p.ANY_SYMBOL),
        read(f"{v1}leverageBracket", settings.brackets, 1, p.ANY_SYMBOL),
        read(f"{v1}commissionRate", settings.commission, 20, p.SYMBOL),
        read(f"{v1}rateLimit/order", settings.order_limits, 1),
        read(f"{v1}apiTradingStatus", settings.trading_status, _each(1, 10), p.ANY_SYMBOL),
        read(f"{v1}positionSide/dual", settings.position_mode, 30),
        read(f"{v1}multiAssetsMargin", settings.assets_mode, 30),
        read(f"{v1}feeBurn", settings.fee_burn, 30),
        read(f"{v1}positionMargin/history", settings.margin_history, 1, p.SYMBOL, *_TIMED, p.limit(500)),
        read("/sapi/v1/capital/config/getall", settings.coins, 10),
        read("/sapi/v1/margin/isolated/allPairs", settings.none, 10, p.ANY_SYMBOL),
        *wallet(),
        _one("GET /sapi/v1/margin/allPairs", settings.none, 1, p.ANY_SYMBOL, security=_KEY),
    ]


def setting(settings: Settings) -> list[Endpoint]:
    """What an account may set."""

    def put(path: str, handler: Handler, *params: Param) -> Endpoint:
        return _one(f"POST /fapi/v1/{path}", handler, 1, *params, security=_TRADE)

    flag = shared.boolean
    return [
        put("leverage", settings.leverage, p.SYMBOL, Param("leverage", shared.integer, required=True)),
        put("marginType", settings.margin_type, p.SYMBOL, Param("marginType", p.margin_type, required=True)),
        put(
            "positionMargin",
            settings.position_margin,
            p.SYMBOL,
            p.POSITION_SIDE,
            Param("amount", p.AMOUNT, required=True),
            Param("type", p.enum(("1", "2"), -1130, "Data sent for parameter 'type' is not valid."), required=True),
        ),
        put("positionSide/dual", settings.set_position_mode, Param("dualSidePosition", flag, required=True)),
        put("multiAssetsMargin", settings.set_assets_mode, Param("multiAssetsMargin", flag, required=True)),
    ]


def _each(one: int, every: int) -> Any:
    """So much for one symbol, so much for all."""

    def weight(params: Mapping[str, Any]) -> int:
        return one if "symbol" in params else every

    return weight

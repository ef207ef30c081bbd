"""Binance Spot's public requests: path and method name, parameters, weight."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import spot_terms as terms
from .common import params as p
from .common.endpoint import Endpoint
from .common.errors import BinanceError
from .common.params import Param, Table
from .spot_klines import time_zone
from .spot_market import Market, depth_weight
from .spot_order_params import SYMBOL
from .spot_tickers import WINDOWS, Tickers, day_weight, each_weight, price_weight

_ANY_SYMBOL = Param("symbol", p.symbol)
_SYMBOLS = Param("symbols", p.symbols)
_STATUS = Param("symbolStatus", p.one_of(terms.STATUSES, BinanceError(-1122, "Invalid symbolStatus.")))
_LIMIT = Param("limit", p.limit(1000))
_START, _END = Param("startTime", p.moment), Param("endTime", p.moment)
_FROM = Param("fromId", p.long)
_TYPE = Param("type", p.one_of(("FULL", "MINI"), BinanceError(-1139, "Invalid ticker type.")))
_ZONE = Param("timeZone", time_zone)
_KLINES = Table(
    SYMBOL,
    Param("interval", p.one_of(terms.INTERVALS_MS, BinanceError(-1120, "Invalid interval.")), required=True),
    _START,
    _END,
    _ZONE,
    _LIMIT,
)
_TICKER = (_ANY_SYMBOL, _SYMBOLS, _STATUS)
_WINDOW = Param("windowSize", p.one_of(WINDOWS, BinanceError(-1120, "Invalid interval.")))


#: What the exchange has answered under /api/v1 ever since; python-binance asked for trades there until 2024.
_TRADES = ("trades", "historicalTrades", "aggTrades")
_FIRST_VERSION = ("ping", "time", "exchangeInfo", "depth", *_TRADES, "klines", "ticker/24hr")


def public(market: Market, tickers: Tickers) -> list[Endpoint]:
    """What needs no key."""
    current = _current(market, tickers)
    first = {f"GET /api/v3/{name}": f"GET /api/v1/{name}" for name in _FIRST_VERSION}
    return [*current, *(replace(one, route=first[one.route], frame="") for one in current if one.route in first)]


def _current(market: Market, tickers: Tickers) -> list[Endpoint]:
    return [
        Endpoint(route="GET /api/v3/ping", frame="ping", handler=market.ping),
        Endpoint(route="GET /api/v3/time", frame="time", handler=market.time),
        Endpoint(
            route="GET /api/v3/exchangeInfo",
            frame="exchangeInfo",
            handler=market.exchange_info,
            weight=20,
            table=Table(
                *_TICKER, Param("permissions", p.words(terms.PERMISSIONS)), Param("showPermissionSets", p.boolean)
            ),
        ),
        Endpoint(
            route="GET /api/v3/executionRules",
            frame="executionRules",
            handler=market.execution_rules,
            weight=_rules_weight,
            table=Table(*_TICKER),
        ),
        Endpoint(
            route="GET /api/v3/depth",
            frame="depth",
            handler=market.depth,
            weight=depth_weight,
            table=Table(SYMBOL, Param("limit", p.limit(5000)), _STATUS),
        ),
        Endpoint(
            route="GET /api/v3/trades",
            frame="trades.recent",
            handler=market.trades,
            weight=25,
            table=Table(SYMBOL, _LIMIT),
        ),
        Endpoint(
            route="GET /api/v3/historicalTrades",
            frame="trades.historical",
            handler=market.historical_trades,
            weight=25,
            table=Table(SYMBOL, _LIMIT, _FROM),
        ),
        Endpoint(
            route="GET /api/v3/aggTrades",
            frame="trades.aggregate",
            handler=market.agg_trades,
            weight=4,
            table=Table(SYMBOL, _FROM, _START, _END, _LIMIT),
        ),
        Endpoint(route="GET /api/v3/klines", frame="klines", handler=market.klines, weight=2, table=_KLINES),
        Endpoint(route="GET /api/v3/uiKlines", frame="uiKlines", handler=market.klines, weight=2, table=_KLINES),
        Endpoint(
            route="GET /api/v3/avgPrice", frame="avgPrice", handler=market.avg_price, weight=2, table=Table(SYMBOL)
        ),
        Endpoint(
            route="GET /api/v3/referencePrice",
            frame="referencePrice",
            handler=market.reference_price,
            weight=2,
            table=Table(SYMBOL),
        ),
        Endpoint(
            route="GET /api/v3/referencePrice/calculation",
            frame="referencePrice.calculation",
            handler=market.reference_price,
            weight=2,
            table=Table(SYMBOL, _STATUS),
        ),
        Endpoint(
            route="GET /api/v3/ticker/24hr",
            frame="ticker.24hr",
            handler=tickers.day,
            weight=day_weight,
            table=Table(*_TICKER, _TYPE),
        ),
        Endpoint(
            route="GET /api/v3/ticker/price",
            frame="ticker.price",
            handler=tickers.price,
            weight=price_weight,
            table=Table(*_TICKER),
        ),
        Endpoint(
            route="GET /api/v3/ticker/bookTicker",
            frame="ticker.book",
            handler=tickers.book,
            weight=price_weight,
            table=Table(*_TICKER),
        ),
        Endpoint(
            route="GET /api/v3/ticker",
            frame="ticker",
            handler=tickers.rolling,
            weight=each_weight,
            table=Table(*_TICKER, _TYPE, _WINDOW),
        ),
        Endpoint(
            route="GET /api/v3/ticker/tradingDay",
            frame="ticker.tradingDay",
            handler=tickers.trading_day,
            weight=each_weight,
            table=Table(*_TICKER, _TYPE, _ZONE),
        ),
    ]


def _rules_weight(params: Mapping[str, Any]) -> int:
    return 2 if "symbol" in params else min(40, 2 * len(params["symbols"])) if "symbols" in params else 40

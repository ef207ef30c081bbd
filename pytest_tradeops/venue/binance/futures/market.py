"""What everybody may read: the exchange, its books, trades, klines, prices."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ...engine import Kline
from ...engine.model import Instrument, Side
from ...kit.limits import ORDERS, REQUEST_WEIGHT
from .. import spot_klines
from ..common.endpoint import Call
from ..common.errors import BinanceError
from ..common.numbers import MILLI, fixed, plain
from ..spot_tape import Aggregate
from . import terms as allowed
from .desk import Desk
from .render import price_of, quantity_of
from .tapes import Tapes

_HOUR_NS = 3_600 * 1_000_000_000
_INTERVALS = {"1m": ("MINUTE", 1), "10s": ("SECOND", 10)}


class Market:
    """Endpoints without a key."""

    def __init__(self, desk: Desk, tapes: Tapes) -> None:
        self._desk = desk
        self._tapes = tapes

    def ping(self, call: Call) -> dict[str, Any]:
        del call
        return {}

    def time(self, call: Call) -> dict[str, Any]:
        return {"serverTime": call.now}

    def exchange_info(self, call: Call) -> dict[str, Any]:
        rules = self._desk.exchange.limiter.rules
        return {
            "timezone": "UTC",
            "serverTime": call.now,
            "futuresType": "U_MARGINED",
            "rateLimits": [
                {
                    "rateLimitType": {REQUEST_WEIGHT: "REQUEST_WEIGHT", ORDERS: "ORDERS"}[rule.bucket],
                    "interval": _INTERVALS[rule.label][0],
                    "intervalNum": _INTERVALS[rule.label][1],
                    "limit": rule.limit,
                }
                for rule in rules
                if rule.bucket in (REQUEST_WEIGHT, ORDERS) and rule.label in _INTERVALS
            ],
            "exchangeFilters": [],
            "assets": [
                {"asset": quote, "marginAvailable": True, "autoAssetExchange": "-10000"} for quote in self._desk.quotes
            ],
            "symbols": [allowed.symbol_info(one) for one in self._desk.instruments.values()],
        }

    def depth(self, call: Call) -> dict[str, Any]:
        one = self._desk.instrument(call["symbol"])
        book = self._desk.read().book(one.key, call.get("limit", 500))
        return {
            "lastUpdateId": book.last_id,
            "E": call.now,
            "T": call.now,
            "bids": levels(one, book.bids),
            "asks": levels(one, book.asks),
        }

    def trades(self, call: Call) -> list[dict[str, Any]]:
        one = self._desk.instrument(call["symbol"])
        return [self._trade(one, trade) for trade in self._desk.read().trades(one.key, call.get("limit", 500))]

    def historical_trades(self, call: Call) -> list[dict[str, Any]]:
        one = self._desk.instrument(call["symbol"])
        trades, size = self._desk.read().trades(one.key, 5_000), call.get("limit", 100)
        if "fromId" in call.params:
            trades = [trade for trade in trades if trade.trade_id >= call["fromId"]][:size]
        return [self._trade(one, trade) for trade in trades[-size:]]

    def agg_trades(self, call: Call) -> list[dict[str, Any]]:
        one = self._desk.instrument(call["symbol"])
        self._desk.read()
        start, end, size = call.get("startTime"), call.get("endTime"), call.get("limit", 500)
        if start is not None and end is not None:
            if start > end:
                raise BinanceError(-1023, "Start time is greater than end time.")
            if end - start > _HOUR_NS:
                raise BinanceError(-1127, "More than 1 hours between startTime and endTime.")
        found = list(self._tapes.aggregates(one.key))
        if "fromId" in call.params:
            found = [each for each in found if each.number >= call["fromId"]][:size]
        elif start is not None or end is not None:
            found = [
                each
                for each in found
                if (start is None or each.time_ns // MILLI * MILLI >= start)
                and (end is None or each.time_ns // MILLI * MILLI <= end)
            ]
            found = found[:size] if start is not None else found[-size:]
        else:
            found = found[-size:]
        return [aggregate(one, each) for each in found]

    # -- klines ------------------------------------------------------------------------------------------------------

    def klines(self, call: Call) -> list[list[Any]]:
        return self._klines(call, self._desk.instrument(call["symbol"]), _traded)

    def continuous_klines(self, call: Call) -> list[list[Any]]:
        if call["contractType"] != "PERPETUAL":
            self._pair(call)
            return []
        return self._klines(call, self._pair(call), _traded)

    def mark_klines(self, call: Call) -> list[list[Any]]:
        return self._klines(call, self._desk.instrument(call["symbol"]), _untraded)

    def index_klines(self, call: Call) -> list[list[Any]]:
        return self._klines(call, self._pair(call), _untraded)

    def premium_klines(self, call: Call) -> list[list[Any]]:
        return self._klines(call, self._desk.instrument(call["symbol"]), _premium)

    def _pair(self, call: Call) -> Instrument:
        one = self._desk.instruments.get(call["pair"])
        if one is None:
            raise BinanceError(-4144, "Invalid pair")
        return one

    def _klines(self, call: Call, one: Instrument, row: Callable[[Instrument, Kline, str], list[Any]]) -> list[Any]:
        start, end, interval = call.get("startTime"), call.get("endTime"), call["interval"]
        if start is not None and end is not None and start > end:
            raise BinanceError(-1023, "Start time is greater than end time.")
        bars = spot_klines.klines(
            self._desk.read(), one.key, interval, start_ns=start, end_ns=end, limit=call.get("limit", 500)
        )
        return [row(one, bar, interval) for bar in bars]

    @staticmethod
    def _trade(one: Instrument, trade: Any) -> dict[str, Any]:
        return {
            "id": trade.trade_id,
            "price": price_of(one, trade.price),
            "qty": quantity_of(one, trade.quantity),
            "quoteQty": plain(trade.price * trade.quantity),
            "time": trade.time_ns // MILLI,
            "isBuyerMaker": trade.side is Side.SELL,
            "isRPITrade": False,
        }


def levels(one: Instrument, side: tuple[tuple[Decimal, Decimal], ...]) -> list[list[str]]:
    """Price and quantity as texts."""
    return [[price_of(one, price), quantity_of(one, quantity)] for price, quantity in side]


def aggregate(one: Instrument, each: Aggregate) -> dict[str, Any]:
    """An entry of aggTrades, and most of its stream's event."""
    return {
        "a": each.number,
        "p": price_of(one, each.price),
        "q": quantity_of(one, each.quantity),
        "nq": quantity_of(one, each.quantity),
        "f": each.first,
        "l": each.last,
        "T": each.time_ns // MILLI,
        "m": each.side is Side.SELL,
    }


def depth_weight(params: Mapping[str, Any]) -> int:
    size = params.get("limit", 500)
    return 2 if size <= 50 else 5 if size <= 100 else 10 if size <= 500 else 20


def kline_weight(params: Mapping[str, Any]) -> int:
    size = params.get("limit", 500)
    return 1 if size < 100 else 2 if size < 500 else 5 if size <= 1000 else 10


def _row(bar: Kline, interval: str, prices: list[str], volumes: list[Any]) -> list[Any]:
    closing = spot_klines.closing(bar.open_ns, interval) // MILLI - 1
    volume, quote_volume, count, base, quote = volumes
    return [bar.open_ns // MILLI, *prices, volume, closing, quote_volume, count, base, quote, "0"]


def _traded(one: Instrument, bar: Kline, interval: str) -> list[Any]:
    prices = [price_of(one, price) for price in (bar.open, bar.high, bar.low, bar.close)]
    volumes = [
        quantity_of(one, bar.volume),
        plain(bar.quote_volume),
        bar.trades,
        quantity_of(one, bar.taker_base),
        plain(bar.taker_quote),
    ]
    return _row(bar, interval, prices, volumes)


def _untraded(one: Instrument, bar: Kline, interval: str) -> list[Any]:
    del one
    prices = [fixed(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    return _row(bar, interval, prices, ["0", "0", 60, "0", "0"])


def _premium(one: Instrument, bar: Kline, interval: str) -> list[Any]:
    """The index price is the mark price here, so there never is a premium."""
    del one
    return _row(bar, interval, ["0.00000000"] * 4, ["0", "0", 12, "0", "0"])

"""market/...: everything that needs no key."""

from collections.abc import Mapping
from typing import Any

from . import listing, params, tickers
from .books import Books
from .desk import Desk
from .errors import params_error
from .pages import page, result
from .text import NANOS_PER_MS, ms, quantity

_SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * _SECOND_NS
_DAY_NS = 86_400 * _SECOND_NS
#: Months are not all alike: their candles are thirty days here.
INTERVAL_NS = {
    **{name: int(name) * MINUTE_NS for name in params.INTERVALS if name.isdigit()},
    "D": _DAY_NS,
    "W": 7 * _DAY_NS,
    "M": 30 * _DAY_NS,
}
_INTEREST_MS = {
    "5min": 300_000,
    "15min": 900_000,
    "30min": 1_800_000,
    "1h": 3_600_000,
    "4h": 14_400_000,
    "1d": 86_400_000,
}

_SYMBOL = params.text("symbol", required=True)
_INFO = (
    params.CATEGORY,
    params.SYMBOL,
    params.text("baseCoin"),
    params.text("status", "PreLaunch", "Trading", "Delivering", "Closed"),
    params.integer("limit", 1, 1000, default=500),
    params.text("cursor"),
)
_TICKERS = (params.CATEGORY, params.SYMBOL, params.text("baseCoin"))
_BOOK = (params.CATEGORY, _SYMBOL, params.integer("limit", 1, 1000))
_KLINE = (
    params.text("category", *params.CATEGORIES, default="linear"),
    _SYMBOL,
    params.text("interval", *params.INTERVALS, required=True),
    params.stamp("start"),
    params.stamp("end"),
    params.integer("limit", 1, 1000, default=200),
)
_TRADES = (params.CATEGORY, params.SYMBOL, params.integer("limit", 1, 1000))
_FUNDING = (params.CATEGORY, _SYMBOL, *params.WINDOW, params.integer("limit", 1, 200, default=200))
_INTEREST = (
    params.CATEGORY,
    _SYMBOL,
    params.text("intervalTime", *_INTEREST_MS, required=True),
    *params.WINDOW,
    params.integer("limit", 1, 200, default=50),
    params.text("cursor"),
)
_RISK = (params.CATEGORY, params.SYMBOL, params.text("cursor"))
_RISK_PAGE = 15
_FUNDING_HISTORY_MS = 60 * 86_400_000

type Given = Mapping[str, Any]


class Market:
    """Public answers; each raises Refusal."""

    def __init__(self, desk: Desk, books: Books) -> None:
        self._desk = desk
        self._books = books

    def time(self, _given: Given) -> dict[str, Any]:
        now = self._desk.exchange.clock.now_ns()
        return {"timeSecond": str(now // _SECOND_NS), "timeNano": str(now)}

    def instruments(self, given: Given) -> dict[str, Any]:
        asked = params.read(given, _INFO)
        category = asked["category"]
        listed = listing.of_category(self._desk.exchange.engine.instruments.values(), category)
        numbers = {one.key: number for number, one in enumerate(listed, 1)}
        if asked["symbol"]:
            listed = [self._desk.instrument(category, asked["symbol"])]
        if asked["baseCoin"] and category != "spot":
            listed = [one for one in listed if one.base == asked["baseCoin"]]
        if asked["status"] not in (None, "Trading"):
            listed = []
        if category == "spot":
            return {"category": category, "list": [listing.info(one, numbers[one.key]) for one in listed]}
        chunk, cursor = page(listed, asked["limit"], asked["cursor"], lambda one: one.symbol)
        return result(category, [listing.info(one, numbers[one.key]) for one in chunk], cursor)

    def tickers(self, given: Given) -> dict[str, Any]:
        asked = params.read(given, _TICKERS)
        engine = self._desk.read()
        listed = listing.of_category(engine.instruments.values(), asked["category"])
        if asked["symbol"]:
            listed = [self._desk.instrument(asked["category"], asked["symbol"])]
        return {"category": asked["category"], "list": [tickers.ticker(engine, one) for one in listed]}

    def orderbook(self, given: Given) -> dict[str, Any]:
        asked = params.read(given, _BOOK)
        instrument = self._desk.instrument(asked["category"], asked["symbol"])
        limit = asked["limit"] or (1 if asked["category"] == "spot" else 25)
        self._desk.read()
        return self._books.snapshot(instrument, limit)

    def rpi_orderbook(self, given: Given) -> dict[str, Any]:
        """The same with a third number: nobody has retail price improvement orders here."""
        found = self.orderbook({"category": "spot", **given})
        return found | {side: [[*level, "0"] for level in found[side]] for side in ("b", "a")}

    def kline(self, given: Given) -> dict[str, Any]:
        return self._klines(given, volumes=True)

    def mark_kline(self, given: Given) -> dict[str, Any]:
        """Mark and index price follow the last price here, and so do their candles."""
        return self._klines(given, volumes=False)

    def premium_kline(self, given: Given) -> dict[str, Any]:
        """The mark price is the index price here: there never is a premium."""
        self._derivative(params.read(given, _KLINE))
        found = self._klines(given, volumes=False)
        return found | {"list": [[row[0], *["0.000000"] * 4] for row in found["list"]]}

    def _klines(self, given: Given, *, volumes: bool) -> dict[str, Any]:
        asked = params.read(given, _KLINE)
        instrument = self._desk.instrument(asked["category"], asked["symbol"])
        start, end = asked["start"], asked["end"]
        if start is not None and end is not None and start > end:
            raise params_error("Invalid period!")
        engine = self._desk.read()
        found = engine.klines(
            instrument.key,
            INTERVAL_NS[asked["interval"]],
            start_ns=None if start is None else start * NANOS_PER_MS,
            end_ns=None if end is None else end * NANOS_PER_MS,
            limit=asked["limit"],
        )
        candles = [tickers.candle(instrument, one, volumes=volumes) for one in reversed(found)]
        return {"category": asked["category"], "symbol": instrument.symbol, "list": candles}

    def trades(self, given: Given) -> dict[str, Any]:
        asked = params.read(given, _TRADES)
        instrument = self._desk.instrument(asked["category"], asked["symbol"])
        spot = asked["category"] == "spot"
        limit = min(asked["limit"] or 1000, 60 if spot else 1000) if asked["limit"] else (60 if spot else 500)
        found = self._desk.read().trades(instrument.key, limit)
        return {
            "category": asked["category"],
            "list": [tickers.public_trade(instrument, one) for one in reversed(found)],
        }

    def funding(self, given: Given) -> dict[str, Any]:
        """One rate for the last sixty days: funding is not paid here."""
        asked = params.read(given, _FUNDING)
        self._derivative(asked)
        if asked["startTime"] is not None and asked["endTime"] is None:
            raise params_error("params error: endTime is required")
        period = listing.FUNDING_MINUTES * 60_000
        last = min(asked["endTime"] or self._desk.now_ms, self._desk.now_ms) // period * period
        first = max(asked["startTime"] or 0, self._desk.now_ms - _FUNDING_HISTORY_MS)
        times = (last - index * period for index in range(asked["limit"]))
        rates = [
            {"symbol": asked["symbol"], "fundingRate": tickers.FUNDING_RATE, "fundingRateTimestamp": str(time)}
            for time in times
            if time >= first
        ]
        return {"category": asked["category"], "list": rates}

    def open_interest(self, given: Given) -> dict[str, Any]:
        """Today's, for every time: its history is not kept."""
        asked = params.read(given, _INTEREST)
        instrument = self._derivative(asked)
        period = _INTEREST_MS[asked["intervalTime"]]
        held = tickers.open_interest(self._desk.read(), instrument)
        last = min(asked["endTime"] or self._desk.now_ms, self._desk.now_ms) // period * period
        times = (last - index * period for index in range(asked["limit"]))
        entries = [
            {
                "openInterest": quantity(instrument, 2 * held),
                "singleOpenInterest": quantity(instrument, held),
                "timestamp": str(time),
            }
            for time in times
            if time >= max(asked["startTime"] or 0, listing.LAUNCHED_MS)
        ]
        return result(asked["category"], entries, "") | {"symbol": instrument.symbol}

    def risk_limit(self, given: Given) -> dict[str, Any]:
        asked = params.read(given, _RISK)
        if asked["category"] not in ("linear", "inverse"):
            raise params_error("Illegal category")
        listed = listing.of_category(self._desk.exchange.engine.instruments.values(), asked["category"])
        if asked["symbol"]:
            listed = [self._desk.instrument(asked["category"], asked["symbol"])]
        chunk, cursor = page(listed, _RISK_PAGE, asked["cursor"], lambda one: one.symbol)
        return result(asked["category"], [listing.risk_limit(one, 1) for one in chunk], cursor)

    def _derivative(self, asked: Given) -> Any:
        if asked["category"] not in ("linear", "inverse"):
            raise params_error("Illegal category")
        return self._desk.instrument(asked["category"], asked["symbol"])


__all__ = ["INTERVAL_NS", "Market", "ms"]

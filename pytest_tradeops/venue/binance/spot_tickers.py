"""Tickers: 24 hours, rolling windows, trading days, last prices, best bids and asks."""

from collections.abc import Mapping
from typing import Any

from ..engine import Ticker
from ..engine.model import Instrument
from . import spot_klines
from .common import errors
from .common.endpoint import Call
from .common.errors import BinanceError
from .common.numbers import fixed, percent
from .spot_desk import Desk

_MINUTE_NS = 60_000_000_000
_DAY_NS = 1440 * _MINUTE_NS
WINDOWS = {
    **{f"{number}m": number * _MINUTE_NS for number in range(1, 60)},
    **{f"{number}h": number * 60 * _MINUTE_NS for number in range(1, 24)},
    **{f"{number}d": number * _DAY_NS for number in range(1, 8)},
}
_MINI = ("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime")
_IDS = ("firstId", "lastId", "count")


class Tickers:
    """The ticker endpoints: one object for `symbol`, a list for `symbols` or for all."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def day(self, call: Call) -> Any:
        return self._each(call, lambda one: _typed(call, day_ticker(self._desk, one, call.unit)))

    def price(self, call: Call) -> Any:
        engine = self._desk.exchange.read()
        return self._each(call, lambda one: {"symbol": one.symbol, "price": fixed(engine.last_price(one.key))})

    def book(self, call: Call) -> Any:
        engine = self._desk.exchange.read()
        return self._each(call, lambda one: _book(one, engine.ticker(one.key)))

    def rolling(self, call: Call) -> Any:
        self._one_needed(call)
        length = WINDOWS[call.get("windowSize", "1d")]
        return self._each(call, lambda one: _typed(call, window_ticker(self._desk, one, length, call.unit)))

    def trading_day(self, call: Call) -> Any:
        self._one_needed(call)
        zone = call.get("timeZone", 0)
        start = spot_klines.opening(call.now_ns, "1d", zone)

        def shown(one: Instrument) -> dict[str, Any]:
            ticker = _since(self._desk, one, start, call.unit)
            return _typed(call, {**ticker, "closeTime": call.time(start + _DAY_NS) - 1})

        return self._each(call, shown)

    def _one_needed(self, call: Call) -> None:
        if "symbol" not in call.params and "symbols" not in call.params:
            raise errors.either("symbol", "symbols")
        if len(call.get("symbols", ())) > 100:
            raise BinanceError(-1101, "Too many parameters sent for this endpoint.")

    def _each(self, call: Call, show: Any) -> Any:
        if "symbol" in call.params and "symbols" in call.params:
            raise errors.bad_combination()
        matches = call.get("symbolStatus", "TRADING") == "TRADING"
        if "symbol" in call.params:
            instrument = self._desk.instrument(call["symbol"])
            if not matches:
                raise BinanceError(-1220, "The symbol's status does not match the requested symbolStatus.")
            return show(instrument)
        wanted = [self._desk.instrument(one) for one in call.get("symbols", self._desk.instruments)]
        return [show(one) for one in wanted] if matches else []


def day_ticker(desk: Desk, instrument: Instrument, unit: int) -> dict[str, Any]:
    """The last 24 hours, as ticker/24hr shows them."""
    engine = desk.exchange.read()
    ticker = engine.ticker(instrument.key)
    last = engine.trades(instrument.key, limit=1)
    last_id = last[-1].trade_id if last else -1
    change = ticker.last - ticker.open
    average = ticker.quote_volume / ticker.volume if ticker.volume else ticker.last
    return {
        "symbol": instrument.symbol,
        "priceChange": fixed(change),
        "priceChangePercent": percent(change, ticker.open),
        "weightedAvgPrice": fixed(average),
        "prevClosePrice": fixed(ticker.open),
        "lastPrice": fixed(ticker.last),
        "lastQty": fixed(last[-1].quantity if last else None),
        "bidPrice": fixed(ticker.bid),
        "bidQty": fixed(ticker.bid_quantity),
        "askPrice": fixed(ticker.ask),
        "askQty": fixed(ticker.ask_quantity),
        "openPrice": fixed(ticker.open),
        "highPrice": fixed(ticker.high),
        "lowPrice": fixed(ticker.low),
        "volume": fixed(ticker.volume),
        "quoteVolume": fixed(ticker.quote_volume),
        "openTime": ticker.open_ns // unit,
        "closeTime": ticker.close_ns // unit,
        "firstId": max(1, last_id - ticker.trades + 1) if last else -1,
        "lastId": last_id,
        "count": ticker.trades,
    }


def window_ticker(desk: Desk, instrument: Instrument, length_ns: int, unit: int) -> dict[str, Any]:
    """The last so many minutes, from a whole minute on."""
    now = desk.exchange.read().now_ns
    return _since(desk, instrument, (now - length_ns) // _MINUTE_NS * _MINUTE_NS, unit)


def _since(desk: Desk, instrument: Instrument, start_ns: int, unit: int) -> dict[str, Any]:
    engine = desk.exchange.read()
    bars = engine.klines(instrument.key, _MINUTE_NS, start_ns=start_ns, limit=20_000)
    bars = bars or engine.klines(instrument.key, _MINUTE_NS, limit=1)
    whole = spot_klines.joined(bars)
    last = engine.trades(instrument.key, limit=1)
    last_id = last[-1].trade_id if last else -1
    change = whole.close - whole.open
    return {
        "symbol": instrument.symbol,
        "priceChange": fixed(change),
        "priceChangePercent": percent(change, whole.open),
        "weightedAvgPrice": fixed(whole.quote_volume / whole.volume if whole.volume else whole.close),
        "openPrice": fixed(whole.open),
        "highPrice": fixed(whole.high),
        "lowPrice": fixed(whole.low),
        "lastPrice": fixed(whole.close),
        "volume": fixed(whole.volume),
        "quoteVolume": fixed(whole.quote_volume),
        "openTime": start_ns // unit,
        "closeTime": engine.now_ns // unit,
        "firstId": max(1, last_id - whole.trades + 1) if last else -1,
        "lastId": last_id,
        "count": whole.trades,
    }


def _book(instrument: Instrument, ticker: Ticker) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "bidPrice": fixed(ticker.bid),
        "bidQty": fixed(ticker.bid_quantity),
        "askPrice": fixed(ticker.ask),
        "askQty": fixed(ticker.ask_quantity),
    }


def _typed(call: Call, ticker: dict[str, Any]) -> dict[str, Any]:
    return {name: ticker[name] for name in (*_MINI, *_IDS)} if call.get("type") == "MINI" else ticker


# -- weights ---------------------------------------------------------------------------------------------------------


def day_weight(params: Mapping[str, Any]) -> int:
    """2 for one symbol and up to twenty, 40 up to a hundred, 80 for all."""
    if "symbol" in params:
        return 2
    count = len(params["symbols"]) if "symbols" in params else 101
    return 2 if count <= 20 else 40 if count <= 100 else 80


def price_weight(params: Mapping[str, Any]) -> int:
    """2 for one symbol, else 4."""
    return 2 if "symbol" in params else 4


def each_weight(params: Mapping[str, Any]) -> int:
    """4 for each symbol, 200 at most."""
    return min(200, 4 * len(params.get("symbols", (1,))))

"""Prices that everybody may read: tickers, mark prices, funding, open interest."""

from collections.abc import Callable
from typing import Any

from ...engine.model import ZERO, Instrument
from ..common.endpoint import Call
from ..common.numbers import MILLI, fixed, percent
from . import terms as allowed
from .desk import Desk
from .render import price_of, quantity_of

_FUNDING_NS = allowed.FUNDING_HOURS * 3_600 * 1_000_000_000
NO_RATE = "0.00000000"


class Prices:
    """Endpoints without a key: one object for a symbol, a list for all."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def day(self, call: Call) -> Any:
        return self._each(call, self.day_of)

    def price(self, call: Call) -> Any:
        engine = self._desk.read()
        return self._each(
            call,
            lambda one: {"symbol": one.symbol, "price": price_of(one, engine.last_price(one.key)), "time": call.now},
        )

    def book_ticker(self, call: Call) -> Any:
        return self._each(call, lambda one: self.best(one, call.now))

    def best(self, one: Instrument, now_ms: int) -> dict[str, Any]:
        book = self._desk.read().book(one.key, 1)
        bid, ask = (book.bids or ((ZERO, ZERO),))[0], (book.asks or ((ZERO, ZERO),))[0]
        return {
            "symbol": one.symbol,
            "bidPrice": price_of(one, bid[0]),
            "bidQty": quantity_of(one, bid[1]),
            "askPrice": price_of(one, ask[0]),
            "askQty": quantity_of(one, ask[1]),
            "time": now_ms,
            "lastUpdateId": book.last_id,
        }

    def day_of(self, one: Instrument) -> dict[str, Any]:
        """The last 24 hours."""
        engine = self._desk.read()
        ticker = engine.ticker(one.key)
        last = engine.trades(one.key, 1)
        last_id = last[-1].trade_id if last else 0
        change = ticker.last - ticker.open
        average = ticker.quote_volume / ticker.volume if ticker.volume else ticker.last
        return {
            "symbol": one.symbol,
            "priceChange": price_of(one, change),
            "priceChangePercent": percent(change, ticker.open),
            "weightedAvgPrice": price_of(one, average),
            "lastPrice": price_of(one, ticker.last),
            "lastQty": quantity_of(one, last[-1].quantity if last else ZERO),
            "openPrice": price_of(one, ticker.open),
            "highPrice": price_of(one, ticker.high),
            "lowPrice": price_of(one, ticker.low),
            "volume": quantity_of(one, ticker.volume),
            "quoteVolume": fixed(ticker.quote_volume, 2),
            "openTime": ticker.open_ns // MILLI,
            "closeTime": ticker.close_ns // MILLI,
            "firstId": max(1, last_id - ticker.trades + 1),
            "lastId": last_id,
            "count": ticker.trades,
        }

    def premium_index(self, call: Call) -> Any:
        return self._each(call, lambda one: self._premium_of(one, call))

    def funding_rates(self, call: Call) -> list[dict[str, Any]]:
        """Always zero: nothing is charged here, and so nothing is announced."""
        chosen = [self._desk.instrument(call["symbol"])] if "symbol" in call.params else self._desk.instruments.values()
        size = call.get("limit", 100)
        last = min(call.get("endTime", call.now_ns), call.now_ns) // _FUNDING_NS
        first = max(last - size + 1, 0)
        if "startTime" in call.params:
            first = -(-call["startTime"] // _FUNDING_NS)
            last = min(last, first + size - 1)
        engine = self._desk.read()
        return [
            {
                "symbol": one.symbol,
                "fundingTime": number * _FUNDING_NS // MILLI,
                "fundingRate": NO_RATE,
                "markPrice": fixed(engine.mark_price(one.key)),
            }
            for number in range(first, last + 1)
            for one in chosen
        ]

    def funding_info(self, call: Call) -> list[dict[str, Any]]:
        del call
        return [
            {
                "symbol": one.symbol,
                "adjustedFundingRateCap": NO_RATE,
                "adjustedFundingRateFloor": NO_RATE,
                "fundingIntervalHours": allowed.FUNDING_HOURS,
                "disclaimer": False,
            }
            for one in self._desk.instruments.values()
        ]

    def open_interest(self, call: Call) -> dict[str, Any]:
        """Half of all positions that accounts hold; the background's is not counted."""
        one = self._desk.instrument(call["symbol"])
        engine = self._desk.read()
        held = sum((abs(engine.position(name, one.key).quantity) for name in engine.accounts()), ZERO)
        return {"symbol": one.symbol, "openInterest": quantity_of(one, held), "time": call.now}

    def constituents(self, call: Call) -> dict[str, Any]:
        """What the index price is made of: this exchange alone."""
        one = self._desk.instrument(call["symbol"])
        price = fixed(self._desk.read().mark_price(one.key))
        part = {"exchange": "binance", "symbol": one.symbol, "price": price, "weight": "1.00000000"}
        return {"symbol": one.symbol, "time": call.now, "constituents": [part]}

    def adl_risk(self, call: Call) -> Any:
        return self._each(call, lambda one: {"symbol": one.symbol, "adlRisk": "low", "updateTime": call.now})

    def none(self, call: Call) -> list[Any]:
        """Composite indices, indices of assets: there are none."""
        del call
        return []

    def _premium_of(self, one: Instrument, call: Call) -> dict[str, Any]:
        mark = fixed(self._desk.read().mark_price(one.key))
        return {
            "symbol": one.symbol,
            "markPrice": mark,
            "indexPrice": mark,
            "estimatedSettlePrice": mark,
            "lastFundingRate": NO_RATE,
            "interestRate": NO_RATE,
            "nextFundingTime": next_funding(call.now_ns),
            "time": call.now,
        }

    def _each(self, call: Call, show: Callable[[Instrument], dict[str, Any]]) -> Any:
        if "symbol" in call.params:
            return show(self._desk.instrument(call["symbol"]))
        return [show(one) for one in self._desk.instruments.values()]


def next_funding(now_ns: int) -> int:
    """Milliseconds since the epoch."""
    return (now_ns // _FUNDING_NS + 1) * _FUNDING_NS // MILLI

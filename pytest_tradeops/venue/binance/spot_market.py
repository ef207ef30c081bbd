"""Public endpoints about the exchange and its markets: rules, order book, trades, klines."""

from collections.abc import Mapping
from typing import Any

from ..engine.events import PublicTrade
from ..kit.limits import REQUEST_WEIGHT
from . import spot_klines, spot_tape, spot_terms
from .common import errors
from .common.endpoint import Call
from .common.errors import BinanceError
from .common.numbers import fixed
from .spot_account import order_limits
from .spot_desk import Desk
from .spot_tape import Tape

_MINUTE_NS = 60_000_000_000
RAW_REQUESTS = {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000}


class Market:
    """Market data, from the engine and the tapes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.tapes: dict[str, Tape] = {}

    def start(self) -> None:
        """Reads what has been traded so far."""
        for instrument in self._desk.instruments.values():
            self.tapes[instrument.key] = Tape(self._desk.exchange.engine.trades(instrument.key, limit=5_000))

    # -- the exchange ------------------------------------------------------------------------------------------------

    def ping(self, call: Call) -> dict[str, Any]:
        del call
        return {}

    def time(self, call: Call) -> dict[str, Any]:
        return {"serverTime": call.now}

    def exchange_info(self, call: Call) -> dict[str, Any]:
        if "symbolStatus" in call.params and ("symbol" in call.params or "symbols" in call.params):
            raise errors.bad_combination()
        if "permissions" in call.params and ("symbol" in call.params or "symbols" in call.params):
            raise errors.bad_combination()
        if "symbol" in call.params and "symbols" in call.params:
            raise errors.bad_combination()
        wanted = call.get("symbols") or ([call["symbol"]] if "symbol" in call.params else None)
        chosen = [self._desk.instrument(one) for one in wanted or self._desk.instruments]
        if "SPOT" not in call.get("permissions", ["SPOT"]) or call.get("symbolStatus", "TRADING") != "TRADING":
            chosen = []
        shown = call.get("showPermissionSets", True)
        return {
            "timezone": "UTC",
            "serverTime": call.now,
            "rateLimits": [
                weight_limit(self._desk),
                *order_limits(self._desk, "", call.now_ns, counted=False),
                RAW_REQUESTS,
            ],
            "exchangeFilters": [],
            "symbols": [spot_terms.symbol_info(one, permission_sets=shown) for one in chosen],
        }

    def execution_rules(self, call: Call) -> dict[str, Any]:
        if len(call.params) > 1:
            raise errors.bad_combination()
        wanted = call.get("symbols") or ([call["symbol"]] if "symbol" in call.params else self._desk.instruments)
        return {"symbolRules": [{"symbol": self._desk.instrument(one).symbol, "rules": []} for one in wanted]}

    def reference_price(self, call: Call) -> Any:
        self._desk.instrument(call["symbol"])
        raise BinanceError(-2043, "This symbol doesn't have a reference price.")

    # -- book and trades ---------------------------------------------------------------------------------------------

    def depth(self, call: Call) -> dict[str, Any]:
        market = self._market(call)
        book = self._desk.exchange.read().book(market, call.get("limit", 100))
        return {
            "lastUpdateId": book.last_id,
            "bids": [[fixed(price), fixed(quantity)] for price, quantity in book.bids],
            "asks": [[fixed(price), fixed(quantity)] for price, quantity in book.asks],
        }

    def trades(self, call: Call) -> list[dict[str, Any]]:
        market = self._market(call)
        return [spot_tape.trade(one, call.unit) for one in self._trades(market, call.get("limit", 500))]

    def historical_trades(self, call: Call) -> list[dict[str, Any]]:
        market, limit = self._market(call), call.get("limit", 500)
        if "fromId" not in call.params:
            return self.trades(call)
        found = [one for one in self._trades(market, 5_000) if one.trade_id >= call["fromId"]]
        return [spot_tape.trade(one, call.unit) for one in found[:limit]]

    def agg_trades(self, call: Call) -> list[dict[str, Any]]:
        market, limit = self._market(call), call.get("limit", 500)
        start, end, first = call.get("startTime"), call.get("endTime"), call.get("fromId")
        if first is not None and (start is not None or end is not None):
            raise errors.bad_combination()
        self._desk.exchange.read()
        found = list(self.tapes[market].aggregates)
        if first is not None:
            return [spot_tape.aggregate(one, call.unit) for one in found if one.number >= first][:limit]
        if start is not None:
            found = [one for one in found if one.time_ns >= start]
        if end is not None:
            found = [one for one in found if one.time_ns // 1_000_000 * 1_000_000 <= end]
        found = found[:limit] if start is not None else found[-limit:]
        return [spot_tape.aggregate(one, call.unit) for one in found]

    def klines(self, call: Call) -> list[list[Any]]:
        market, interval, zone = self._market(call), call["interval"], call.get("timeZone", 0)
        found = spot_klines.klines(
            self._desk.exchange.read(),
            market,
            interval,
            start_ns=call.get("startTime"),
            end_ns=call.get("endTime"),
            limit=call.get("limit", 500),
            zone_ns=zone,
        )
        return [spot_klines.row(one, interval, call.unit, zone) for one in found]

    def avg_price(self, call: Call) -> dict[str, Any]:
        market = self._market(call)
        price, last_ns = self.average(market)
        return {"mins": 5, "price": fixed(price), "closeTime": call.time(last_ns)}

    def average(self, market: str) -> tuple[Any, int]:
        """The volume-weighted price of the last five minutes, and the time of the last trade."""
        engine = self._desk.exchange.read()
        bars = engine.klines(market, _MINUTE_NS, limit=5)
        volume = sum(one.volume for one in bars)
        last = self._trades(market, 1)
        price = sum(one.quote_volume for one in bars) / volume if volume else engine.last_price(market)
        return price, last[-1].time_ns if last else engine.now_ns

    def _trades(self, market: str, limit: int) -> list[PublicTrade]:
        return self._desk.exchange.read().trades(market, limit=limit)

    def _market(self, call: Call) -> str:
        instrument = self._desk.instrument(call["symbol"])
        if call.get("symbolStatus", "TRADING") != "TRADING":
            raise BinanceError(-1220, "The symbol's status does not match the requested symbolStatus.")
        return instrument.key


def weight_limit(desk: Desk) -> dict[str, Any]:
    """The limit of request weight, without its count."""
    rule = next(one for one in desk.exchange.limiter.rules if one.bucket == REQUEST_WEIGHT)
    return {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": rule.limit}


def depth_weight(params: Mapping[str, Any]) -> int:
    """5, 25, 50 or 250 by the limit."""
    limit = params.get("limit", 100)
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1000 else 250

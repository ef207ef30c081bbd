"""/futures/data: statistics per period. Who is long and who is short is not kept, so those lists are empty."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ...engine.model import Instrument
from ...engine.views import Kline
from .. import spot_klines
from ..common import errors
from ..common.endpoint import Call, Endpoint
from ..common.numbers import MILLI, fixed
from ..common.params import Param
from . import params as p
from .desk import Desk
from .params import Names
from .prices import Prices

_PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
_NO_RATIO = ("topLongShortAccountRatio", "topLongShortPositionRatio", "globalLongShortAccountRatio")
#: As far back as the exchange goes.
_KEPT_NS = 30 * 24 * 3_600 * 1_000_000_000


def _period(name: str, text: str) -> str:
    if text not in _PERIODS:
        raise errors.invalid(name)
    return text


class Statistics:
    """Endpoints without a key."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self._desk = desk
        self._prices = prices

    def endpoints(self) -> list[Endpoint]:
        timed = (Param("period", _period, required=True), p.START, p.END, p.limit(500))

        def one(name: str, handler: Callable[[Call], Any], *params: Param) -> Endpoint:
            return Endpoint(route=f"GET /futures/data/{name}", handler=handler, weight=0, table=Names(*params, *timed))

        return [
            one("openInterestHist", self.open_interest, p.SYMBOL),
            one("takerlongshortRatio", self.takers, p.SYMBOL),
            one("basis", self.basis, p.PAIR, p.CONTRACT_TYPE),
            *(one(name, self.nothing, p.SYMBOL) for name in _NO_RATIO),
        ]

    def open_interest(self, call: Call) -> list[dict[str, Any]]:
        """Today's, for every time: its history is not kept."""
        held = self._prices.open_interest(call)["openInterest"]
        return [
            {
                "symbol": call["symbol"],
                "sumOpenInterest": held,
                "sumOpenInterestValue": fixed(bar.close * Decimal(held)),
                "CMCCirculatingSupply": "0",
                "timestamp": bar.open_ns // MILLI,
            }
            for bar in self._bars(call, self._desk.instrument(call["symbol"]))
        ]

    def takers(self, call: Call) -> list[dict[str, Any]]:
        found = []
        for bar in self._bars(call, self._desk.instrument(call["symbol"])):
            sold = bar.volume - bar.taker_base
            found.append(
                {
                    "buySellRatio": fixed(bar.taker_base / sold, 4) if sold else "0",
                    "buyVol": fixed(bar.taker_base, 3),
                    "sellVol": fixed(sold, 3),
                    "timestamp": bar.open_ns // MILLI,
                }
            )
        return found

    def basis(self, call: Call) -> list[dict[str, Any]]:
        """The index price is the mark price here, so there never is one."""
        one = self._desk.instruments.get(call["pair"])
        if one is None:
            raise errors.BinanceError(-4144, "Invalid pair")
        if call["contractType"] != "PERPETUAL":
            return []
        return [
            {
                "indexPrice": fixed(bar.close),
                "contractType": "PERPETUAL",
                "basisRate": "0.0000",
                "futuresPrice": fixed(bar.close),
                "annualizedBasisRate": "",
                "basis": "0.00000000",
                "pair": call["pair"],
                "timestamp": bar.open_ns // MILLI,
            }
            for bar in self._bars(call, one)
        ]

    def nothing(self, call: Call) -> list[Any]:
        self._desk.instrument(call["symbol"])
        return []

    def _bars(self, call: Call, one: Instrument) -> list[Kline]:
        start, end = call.get("startTime"), call.get("endTime")
        if start is not None and end is not None and start > end:
            raise errors.BinanceError(-1023, "Start time is greater than end time.")
        oldest = call.now_ns - _KEPT_NS
        bars = spot_klines.klines(
            self._desk.read(),
            one.key,
            call["period"],
            start_ns=None if start is None else max(start, oldest),
            end_ns=end,
            limit=call.get("limit", 30),
        )
        return [bar for bar in bars if bar.open_ns >= oldest]

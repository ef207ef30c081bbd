"""What an account may set, and what it reads of its settings, limits and fees."""

from collections.abc import Callable
from typing import Any

from ...engine.model import Instrument, Reason, Rejected
from ...kit.limits import ORDERS
from ..common.endpoint import Call
from ..common.errors import BinanceError
from ..common.numbers import plain
from . import terms as allowed
from .desk import Desk
from .errors import not_simulated

_DONE = {"code": 200, "msg": "success"}
_WINDOWS = {"10s": ("SECOND", 10), "1m": ("MINUTE", 1)}
type Changed = Callable[[str, dict[str, Any]], None]
type Remargined = Callable[[str, Instrument], None]


class Settings:
    """Leverage, margin modes, position mode, fees, limits.

    Args:
        changed: Told the account and the body of an ACCOUNT_CONFIG_UPDATE.
        remargined: Told the account and the market whose margin type has changed.
    """

    def __init__(self, desk: Desk, changed: Changed, remargined: Remargined) -> None:
        self._desk = desk
        self._changed = changed
        self._remargined = remargined

    def config(self, call: Call) -> dict[str, Any]:
        del call
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": False,
            "dualSidePosition": False,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
        }

    def symbol_config(self, call: Call) -> list[dict[str, Any]]:
        return [
            {
                "symbol": one.symbol,
                "marginType": "ISOLATED" if (call.account, one.symbol) in self._desk.isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": self._desk.leverage(call.account, one),
                "maxNotionalValue": plain(one.max_notional),
            }
            for one in self._chosen(call)
        ]

    def brackets(self, call: Call) -> Any:
        return [allowed.bracket(one) for one in self._chosen(call)]

    def commission(self, call: Call) -> dict[str, Any]:
        one = self._desk.instrument(call["symbol"])
        return {
            "symbol": one.symbol,
            "makerCommissionRate": f"{one.maker_fee:.6f}",
            "takerCommissionRate": f"{one.taker_fee:.6f}",
        }

    def order_limits(self, call: Call) -> list[dict[str, Any]]:
        usage = self._desk.exchange.limiter.usage(ORDERS, call.account, self._desk.now_ms)
        return [
            {
                "rateLimitType": "ORDERS",
                "interval": _WINDOWS[label][0],
                "intervalNum": _WINDOWS[label][1],
                "limit": most,
            }
            for label, most in usage.limits.items()
            if label in _WINDOWS
        ]

    def trading_status(self, call: Call) -> dict[str, Any]:
        return {"indicators": {}, "updateTime": call.now}

    def leverage(self, call: Call) -> dict[str, Any]:
        one = self._desk.instrument(call["symbol"])
        wanted = call["leverage"]
        if not 1 <= wanted <= one.max_leverage:
            raise BinanceError(-4028, f"Leverage {wanted} is not valid")
        before = self._desk.leverage(call.account, one)
        try:
            self._desk.exchange.call("set_leverage", call.account, one.key, wanted)
        except Rejected as error:
            if error.reason in (Reason.MARGIN, Reason.BALANCE):
                words = "Leverage is smaller than permitted: insufficient margin balance."
                raise BinanceError(-2028, words) from None
            if error.reason is not Reason.NOTHING_TO_CHANGE:
                raise BinanceError(-4028, f"Leverage {wanted} is not valid") from None
        if wanted != before:
            self._changed(call.account, {"ac": {"s": one.symbol, "l": wanted}})
        return {"symbol": one.symbol, "leverage": wanted, "maxNotionalValue": plain(one.max_notional)}

    def margin_type(self, call: Call) -> dict[str, Any]:
        one = self._desk.instrument(call["symbol"])
        key, isolated = (call.account, one.symbol), call["marginType"] == "ISOLATED"
        if isolated is (key in self._desk.isolated):
            raise BinanceError(-4046, "No need to change margin type.")
        engine = self._desk.read()
        if self._desk.open_orders(call.account, one.key):
            raise BinanceError(-4047, "Margin type cannot be changed if there exists open orders.")
        if engine.position(call.account, one.key).quantity:
            raise BinanceError(-4048, "Margin type cannot be changed if there exists position.")
        if isolated:
            self._desk.isolated.add(key)
        else:
            self._desk.isolated.discard(key)
        self._remargined(call.account, one)
        return dict(_DONE)

    def position_margin(self, call: Call) -> dict[str, Any]:
        one = self._desk.instrument(call["symbol"])
        if call["amount"] <= 0:
            raise BinanceError(-4055, "Amount must be positive.")
        if (call.account, one.symbol) not in self._desk.isolated:
            raise BinanceError(-4049, "Add margin only support for isolated position.")
        if not self._desk.read().position(call.account, one.key).quantity:
            raise BinanceError(-4054, "Cannot add position margin: position is 0.")
        raise not_simulated("the margin of an isolated position")

    def margin_history(self, call: Call) -> list[Any]:
        self._desk.instrument(call["symbol"])
        return []

    def position_mode(self, call: Call) -> dict[str, Any]:
        del call
        return {"dualSidePosition": False}

    def set_position_mode(self, call: Call) -> dict[str, Any]:
        if not call["dualSidePosition"]:
            raise BinanceError(-4059, "No need to change position side.")
        if self._desk.open_orders(call.account):
            raise BinanceError(-4067, "Position side cannot be changed if there exists open orders.")
        if self._desk.read().positions(call.account):
            raise BinanceError(-4068, "Position side cannot be changed if there exists position.")
        raise not_simulated("hedge mode")

    def assets_mode(self, call: Call) -> dict[str, Any]:
        del call
        return {"multiAssetsMargin": False}

    def set_assets_mode(self, call: Call) -> dict[str, Any]:
        if not call["multiAssetsMargin"]:
            words = "Adjusted asset mode is currently set and does not need to be adjusted repeatedly."
            raise BinanceError(-4171, words)
        raise not_simulated("multi-assets mode")

    def fee_burn(self, call: Call) -> dict[str, Any]:
        del call
        return {"feeBurn": False}

    def none(self, call: Call) -> list[Any]:
        """Of what other parts of the exchange have, and futures have not."""
        del call
        return []

    def coins(self, call: Call) -> list[dict[str, Any]]:
        """`/sapi/v1/capital/config/getall`, which clients ask for the names of the assets."""
        del call
        assets = [*self._desk.quotes, *(one.base for one in self._desk.instruments.values())]
        return [
            {
                "coin": asset,
                "name": asset,
                "depositAllEnable": False,
                "withdrawAllEnable": False,
                "free": "0",
                "freeze": "0",
                "ipoable": "0",
                "ipoing": "0",
                "isLegalMoney": False,
                "locked": "0",
                "networkList": [],
                "storage": "0",
                "trading": True,
                "withdrawing": "0",
            }
            for asset in dict.fromkeys(assets)
        ]

    def _chosen(self, call: Call) -> list[Instrument]:
        if "symbol" in call.params:
            return [self._desk.instrument(call["symbol"])]
        return list(self._desk.instruments.values())

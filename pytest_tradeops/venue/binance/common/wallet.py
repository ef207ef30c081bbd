"""The wallet under /sapi, which clients ask at their start; nothing is paid in or out, so its histories are empty."""

from collections.abc import Mapping
from typing import Any

from ...kit.keys import TRADE
from .endpoint import Call, Endpoint, Security
from .params import Table

_HISTORIES: tuple[tuple[str, int, Any], ...] = (
    ("capital/deposit/hisrec", 1, []),
    ("capital/withdraw/history", 10, []),
    ("asset/assetDividend", 10, {"rows": [], "total": 0}),
    ("asset/dribblet", 1, {"total": 0, "userAssetDribblets": []}),
    ("asset/transfer", 1, {"total": 0, "rows": []}),
    ("margin/forceLiquidationRec", 1, {"rows": [], "total": 0}),
)


class Loose(Table):
    """What is not known is not looked at: /sapi is served by another gateway than the exchange."""

    def parse(self, sent: Mapping[str, str], also_read: int = 0) -> dict[str, Any]:
        return super().parse({name: text for name, text in sent.items() if name in self.params}, also_read)


def wallet() -> list[Endpoint]:
    """For both exchanges: their clients ask it at one host, whichever of the two they trade on."""

    def signed(path: str, handler: Any, weight: int) -> Endpoint:
        route = f"GET /sapi/v1/{path}"
        return Endpoint(route=route, handler=handler, security=Security.USER_DATA, weight=weight, table=Loose())

    def constant(answer: Any) -> Any:
        return lambda _: answer

    return [
        Endpoint(route="GET /sapi/v1/system/status", handler=constant({"status": 0, "msg": "normal"}), table=Loose()),
        signed("account/apiTradingStatus", _trading_status, 1),
        signed("account/apiRestrictions", _restrictions, 1),
        *(signed(path, constant(answer), weight) for path, weight, answer in _HISTORIES),
    ]


def _trading_status(call: Call) -> dict[str, Any]:
    conditions = {"GCR": 150, "IFER": 150, "UFR": 300}
    return {
        "data": {"isLocked": False, "plannedRecoverTime": 0, "triggerCondition": conditions, "updateTime": call.now}
    }


def _restrictions(call: Call) -> dict[str, Any]:
    trades = call.key is not None and TRADE in call.key.permissions
    off = ("Withdrawals", "InternalTransfer", "Margin", "VanillaOptions", "FixApiTrade", "FixReadOnly")
    return {
        "ipRestrict": False,
        "createTime": 1_577_836_800_000,
        "enableReading": True,
        **{f"enable{name}": False for name in off},
        "enableFutures": trades,
        "permitsUniversalTransfer": False,
        "enableSpotAndMarginTrading": trades,
        "enablePortfolioMarginTrading": False,
    }

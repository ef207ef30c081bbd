"""What clients ask and no account has here: deposits, transfers, loans, conversions, options; all of it empty."""

from collections.abc import Mapping
from typing import Any

from ..engine.model import Balance
from . import params
from .desk import Desk
from .errors import params_error
from .listing import of_category

type Given = Mapping[str, Any]

#: Which list the answer has; each also has an empty cursor.
_LISTS = {
    "account/borrow-history": "list",
    "asset/deposit/query-record": "rows",
    "asset/deposit/query-internal-record": "rows",
    "asset/withdraw/query-record": "rows",
    "asset/transfer/query-inter-transfer-list": "list",
    "asset/transfer/query-universal-transfer-list": "list",
    "asset/exchange/order-record": "orderBody",
    "asset/delivery-record": "list",
    "asset/settlement-record": "list",
    "position/get-closed-positions": "list",
    "position/move-history": "list",
}
#: Requests per second and UID.
RATE = 5
READS = (*_LISTS, "account/smp-group", "account/collateral-info", "account/withdrawal", "user/query-sub-members")
_COIN = (params.text("coinName", required=True),)


class Nothing:
    """Answers of one account at a time, and of the market for nobody in particular; each may raise Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def reads(self) -> dict[str, Any]:
        """By path, as `face` wants them."""
        lists = {path: _empty(name) for path, name in _LISTS.items()}
        return lists | {
            "account/smp-group": lambda _account, _given: {"smpGroup": 0},
            "account/collateral-info": self.collateral,
            "account/withdrawal": self.withdrawable,
            "user/query-sub-members": lambda _account, _given: {"subMembers": []},
        }

    def market(self) -> dict[str, Any]:
        return {
            "account-ratio": self.contract_list,
            "delivery-price": self.contract_list,
            "insurance": lambda _: {"updatedTime": str(self._desk.now_ms), "list": []},
        }

    def contract_list(self, given: Given) -> dict[str, Any]:
        """Ratios of long and short accounts, which nobody keeps here, and prices at a delivery that never comes."""
        asked = params.read(given, (params.CATEGORY, params.SYMBOL))
        if asked["category"] == "spot":
            raise params_error("Illegal category")
        if asked["symbol"]:
            self._desk.instrument(asked["category"], asked["symbol"])
        return {"category": asked["category"], "list": [], "nextPageCursor": ""}

    def collateral(self, _account: str, given: Given) -> dict[str, Any]:
        """Every coin counts in full, none can be borrowed."""
        wanted = params.read(given, (params.text("currency"),))["currency"]
        listed = of_category(self._desk.exchange.engine.instruments.values(), "spot")
        coins = sorted({coin for one in listed for coin in (one.base, one.quote)})
        return {"list": [_collateral(coin) for coin in coins if wanted in (None, coin)]}

    def withdrawable(self, account: str, given: Given) -> dict[str, Any]:
        names = [one for one in params.read(given, _COIN)["coinName"].split(",") if one]
        held = self._desk.read().balances(account)
        each = {name: format(held.get(name, Balance()).free, "f") for name in names}
        return {"availableWithdrawal": each[names[0]] if names else "", "availableWithdrawalMap": each}


def _empty(name: str) -> Any:
    def answer(_account: str, given: Given) -> dict[str, Any]:
        category = given.get("category")
        known = {"category": category} if category in params.CATEGORIES else {}
        return known | {name: [], "nextPageCursor": ""}

    return answer


def _collateral(coin: str) -> dict[str, Any]:
    amounts = ("hourlyBorrowRate", "maxBorrowingAmount", "freeBorrowingLimit", "freeBorrowAmount", "borrowAmount")
    more = ("otherBorrowAmount", "availableToBorrow", "freeBorrowingAmount", "borrowUsageRate")
    return {
        "currency": coin,
        **dict.fromkeys((*amounts, *more), "0"),
        "borrowable": False,
        "marginCollateral": True,
        "collateralSwitch": True,
        "collateralRatio": "1",
    }

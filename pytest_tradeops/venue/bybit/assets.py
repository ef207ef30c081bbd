"""asset/... and order/spot-borrow-check: coins, and what of them can be moved or traded."""

from collections.abc import Mapping
from typing import Any

from ..engine.model import Balance, Side
from . import ids, params
from .desk import Desk
from .errors import params_error
from .text import rounded

_COINS = (params.text("accountType", "UNIFIED", "FUND", required=True), params.text("coin"))
_BORROW = (
    params.text("category", "spot", required=True),
    params.text("symbol", required=True),
    params.text("side", "Buy", "Sell", required=True),
)
_MOST_COINS = 10

type Given = Mapping[str, Any]


def coins(listed: str | None) -> list[str] | None:
    """The coins of a list with commas, None for no list; raises Refusal for more than ten."""
    found = [one for one in (listed or "").split(",") if one]
    if len(found) > _MOST_COINS:
        raise params_error(f"params error: coin supports up to {_MOST_COINS} coins")
    return found or None


class Assets:
    """Answers of one account at a time; each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def coin_info(self, _account: str, given: Given) -> dict[str, Any]:
        """Coins without chains that work: there is no money to pay in or out."""
        wanted = params.read(given, (params.text("coin"),))["coin"]
        instruments = self._desk.exchange.engine.instruments.values()
        coins = sorted({coin for one in instruments for coin in (one.base, one.quote)})
        return {"rows": [_coin_row(coin) for coin in coins if wanted in (None, coin)]}

    def coins_balance(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _COINS)
        unified = asked["accountType"] == "UNIFIED"
        wanted = coins(asked["coin"])
        if unified and wanted is None:
            raise params_error("params error: coin is required")
        held = self._desk.read().balances(account) if unified else {}
        return {
            "memberId": str(ids.user_id(account)),
            "accountType": asked["accountType"],
            "balance": [_transferable(coin, held.get(coin, Balance())) for coin in wanted or []],
        }

    def coin_balance(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _COINS)
        if not asked["coin"]:
            raise params_error("params error: coin is required")
        held = self._desk.read().balances(account) if asked["accountType"] == "UNIFIED" else {}
        extra = {"transferSafeAmount": "", "ltvTransferSafeAmount": ""}
        return {
            "accountType": asked["accountType"],
            "bizType": 1,
            "accountId": str(ids.user_id(account)),
            "memberId": str(ids.user_id(account)),
            "balance": _transferable(asked["coin"], held.get(asked["coin"], Balance())) | extra,
        }

    def borrow_check(self, account: str, given: Given) -> dict[str, Any]:
        """What can be traded without borrowing; that is all."""
        asked = params.read(given, _BORROW)
        instrument = self._desk.instrument("spot", asked["symbol"], trading=True)
        engine = self._desk.read()
        balances = engine.balances(account)
        buying = asked["side"] == Side.BUY.value.title()
        base = balances.get(instrument.base, Balance()).free
        quote = balances.get(instrument.quote, Balance()).free
        amount = quote if buying else base * engine.last_price(instrument.key)
        size = quote / engine.last_price(instrument.key) if buying else base
        shown = {"Qty": rounded(size, 4), "Amount": rounded(amount, 8)}
        return {
            "symbol": instrument.symbol,
            "side": asked["side"],
            "maxTradeQty": shown["Qty"],
            "maxTradeAmount": shown["Amount"],
            "spotMaxTradeQty": shown["Qty"],
            "spotMaxTradeAmount": shown["Amount"],
            "borrowCoin": instrument.quote if buying else instrument.base,
        }


def _coin_row(coin: str) -> dict[str, Any]:
    chain = {
        "chain": coin,
        "chainType": coin,
        "confirmation": "1",
        "withdrawFee": "",
        "depositMin": "0",
        "withdrawMin": "0",
        "minAccuracy": "8",
        "chainDeposit": "0",
        "chainWithdraw": "0",
        "withdrawPercentageFee": "0",
        "contractAddress": "",
        "safeConfirmNumber": "1",
        "withdrawMax": "0",
    }
    return {"name": coin, "coin": coin, "remainAmount": "0", "chains": [chain]}


def _transferable(coin: str, balance: Balance) -> dict[str, str]:
    return {
        "coin": coin,
        "walletBalance": rounded(balance.total),
        "transferBalance": rounded(balance.free),
        "bonus": "",
    }

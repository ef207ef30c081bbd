"""account/... and user/...: the wallet, fees, the margin mode, and who the key is."""

from collections.abc import Mapping
from typing import Any

from ..kit.keys import TRADE, ApiKey
from . import account_text, ids, listing, params
from .assets import coins
from .desk import Desk
from .errors import Refusal, params_error
from .text import plain

_WALLET = (params.text("accountType", required=True), params.text("coin"))
#: The category is documented as mandatory; ccxt has never sent it, and lives.
_FEES = (params.text("category", *params.CATEGORIES, default="linear"), params.SYMBOL, params.text("baseCoin"))
_MARGIN_MODE = (params.text("setMarginMode", "ISOLATED_MARGIN", "REGULAR_MARGIN", "PORTFOLIO_MARGIN", required=True),)
type Given = Mapping[str, Any]


class Accounts:
    """Answers of one account at a time; each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def wallet_balance(self, account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _WALLET)
        if asked["accountType"] != "UNIFIED":
            raise params_error("accountType only support UNIFIED.")
        wanted = coins(asked["coin"])
        engine = self._desk.read()
        return {"list": [account_text.wallet(engine, self._desk.ledger, account, wanted)]}

    def info(self, _account: str, _given: Given) -> dict[str, Any]:
        return {
            "marginMode": "REGULAR_MARGIN",
            "updatedTime": str(listing.LAUNCHED_MS),
            "unifiedMarginStatus": 6,
            "dcpStatus": "OFF",
            "timeWindow": 0,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
        }

    def fee_rate(self, _account: str, given: Given) -> dict[str, Any]:
        asked = params.read(given, _FEES)
        engine = self._desk.exchange.engine
        found = listing.of_category(engine.instruments.values(), asked["category"])
        if asked["symbol"]:
            found = [self._desk.instrument(asked["category"], asked["symbol"])]
        rates = [
            {"symbol": one.symbol, "takerFeeRate": plain(one.taker_fee), "makerFeeRate": plain(one.maker_fee)}
            for one in found
        ]
        return {"list": rates} | ({"category": "spot"} if asked["category"] == "spot" else {})

    def set_margin_mode(self, _account: str, given: Given) -> dict[str, Any]:
        """Cross margin is all there is."""
        mode = params.read(given, _MARGIN_MODE)["setMarginMode"]
        if mode == "REGULAR_MARGIN":
            raise Refusal(110026, "Cross/isolated margin mode has not been modified.", result={"reasons": []})
        reason = {"reasonCode": "3400000", "reasonMsg": f"{mode} is not supported by this venue"}
        raise Refusal(3400045, "Set margin mode failed", result={"reasons": [reason]})


def query_api(key: ApiKey) -> dict[str, Any]:
    """user/query-api: what this key may do."""
    trades = TRADE in key.permissions
    rights = {
        "ContractTrade": ["Order", "Position"],
        "Spot": ["SpotTrade"],
        "Wallet": ["AccountTransfer"],
        "Derivatives": ["DerivativesTrade"],
        "Exchange": ["ExchangeHistory"],
    }
    none = ("Options", "CopyTrading", "BlockTrade", "NFT", "Affiliate", "Earn", "FiatP2P", "FiatBitPay")
    return {
        "id": str(ids.user_id(key.api_key)),
        "note": key.name,
        "apiKey": key.api_key,
        "readOnly": 0 if trades else 1,
        "secret": "",
        "permissions": rights | {name: [] for name in none},
        "ips": ["*"],
        "type": 1,
        "deadlineDay": 90,
        "expiredAt": "2099-12-31T00:00:00Z",
        "createdAt": "2020-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": ids.user_id(key.account),
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }

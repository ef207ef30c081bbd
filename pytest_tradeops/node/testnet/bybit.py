"""Bybit v5, linear: signed REST calls, by its public documentation."""

import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...exceptions import Inconclusive
from .exchange import Clock, Meaning, Refusal, Status, meaning_of
from .sizing import Terms, digits
from .transport import Place

_WINDOW_MS = "30000"
_PREFERRED = "BTCUSDT"
_CATEGORY = "linear"
_MEANINGS: Mapping[Meaning, tuple[int, ...]] = {
    "signature": (10004,),
    "key": (10003, 10010, 33004, 10007, 10009),
    "permission": (10005, 10027),
    "funds": (110004, 110006, 110007, 110012, 110045, 110052),
    "busy": (10000, 10002, 10006, 10016, 10018, 10019, 10429),
    "gone": (110001,),
}
_STATUSES: Mapping[str, Status] = {
    "New": "open",
    "Created": "open",
    "Untriggered": "open",
    "PartiallyFilled": "filled",
    "Filled": "filled",
    "PartiallyFilledCanceled": "filled",
    "Cancelled": "cancelled",
    "Deactivated": "cancelled",
    "Rejected": "refused",
}


@dataclass(slots=True)
class Bybit:
    """One account at Bybit."""

    place_: Place
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    clock: Clock = field(default_factory=Clock)
    word: str = "bybit"

    def synchronise(self) -> None:
        self.clock.set(int(self._ask("/v5/market/time")["timeNano"]) // 1_000_000)

    def may_trade(self) -> bool:
        self._ask("/v5/account/wallet-balance", {"accountType": "UNIFIED"}, signed=True)
        key = self._ask("/v5/user/query-api", {}, signed=True)
        return not int(key.get("readOnly") or 0)

    def terms(self) -> Terms:
        listed = self._ask("/v5/market/instruments-info", {"category": _CATEGORY, "symbol": _PREFERRED})["list"]
        trading = [one for one in listed if one["status"] == "Trading"]
        ticker = self._ask("/v5/market/tickers", {"category": _CATEGORY, "symbol": _PREFERRED})["list"]
        if not trading or not ticker or not Decimal(ticker[0]["bid1Price"] or 0):
            raise Inconclusive(f"{_PREFERRED} does not trade at Bybit now.", remedy="Run again later.")
        lots = trading[0]["lotSizeFilter"]
        return Terms(
            symbol=_PREFERRED,
            tick=Decimal(trading[0]["priceFilter"]["tickSize"]),
            step=Decimal(lots["qtyStep"]),
            min_quantity=Decimal(lots["minOrderQty"]),
            min_notional=Decimal(lots.get("minNotionalValue") or 0),
            bid=Decimal(ticker[0]["bid1Price"]),
        )

    def place(self, order: str, terms: Terms, price: Decimal, quantity: Decimal) -> None:
        self._tell(
            "/v5/order/create",
            {
                "side": "Buy",
                "orderType": "Limit",
                "timeInForce": "PostOnly",
                "qty": digits(quantity),
                "price": digits(price),
                "symbol": terms.symbol,
                "orderLinkId": order,
            },
        )

    def status(self, order: str, terms: Terms) -> Status:
        asked = {"category": _CATEGORY, "symbol": terms.symbol, "orderLinkId": order}
        for path in ("/v5/order/realtime", "/v5/order/history"):
            found = self._ask(path, asked, signed=True)["list"]
            if found:
                return _STATUSES.get(found[0]["orderStatus"], "unknown")
        return "unknown"

    def cancel(self, order: str, terms: Terms) -> None:
        self._tell("/v5/order/cancel", {"symbol": terms.symbol, "orderLinkId": order})

    def _ask(self, path: str, query: Mapping[str, str] | None = None, *, signed: bool = False) -> Any:
        text = urllib.parse.urlencode(query or {})
        headers = self._headers(text) if signed else {}
        return self._result("GET", f"{path}{'?' + text if text else ''}", headers)

    def _tell(self, path: str, body: Mapping[str, str]) -> None:
        text = json.dumps({"category": _CATEGORY, **body})
        self._result("POST", path, {**self._headers(text), "Content-Type": "application/json"}, text.encode())

    def _result(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Any:
        data = self.place_.ask(method, target, headers, body).data
        if not isinstance(data, dict) or not isinstance(data.get("retCode"), int):
            raise Refusal(0, "an answer without a code", "other")
        if data["retCode"]:
            code, said = data["retCode"], self.place_.clean(str(data.get("retMsg", "")))
            raise Refusal(code, said, meaning_of(code, _MEANINGS))
        return data["result"]

    def _headers(self, payload: str) -> dict[str, str]:
        stamp = str(self.clock.time_ms)
        signed = f"{stamp}{self.api_key}{_WINDOW_MS}{payload}".encode()
        return {
            "X-BAPI-API-KEY": self.api_key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": _WINDOW_MS,
            "X-BAPI-SIGN": hmac.digest(self.api_secret.encode(), signed, hashlib.sha256).hex(),
        }

"""Binance Spot and USDT-M futures: signed REST calls, by their public documentation."""

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...exceptions import Inconclusive
from .exchange import Clock, Meaning, Refusal, Status, meaning_of
from .sizing import BELOW, Terms, digits
from .transport import Place

_WINDOW_MS = 30_000
_PREFERRED = "BTCUSDT"
_MEANINGS: Mapping[Meaning, tuple[int, ...]] = {
    "signature": (-1022,),
    "key": (-2014, -2015, -1002),
    "funds": (-2018, -2019),
    "busy": (-1000, -1001, -1003, -1004, -1006, -1007, -1008, -1015, -1016, -1021),
    "gone": (-2011, -2013),
}
_FUNDS = "insufficient balance"
_STATUSES: Mapping[str, Status] = {
    "NEW": "open",
    "PARTIALLY_FILLED": "filled",
    "FILLED": "filled",
    "CANCELED": "cancelled",
    "EXPIRED": "refused",
    "REJECTED": "refused",
    "EXPIRED_IN_MATCH": "refused",
}


@dataclass(slots=True)
class Binance:
    """One account at Binance.

    Attributes:
        futures: USDT-M futures, else Spot.
        api_secret: Of an HMAC key, or the PKCS#8 PEM of an Ed25519 one.
    """

    place_: Place
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    futures: bool = False
    clock: Clock = field(default_factory=Clock)
    word: str = "binance"

    def synchronise(self) -> None:
        self.clock.set(int(self._ask("GET", "time")["serverTime"]))

    def may_trade(self) -> bool:
        account = self._ask("GET", "account", {}, version="v2" if self.futures else "")
        return bool(account.get("canTrade", True))

    def terms(self) -> Terms:
        listed = self._ask("GET", "exchangeInfo")["symbols"]
        trading = {one["symbol"]: one for one in listed if one["status"] == "TRADING" and one["quoteAsset"] == "USDT"}
        if not trading:
            raise Inconclusive("Binance lists no market in USDT that trades now.", remedy="Run again later.")
        symbol = _PREFERRED if _PREFERRED in trading else min(trading)
        filters = {one["filterType"]: one for one in trading[symbol]["filters"]}
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        band = filters.get("PERCENT_PRICE_BY_SIDE") or filters.get("PERCENT_PRICE") or {}
        down = Decimal(str(band.get("bidMultiplierDown") or band.get("multiplierDown") or BELOW))
        book = self._ask("GET", "ticker/bookTicker", query=f"symbol={symbol}")
        return Terms(
            symbol=symbol,
            tick=Decimal(filters["PRICE_FILTER"]["tickSize"]),
            step=Decimal(filters["LOT_SIZE"]["stepSize"]),
            min_quantity=Decimal(filters["LOT_SIZE"]["minQty"]),
            min_notional=Decimal(str(notional.get("minNotional") or notional.get("notional") or 0)),
            bid=Decimal(book["bidPrice"]),
            lowest=down + Decimal("0.01"),
        )

    def place(self, order: str, terms: Terms, price: Decimal, quantity: Decimal) -> None:
        kind = {"type": "LIMIT", "timeInForce": "GTX"} if self.futures else {"type": "LIMIT_MAKER"}
        given = {"symbol": terms.symbol, "side": "BUY", **kind, "quantity": digits(quantity), "price": digits(price)}
        self._ask("POST", "order", {**given, "newClientOrderId": order})

    def status(self, order: str, terms: Terms) -> Status:
        try:
            found = self._ask("GET", "order", {"symbol": terms.symbol, "origClientOrderId": order})
        except Refusal as refusal:
            if refusal.meaning == "gone":
                return "unknown"
            raise
        return _STATUSES.get(found["status"], "unknown")

    def cancel(self, order: str, terms: Terms) -> None:
        self._ask("DELETE", "order", {"symbol": terms.symbol, "origClientOrderId": order})

    def _ask(
        self, method: str, name: str, signed: Mapping[str, str] | None = None, *, query: str = "", version: str = ""
    ) -> Any:
        """The answer; with `signed` parameters, even none, the request is signed."""
        base = f"/fapi/{version or 'v1'}" if self.futures else f"/api/{version or 'v3'}"
        headers = {}
        if signed is not None:
            stamps = {"recvWindow": str(_WINDOW_MS), "timestamp": str(self.clock.time_ms)}
            query = urllib.parse.urlencode({**signed, **stamps})
            query += "&signature=" + urllib.parse.quote(self._sign(query.encode()), safe="")
            headers["X-MBX-APIKEY"] = self.api_key
        reply = self.place_.ask(method, f"{base}/{name}{'?' + query if query else ''}", headers)
        if reply.status == 200:
            return reply.data
        code, said = _error(reply.data)
        said = self.place_.clean(said)
        meaning = "funds" if _FUNDS in said.lower() else meaning_of(code, _MEANINGS)
        # The same code for an unknown key, a wrong address and a lacking permission: the account call tells them apart.
        if code == -2015 and name == "order":
            meaning = "permission"
        raise Refusal(code, said, meaning)

    def _sign(self, payload: bytes) -> str:
        if "PRIVATE KEY" not in self.api_secret:
            return hmac.digest(self.api_secret.encode(), payload, hashlib.sha256).hex()
        try:
            from cryptography.hazmat.primitives import serialization
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError:
            raise Inconclusive(
                "cryptography is not installed, which signs with an Ed25519 key.",
                remedy="pip install 'pytest-tradeops[venue]'",
            ) from None
        pem = self.api_secret.replace("\\n", "\n").encode()  # as environment files hold line feeds
        try:
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise Refusal(0, "The secret is no Ed25519 private key in PEM without a password.", "signature")
        return base64.b64encode(key.sign(payload)).decode()


def _error(data: Any) -> tuple[int, str]:
    if isinstance(data, dict) and isinstance(data.get("code"), int):
        return data["code"], str(data.get("msg", ""))
    return 0, "an answer without a code"

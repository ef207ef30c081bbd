"""A small client of Binance futures."""

from typing import Any

import binance_client
from binance_client import FORM as FORM
from binance_client import ApiWire, Reply, RestClient
from binance_client import sign_frame as sign_frame

MARKET = "BTCUSDT.linear"


class Client(RestClient):
    """REST."""

    orders = "/fapi/v1/order"

    def limit(self, side: str = "BUY", price: str = "59000.0", quantity: str = "0.010", **more: Any) -> Reply:
        asked = {"timeInForce": "GTC", "price": price, "quantity": quantity, **more}
        return self.order(side=side, type="LIMIT", **asked)

    def market(self, side: str = "BUY", quantity: str = "0.010", **more: Any) -> Reply:
        return self.order(side=side, type="MARKET", quantity=quantity, **{"newOrderRespType": "RESULT", **more})

    def stop(self, side: str = "SELL", trigger: str = "58000.0", kind: str = "STOP_MARKET", **more: Any) -> Reply:
        """POST /fapi/v1/algoOrder of BTCUSDT."""
        asked = {"symbol": "BTCUSDT", "algoType": "CONDITIONAL", "side": side, "type": kind, "triggerPrice": trigger}
        return self.post(
            "/fapi/v1/algoOrder", **{**asked, **({} if "closePosition" in more else {"quantity": "0.010"}), **more}
        )

    def position(self) -> dict[str, Any]:
        return self.get("/fapi/v2/positionRisk", symbol="BTCUSDT").ok()[0]

    def listen_key(self) -> str:
        return str(self.keyed("POST", "/fapi/v1/listenKey").ok()["listenKey"])


class Wire(binance_client.Wire):
    """A socket on which the user events of futures come."""

    def event(self, kind: str, since: int = 0, **order: Any) -> dict[str, Any]:
        """The first user event of that kind whose order (`o`) has these fields."""

        def wanted(one: Any) -> bool:
            fields = one.get("o", {})
            return one.get("e") == kind and all(fields.get(name) == value for name, value in order.items())

        found: dict[str, Any] = self.wait(wanted, since=since)
        return found

    def kinds(self) -> list[str]:
        """What has come, as `ORDER_TRADE_UPDATE.TRADE`."""
        names = []
        for one in self.received:
            fields = one.get("o", {}) if isinstance(one.get("o", {}), dict) else {}
            detail = fields.get("X") if one.get("e") == "ALGO_UPDATE" else fields.get("x")
            names.append(f"{one.get('e')}.{detail}" if detail else str(one.get("e")))
        return names


class Api(ApiWire):
    """The WebSocket API."""

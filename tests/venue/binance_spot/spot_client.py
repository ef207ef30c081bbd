"""A small client of Binance Spot."""

from typing import Any

from binance_client import ApiWire, Reply, RestClient
from binance_client import Wire as Wire
from binance_client import sign_frame as sign_frame


class Client(RestClient):
    """REST."""

    orders = "/api/v3/order"

    def limit(self, side: str = "BUY", price: str = "50000", quantity: str = "0.01", **more: Any) -> Reply:
        return self.order(side=side, type="LIMIT", timeInForce="GTC", price=price, quantity=quantity, **more)

    def market(self, side: str = "BUY", quantity: str = "0.01", **more: Any) -> Reply:
        return self.order(side=side, type="MARKET", quantity=quantity, **more)

    def cancel(self, **params: Any) -> Reply:
        return self.delete(self.orders, **{"symbol": "BTCUSDT", **params})


class Api(ApiWire):
    """The WebSocket API, on which user data comes, too."""

    def subscribe(self) -> None:
        """Logs on and asks for user data."""
        assert self.signed("session.logon")["status"] == 200
        assert self.call("userDataStream.subscribe")["status"] == 200

    def event(self, kind: str, since: int = 0, **fields: Any) -> dict[str, Any]:
        """The first user event of that kind with these fields."""

        def wanted(one: Any) -> bool:
            event = one.get("event", {}) if isinstance(one, dict) else {}
            return event.get("e") == kind and all(event.get(name) == value for name, value in fields.items())

        found: dict[str, Any] = self.wait(wanted, since=since)["event"]
        return found

"""A plain signed client of the face, so that tests say exactly which bytes they send."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import websocket
from support import Running

from pytest_tradeops.venue.engine.model import OrderRequest, OrderType, Side
from pytest_tradeops.venue.kit.keys import ApiKey

LINEAR, SPOT = "BTCUSDT.linear", "BTCUSDT.spot"


class Answer:
    """Status, headers and the decoded body."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text
        self.body: dict[str, Any] = json.loads(text)

    @property
    def code(self) -> int:
        return int(self.body["retCode"])

    @property
    def message(self) -> str:
        return str(self.body["retMsg"])

    @property
    def result(self) -> dict[str, Any]:
        assert self.code == 0, self.body
        return dict(self.body["result"])

    @property
    def list(self) -> list[dict[str, Any]]:
        return list(self.result["list"])


class Client:
    """Signs with one of the venue's keys."""

    def __init__(self, venue: Running, key: str = "trader") -> None:
        self.venue = venue
        self.key: ApiKey = venue.keys[key]

    def headers(self, payload: str, *, now_ms: int | None = None, window: str = "5000") -> dict[str, str]:
        stamp = str(self.venue.clock.now_ms() if now_ms is None else now_ms)
        signature = self.key.sign(f"{stamp}{self.key.api_key}{window}{payload}".encode())
        headers = {"X-BAPI-API-KEY": self.key.api_key, "X-BAPI-TIMESTAMP": stamp, "X-BAPI-SIGN": signature}
        return headers | ({"X-BAPI-RECV-WINDOW": window} if window else {})

    def raw(
        self, method: str, target: str, body: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(self.venue.http)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)) as connection:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())

    def public(self, path: str, **params: Any) -> Answer:
        return self.raw("GET", f"/v5/{path}?{urlencode(params)}")

    def get(self, path: str, **params: Any) -> Answer:
        query = urlencode(params)
        return self.raw("GET", f"/v5/{path}?{query}", headers=self.headers(query))

    def post(self, path: str, **params: Any) -> Answer:
        body = json.dumps(params)
        return self.raw("POST", f"/v5/{path}", body, self.headers(body))

    def order(
        self, category: str = "linear", side: str = "Buy", kind: str = "Limit", qty: str = "0.01", **more: Any
    ) -> Answer:
        if kind == "Limit":
            more.setdefault("price", "58000")
        return self.post(
            "order/create", category=category, symbol="BTCUSDT", side=side, orderType=kind, qty=qty, **more
        )

    def shown(self, order_id: str, category: str = "linear") -> dict[str, Any]:
        """The order as order/realtime has it."""
        return self.get("order/realtime", category=category, orderId=order_id).list[0]


class Ws:
    """A WebSocket that remembers what came."""

    def __init__(self, venue: Running, url: str) -> None:
        self.venue = venue
        self._ws = websocket.create_connection(venue.urls[url], timeout=5)
        self.seen: list[dict[str, Any]] = []

    def __enter__(self) -> "Ws":
        return self

    def __exit__(self, *_: object) -> None:
        self._ws.close()
        self._ws.shutdown()  # close() leaves the socket open if the other side has gone

    def send(self, frame: Any) -> None:
        self._ws.send(frame if isinstance(frame, str) else json.dumps(frame))

    def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._ws.recv())
        self.seen.append(frame)
        return frame

    def ask(self, frame: Any) -> dict[str, Any]:
        """Sends; the next frame that is no push."""
        self.send(frame)
        while True:
            answer = self.next()
            if "topic" not in answer:
                return answer

    def push(self, topic: str, match: Callable[[dict[str, Any]], bool] = lambda frame: True) -> dict[str, Any]:
        """The next push of a topic."""
        while True:
            frame = self.next()
            if frame.get("topic") == topic and match(frame):
                return frame

    def auth(self, key: str = "trader", *, expires: Any = None) -> dict[str, Any]:
        one = self.venue.keys[key]
        until = self.venue.clock.now_ms() + 10_000 if expires is None else expires
        return self.ask({"op": "auth", "args": [one.api_key, until, one.sign(f"GET/realtime{until}".encode())]})

    def quiet(self, seconds: float = 0.1) -> bool:
        """Whether nothing comes for so long."""
        self._ws.settimeout(seconds)
        try:
            self.next()
        except websocket.WebSocketTimeoutException:
            return True
        finally:
            self._ws.settimeout(5)
        return False

    def gone(self) -> bool:
        """Whether the other side has hung up, or does so after what is on its way."""
        try:
            while self._ws.recv() not in ("", b""):
                pass
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketException, OSError):
            return True
        return True


def quote(venue: Running, market: str, bid: str, ask: str, size: str = "1") -> None:
    """Two resting orders of the other account, around which the trader trades."""
    for side, price in ((Side.BUY, bid), (Side.SELL, ask)):
        request = OrderRequest(
            market=market, side=side, type=OrderType.LIMIT, quantity=Decimal(size), price=Decimal(price)
        )
        venue.call("submit", "other", request)


def until[T](ask: Callable[[], T], timeout: float = 5.0) -> T:
    """Asks again until there is something in the answer."""
    deadline = time.monotonic() + timeout
    while not (value := ask()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
    return value

"""What clients of each exchange see after the venue was killed and started again: the same orders under the same names."""

import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
from pathlib import Path
from typing import Any

from signed_orders import signed

from pytest_tradeops.venue.client import AccountKey
from pytest_tradeops.venue.process import start_venue


def bybit(url: str, key: AccountKey, method: str, path: str, **params: Any) -> dict[str, Any]:
    """The result of a signed request to Bybit v5."""
    stamp, window = str(time.time_ns() // 1_000_000), "60000"
    text = json.dumps(params) if method == "POST" else urllib.parse.urlencode(params)
    sign = hmac.new(key.api_secret.encode(), f"{stamp}{key.api_key}{window}{text}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-BAPI-API-KEY": key.api_key,
        "X-BAPI-TIMESTAMP": stamp,
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": sign,
    }
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        if method == "POST":
            connection.request("POST", path, text, {**headers, "Content-Type": "application/json"})
        else:
            connection.request("GET", f"{path}?{text}", headers=headers)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    assert answer["retCode"] == 0, answer
    return answer["result"]  # type: ignore[no-any-return]


def test_bybits_orders_and_executions_keep_their_ids(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", ["bybit"], seed=1) as venue:
        url, key = venue.urls["bybit"]["http"], venue.client.new_account("bybit")
        order = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01"}
        resting = bybit(url, key, "POST", "/v5/order/create", **order, price="55000", orderLinkId="rests")
        bybit(url, key, "POST", "/v5/order/create", **{**order, "orderType": "Market"}, orderLinkId="trades")

        def seen() -> list[Any]:
            asked = {"category": "linear", "symbol": "BTCUSDT"}
            executions = bybit(url, key, "GET", "/v5/execution/list", **asked)["list"]
            position = bybit(url, key, "GET", "/v5/position/list", **asked)["list"][0]
            return [
                bybit(url, key, "GET", "/v5/order/realtime", **asked)["list"],
                bybit(url, key, "GET", "/v5/order/history", **asked)["list"],
                [{name: value for name, value in one.items() if name != "markPrice"} for one in executions],
                (position["size"], position["avgPrice"], position["leverage"]),
            ]

        before = seen()
        assert [one["orderId"] for one in before[0]] == [resting["orderId"]]
        assert before[2]
        assert float(before[3][0]) == 0.01
        venue.kill()
        venue.restart()
        assert seen() == before
        bybit(url, key, "POST", "/v5/order/cancel", category="linear", symbol="BTCUSDT", orderId=resting["orderId"])
        assert venue.client.crashes() == []


def test_binances_orders_and_trades_are_the_same(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", ["binance-spot", "binance-futures"], seed=1) as venue:
        keys = {face: venue.client.new_account(face) for face in venue.urls}

        def ask(face: str, method: str, path: str, **params: Any) -> Any:
            status, answer = signed(venue.urls[face]["http"], keys[face], method, path, **params)
            assert status == 200, answer
            return answer

        def seen() -> list[Any]:
            only = {"symbol": "BTCUSDT"}
            spot = [
                ask("binance-spot", "GET", f"/api/v3/{name}", **only)
                for name in ("allOrders", "myTrades", "openOrders")
            ]
            futures = [
                ask("binance-futures", "GET", f"/fapi/v1/{name}", **only)
                for name in ("allOrders", "userTrades", "openOrders")
            ]
            (position,) = ask("binance-futures", "GET", "/fapi/v3/positionRisk", **only)
            return [*spot, *futures, position["positionAmt"], position["entryPrice"]]

        market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        limit = {**market, "type": "LIMIT", "timeInForce": "GTC", "price": "55000"}
        for face, path in (("binance-spot", "/api/v3/order"), ("binance-futures", "/fapi/v1/order")):
            ask(face, "POST", path, **market)
            ask(face, "POST", path, **limit)
        before = seen()
        assert all(before)
        venue.kill()
        venue.restart()
        assert seen() == before
        assert venue.client.crashes() == []

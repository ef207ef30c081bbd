"""The WebSocket API: signed requests, log-on, orders, user data streams, wrong frames."""

from typing import Any

import pytest
from futures_client import Api, Client, Wire, sign_frame
from support import Running


def test_orders_over_frames(venue: Running, client: Client) -> None:
    with Api(venue) as api:
        asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "positionSide": "BOTH"}
        placed = api.signed("order.place", {**asked, "price": "59000.0", "quantity": "0.010"})
        assert placed["status"] == 200
        assert [one["rateLimitType"] for one in placed["rateLimits"]] == ["ORDERS", "ORDERS", "REQUEST_WEIGHT"]
        names = {"symbol": "BTCUSDT", "orderId": placed["result"]["orderId"]}
        changes = {"side": "BUY", "price": "58900", "quantity": "0.010"}
        assert api.signed("order.modify", {**names, **changes})["result"]["price"] == "58900.00"
        assert api.signed("order.status", names)["result"]["status"] == "NEW"
        assert api.signed("order.cancel", names)["result"]["status"] == "CANCELED"
        gone = api.signed("order.cancel", names)
        assert (gone["status"], gone["error"]["code"]) == (400, -2011)
    assert client.get("/fapi/v1/openOrders").ok() == []


def test_numbers_are_signed_as_they_are_written(venue: Running) -> None:
    with Api(venue) as api:
        now = venue.do(venue.clock.now_ms)
        asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "timestamp": now, "apiKey": api.key.api_key}
        payload = "&".join(f"{name}={value}" for name, value in sorted({**asked, "quantity": "0.010"}.items()))
        signature = api.key.sign(payload.encode())
        api.send(
            f'{{"id":7,"method":"order.place","params":{{"symbol":"BTCUSDT","side":"BUY","type":"MARKET",'
            f'"quantity":0.010,"timestamp":{now},"apiKey":"{api.key.api_key}","signature":"{signature}"}}}}'
        )
        assert api.wait(lambda one: one["id"] == 7)["status"] == 200


def test_conditional_orders_over_frames(venue: Running) -> None:
    with Api(venue) as api:
        asked = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
        placed = api.signed("algoOrder.place", {**asked, "triggerprice": "58000", "quantity": "0.010"})["result"]
        assert placed["algoStatus"] == "NEW"
        assert api.signed("algoOrder.cancel", {"algoid": placed["algoId"]})["result"]["code"] == "200"


def test_account_and_market_over_frames(venue: Running, client: Client) -> None:
    client.market().ok()
    with Api(venue) as api:
        assert api.signed("v2/account.balance")["result"][0]["asset"] == "USDT"
        assert api.signed("account.balance")["result"][0]["asset"] == "USDT"
        assert api.signed("v2/account.position")["result"][0]["positionAmt"] == "0.010"
        assert api.signed("account.position", {"symbol": "BTCUSDT"})["result"][0]["leverage"] == "20"
        assert "positions" in api.signed("v2/account.status")["result"]
        assert api.call("ticker.price", {"symbol": "BTCUSDT"})["result"]["symbol"] == "BTCUSDT"
        assert len(api.call("depth", {"symbol": "BTCUSDT", "limit": 5})["result"]["bids"]) == 5
        assert api.call("ping")["result"] == {}


def test_only_ed25519_keys_log_on(venue: Running) -> None:
    with Api(venue) as api:
        refused = api.signed("session.logon")
        assert (refused["status"], refused["error"]["code"]) == (400, -4056)
        assert api.stamped("v2/account.balance")["error"]["code"] == -1102
    with Api(venue, "trader-ed25519") as api:
        logged_on = api.signed("session.logon")["result"]
        assert logged_on["apiKey"] == api.key.api_key
        assert api.stamped("v2/account.balance")["status"] == 200
        assert (
            api.stamped("order.place", {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"})[
                "status"
            ]
            == 200
        )
        assert api.call("session.status")["result"]["apiKey"] == api.key.api_key
        assert api.call("session.logout")["result"]["apiKey"] is None
        assert api.stamped("v2/account.balance")["error"]["code"] == -1102
        forged = {**sign_frame(api.key, {"timestamp": venue.do(venue.clock.now_ms)}), "signature": "AAAA"}
        assert api.call("session.logon", forged)["error"]["code"] == -1022


def test_user_data_streams_over_frames(venue: Running, client: Client) -> None:
    with Api(venue, "trader-ed25519") as api:
        api.signed("session.logon")
        key = api.call("userDataStream.start")["result"]["listenKey"]
        with Wire(f"{venue.urls['ws']}/ws?listenKey={key}") as wire:
            client.limit().ok()
            wire.event("ORDER_TRADE_UPDATE", x="NEW")
            assert api.call("userDataStream.ping", {"listenKey": key})["result"] == {"listenKey": key}
            assert api.call("userDataStream.stop", {"listenKey": key})["result"] == {}
            wire.wait_closed()
    with Api(venue) as api:
        assert "listenKey" in api.call("userDataStream.start", {"apiKey": api.key.api_key})["result"]
        assert api.call("userDataStream.start")["error"]["code"] == -1102


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("nonsense", -1135),
        ("[1,2]", -1135),
        ('{"id":1,"method":"order.place","params":[]}', -1135),
        ('{"id":1.5,"method":"ping"}', -1102),
        ('{"id":null,"method":"ping"}', -1102),
        ('{"id":1}', -1102),
        ('{"id":1,"method":"fly"}', -5000),
        ('{"id":1,"method":"depth","params":{"symbol":{}}}', -1130),
        ('{"id":1,"method":"depth","params":{"symbol":NaN}}', -1135),
        ('{"id":1,"method":"depth","params":{"symbol":"NOPE"}}', -1121),
    ],
)
def test_wrong_frames(venue: Running, frame: str, code: int) -> None:
    with Api(venue) as api:
        api.send(frame)
        reply: Any = api.wait(lambda one: "error" in one)
        assert reply["error"]["code"] == code


def test_limits_are_told_unless_unwanted(venue: Running) -> None:
    with Api(venue) as api:
        assert api.call("ping")["rateLimits"][0]["count"] == 6
    with Api(venue, query="?returnRateLimits=false") as api:
        assert "rateLimits" not in api.call("ping")
        assert "rateLimits" in api.call("ping", {"returnRateLimits": True})

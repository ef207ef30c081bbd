"""The WebSocket API of Binance Spot: requests, log-on, and user data."""

from decimal import Decimal
from typing import Any

import pytest
from spot_client import Api, Client, Wire, sign_frame
from support import Running, running

MARKET = "BTCUSDT.spot"
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "50000",
    "quantity": "0.01",
}
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


@pytest.fixture(autouse=True)
def _awake(venue: Running) -> None:
    venue.advance(1)


def error(reply: Any) -> tuple[int, int]:
    return reply["status"], reply["error"]["code"]


def test_an_answer_has_the_request_s_id_and_the_limits(venue: Running) -> None:
    with Api(venue) as api:
        for request_id in (7, "abc-7", None):
            reply = api.call("time", request_id=request_id)
            assert reply["id"] == request_id
            assert reply["status"] == 200
            assert reply["result"] == {"serverTime": venue.clock.now_ms()}
            (limit,) = reply["rateLimits"]
            assert {name: limit[name] for name in ("rateLimitType", "interval", "intervalNum", "limit")} == {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": 6000,
            }
        assert limit["count"] == 2 + 3, "the connection costs 2"
        assert "rateLimits" not in api.call("time", {"returnRateLimits": False})
        assert api.call("v3/ping")["result"] == {}


@pytest.mark.parametrize(("key", "method"), [("trader-hmac", "account.status"), ("trader", "session.logon")])
def test_the_wish_for_no_limits_is_signed_like_every_parameter(venue: Running, key: str, method: str) -> None:
    with Api(venue, key) as api:
        api_key, now = api.key.api_key, api.now()
        signature = api.key.sign(f"apiKey={api_key}&returnRateLimits=false&timestamp={now}".encode())
        params = {"timestamp": now, "apiKey": api_key, "returnRateLimits": False, "signature": signature}
        reply = api.call(method, params)
        assert (reply["status"], "rateLimits" in reply) == (200, False)


def test_limits_and_units_can_be_chosen_in_the_address(venue: Running) -> None:
    with Api(venue, query="?returnRateLimits=false&timeUnit=MICROSECOND") as api:
        reply = api.call("time")
        assert "rateLimits" not in reply
        assert reply["result"]["serverTime"] == venue.clock.now_ns() // 1000
        assert "rateLimits" in api.call("time", {"returnRateLimits": True})


def test_only_ed25519_keys_log_on(venue: Running) -> None:
    with Api(venue, "trader-hmac") as api:
        reply = api.signed("session.logon")
        assert reply["error"] == {"code": -4056, "msg": "HMAC_SHA256 API key is not supported."}
        assert api.call("session.status")["result"]["apiKey"] is None
        assert error(api.call("userDataStream.subscribe")) == (401, -2015)
        assert api.signed("account.status")["status"] == 200, "HMAC keys sign single requests"


def test_a_session_from_log_on_to_log_out(venue: Running) -> None:
    with Api(venue) as api:
        assert error(api.stamped("account.status")) == (400, -1102)
        status = api.signed("session.logon")["result"]
        assert status["apiKey"] == api.key.api_key
        assert status["authorizedSince"] == venue.clock.now_ms()
        assert status["userDataStream"] is False
        assert api.stamped("account.status")["result"]["accountType"] == "SPOT"
        assert error(api.call("account.status")) == (400, -1102), "the timestamp is still needed"
        assert error(api.call("account.status", {"timestamp": api.now() - 6000})) == (400, -1021)
        assert api.call("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
        assert error(api.call("userDataStream.subscribe")) == (400, -2035)
        assert api.call("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        assert api.call("session.status")["result"]["userDataStream"] is True
        out = api.call("session.logout")["result"]
        assert (out["apiKey"], out["userDataStream"]) == (None, False)
        api.event("eventStreamTerminated")
        assert error(api.stamped("account.status")) == (400, -1102)


def test_a_forged_log_on_is_refused(venue: Running) -> None:
    with Api(venue) as api:
        forged = sign_frame(venue.keys["other"], {"timestamp": api.now()}) | {"apiKey": api.key.api_key}
        assert error(api.call("session.logon", forged)) == (400, -1022)
        assert error(api.call("session.logon", {"timestamp": api.now()})) == (400, -1102)
        old = sign_frame(api.key, {"timestamp": api.now() - 5001})
        assert error(api.call("session.logon", old)) == (400, -1021)
        none = sign_frame(api.key, {"timestamp": api.now()}) | {"apiKey": "x"}
        assert error(api.call("session.logon", none)) == (401, -2014)


def test_subscriptions_by_signature(venue: Running) -> None:
    with Api(venue, "trader-hmac") as api:
        assert api.signed("userDataStream.subscribe.signature")["result"] == {"subscriptionId": 0}
        assert error(api.signed("userDataStream.subscribe.signature")) == (400, -2035)
        other = sign_frame(venue.keys["other"], {"timestamp": api.now()})
        assert api.call("userDataStream.subscribe.signature", other)["result"] == {"subscriptionId": 1}
        Client(venue, "other").limit().ok()
        event = api.wait(lambda one: "event" in one and one["event"]["e"] == "executionReport")
        assert event["subscriptionId"] == 1
        assert error(api.call("userDataStream.unsubscribe", {"subscriptionId": 5})) == (400, -2036)
        assert api.call("userDataStream.unsubscribe", {"subscriptionId": 1})["result"] == {}
        assert api.wait(lambda one: one.get("event", {}).get("e") == "eventStreamTerminated")["subscriptionId"] == 1
        assert api.call("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        assert api.call("userDataStream.unsubscribe")["result"] == {}
        assert api.signed("userDataStream.subscribe.signature")["result"] == {"subscriptionId": 2}


def test_an_order_s_life_over_frames(api: Api) -> None:
    placed = api.stamped("order.place", {**LIMIT, "newClientOrderId": "ws-1"})
    assert placed["result"]["status"] == "NEW"
    assert [one["rateLimitType"] for one in placed["rateLimits"]] == ["ORDERS", "ORDERS", "REQUEST_WEIGHT"]
    assert placed["rateLimits"][0]["count"] == 1
    assert api.stamped("order.status", {"symbol": "BTCUSDT", "origClientOrderId": "ws-1"})["result"]["status"] == "NEW"
    assert len(api.stamped("openOrders.status")["result"]) == 1
    canceled = api.stamped("order.cancel", {"symbol": "BTCUSDT", "origClientOrderId": "ws-1"})["result"]
    assert canceled["status"] == "CANCELED"
    assert api.stamped("order.test", BUY)["result"] == {}
    bought = api.stamped("order.place", BUY)["result"]
    assert bought["status"] == "FILLED"
    assert [one["orderId"] for one in api.stamped("myTrades", {"symbol": "BTCUSDT"})["result"]] == [bought["orderId"]]
    assert len(api.stamped("allOrders", {"symbol": "BTCUSDT"})["result"]) == 2
    replaced = api.stamped("order.cancelReplace", {**LIMIT, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": 1})
    assert (replaced["status"], replaced["error"]["code"]) == (400, -2022)
    assert replaced["error"]["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    refused = api.stamped("order.place", {**LIMIT, "quantity": "900"})
    assert refused["error"] == {"code": -1013, "msg": "Filter failure: NOTIONAL"}


def test_frames_are_typed_as_json_is(api: Api) -> None:
    assert api.stamped("order.place", {**LIMIT, "quantity": 1, "price": 50000})["result"]["origQty"] == "1.00000000"
    book = api.call("depth", {"symbol": "BTCUSDT", "limit": 2})["result"]
    assert len(book["bids"]) == 2
    prices = api.call("ticker.price", {"symbols": ["BTCUSDT", "ETHUSDT"]})["result"]
    assert [one["symbol"] for one in prices] == ["BTCUSDT", "ETHUSDT"]
    assert api.stamped("account.status", {"omitZeroBalances": True})["status"] == 200


def test_user_events_tell_an_order_s_life(api: Api, venue: Running) -> None:
    client = Client(venue)
    order = client.limit(newClientOrderId="life", quantity="0.5").ok()
    new = api.event("executionReport", x="NEW")
    assert (new["c"], new["X"], new["C"], new["t"], new["i"], new["w"]) == (
        "life",
        "NEW",
        "",
        -1,
        order["orderId"],
        True,
    )
    locked = api.event("outboundAccountPosition")
    assert {one["a"]: one["l"] for one in locked["B"]}["USDT"] == "25000.00000000"

    venue.call("fill_order", "trader", MARKET, order["orderId"], Decimal("0.2"))
    part = api.event("executionReport", x="TRADE")
    assert (part["X"], part["l"], part["z"], part["L"], part["m"]) == (
        "PARTIALLY_FILLED",
        "0.20000000",
        "0.20000000",
        "50000.00000000",
        True,
    )
    assert (part["n"], part["N"], part["Y"]) == ("0.00020000", "BTC", "10000.00000000")

    client.signed(
        "PUT",
        "/api/v3/order/amend/keepPriority",
        {"symbol": "BTCUSDT", "orderId": order["orderId"], "newQty": "0.4", "newClientOrderId": "life-2"},
    ).ok()
    amended = api.event("executionReport", x="REPLACED")
    assert (amended["c"], amended["C"], amended["q"]) == ("life-2", "life", "0.40000000")

    client.cancel(orderId=order["orderId"], newClientOrderId="end").ok()
    end = api.event("executionReport", x="CANCELED")
    assert (end["c"], end["C"], end["X"], end["z"]) == ("end", "life-2", "CANCELED", "0.20000000")
    numbers = [one["event"]["I"] for one in api.received if one.get("event", {}).get("e") == "executionReport"]
    assert numbers == sorted(set(numbers)), "execution ids count up"
    trades = client.get("/api/v3/myTrades", symbol="BTCUSDT").ok()
    assert [one["id"] for one in trades] == [part["t"]]


def test_events_of_a_conditional_order(api: Api, venue: Running) -> None:
    client = Client(venue)
    price = venue.do(lambda: venue.exchange.engine.last_price(MARKET)).quantize(Decimal(1))
    client.order(
        side="SELL",
        type="STOP_LOSS_LIMIT",
        timeInForce="GTC",
        quantity="0.01",
        price=str(price - 600),
        stopPrice=str(price - 500),
    ).ok()
    waiting = api.event("executionReport", x="NEW")
    assert (waiting["w"], waiting["P"], "W" in waiting) == (False, f"{price - 500}.00000000", False)
    venue.call("move_price", MARKET, price - 550)
    triggered = api.event("executionReport", x="NEW", w=True)
    assert (triggered["o"], "W" in triggered) == ("STOP_LOSS_LIMIT", True)
    assert api.event("executionReport", x="TRADE")["X"] == "FILLED"


def test_events_of_orders_that_expire(api: Api, venue: Running) -> None:
    Client(venue).order(side="BUY", type="LIMIT", timeInForce="IOC", price="50000", quantity="0.01").ok()
    expired = api.event("executionReport", x="EXPIRED")
    assert (expired["X"], expired["eR"]) == ("EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")


def test_deposits_are_told_twice(api: Api, venue: Running) -> None:
    venue.call("deposit", "trader", "USDT", Decimal("250.5"))
    assert api.event("balanceUpdate")["d"] == "250.50000000"
    assert {one["a"]: one["f"] for one in api.event("outboundAccountPosition")["B"]} == {"USDT": "1000250.50000000"}
    venue.call("deposit", "trader", "USDT", Decimal("-50.5"))
    assert api.event("balanceUpdate", d="-50.50000000")["a"] == "USDT"


def test_pushes_come_in_the_order_of_what_happened(api: Api) -> None:
    api.stamped("order.place", BUY, request_id="mine")
    kinds = [one["event"].get("x", one["event"]["e"]) for one in api.received if "event" in one]
    assert kinds == ["NEW", "TRADE", "outboundAccountPosition"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", -1135),
        ("", -1135),
        ("[]", -1135),
        ('"time"', -1135),
        ('{"id":1,"method":"time","params":{"a":NaN}}', -1135),
        ("[" * 100_000, -1135),
        ('{"method":"time"}', -1102),
        ('{"id":1.5,"method":"time"}', -1102),
        ('{"id":true,"method":"time"}', -1102),
        ('{"id":{},"method":"time"}', -1102),
        ('{"id":1}', -1102),
        ('{"id":1,"method":5}', -1102),
        ('{"id":1,"method":"nothing"}', -5000),
        ('{"id":1,"method":"userDataStream.start"}', -5000),
        ('{"id":1,"method":"time","params":[]}', -1135),
        ('{"id":1,"method":"time","params":{"x":1}}', -1101),
        ('{"id":1,"method":"time","params":{"returnRateLimits":"yes"}}', -1130),
        ('{"id":1,"method":"depth","params":{"symbol":{}}}', -1130),
        ('{"id":1,"method":"depth","params":{"symbol":null}}', -1105),
        ('{"id":1,"method":"depth","params":{"symbol":"BTCUSDT","limit":1.5}}', -1100),
        ('{"id":1,"method":"depth","params":{"symbol":"\\ud800"}}', -1100),
        ('{"id":1,"method":"session.status","params":{"x":1}}', -1101),
        ('{"id":1,"method":"session.logon","params":{"apiKey":5,"timestamp":"a","signature":[]}}', -2014),
    ],
)
def test_malformed_frames(venue: Running, frame: str, code: int) -> None:
    with Api(venue) as api:
        api.send(frame)
        reply = api.wait(lambda one: "status" in one)
        assert (reply["status"] // 100, reply["error"]["code"]) in ((4, code), (4, -1121 if code == -1100 else code))
        assert api.call("ping", request_id="after")["status"] == 200


def test_weight_is_shared_with_rest_and_refused_in_frames() -> None:
    from pytest_tradeops.venue.kit.limits import REQUEST_WEIGHT, Rule

    with running("binance-spot", manual=True) as venue, Api(venue) as api:
        Client(venue).public("/api/v3/ping")
        assert api.call("ping")["rateLimits"][0]["count"] == 4
        venue.do(lambda: venue.exchange.limiter.define(Rule(REQUEST_WEIGHT, 5, 60_000, "1m", bans=True)))
        api.call("ping")
        refused = api.call("ping")
        assert error(refused) == (429, -1003)
        assert refused["error"]["data"]["retryAfter"] > refused["error"]["data"]["serverTime"]


def test_a_day_old_connection_is_closed() -> None:
    with running("binance-spot", manual=True, background=False) as venue, Wire(venue.urls["ws_api"]) as wire:
        wire.call("ping")
        venue.advance(24 * 3600 - 2)
        wire.call("ping")
        venue.advance(3)
        assert wire.wait_closed() == 1000

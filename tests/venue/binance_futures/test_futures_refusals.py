"""Each of the exchange's own errors, for the request that earns it."""

from typing import Any

import pytest
from futures_client import Client
from support import running

LIMIT: dict[str, Any] = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "59000.0",
    "quantity": "0.010",
}
BUY: dict[str, Any] = {"side": "BUY", "type": "MARKET", "quantity": "0.010"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"symbol": "btcusdt"}, -1121),
        ({"symbol": None}, -1102),
        ({"side": None}, -1102),
        ({"side": "HOLD"}, -1117),
        ({"type": "ICEBERG"}, -1116),
        ({"type": None}, -1102),
        ({"timeInForce": None}, -1102),
        ({"timeInForce": "DAY"}, -1115),
        ({"timeInForce": "RPI"}, -4084),
        ({"quantity": None}, -1102),
        ({"quantity": ""}, -1105),
        ({"quantity": "ten"}, -1100),
        ({"quantity": "-0.01"}, -1100),
        ({"quantity": "1e-2"}, -1100),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "1001"}, -4005),
        ({"quantity": "0.001"}, -4164),
        ({"price": None}, -1102),
        ({"price": "0"}, -4001),
        ({"price": "59000.05"}, -4014),
        ({"price": "59000.001"}, -1111),
        ({"price": "2000000"}, -4002),
        ({"price": "70000"}, -4016),
        ({"price": "50000"}, -4024),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"reduceOnly": "true"}, -2022),
        ({"reduceOnly": "perhaps"}, -1130),
        ({"closePosition": "true"}, -4136),
        ({"newClientOrderId": "bad id!"}, -1100),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"newOrderRespType": "FULL"}, -1136),
        ({"workingType": "INDEX_PRICE"}, -4031),
        ({"selfTradePreventionMode": "BOTH"}, -5039),
        ({"priceMatch": "OPPONENT"}, -1106),
        ({"priceMatch": "BEST"}, -5037),
        ({"stopPrice": "58000"}, -1106),
        ({"timeInForce": "GTX", "price": "61000"}, -5022),
        ({"timeInForce": "FOK", "quantity": "0.010"}, -5021),
        ({"timeInForce": "GTD"}, -1102),
        ({"timeInForce": "GTD", "goodTillDate": "1767571800000"}, -5040),
        ({"type": "STOP", "stopPrice": "58000"}, -4120),
        ({"type": "STOP_MARKET", "stopPrice": "58000"}, -4120),
        ({"type": "TAKE_PROFIT", "stopPrice": "58000"}, -4120),
        ({"type": "TAKE_PROFIT_MARKET", "stopPrice": "58000"}, -4120),
        ({"type": "TRAILING_STOP_MARKET", "callbackRate": "1"}, -4120),
        ({"quantity": "900"}, -2019),
    ],
)
def test_a_limit_order_is_refused(client: Client, changes: dict[str, Any], code: int) -> None:
    asked = {"symbol": "BTCUSDT", **LIMIT, **changes}
    reply = client.post("/fapi/v1/order", **{name: value for name, value in asked.items() if value is not None})
    assert (reply.status, reply.code) == (400, code), reply.text
    assert client.get("/fapi/v1/allOrders", symbol="BTCUSDT").ok() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timeInForce": "GTC"}, -1106),
        ({"price": "60000"}, -1106),
        ({"priceMatch": "QUEUE"}, -5038),
        ({"quantity": "121"}, -4005),
        ({"reduceOnly": "true"}, -2022),
        ({"quantity": "0.001"}, -4164),
    ],
)
def test_a_market_order_is_refused(client: Client, changes: dict[str, Any], code: int) -> None:
    reply = client.order(**{**BUY, **changes})
    assert (reply.status, reply.code) == (400, code), reply.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"algoType": "TWAP"}, -1130),
        ({"algoType": ""}, -1102),
        ({"type": "LIMIT"}, -1116),
        ({"type": "TRAILING_STOP_MARKET"}, -4084),
        ({"triggerPrice": ""}, -1105),
        ({"triggerPrice": "0"}, -4006),
        ({"triggerPrice": "61000"}, -2021),
        ({"triggerPrice": "58000.05"}, -4014),
        ({"type": "STOP"}, -1102),
        ({"type": "STOP", "price": "58000", "priceMatch": "QUEUE"}, -4084),
        ({"closePosition": "true"}, -4137),
        ({"quantity": "0"}, -4003),
        ({"positionSide": "SHORT"}, -4061),
    ],
)
def test_a_conditional_order_is_refused(client: Client, changes: dict[str, Any], code: int) -> None:
    base = {"symbol": "BTCUSDT", "algoType": "CONDITIONAL", "side": "SELL", "type": "STOP_MARKET"}
    reply = client.post("/fapi/v1/algoOrder", **{**base, "triggerPrice": "58000.0", "quantity": "0.010", **changes})
    assert (reply.status, reply.code) == (400, code), reply.text
    assert client.get("/fapi/v1/openAlgoOrders").ok() == []


def test_close_position_takes_neither_quantity_nor_reduce_only(client: Client) -> None:
    assert client.stop(closePosition="true", reduceOnly="true").code == -1106
    assert client.stop(closePosition="true", kind="STOP", price="58000").code == -4136
    assert client.stop(closePosition="true").ok()["closePosition"] is True


def test_orders_that_are_not_there(client: Client) -> None:
    path = "/fapi/v1/order"
    for ids in ({"orderId": 99}, {"origClientOrderId": "nobody"}):
        assert client.get(path, symbol="BTCUSDT", **ids).code == -2013
        assert client.delete(path, symbol="BTCUSDT", **ids).code == -2011
        assert client.put(path, symbol="BTCUSDT", side="BUY", quantity="0.01", price="59000", **ids).code == -2013
        assert client.get("/fapi/v1/openOrder", symbol="BTCUSDT", **ids).code == -2013
        assert client.get("/fapi/v1/orderAmendment", symbol="BTCUSDT", **ids).code == -2013
    for method in ("GET", "DELETE"):
        assert client.signed(method, path, {"symbol": "BTCUSDT"}).code == -1102
        assert client.signed(method, "/fapi/v1/algoOrder").code == -1102
        assert client.signed(method, "/fapi/v1/algoOrder", {"algoId": 5}).code in (-2011, -2013)


def test_a_client_id_is_unique_among_open_orders(client: Client) -> None:
    first = client.limit(newClientOrderId="twice").ok()
    assert client.limit(newClientOrderId="twice").code == -4116
    client.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=first["orderId"]).ok()
    assert client.limit(newClientOrderId="twice").ok()["orderId"] != first["orderId"]


def test_a_filled_order_cannot_be_canceled_or_modified(client: Client) -> None:
    number = client.market().ok()["orderId"]
    assert client.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=number).code == -2011
    changes = {"side": "BUY", "quantity": "0.01", "price": "59000"}
    assert client.put("/fapi/v1/order", symbol="BTCUSDT", orderId=number, **changes).code == -2013


def test_modifications_that_are_refused(client: Client) -> None:
    number = client.limit().ok()["orderId"]

    def code(**changes: Any) -> int:
        asked = {"side": "BUY", "quantity": "0.010", "price": "59000.0", "orderId": number, **changes}
        return client.put("/fapi/v1/order", symbol="BTCUSDT", **asked).code

    assert code() == -5027
    assert code(side="SELL") == -1117
    assert code(price="58000.05") == -4014
    assert code(price="58000.001") == -1111
    assert code(quantity="0") == -4003
    assert code(quantity="0.001") == -4164
    assert code(quantity="5000") == -4005
    assert code(price="30000") in (-4016, -4024)
    assert code(price="58000") == 0


def test_settings_that_are_refused(client: Client) -> None:
    def code(path: str, **params: Any) -> int:
        return client.post(f"/fapi/v1/{path}", **params).code

    assert code("leverage", symbol="BTCUSDT", leverage=126) == -4028
    assert code("leverage", symbol="BTCUSDT", leverage=0) == -4028
    assert code("leverage", symbol="BTCUSDT") == -1102
    assert code("marginType", symbol="BTCUSDT", marginType="CROSSED") == -4046
    assert code("marginType", symbol="BTCUSDT", marginType="BOTH") == -1130
    assert code("positionSide/dual", dualSidePosition="false") == -4059
    assert code("positionSide/dual", dualSidePosition="true") == -4084
    assert code("multiAssetsMargin", multiAssetsMargin="false") == -4171
    assert code("multiAssetsMargin", multiAssetsMargin="true") == -4084
    assert code("positionMargin", symbol="BTCUSDT", amount="5", type="1") == -4049
    assert code("positionMargin", symbol="BTCUSDT", amount="0", type="1") == -4055
    client.limit().ok()
    assert code("marginType", symbol="BTCUSDT", marginType="ISOLATED") == -4047
    assert code("positionSide/dual", dualSidePosition="true") == -4067
    client.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT").ok()
    client.market().ok()
    assert code("marginType", symbol="BTCUSDT", marginType="ISOLATED") == -4048
    assert code("positionSide/dual", dualSidePosition="true") == -4068


def test_leverage_that_the_margin_does_not_carry(client: Client) -> None:
    client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=100).ok()
    client.market(quantity="60").ok()
    assert client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=1).code == -2028


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("depth", {"symbol": "BTCUSDT", "limit": 7}, -4021),
        ("depth", {}, -1102),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("klines", {"symbol": "BTCUSDT", "interval": "1s"}, -1120),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "startTime": 2, "endTime": 1}, -1023),
        ("continuousKlines", {"pair": "NOPE", "contractType": "PERPETUAL", "interval": "1m"}, -4144),
        ("continuousKlines", {"pair": "BTCUSDT", "contractType": "WEEKLY", "interval": "1m"}, -4104),
        ("aggTrades", {"symbol": "BTCUSDT", "startTime": 1, "endTime": 3_600_002}, -1127),
        ("trades", {"symbol": "BTCUSDT", "limit": 0}, -1130),
        ("historicalTrades", {"symbol": "BTCUSDT"}, -2014),
        ("ticker/price", {"symbol": "NOPE"}, -1121),
    ],
)
def test_market_data_that_are_refused(client: Client, path: str, params: dict[str, Any], code: int) -> None:
    assert client.public(f"/fapi/v1/{path}", **params).code == code


def test_a_market_order_far_from_the_mark_price_is_refused() -> None:
    with running("binance-futures", manual=True, background=False) as venue:
        client, other = Client(venue), Client(venue, "other")
        other.limit("SELL", "65990.0").ok()
        other.limit("BUY", "55000.0").ok()
        assert client.market("SELL").ok()["avgPrice"] == "55000.00000"  # which the mark price is from now on
        assert client.market("BUY").code == -4131


def test_paths_that_there_are_not(client: Client) -> None:
    for method, path in (("GET", "/fapi/v1/nothing"), ("DELETE", "/fapi/v1/leverage"), ("GET", "/dapi/v1/ping")):
        reply = client.raw(method, path)
        assert (reply.status, reply.code) == (404, -5000)
        assert reply.json["msg"] == f"Path {path}, Method {method} is invalid"
    assert client.raw("POST", "/fapi/v1/order", body=b"x" * (1 << 20) + b"y").status == 413


def test_a_query_of_more_than_a_week_is_refused(client: Client) -> None:
    week = 7 * 86_400_000
    for path in ("allOrders", "userTrades", "allAlgoOrders"):
        params = {"symbol": "BTCUSDT", "startTime": 1, "endTime": week + 2}
        assert client.get(f"/fapi/v1/{path}", **params).code == -1127
        assert client.get(f"/fapi/v1/{path}", **{**params, "startTime": week, "endTime": 1}).code == -1023
    assert client.get("/fapi/v1/userTrades", symbol="BTCUSDT", fromId=1, startTime=1).code == -1128


def test_batches_that_are_refused_whole(client: Client) -> None:
    for text, code in (("[]", -4082), ("[{},{},{},{},{},{}]", -4082), ("{}", -1130), ("[1]", -1130), ("[", -1130)):
        assert client.post("/fapi/v1/batchOrders", batchOrders=text).code == code
    many = "[" + ",".join(str(number) for number in range(11)) + "]"
    assert client.delete("/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=many).code == -4032
    assert client.delete("/fapi/v1/batchOrders", symbol="BTCUSDT").code == -1102
    assert client.delete("/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList='["a"]').code == -1130

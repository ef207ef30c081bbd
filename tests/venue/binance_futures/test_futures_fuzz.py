"""Nothing that a client can send makes the face crash, or answer 5xx."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from futures_client import FORM, Api, Client, Wire, sign_frame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import Running, running

ROUTES = [
    *("GET ping", "GET time", "GET exchangeInfo", "GET depth", "GET trades", "GET historicalTrades", "GET aggTrades"),
    *("GET klines", "GET continuousKlines", "GET indexPriceKlines", "GET markPriceKlines", "GET premiumIndexKlines"),
    *("GET premiumIndex", "GET fundingRate", "GET fundingInfo", "GET ticker/24hr", "GET ticker/price"),
    *("GET ticker/bookTicker", "GET openInterest", "POST order", "PUT order", "GET order", "DELETE order"),
    *("POST order/test", "POST batchOrders", "PUT batchOrders", "DELETE batchOrders", "DELETE allOpenOrders"),
    *("GET openOrder", "GET openOrders", "GET allOrders", "POST countdownCancelAll", "GET userTrades", "GET income"),
    *("POST leverage", "GET leverageBracket", "POST marginType", "POST positionMargin", "GET positionSide/dual"),
    *("POST positionSide/dual", "GET multiAssetsMargin", "POST multiAssetsMargin", "GET symbolConfig"),
    *("GET accountConfig", "GET commissionRate", "GET rateLimit/order", "GET orderAmendment", "GET adlQuantile"),
    *("GET forceOrders", "POST listenKey", "PUT listenKey", "DELETE listenKey", "POST algoOrder", "GET algoOrder"),
    *("DELETE algoOrder", "GET openAlgoOrders", "GET allAlgoOrders", "DELETE algoOpenOrders", "GET nothing"),
]
NAMES = [
    "symbol",
    "side",
    "type",
    "timeInForce",
    "quantity",
    "price",
    "newClientOrderId",
    "stopPrice",
    "triggerPrice",
    "closePosition",
    "reduceOnly",
    "workingType",
    "priceProtect",
    "priceMatch",
    "selfTradePreventionMode",
    "goodTillDate",
    "positionSide",
    "newOrderRespType",
    "orderId",
    "origClientOrderId",
    "orderIdList",
    "origClientOrderIdList",
    "batchOrders",
    "limit",
    "fromId",
    "startTime",
    "endTime",
    "interval",
    "pair",
    "contractType",
    "leverage",
    "marginType",
    "amount",
    "dualSidePosition",
    "multiAssetsMargin",
    "countdownTime",
    "incomeType",
    "page",
    "algoId",
    "clientAlgoId",
    "algoType",
    "recvWindow",
    "Symbol",
    "TIMESTAMP",
    "autoCloseType",
    "callbackRate",
]
NICE = [
    "BTCUSDT",
    "ETHUSDT",
    "BUY",
    "SELL",
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "GTC",
    "IOC",
    "FOK",
    "GTX",
    "GTD",
    "0.010",
    "60000",
    "60000.1",
    "58000",
    "0",
    "-1",
    "1",
    "5",
    "100",
    "1000",
    "125",
    "true",
    "false",
    "CONDITIONAL",
    "CROSSED",
    "ISOLATED",
    "1m",
    "1h",
    "PERPETUAL",
    "BOTH",
    "OPPONENT",
    "QUEUE_20",
    "MARK_PRICE",
    "RESULT",
    "9223372036854775807",
    "99999999999999999999",
    "[]",
    "[1]",
    '["a"]',
    "{}",
    "[{}]",
    "null",
    "NaN",
    "1e5",
    "ACK",
    "LIQUIDATION",
    "1767571200000",
    "4000000000000001",
    "253402300798999",
    "EXPIRE_BOTH",
    "LONG",
]
VALUES = st.one_of(st.sampled_from(NICE), st.sampled_from(NICE), st.text(max_size=40), st.integers().map(str))
PARAMS = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=10)), VALUES, max_size=9)
RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def lenient() -> Iterator[Running]:
    """One without rate limits, so that requests get as far as they can. At its end there must have been no crash."""
    with running("binance-futures", manual=True, enforce_limits=False) as fresh:
        yield fresh


def encoded(params: dict[str, Any]) -> str:
    return "&".join(
        f"{quote(name.encode('utf-8', 'replace'))}={quote(str(value).encode('utf-8', 'replace'))}"
        for name, value in params.items()
    )


@settings(max_examples=400, deadline=None, suppress_health_check=RELAXED)
@given(route=st.sampled_from(ROUTES), query=PARAMS, body=PARAMS, version=st.sampled_from("1123"))
def test_signed_requests(
    lenient: Running, route: str, query: dict[str, str], body: dict[str, str], version: str
) -> None:
    client = Client(lenient)
    method, _, path = route.partition(" ")
    text, form = encoded({**query, "timestamp": client.now()}), encoded(body)
    signature = client.key.sign((text + ("" if method == "GET" else form)).encode())
    headers = {"X-MBX-APIKEY": client.key.api_key, "Content-Type": FORM}
    target = f"/fapi/v{version}/{path}?{text}&signature={signature}"
    reply = client.raw(method, target, body=form or None, headers=headers)
    assert reply.status in (200, 400, 401, 404), (route, query, body, reply.text)
    assert reply.json is not None
    if reply.status != 200:
        assert reply.code < 0
        assert reply.json["msg"]


ORDERS = st.fixed_dictionaries(
    {"symbol": st.sampled_from(["BTCUSDT", "ETHUSDT"]), "side": st.sampled_from(["BUY", "SELL"])},
    optional={name: VALUES for name in NAMES if name not in ("symbol", "side", "type", "recvWindow", "TIMESTAMP")},
)


@settings(max_examples=300, deadline=None, suppress_health_check=RELAXED)
@given(order=ORDERS, kind=st.sampled_from(["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT_MARKET"]))
def test_orders(lenient: Running, order: dict[str, str], kind: str) -> None:
    client = Client(lenient)
    path = "/fapi/v1/order" if kind in ("LIMIT", "MARKET") else "/fapi/v1/algoOrder"
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in order.items()}
    reply = client.post(path, **{**clean, "type": kind, "algoType": "CONDITIONAL"})
    assert reply.status in (200, 400), reply.text


@settings(max_examples=150, deadline=None, suppress_health_check=RELAXED)
@given(
    target=st.binary(max_size=60), body=st.binary(max_size=200), kind=st.sampled_from([FORM, "application/json", ""])
)
def test_raw_bytes(lenient: Running, target: bytes, body: bytes, kind: str) -> None:
    client = Client(lenient)
    headers = {"X-MBX-APIKEY": client.key.api_key, "Content-Type": kind}
    text = quote(target, safe="&=%+;[]{}\"'/:?")
    reply = client.raw("POST", f"/fapi/v1/order?{text}", body=body, headers=headers)
    assert reply.status in (400, 401, 404), reply.text


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(NICE)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
METHODS = [
    "order.place",
    "order.modify",
    "order.cancel",
    "order.status",
    "algoOrder.place",
    "account.position",
    "depth",
]
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "method": st.one_of(st.sampled_from([*METHODS, "session.logon", "SUBSCRIBE", "SET_PROPERTY"]), JSON),
        "params": st.one_of(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), JSON),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=RELAXED)
@given(frames=st.lists(st.one_of(FRAMES, JSON, st.text(max_size=40)), min_size=1, max_size=5))
def test_frames(lenient: Running, frames: list[Any]) -> None:
    with Api(lenient) as api, Wire(f"{lenient.urls['ws']}/stream?streams=btcusdt@depth") as market:
        for frame in frames:
            text = frame if isinstance(frame, str) else json.dumps(frame)
            text = text.encode("utf-8", "replace").decode()
            api.send(text)
            market.send(text)
        assert api.call("ping", request_id="last")["status"] == 200
        assert "result" in market.call("LIST_SUBSCRIPTIONS", request_id="last")


@settings(max_examples=100, deadline=None, suppress_health_check=RELAXED)
@given(method=st.sampled_from(METHODS), params=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
def test_signed_frames(lenient: Running, method: str, params: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in params.items()}
    clean.pop("TIMESTAMP", None)
    with Api(lenient) as api:
        now = lenient.do(lenient.clock.now_ms)
        reply = api.call(method, sign_frame(api.key, {"timestamp": now, **clean}))
        assert reply["status"] in (200, 400)


@pytest.mark.parametrize(
    "path", ["/ws/%00", "/ws/a/b//c", "/stream?streams=", "/ws?listenKey=", "/stream?streams=%FF%FE"]
)
def test_strange_stream_names(lenient: Running, path: str) -> None:
    with Wire(lenient.urls["ws"] + path) as wire:
        assert "result" in wire.call("LIST_SUBSCRIPTIONS")

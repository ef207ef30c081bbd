"""Every refusal has the exchange's own code, the shape of every answer, and HTTP 200 unless documented otherwise."""

import json
from typing import Any

import pytest
from bybit_client import LINEAR, Client, Ws
from support import Running

from pytest_tradeops.venue.bybit import errors
from pytest_tradeops.venue.engine.model import Kind, Reason, Rejected

GOOD: dict[str, Any] = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "58000",
}
SPOT: dict[str, Any] = GOOD | {"category": "spot"}


def check(client: Client, order: dict[str, Any], code: int, words: str = "") -> None:
    answer = client.post("order/create", **order)
    assert (answer.status, answer.code) == (200, code), answer.body
    assert words in answer.message
    assert set(answer.body) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert answer.body["result"] == {}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"category": "nope"}, 10001, "Illegal category"),
        ({"category": None}, 10001, "Illegal category"),
        ({"category": "inverse"}, 10001, "symbol invalid BTCUSDT"),
        ({"symbol": "NOPE"}, 10001, "symbol invalid NOPE"),
        ({"symbol": None}, 10001, "symbol is required"),
        ({"symbol": "btcusdt"}, 10001, "symbol invalid"),
        ({"side": "buy"}, 10001, "Side invalid"),
        ({"orderType": "LIMIT"}, 10001, "OrderType invalid"),
        ({"qty": None}, 10001, "qty is required"),
        ({"qty": "-1"}, 10001, "Qty invalid"),
        ({"qty": "1e3"}, 10001, "Qty invalid"),
        ({"qty": "0.0001"}, 10001, ""),
        ({"qty": "0.0105"}, 10001, "Qty invalid"),
        ({"qty": "0"}, 10001, "exceeds minimum limit"),
        ({"qty": "1000.001"}, 10001, "order_qty:100000100000 > max_qty:100000000000"),
        ({"price": None}, 10001, "Price Invalid"),
        ({"price": "0"}, 10001, "Price Invalid"),
        ({"price": "58000.05"}, 10001, "Price Invalid"),
        ({"price": "10000000"}, 110003, ""),
        ({"price": "30000"}, 110003, ""),
        ({"price": "54001", "qty": "0.00009"}, 10001, ""),
        ({"qty": "900"}, 110007, "ab not enough for new order"),
        ({"positionIdx": 1}, 10001, "position idx not match position mode"),
        ({"positionIdx": 9}, 10001, "PositionIdx invalid"),
        ({"timeInForce": "GTX"}, 10001, "TimeInForce invalid"),
        ({"timeInForce": "RPI"}, 110119, ""),
        ({"orderLinkId": "a" * 37}, 10001, "OrderLinkId invalid"),
        ({"orderLinkId": "a b"}, 10001, "OrderLinkId invalid"),
        (
            {"takeProfit": "57000"},
            10001,
            "TakeProfit:570000000 set for Buy position should be higher than base_price:580000000",
        ),
        ({"stopLoss": "59000"}, 10001, "StopLoss:590000000 set for Buy position should be lower"),
        ({"stopLoss": "57000.05"}, 10001, "StopLoss invalid"),
        ({"stopLoss": "57000", "tpslMode": "Partial"}, 10001, "tpslMode=Full"),
        ({"stopLoss": "57000", "slOrderType": "Limit"}, 10001, "tpslMode=Full"),
        ({"stopLoss": "57000", "reduceOnly": True}, 10001, "reduceOnly"),
        ({"stopLoss": "57000", "triggerPrice": "61000", "triggerDirection": 1}, 110057, ""),
        ({"triggerDirection": 1}, 10001, "TriggerPrice invalid"),
        ({"triggerPrice": "61000"}, 10001, "TriggerDirection invalid"),
        ({"reduceOnly": "maybe"}, 10001, "ReduceOnly invalid"),
        ({"smpType": "Other"}, 10001, "SmpType invalid"),
        ({"bboSideType": "Queue"}, 10001, "bboSideType"),
    ],
)
def test_linear_orders(client: Client, change: dict[str, Any], code: int, words: str) -> None:
    check(client, GOOD | change, code, words)


def test_linear_notional(client: Client) -> None:
    low = GOOD | {"symbol": "SOLUSDT", "qty": "0.01", "price": "149"}
    check(client, low, 110094, "Order does not meet minimum order value 5USDT")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"symbol": "NOPE"}, 170121, "Invalid symbol."),
        ({"qty": "0.000011"}, 170137, "too many decimals"),
        ({"qty": "0.00001", "price": "50000"}, 170140, "Order value exceeded lower limit."),
        ({"qty": "0.000001"}, 170136, "lower than the minimum"),
        ({"qty": "200"}, 170124, "Order amount too large."),
        ({"qty": "9001"}, 170124, "Order amount too large."),
        ({"qty": "20"}, 170131, "Insufficient balance."),
        ({"side": "Sell", "qty": "11", "price": "61000"}, 170131, ""),
        ({"price": None}, 170105, "Parameter 'price' was empty."),
        ({"price": "58000.001"}, 170134, "decimals"),
        ({"price": "2000000"}, 170132, "too high"),
        ({"price": "0.001"}, 170133, "lower than the minimum"),
        ({"price": "73000"}, 170193, "Buy order price cannot be higher"),
        ({"price": "40000", "side": "Sell"}, 170194, "Sell order price cannot be lower"),
        ({"isLeverage": 1}, 170344, ""),
        ({"orderLinkId": "ä"}, 170130, ""),
        ({"timeInForce": "RPI"}, 170355, ""),
        ({"orderFilter": "StopOrder"}, 170202, ""),
        ({"orderFilter": "Order", "triggerPrice": "61000"}, 170130, ""),
        ({"stopLoss": "50000"}, 170227, ""),
    ],
)
def test_spot_orders(client: Client, change: dict[str, Any], code: int, words: str) -> None:
    check(client, SPOT | change, code, words)


@pytest.mark.parametrize(("order", "code"), [(GOOD, 110072), (SPOT, 170141)])
def test_an_order_link_id_is_unique_for_ever(client: Client, order: dict[str, Any], code: int) -> None:
    named = order | {"orderLinkId": "once"}
    first = client.post("order/create", **named).result["orderId"]
    check(client, named, code)
    client.post("order/cancel", category=order["category"], symbol="BTCUSDT", orderId=first)
    check(client, named, code)


def test_an_injected_rejection_has_a_code_that_says_no(venue: Running, client: Client) -> None:
    for order, code in ((GOOD, 110066), (SPOT, 170210)):
        venue.do(lambda: venue.exchange.faults.inject("reject_next"))
        check(client, order, code)


def test_every_reason_of_the_engine_has_a_code() -> None:
    own = {
        Reason.POST_ONLY,
        Reason.FILL_OR_KILL,
        Reason.IMMEDIATE_OR_CANCEL,
        Reason.SELF_TRADE,
        Reason.LIQUIDATION,
        Reason.POSITION_CLOSED,
    }
    for reason in set(Reason) - own:
        for kind in Kind:
            refused = errors.refusal(Rejected(reason), kind)
            assert 10001 <= refused.code <= 170999
            assert refused.message


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("GET", "/v5/nothing", None, 404, 10017),
        ("GET", "/", None, 404, 10017),
        ("POST", "/v5/market/time", None, 404, 10017),
        ("GET", "/v5/order/create", None, 404, 10017),
        ("HEAD", "/v5/market/time", None, 404, None),
        ("GET", "/v5/market/time", "{}", 403, 10001),
        ("GET", "/v5/private", None, 400, 10001),
    ],
)
def test_wrong_paths_methods_and_bodies(
    client: Client, method: str, target: str, body: str | None, status: int, code: int | None
) -> None:
    if method == "HEAD":
        import http.client
        from urllib.parse import urlsplit

        connection = http.client.HTTPConnection(urlsplit(client.venue.http).netloc, timeout=5)
        connection.request("HEAD", target)
        assert connection.getresponse().status == status
        connection.close()
        return
    answer = client.raw(method, target, body)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", "1", "null", '"x"', "[" * 100_000, '{"a":' * 50_000, "\x00", "9" * 5000, b"\xff\xfe"]
)
def test_a_body_that_is_no_object_is_a_parameter_error(client: Client, body: str | bytes) -> None:
    raw = body if isinstance(body, bytes) else body.encode()
    stamp = str(client.venue.clock.now_ms())
    signature = client.key.sign(f"{stamp}{client.key.api_key}5000".encode() + raw)
    headers = {
        "X-BAPI-API-KEY": client.key.api_key,
        "X-BAPI-TIMESTAMP": stamp,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": signature,
    }
    answer = client.raw("POST", "/v5/order/create", raw, headers)
    assert (answer.status, answer.code, answer.message) == (200, 10001, "Request parameter error.")


def test_an_oversized_body_is_refused_and_not_read(client: Client) -> None:
    answer = client.raw("POST", "/v5/order/create", "x" * (1 << 20 | 1))
    assert (answer.status, answer.code) == (413, 10001)


def test_faults_speak_the_exchange(venue: Running, client: Client) -> None:
    venue.do(lambda: venue.exchange.faults.inject("rate_limit", count=1))
    limited = client.public("market/time")
    assert (limited.status, limited.code) == (429, 10429)
    venue.do(lambda: venue.exchange.faults.inject("ban", count=1))
    assert client.public("market/time").status == 403
    venue.do(lambda: venue.exchange.faults.inject("server_error", count=1))
    broken = client.public("market/time")
    assert (broken.status, broken.code) == (503, 10016)


def test_refusals_are_in_the_journal(venue: Running, client: Client) -> None:
    notes: list[tuple[str, dict[str, Any]]] = []
    recorder = venue.exchange.recorder
    venue.do(lambda: setattr(recorder, "note", lambda time_ns, kind, facts: notes.append((kind, facts))))
    client.order(qty="900")
    with Ws(venue, "ws_trade") as ws:
        ws.auth()
        ws.ask({"op": "order.create", "header": {}, "args": [GOOD]})
    codes = [facts["code"] for kind, facts in notes if kind == "refused"]
    assert codes == [110007, 10001]
    assert client.key.api_secret not in json.dumps(notes)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("position/set-leverage", {"buyLeverage": "10", "sellLeverage": "11"}, 10001),
        ("position/set-leverage", {"buyLeverage": "0", "sellLeverage": "0"}, 10001),
        ("position/set-leverage", {"buyLeverage": "2.5", "sellLeverage": "2.5"}, 10001),
        ("position/set-leverage", {"buyLeverage": "126", "sellLeverage": "126"}, 110013),
        ("position/set-leverage", {"buyLeverage": "20", "sellLeverage": "20"}, 110043),
        ("position/set-leverage", {"category": "spot", "buyLeverage": "2", "sellLeverage": "2"}, 10001),
        ("position/switch-mode", {"mode": 0}, 110025),
        ("position/switch-mode", {"mode": 3}, 110029),
        ("position/switch-mode", {"mode": 1}, 10001),
        ("position/switch-mode", {"mode": 4}, 10001),
        ("position/switch-isolated", {}, 100028),
        ("position/trading-stop", {"takeProfit": "70000"}, 10001),
        ("position/trading-stop", {"trailingStop": "10"}, 10001),
        ("account/set-margin-mode", {"setMarginMode": "REGULAR_MARGIN"}, 110026),
        ("account/set-margin-mode", {"setMarginMode": "PORTFOLIO_MARGIN"}, 3400045),
        ("account/set-margin-mode", {}, 10001),
    ],
)
def test_settings(client: Client, path: str, body: dict[str, Any], code: int) -> None:
    named = {"category": "linear", "symbol": "BTCUSDT"} if path.startswith("position") else {}
    assert client.post(path, **named | body).code == code


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("order/realtime", {"category": "linear"}),
        ("order/realtime", {"category": "linear", "symbol": "NOPE"}),
        ("order/realtime", {"category": "spot", "limit": 51}),
        ("order/history", {}),
        ("order/history", {"category": "linear", "startTime": 0, "endTime": 10**12}),
        ("order/history", {"category": "linear", "startTime": 2, "endTime": 1}),
        ("order/history", {"category": "linear", "orderStatus": "Gone"}),
        ("execution/list", {"category": "linear", "limit": 0}),
        ("execution/list", {"category": "linear", "limit": "x"}),
        ("position/list", {"category": "linear"}),
        ("position/list", {"category": "spot"}),
        ("account/wallet-balance", {}),
        ("account/wallet-balance", {"accountType": "CONTRACT"}),
        ("account/wallet-balance", {"accountType": "UNIFIED", "coin": ",".join("ABCDEFGHIJK")}),
        ("account/fee-rate", {"category": "linear", "symbol": "NOPE"}),
        ("asset/transfer/query-account-coins-balance", {"accountType": "UNIFIED"}),
        ("asset/transfer/query-account-coin-balance", {"accountType": "UNIFIED"}),
    ],
)
def test_questions(client: Client, path: str, query: dict[str, Any]) -> None:
    assert client.get(path, **query).code == 10001


def test_the_engine_is_untouched_by_refusals(venue: Running, client: Client) -> None:
    for change in ({"qty": "900"}, {"price": "1"}, {"symbol": "NOPE"}):
        client.post("order/create", **GOOD | change)
    assert venue.do(lambda: venue.exchange.engine.orders("trader", LINEAR)) == []

"""Whatever is sent, there is an answer in the exchange's own shape, no handler crashes, and the venue lives on."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote as percent
from urllib.parse import urlencode

import pytest
from bybit_client import LINEAR, SPOT, Client, Ws, quote
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import Running, running

EXAMPLES = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

#: Words that get a request further than noise does.
NAMES = [
    "category",
    "symbol",
    "side",
    "orderType",
    "qty",
    "price",
    "timeInForce",
    "orderId",
    "orderLinkId",
    "limit",
    "cursor",
    "startTime",
    "endTime",
    "interval",
    "intervalTime",
    "accountType",
    "coin",
    "settleCoin",
    "baseCoin",
    "openOnly",
    "orderFilter",
    "triggerPrice",
    "triggerDirection",
    "triggerBy",
    "marketUnit",
    "reduceOnly",
    "closeOnTrigger",
    "positionIdx",
    "buyLeverage",
    "sellLeverage",
    "mode",
    "tpslMode",
    "takeProfit",
    "stopLoss",
    "request",
    "smpType",
    "status",
    "type",
    "currency",
    "execType",
    "orderStatus",
    "setMarginMode",
    "start",
    "end",
]
VALUES = [
    "linear",
    "spot",
    "inverse",
    "BTCUSDT",
    "ETHBTC",
    "Buy",
    "Sell",
    "Limit",
    "Market",
    "0.01",
    "58000",
    "60001",
    "1",
    "0",
    "-1",
    "5",
    "GTC",
    "IOC",
    "FOK",
    "PostOnly",
    "UNIFIED",
    "BTC",
    "USDT",
    "1h",
    "D",
    "baseCoin",
    "quoteCoin",
    "StopOrder",
    "LastPrice",
    "MarkPrice",
    "CancelBoth",
    "true",
    "page_token:1",
    "99999999999999999999",
    "1e400",
    "NaN",
    "",
    "\x00",
    "\ud800",
    "ä",
    "%",
]
scalars = st.one_of(
    st.sampled_from(VALUES), st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=8,
)
bodies = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=5)), values, max_size=12)
queries = st.dictionaries(
    st.one_of(st.sampled_from(NAMES), st.text(max_size=5)),
    st.one_of(st.sampled_from(VALUES), st.text(max_size=12)),
    max_size=8,
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Running]:
    with running("bybit", background=False, enforce_limits=False) as one:
        quote(one, LINEAR, "59999", "60001", "100")
        quote(one, SPOT, "59999", "60001", "8")
        yield one


def routes(venue: Running) -> list[tuple[str, str]]:
    face: Any = venue.server.face
    found = [(route.method, route.path) for route in face.routes()]
    return [(method, path) for method, path in found if not path.startswith(("/v5/public", "/v5/private", "/v5/trade"))]


def sound(answer: Any) -> None:
    assert answer.status in (200, 400, 401, 403, 404, 413), answer.text
    assert set(answer.body) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert answer.body["retCode"] != 10016


def ascii_query(query: dict[str, str]) -> str:
    return urlencode({key.encode("utf-8", "replace"): value.encode("utf-8", "replace") for key, value in query.items()})


@EXAMPLES
@given(data=st.data())
def test_every_endpoint(fuzzed: Running, data: st.DataObject) -> None:
    client = Client(fuzzed)
    method, path = data.draw(st.sampled_from(routes(fuzzed)))
    if method == "GET":
        query = ascii_query(data.draw(queries))
        sound(client.raw("GET", f"{path}?{query}", headers=client.headers(query)))
    else:
        body = json.dumps(data.draw(bodies))
        sound(client.raw("POST", path, body, client.headers(body)))


#: The first ones are right, and drawn more often than those after them.
order_words: dict[str, tuple[list[Any], list[Any]]] = {
    "category": (["linear", "spot"], ["inverse", None]),
    "symbol": (["BTCUSDT"], ["ETHUSDT", "ETHBTC", "NOPE"]),
    "side": (["Buy", "Sell"], ["buy"]),
    "orderType": (["Limit", "Market"], ["Stop"]),
    "qty": (["0.01", "0.5", "60"], ["0", "9999", "0.0000001", 1, 0.02]),
    "price": (["58000", "60001", "59999", "61000"], ["1", None, "58000.05"]),
    "timeInForce": (["GTC", "IOC", "FOK", "PostOnly", None], ["RPI"]),
    "marketUnit": (["baseCoin", "quoteCoin", None], ["x"]),
    "orderFilter": ([None], ["Order", "StopOrder", "tpslOrder"]),
    "triggerPrice": ([None, None, None, "61000", "59000"], ["0"]),
    "triggerDirection": ([None, 1, 2], [0, "1"]),
    "triggerBy": ([None, "LastPrice", "MarkPrice"], ["IndexPrice"]),
    "reduceOnly": ([None, None, True], [False]),
    "closeOnTrigger": ([None], [True]),
    "orderLinkId": ([None], ["a", "b", "c"]),
    "smpType": ([None, "CancelTaker", "CancelMaker", "CancelBoth"], ["None"]),
}
orders = st.fixed_dictionaries(
    {name: st.sampled_from(right * 8 + wrong) for name, (right, wrong) in order_words.items()}
)


@EXAMPLES
@given(order=orders, verb=st.sampled_from(["create", "create", "create", "amend", "cancel", "cancel-all"]))
def test_orders_that_are_nearly_right(fuzzed: Running, order: dict[str, Any], verb: str) -> None:
    client = Client(fuzzed)
    sound(client.post(f"order/{verb}", **order))
    wallet = client.get("account/wallet-balance", accountType="UNIFIED").list[0]
    assert all(float(one["walletBalance"]) >= float(one["locked"]) >= 0 for one in wallet["coin"])


@settings(EXAMPLES, max_examples=80)
@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]))
def test_any_path_and_method(fuzzed: Running, path: str, method: str) -> None:
    client = Client(fuzzed)
    answer = client.raw(method, "/v5/" + percent(path.encode("utf-8", "replace")))
    assert answer.status in (400, 401, 404)
    assert set(answer.body) == {"retCode", "retMsg", "result", "retExtInfo", "time"}


frames = st.one_of(
    st.text(max_size=40),
    st.builds(json.dumps, values),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(
                [
                    "auth",
                    "ping",
                    "subscribe",
                    "unsubscribe",
                    "order.create",
                    "order.amend",
                    "order.cancel",
                    "order.create-batch",
                    "x",
                ]
            )
        },
        optional={
            "args": st.one_of(
                values,
                st.lists(orders, max_size=2),
                st.lists(
                    st.sampled_from(
                        ["order", "orderbook.50.BTCUSDT", "kline.1.BTCUSDT", "tickers.BTCUSDT", "publicTrade.X", "."]
                    ),
                    max_size=3,
                ),
            ),
            "req_id": scalars,
            "reqId": scalars,
            "header": st.one_of(values, st.just({"X-BAPI-TIMESTAMP": "now"})),
        },
    ).map(json.dumps),
)


@pytest.mark.parametrize("socket", ["ws_public_linear", "ws_public_spot", "ws_private", "ws_trade"])
@settings(EXAMPLES, max_examples=40)
@given(sent=st.lists(frames, min_size=1, max_size=8))
def test_every_frame_is_answered_and_the_socket_lives_on(fuzzed: Running, socket: str, sent: list[str]) -> None:
    with Ws(fuzzed, socket) as ws:
        if socket in ("ws_private", "ws_trade"):
            ws.auth()
        for text in sent:
            ws.send(text.replace('"now"', f'"{fuzzed.clock.now_ms()}"'))
        ws.send({"op": "ping"})
        while not _is_pong(ws.next()):
            pass
    assert fuzzed.exchange.crashes == []


def _is_pong(frame: dict[str, Any]) -> bool:
    return frame.get("op") == "pong" or frame.get("ret_msg") == "pong"

"""Order entry over a WebSocket, and the limits that it shares with REST."""

from typing import Any

import pytest
from bybit_client import LINEAR, Client, Ws, quote
from support import Running, running

ORDER: dict[str, Any] = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "58000",
}


def frame(ws: Ws, op: str, *args: Any, **more: Any) -> dict[str, Any]:
    header = {"X-BAPI-TIMESTAMP": str(ws.venue.clock.now_ms())}
    return {"reqId": f"r{len(ws.seen)}", "op": op, "header": header, "args": list(args)} | more


def logged_on(venue: Running, key: str = "trader") -> Ws:
    ws = Ws(venue, "ws_trade")
    answer = ws.auth(key)
    assert {name: answer[name] for name in ("retCode", "retMsg", "op")} == {"retCode": 0, "retMsg": "OK", "op": "auth"}
    return ws


def test_create_amend_and_cancel(venue: Running, client: Client) -> None:
    with logged_on(venue) as ws:
        made = ws.ask(frame(ws, "order.create", ORDER | {"orderLinkId": "a"}))
        assert (made["retCode"], made["retMsg"], made["op"], made["reqId"], made["retExtInfo"]) == (
            0,
            "OK",
            "order.create",
            "r1",
            {},
        )
        assert made["data"]["orderLinkId"] == "a"
        assert set(made["header"]) == {
            "X-Bapi-Limit",
            "X-Bapi-Limit-Status",
            "X-Bapi-Limit-Reset-Timestamp",
            "Traceid",
            "Timenow",
        }
        named = {"category": "linear", "symbol": "BTCUSDT", "orderId": made["data"]["orderId"]}
        assert ws.ask(frame(ws, "order.amend", named | {"qty": "0.02"}))["data"] == made["data"]
        assert client.shown(named["orderId"])["qty"] == "0.020"
        assert ws.ask(frame(ws, "order.cancel", named))["retCode"] == 0
        gone = ws.ask(frame(ws, "order.cancel", named))
        assert (gone["retCode"], gone["retMsg"]) == (110001, "order not exists or too late to cancel")


def test_batches(venue: Running) -> None:
    with logged_on(venue) as ws:
        batch = {"category": "linear", "request": [{**ORDER, "orderLinkId": "a"}, {**ORDER, "qty": "900"}]}
        answer = ws.ask(frame(ws, "order.create-batch", batch))
        assert (answer["retCode"], [one["code"] for one in answer["retExtInfo"]["list"]]) == (0, [0, 110007])
        assert [bool(one["orderId"]) for one in answer["data"]["list"]] == [True, False]
        amended = ws.ask(
            frame(
                ws,
                "order.amend-batch",
                {"category": "linear", "request": [{"symbol": "BTCUSDT", "orderLinkId": "a", "qty": "0.03"}]},
            )
        )
        assert amended["retExtInfo"]["list"] == [{"code": 0, "msg": "OK"}]
        cancelled = ws.ask(
            frame(
                ws, "order.cancel-batch", {"category": "linear", "request": [{"symbol": "BTCUSDT", "orderLinkId": "a"}]}
            )
        )
        assert cancelled["retExtInfo"]["list"] == [{"code": 0, "msg": "OK"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": "order.dance"}, 10404),
        ({"op": "order.create-many"}, 10404),
        ({"op": "subscribe"}, 10404),
        ({"header": None}, 10001),
        ({"header": {}}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "soon"}}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "1"}}, 10002),
        ({"header": {"X-BAPI-TIMESTAMP": "1", "X-BAPI-RECV-WINDOW": "x"}}, 10001),
        ({"args": []}, 10001),
        ({"args": [ORDER, ORDER]}, 10001),
        ({"args": ["x"]}, 10001),
        ({"args": [{**ORDER, "category": "nope"}]}, 10404),
        ({"args": [{**ORDER, "qty": "900"}]}, 110007),
        ({"reqId": ""}, 10001),
        ({"reqId": "x" * 37}, 10001),
        ({"reqId": 7}, 10001),
    ],
)
def test_what_is_wrong_is_said(venue: Running, change: dict[str, Any], code: int) -> None:
    with logged_on(venue) as ws:
        answer = ws.ask(frame(ws, "order.create", ORDER) | change)
        assert answer["retCode"] == code, answer
        assert ws.ask(frame(ws, "order.create", ORDER))["retCode"] == 0


def test_a_request_id_is_used_once(venue: Running) -> None:
    with logged_on(venue) as ws:
        once = frame(ws, "order.create", ORDER)
        assert ws.ask(once)["retCode"] == 0
        assert ws.ask(once)["retCode"] == 20006
        del once["reqId"]
        answer = ws.ask(once)
        assert (answer["retCode"], "reqId" in answer) == (0, False)


def test_who_may_trade(venue: Running) -> None:
    with Ws(venue, "ws_trade") as ws:
        assert ws.ask(frame(ws, "order.create", ORDER))["retCode"] == 10007
        assert ws.ask({"op": "auth", "args": ["x", venue.clock.now_ms() + 1000, "0"]})["retCode"] == 10003
        assert (
            ws.ask({"op": "auth", "args": [venue.keys["trader"].api_key, venue.clock.now_ms() + 1000, "0"]})["retCode"]
            == 10004
        )
        assert ws.ask({"op": "auth"})["retCode"] == 10001
        assert ws.auth()["retCode"] == 0
        assert ws.auth()["retCode"] == 20001
    with logged_on(venue, "reader") as ws:
        assert ws.ask(frame(ws, "order.create", ORDER))["retCode"] == 10005
    assert venue.do(lambda: venue.exchange.engine.orders("trader")) == []


def test_ping_and_nonsense(venue: Running) -> None:
    with logged_on(venue) as ws:
        pong = ws.ask({"op": "ping", "reqId": "p"})
        assert (pong["retCode"], pong["op"], len(pong["data"]), pong["reqId"]) == (0, "pong", 1, "p")
        for nonsense in ("", "x", "[]", "{}", "[" * 50_000):
            assert ws.ask(nonsense)["retCode"] == 10001


def test_faults_between_order_and_answer(venue: Running, client: Client) -> None:
    faults = venue.exchange.faults
    with logged_on(venue) as ws, Ws(venue, "ws_private") as private:
        private.auth()
        private.ask({"op": "subscribe", "args": ["order"]})
        venue.do(lambda: faults.inject("push_before_ack", hold=0.3))
        ws.send(frame(ws, "order.create", ORDER))
        private.push("order")
        assert ws.quiet(0.05)
        assert ws.next()["retCode"] == 0
        venue.do(lambda: faults.inject("drop_response", match="WS order.create"))
        ws.send(frame(ws, "order.create", ORDER, reqId="lost"))
        assert private.push("order")["data"][0]["orderStatus"] == "New"
        assert ws.quiet()
        venue.do(lambda: faults.inject("ack_without_push"))
        assert ws.ask(frame(ws, "order.create", ORDER, reqId="mute"))["retCode"] == 0
        assert private.quiet()
    assert len(client.get("order/realtime", category="linear", symbol="BTCUSDT").list) == 3


def test_limits_per_second_are_told_and_kept() -> None:
    with running("bybit", background=False, manual=True) as venue:
        quote(venue, LINEAR, "59999", "60001")
        client = Client(venue)
        first = client.order()
        assert (first.headers["X-Bapi-Limit"], first.headers["X-Bapi-Limit-Status"]) == ("10", "9")
        assert first.headers["X-Bapi-Limit-Reset-Timestamp"] == str(venue.clock.now_ms())
        with logged_on(venue) as ws:
            for _ in range(9):
                assert ws.ask(frame(ws, "order.create", ORDER))["retCode"] == 0
            limited = ws.ask(frame(ws, "order.create", ORDER))
            assert (limited["retCode"], limited["header"]["X-Bapi-Limit-Status"]) == (10006, "0")
        refused = client.order()
        assert (refused.status, refused.code, refused.headers["X-Bapi-Limit-Status"]) == (200, 10006, "0")
        assert int(refused.headers["X-Bapi-Limit-Reset-Timestamp"]) > venue.clock.now_ms()
        assert client.post("order/cancel-all", category="linear", symbol="BTCUSDT").code == 0
        assert Client(venue, "other").order().code == 0
        venue.advance(1)
        assert client.order().code == 0
        batch = [{**ORDER, "symbol": "BTCUSDT"}] * 11
        assert client.post("order/create-batch", category="linear", request=batch).code == 10006


def test_an_address_that_asks_too_often_is_403() -> None:
    with running("bybit", background=False, manual=True) as venue:
        client = Client(venue)
        venue.do(lambda: venue.exchange.limiter.spend("bybit:address", "127.0.0.1", 599, venue.clock.now_ms()))
        assert client.public("market/time").status == 200
        assert client.public("market/time").status == 403
        venue.advance(5)
        assert client.public("market/time").status == 200

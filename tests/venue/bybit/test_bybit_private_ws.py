"""The private stream: log-on, topics, and that what it tells is what happened."""

from decimal import Decimal
from typing import Any

import pytest
from bybit_client import LINEAR, Client, Ws, quote
from support import Running

ALL = ["order", "execution", "position", "wallet"]


def logged_on(venue: Running, *topics: str, key: str = "trader") -> Ws:
    ws = Ws(venue, "ws_private")
    assert ws.auth(key)["success"] is True
    assert ws.ask({"op": "subscribe", "args": list(topics)})["success"] is True
    return ws


def test_the_shapes_of_the_socket(venue: Running) -> None:
    with Ws(venue, "ws_private") as ws:
        refused = ws.ask({"op": "subscribe", "args": ["order"]})
        assert (refused["success"], refused["ret_msg"]) == (False, "Request not authorized")
        answer = ws.auth()
        assert {name: answer[name] for name in ("success", "ret_msg", "op")} == {
            "success": True,
            "ret_msg": "",
            "op": "auth",
        }
        assert answer["conn_id"]
        assert ws.auth()["success"] is False
        pong = ws.ask({"req_id": "test", "op": "ping"})
        assert (pong["op"], pong["req_id"], len(pong["args"])) == ("pong", "test", 1)
        assert ws.ask({"op": "subscribe", "args": ["nothing"]})["ret_msg"] == "error:handler not found,topic:nothing"
        both = ws.ask({"op": "subscribe", "args": ["order", "order.linear"]})
        assert (both["success"], "cannot be in the same" in both["ret_msg"]) == (False, True)
        for nonsense in (
            "",
            "x",
            '{"op": "dance"}',
            '{"op": "subscribe"}',
            '{"op": "unsubscribe", "args": [1]}',
            '{"op": "auth"}',
        ):
            assert ws.ask(nonsense)["success"] is False


@pytest.mark.parametrize(("key", "words"), [("x", "API key is invalid."), (None, "Params Error")])
def test_a_wrong_log_on(venue: Running, key: str | None, words: str) -> None:
    with Ws(venue, "ws_private") as ws:
        args = [key, venue.clock.now_ms() + 1000, "0" * 64] if key else []
        answer = ws.ask({"op": "auth", "args": args})
        assert (answer["success"], answer["ret_msg"]) == (False, words)
        forged = ws.ask({"op": "auth", "args": [venue.keys["trader"].api_key, venue.clock.now_ms() + 1000, "0" * 64]})
        assert forged["success"] is False
        assert ws.auth(expires=venue.clock.now_ms() - 1)["ret_msg"] == "Params Error"
        assert ws.auth()["success"] is True


def test_a_market_order_is_told_once_with_all_that_follows(venue: Running, client: Client) -> None:
    quote(venue, LINEAR, "59000", "60002")
    with logged_on(venue, *ALL) as ws:
        order_id = client.order(kind="Market", qty="1.5", orderLinkId="mine").result["orderId"]
        fills = ws.push("execution")
        assert [(one["execQty"], one["execPrice"], one["feeCurrency"], one["category"]) for one in fills["data"]] == [
            ("1.000", "60001.00", "USDT", "linear"),
            ("0.500", "60002.00", "USDT", "linear"),
        ]
        position = ws.push("position")["data"][0]
        assert (position["size"], position["side"], position["category"]) == ("1.500", "Buy", "linear")
        assert "entryPrice" in position
        orders = ws.push("order")["data"]
        assert [(one["orderId"], one["orderStatus"], one["cumExecQty"], one["orderLinkId"]) for one in orders] == [
            (order_id, "Filled", "1.500", "mine")
        ]
        assert orders[0]["feeCurrency"] == "USDT"
        wallet = ws.push("wallet")["data"][0]
        rest = client.get("account/wallet-balance", accountType="UNIFIED").list[0]
        assert wallet["coin"] == sorted(rest["coin"], key=lambda one: str(one["coin"]))
        assert ws.quiet()


def test_the_life_of_a_limit_order(venue: Running, client: Client) -> None:
    with logged_on(venue, "order") as ws:
        order_id = client.order().result["orderId"]
        assert ws.push("order")["data"][0]["orderStatus"] == "New"
        client.post("order/amend", category="linear", symbol="BTCUSDT", orderId=order_id, price="58100")
        amended = ws.push("order")["data"][0]
        assert (amended["orderStatus"], amended["price"]) == ("New", "58100.00")
        venue.call(
            "fill_order",
            "trader",
            LINEAR,
            venue.do(lambda: venue.exchange.engine.open_orders("trader")[0].id),
            Decimal("0.004"),
        )
        partly = ws.push("order")["data"][0]
        assert (partly["orderStatus"], partly["leavesQty"]) == ("PartiallyFilled", "0.006")
        client.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=order_id)
        gone = ws.push("order")["data"][0]
        assert (gone["orderStatus"], gone["cancelType"], gone["cumExecQty"]) == ("Cancelled", "CancelByUser", "0.004")


@pytest.mark.parametrize(
    ("tif", "price", "reason"),
    [
        ("PostOnly", "60001", "EC_PostOnlyWillTakeLiquidity"),
        ("FOK", "59000", "EC_CancelForNoFullFill"),
        ("IOC", "59000", "EC_NoImmediateQtyToFill"),
    ],
)
def test_what_never_rests_is_told_as_ended_and_never_as_new(
    venue: Running, client: Client, tif: str, price: str, reason: str
) -> None:
    with logged_on(venue, "order") as ws:
        assert client.order(price=price, timeInForce=tif).code == 0
        told = ws.push("order")["data"]
        assert [(one["orderStatus"], one["rejectReason"]) for one in told] == [("Cancelled", reason)]
        assert ws.quiet()


def test_a_conditional_order_is_told_as_triggered_for_itself(venue: Running, client: Client) -> None:
    quote(venue, LINEAR, "59000", "61050")
    with logged_on(venue, "order") as ws:
        client.order(kind="Market", triggerPrice="61000", triggerDirection=1)
        venue.call("move_price", LINEAR, Decimal(61000))
        told = [ws.push("order")["data"][0]["orderStatus"] for _ in range(3)]
        assert told == ["Untriggered", "Triggered", "Filled"]


def test_topics_by_category(venue: Running, client: Client) -> None:
    with logged_on(venue, "order.spot", "execution.spot", "position.linear") as ws:
        client.order()
        client.order("spot", kind="Market", side="Sell", qty="0.1")
        fill = ws.push("execution.spot")
        assert (fill["data"][0]["category"], fill["data"][0]["feeCurrency"]) == ("spot", "USDT")
        assert ws.push("order.spot")["data"][0]["orderStatus"] == "Filled"
        assert {frame["topic"] for frame in ws.seen if "topic" in frame} == {"execution.spot", "order.spot"}
        assert ws.ask({"op": "unsubscribe", "args": ["order.spot"]})["success"] is True


def test_fast_executions_tell_makers_no_link(venue: Running, client: Client) -> None:
    with logged_on(venue, "execution.fast") as taker, logged_on(venue, "execution.fast", key="other") as maker:
        client.order(kind="Market", orderLinkId="mine")
        fast = taker.push("execution.fast")["data"][0]
        assert (fast["orderLinkId"], fast["isMaker"], fast["execQty"]) == ("mine", False, "0.010")
        assert set(fast) == {
            "category",
            "symbol",
            "execId",
            "execPrice",
            "execQty",
            "orderId",
            "isMaker",
            "orderLinkId",
            "side",
            "execTime",
            "seq",
        }
        assert (maker.push("execution.fast")["data"][0]["orderLinkId"], maker.seen[-1]["data"][0]["isMaker"]) == (
            "",
            True,
        )


def test_nobody_hears_of_others(venue: Running, client: Client) -> None:
    with logged_on(venue, *ALL, key="other") as ws:
        client.order()
        assert ws.quiet()


def test_faults_show(venue: Running, client: Client) -> None:
    faults = venue.exchange.faults
    with logged_on(venue, "order", "execution") as ws:
        venue.do(lambda: faults.inject("lost_push", match="OrderUpdate.NEW"))
        client.order()
        assert ws.quiet()
        venue.do(lambda: faults.inject("duplicate_push", match="OrderUpdate.NEW"))
        client.order()
        assert [ws.push("order")["data"][0]["orderStatus"] for _ in range(2)] == ["New", "New"]
        venue.do(lambda: faults.inject("wrong_fee", factor=2.0))
        client.order(kind="Market")
        assert ws.push("execution")["data"][0]["execFee"] == "0.660011"
        assert client.get("execution/list", category="linear").list[0]["execFee"] == "0.3300055"
        venue.do(lambda: faults.inject("drop_sockets"))
        assert ws.gone()


def every_field_is_text_or_documented(entry: dict[str, Any], numbers: set[str]) -> None:
    for name, value in entry.items():
        assert isinstance(value, str) or name in numbers, (name, value)


def test_types_are_those_of_the_documentation(venue: Running, client: Client) -> None:
    with logged_on(venue, *ALL) as ws:
        client.order(kind="Market")
        fill, position, order = (ws.push(topic)["data"][0] for topic in ("execution", "position", "order"))
        every_field_is_text_or_documented(fill, {"isMaker", "seq"})
        numbers = {
            "positionIdx",
            "tradeMode",
            "riskId",
            "autoAddMargin",
            "adlRankIndicator",
            "seq",
            "isReduceOnly",
            "openTime",
        }
        every_field_is_text_or_documented(position, numbers)
        every_field_is_text_or_documented(
            order,
            {
                "positionIdx",
                "reduceOnly",
                "closeOnTrigger",
                "triggerDirection",
                "smpGroup",
                "cumFeeDetail",
                "rpiTakerAccess",
            },
        )
        wallet = ws.push("wallet")["data"][0]
        every_field_is_text_or_documented(wallet, {"coin"})
        every_field_is_text_or_documented(wallet["coin"][0], {"marginCollateral", "collateralSwitch"})

"""Orders: what becomes of each type, and what amend, cancel and batches do."""

from decimal import Decimal
from typing import Any

import pytest
from bybit_client import LINEAR, SPOT, Client, quote
from support import Running


def placed(client: Client, *args: Any, **more: Any) -> str:
    return str(client.order(*args, **more).result["orderId"])


def test_a_market_order_takes_the_best_price(client: Client) -> None:
    order = client.shown(placed(client, kind="Market", orderLinkId="first"))
    assert (order["orderStatus"], order["avgPrice"], order["cumExecQty"]) == ("Filled", "60001", "0.010")
    assert (order["orderLinkId"], order["timeInForce"], order["orderType"]) == ("first", "IOC", "Market")
    assert order["cumFeeDetail"] == {"USDT": "0.3300055"}
    assert (order["cancelType"], order["rejectReason"]) == ("UNKNOWN", "EC_NoError")


def test_an_order_without_a_link_takes_none_from_others(client: Client) -> None:
    placed(client)
    for number in range(1, 4):
        placed(client, orderLinkId=f"auto-{number}")
        assert client.order(orderLinkId=f"auto-{number}").code == 110072
        placed(client)
    links = [
        one["orderLinkId"] for one in client.get("order/realtime", category="linear", symbol="BTCUSDT").result["list"]
    ]
    assert sorted(links) == ["", "", "", "", "auto-1", "auto-2", "auto-3"]


def test_a_limit_order_rests_and_is_cancelled(client: Client) -> None:
    order_id = placed(client)
    order = client.shown(order_id)
    assert (order["orderStatus"], order["price"], order["leavesQty"], order["leavesValue"]) == (
        "New",
        "58000.00",
        "0.010",
        "580",
    )
    assert (
        client.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=order_id).result["orderId"] == order_id
    )
    order = client.shown(order_id)
    assert (order["orderStatus"], order["cancelType"], order["rejectReason"]) == (
        "Cancelled",
        "CancelByUser",
        "EC_PerCancelRequest",
    )
    assert order["leavesQty"] == "0.000"


@pytest.mark.parametrize(
    ("tif", "price", "qty", "status", "filled", "reason"),
    [
        ("IOC", "60001", "2", "Cancelled", "1.000", "EC_NoImmediateQtyToFill"),
        ("IOC", "60000", "2", "Cancelled", "0.000", "EC_NoImmediateQtyToFill"),
        ("FOK", "60001", "2", "Cancelled", "0.000", "EC_CancelForNoFullFill"),
        ("FOK", "60001", "1", "Filled", "1.000", "EC_NoError"),
        ("PostOnly", "60001", "1", "Cancelled", "0.000", "EC_PostOnlyWillTakeLiquidity"),
        ("PostOnly", "60000", "1", "New", "0.000", "EC_NoError"),
        ("GTC", "60001", "2", "PartiallyFilled", "1.000", "EC_NoError"),
    ],
)
def test_time_in_force(client: Client, tif: str, price: str, qty: str, status: str, filled: str, reason: str) -> None:
    order = client.shown(placed(client, price=price, qty=qty, timeInForce=tif))
    assert (order["orderStatus"], order["cumExecQty"], order["rejectReason"]) == (status, filled, reason)
    assert order["timeInForce"] == tif


def test_spot_calls_a_part_filled_order_that_ended_by_its_own_name(client: Client) -> None:
    order = client.shown(placed(client, "spot", price="60001", qty="2", timeInForce="IOC"), "spot")
    assert (order["orderStatus"], order["cumExecQty"]) == ("PartiallyFilledCanceled", "1.00000")
    assert "createType" not in order
    assert "basePrice" in order


@pytest.mark.parametrize(
    ("side", "unit", "qty", "filled"),
    [
        ("Buy", None, "600.01", "0.01000"),
        ("Buy", "quoteCoin", "600.01", "0.01000"),
        ("Buy", "baseCoin", "0.02", "0.02000"),
        ("Sell", None, "0.02", "0.02000"),
        ("Sell", "quoteCoin", "599.99", "0.01000"),
    ],
)
def test_the_unit_of_a_spot_market_order(client: Client, side: str, unit: str | None, qty: str, filled: str) -> None:
    more = {"marketUnit": unit} if unit else {}
    order = client.shown(placed(client, "spot", side, "Market", qty, **more), "spot")
    assert (order["orderStatus"], order["cumExecQty"], order["qty"]) == (
        "Filled",
        filled,
        qty if unit != "baseCoin" and not (side == "Sell" and unit is None) else filled,
    )


def test_spot_buyers_pay_their_fee_in_what_they_buy(client: Client) -> None:
    order_id = placed(client, "spot", "Buy", "Market", "0.02", marketUnit="baseCoin")
    fill = client.get("execution/list", category="spot", orderId=order_id).list[0]
    assert (fill["feeCurrency"], fill["execFee"], fill["feeRate"]) == ("BTC", "0.00002", "0.001")
    wallet = client.get("account/wallet-balance", accountType="UNIFIED", coin="BTC").list[0]["coin"][0]
    assert wallet["walletBalance"] == "10.01998"


def test_reduce_only_never_opens(client: Client) -> None:
    refused = client.order(side="Sell", kind="Market", reduceOnly=True)
    assert (refused.code, refused.message) == (110017, "current position is zero, cannot fix reduce-only order qty")
    placed(client, kind="Market", qty="0.5")
    assert client.order(side="Buy", kind="Market", reduceOnly=True).code == 110017
    order = client.shown(placed(client, side="Sell", kind="Market", qty="0.9", reduceOnly=True))
    assert (order["cumExecQty"], order["reduceOnly"]) == ("0.500", True)
    assert client.get("position/list", category="linear", symbol="BTCUSDT").list[0]["size"] == "0"


def test_a_quantity_of_zero_closes_the_whole_position(client: Client) -> None:
    assert client.order(side="Sell", kind="Market", qty="0", reduceOnly=True, closeOnTrigger=True).code == 110017
    placed(client, kind="Market", qty="0.7")
    order = client.shown(placed(client, side="Sell", kind="Market", qty="0", reduceOnly=True, closeOnTrigger=True))
    assert order["cumExecQty"] == "0.700"
    assert client.order(kind="Market", qty="0").code == 10001


def test_a_conditional_order_waits_triggers_and_fills(venue: Running, client: Client) -> None:
    order_id = placed(client, kind="Market", triggerPrice="61000", triggerDirection=1, triggerBy="LastPrice")
    order = client.shown(order_id)
    assert (order["orderStatus"], order["stopOrderType"], order["triggerDirection"]) == ("Untriggered", "Stop", 1)
    assert (order["triggerPrice"], order["triggerBy"]) == ("61000.00", "LastPrice")
    quote(venue, LINEAR, "59000", "61050")
    venue.call("move_price", LINEAR, Decimal(61000))
    order = client.shown(order_id)
    assert (order["orderStatus"], order["avgPrice"]) == ("Filled", "61050")


@pytest.mark.parametrize(
    ("direction", "trigger", "code", "words"),
    [
        (1, "59000", 110092, "expect Rising, but trigger_price[590000000] <= current[600000000]??LastPrice"),
        (2, "61000", 110093, "expect Falling, but trigger_price[610000000] >= current[600000000]??LastPrice"),
        (0, "61000", 10001, "params error: TriggerDirection invalid"),
    ],
)
def test_a_trigger_on_the_wrong_side_is_refused(
    client: Client, direction: int, trigger: str, code: int, words: str
) -> None:
    answer = client.order(kind="Market", triggerPrice=trigger, triggerDirection=direction)
    assert (answer.code, answer.message) == (code, words)


def test_a_cancelled_conditional_order_is_deactivated(client: Client) -> None:
    order_id = placed(client, price="62000", triggerPrice="61000", triggerDirection=1)
    client.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=order_id)
    assert client.shown(order_id)["orderStatus"] == "Deactivated"


def test_spot_conditional_orders_are_found_and_cancelled_by_their_filter(client: Client) -> None:
    stop = placed(client, "spot", "Sell", "Market", "0.01", triggerPrice="59000", orderFilter="StopOrder")
    implied = placed(client, "spot", "Sell", "Market", "0.01", triggerPrice="59000")
    profit = placed(
        client, "spot", "Sell", "Limit", "0.01", price="61000", triggerPrice="61000", orderFilter="tpslOrder"
    )
    listed = {
        name: [one["orderId"] for one in client.get("order/realtime", category="spot", orderFilter=name).list]
        for name in ("Order", "StopOrder", "tpslOrder")
    }
    assert listed == {"Order": [], "StopOrder": [implied, stop], "tpslOrder": [profit]}
    cancel = {"category": "spot", "symbol": "BTCUSDT"}
    assert client.post("order/cancel", **cancel, orderId=stop).code == 170213
    assert client.post("order/cancel", **cancel, orderId=stop, orderFilter="StopOrder").code == 0
    assert client.post("order/cancel-all", category="spot").list == []
    assert [
        one["orderId"] for one in client.post("order/cancel-all", category="spot", orderFilter="tpslOrder").list
    ] == [profit]


def test_amend_changes_price_and_quantity(client: Client) -> None:
    order_id = placed(client, orderLinkId="mine")
    named = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "mine"}
    assert client.post("order/amend", **named, price="58100", qty="0.02").result == {
        "orderId": order_id,
        "orderLinkId": "mine",
    }
    order = client.shown(order_id)
    assert (order["price"], order["qty"], order["orderStatus"]) == ("58100.00", "0.020", "New")
    unchanged = client.post("order/amend", **named, price="58100", qty="0.02")
    assert (unchanged.code, unchanged.message) == (
        10001,
        "The order remains unchanged as the parameters entered match the existing ones.",
    )
    assert client.post("order/amend", **named).code == 10001


def test_amend_below_what_is_filled_is_refused(client: Client) -> None:
    order_id = placed(client, price="60001", qty="2")
    answer = client.post("order/amend", category="linear", symbol="BTCUSDT", orderId=order_id, qty="1")
    assert answer.code == 110064


@pytest.mark.parametrize(
    ("category", "verb", "code"),
    [("linear", "amend", 110001), ("linear", "cancel", 110001), ("spot", "amend", 170213), ("spot", "cancel", 170213)],
)
def test_an_order_that_is_not_there_or_not_mine(
    venue: Running, client: Client, category: str, verb: str, code: int
) -> None:
    named = {"category": category, "symbol": "BTCUSDT", "price": "57000"}
    theirs = venue.do(lambda: venue.exchange.engine.open_orders("other", SPOT if category == "spot" else LINEAR)[0])
    assert client.post(f"order/{verb}", **named, orderLinkId="nothing").code == code
    assert client.post(f"order/{verb}", **named, orderId="nonsense").code == code
    from pytest_tradeops.venue.bybit import ids
    from pytest_tradeops.venue.engine.model import Kind

    assert client.post(f"order/{verb}", **named, orderId=ids.order_id(Kind(category), theirs.id)).code == code
    ended = placed(client, category, kind="Market", qty="0.01" if category == "linear" else "600.01")
    assert client.post(f"order/{verb}", **named, orderId=ended).code == code
    assert client.post(f"order/{verb}", **named).message == "params error: OrderId or orderLinkId is required"


def test_cancel_all_takes_what_was_asked_for(client: Client) -> None:
    placed(client)
    placed(client, kind="Market", triggerPrice="61000", triggerDirection=1)
    assert client.post("order/cancel-all", category="linear").code == 10001
    everything = {"category": "linear", "settleCoin": "USDT"}
    assert len(client.post("order/cancel-all", **everything, orderFilter="StopOrder").list) == 1
    assert len(client.post("order/cancel-all", category="linear", baseCoin="ETH").list) == 0
    done = client.post("order/cancel-all", **everything).result
    assert (len(done["list"]), done["success"]) == (1, "1")


def test_a_batch_answers_for_each_order(client: Client) -> None:
    orders = [
        {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "58000", "orderLinkId": "a"},
        {"symbol": "NOPE", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "58000", "orderLinkId": "b"},
        {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "58000", "orderLinkId": "a"},
    ]
    answer = client.post("order/create-batch", category="linear", request=orders)
    assert [one["code"] for one in answer.body["retExtInfo"]["list"]] == [0, 10001, 110072]
    assert [one["orderLinkId"] for one in answer.list] == ["a", "b", "a"]
    assert answer.list[1]["orderId"] == ""
    assert answer.list[0]["createAt"]
    named = [
        {"symbol": "BTCUSDT", "orderLinkId": "a", "price": "57000"},
        {"symbol": "BTCUSDT", "orderLinkId": "x", "price": "57000"},
    ]
    amended = client.post("order/amend-batch", category="linear", request=named)
    assert [one["code"] for one in amended.body["retExtInfo"]["list"]] == [0, 110001]
    cancelled = client.post("order/cancel-batch", category="linear", request=named)
    assert [one["code"] for one in cancelled.body["retExtInfo"]["list"]] == [0, 110001]
    assert client.get("order/realtime", category="linear", symbol="BTCUSDT").list == []


@pytest.mark.parametrize(("category", "most"), [("linear", 20), ("spot", 10)])
def test_a_batch_has_a_limit(client: Client, category: str, most: int) -> None:
    one = {"symbol": "BTCUSDT", "orderLinkId": "x"}
    assert client.post("order/cancel-batch", category=category, request=[one] * most).code == 0
    assert client.post("order/cancel-batch", category=category, request=[one] * (most + 1)).code == 10001
    assert client.post("order/cancel-batch", category=category, request=[]).code == 10001
    assert client.post("order/cancel-batch", category=category, request="x").code == 10001
    assert client.post("order/cancel-batch", category=category, request=[1]).code == 10001


def test_self_trade_prevention(client: Client) -> None:
    resting = placed(client, price="60000", qty="0.1")
    taker = client.shown(placed(client, side="Sell", kind="Market", qty="0.1", smpType="CancelTaker"))
    assert (taker["orderStatus"], taker["cancelType"], taker["smpType"]) == ("Cancelled", "CancelBySmp", "CancelTaker")
    assert client.shown(resting)["orderStatus"] == "New"


def test_ten_conditional_orders_are_enough(client: Client) -> None:
    for _ in range(10):
        placed(client, kind="Market", triggerPrice="61000", triggerDirection=1)
    assert client.order(kind="Market", triggerPrice="61000", triggerDirection=1).code == 110009

"""The life of orders: placed, filled, modified, canceled, in ones and in batches; by the clock; as conditional ones."""

import json
from decimal import Decimal
from typing import Any

from futures_client import MARKET, Client
from support import Running

DAY_MS = 86_400_000


def book(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5).ok()
    return found


def test_a_market_order_is_acknowledged_or_told_whole(client: Client) -> None:
    acknowledged = client.market(newOrderRespType="ACK").ok()
    assert (acknowledged["status"], acknowledged["executedQty"], acknowledged["avgPrice"]) == (
        "NEW",
        "0.000",
        "0.00000",
    )
    best = book(client)["asks"][0]
    told = client.market(quantity="0.010").ok()
    assert (told["status"], told["executedQty"], told["cumQty"]) == ("FILLED", "0.010", "0.010")
    assert Decimal(told["avgPrice"]) == Decimal(best[0])
    assert Decimal(told["cumQuote"]) == Decimal(best[0]) * Decimal("0.010")
    found = client.get("/fapi/v1/order", symbol="BTCUSDT", orderId=acknowledged["orderId"]).ok()
    assert found["status"] == "FILLED"


def test_a_sweep_of_levels_is_one_order_and_several_trades(client: Client) -> None:
    asks = book(client)["asks"]
    size = Decimal(asks[0][1]) + Decimal(asks[1][1])
    order = client.market(quantity=str(size)).ok()
    trades = client.get("/fapi/v1/userTrades", symbol="BTCUSDT", orderId=order["orderId"]).ok()
    assert [(one["price"], one["qty"]) for one in trades] == [tuple(asks[0]), tuple(asks[1])]
    cost = sum(Decimal(one["quoteQty"]) for one in trades)
    assert cost == Decimal(order["cumQuote"])
    assert sum(Decimal(one["commission"]) for one in trades) == (cost * Decimal("0.0005")).quantize(Decimal("1e-8"))
    assert [one["maker"] for one in trades] == [False, False]


def test_a_limit_order_rests_is_modified_and_canceled(client: Client) -> None:
    placed = client.limit(newClientOrderId="my.Order:1/a_b-c").ok()
    assert (placed["status"], placed["price"], placed["origQty"]) == ("NEW", "59000.00", "0.010")
    names = {"symbol": "BTCUSDT", "origClientOrderId": "my.Order:1/a_b-c"}
    modified = client.put("/fapi/v1/order", side="BUY", quantity="0.020", price="58900.0", **names).ok()
    assert (modified["orderId"], modified["price"], modified["origQty"]) == (placed["orderId"], "58900.00", "0.020")
    history = client.get("/fapi/v1/orderAmendment", **names).ok()
    assert history[0]["amendment"] == {
        "price": {"before": "59000.00", "after": "58900.00"},
        "origQty": {"before": "0.010", "after": "0.020"},
        "count": 1,
    }
    assert [one["orderId"] for one in client.get("/fapi/v1/openOrders").ok()] == [placed["orderId"]]
    assert client.get("/fapi/v1/openOrder", **names).ok()["price"] == "58900.00"
    assert client.delete("/fapi/v1/order", **names).ok()["status"] == "CANCELED"
    assert client.get("/fapi/v1/order", **names).ok()["status"] == "CANCELED"
    assert client.get("/fapi/v1/openOrders").ok() == []


def test_a_modified_price_that_crosses_trades(client: Client) -> None:
    number = client.limit().ok()["orderId"]
    answer = client.put(
        "/fapi/v1/order", symbol="BTCUSDT", orderId=number, side="BUY", quantity="0.010", price="60100.0"
    ).ok()
    assert answer["status"] == "FILLED"
    assert client.position()["positionAmt"] == "0.010"


def test_a_modification_may_end_the_order(venue: Running, client: Client) -> None:
    post_only = client.limit(timeInForce="GTX").ok()
    assert post_only["timeInForce"] == "GTX"
    changes = {"symbol": "BTCUSDT", "side": "BUY"}
    taken = client.put("/fapi/v1/order", orderId=post_only["orderId"], quantity="0.010", price="61000.0", **changes)
    assert taken.ok()["status"] == "CANCELED"
    partly = client.limit().ok()
    venue.call("fill_order", "trader", MARKET, partly["orderId"], Decimal("0.005"))
    less = client.put("/fapi/v1/order", orderId=partly["orderId"], quantity="0.005", price="59000.0", **changes).ok()
    assert (less["status"], less["executedQty"]) == ("CANCELED", "0.005")


def test_immediate_orders_end_at_once(client: Client) -> None:
    rest = client.limit(timeInForce="IOC", newOrderRespType="RESULT").ok()
    assert (rest["status"], rest["timeInForce"], rest["executedQty"]) == ("EXPIRED", "IOC", "0.000")
    whole = client.limit(price="60100.0", timeInForce="FOK", newOrderRespType="RESULT").ok()
    assert (whole["status"], whole["executedQty"]) == ("FILLED", "0.010")
    asks = book(client)["asks"]
    more = str(Decimal(asks[0][1]) + 1)
    assert client.limit(price=asks[0][0], quantity=more, timeInForce="FOK").code == -5021


def test_reduce_only_never_opens(client: Client) -> None:
    client.market(quantity="0.010").ok()
    assert client.market("BUY", reduceOnly="true").code == -2022
    cut = client.market("SELL", quantity="0.050", reduceOnly="true").ok()
    assert (cut["origQty"], cut["executedQty"], cut["reduceOnly"]) == ("0.010", "0.010", True)
    assert client.position()["positionAmt"] == "0.000"
    # Too small for the least notional, and yet fine to reduce with.
    client.market(quantity="0.003").ok()
    assert client.market("SELL", quantity="0.001", reduceOnly="True").ok()["status"] == "FILLED"


def test_price_match_takes_its_price_from_the_book(client: Client) -> None:
    shown = client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=20).ok()
    assert client.limit(priceMatch="QUEUE_5").code == -1106
    asked = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010"}
    queued = client.order(priceMatch="QUEUE_5", **asked).ok()
    assert (queued["price"], queued["priceMatch"], queued["status"]) == (shown["bids"][4][0], "QUEUE_5", "NEW")
    taken = client.order(priceMatch="OPPONENT", newOrderRespType="RESULT", **asked).ok()
    assert (taken["price"], taken["status"]) == (shown["asks"][0][0], "FILLED")


def test_self_trade_prevention(client: Client) -> None:
    client.limit("SELL", "60000.1", "0.010").ok()
    stopped = client.limit(price="60000.1", selfTradePreventionMode="EXPIRE_TAKER", newOrderRespType="RESULT").ok()
    assert (stopped["status"], stopped["selfTradePreventionMode"]) == ("EXPIRED_IN_MATCH", "EXPIRE_TAKER")
    taken = client.limit(price="60000.1", newOrderRespType="RESULT").ok()
    assert taken["status"] == "FILLED"


def test_batches_answer_one_by_one(client: Client) -> None:
    one = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "price": "59000",
        "quantity": 0.010,
    }
    orders = [one, {**one, "price": 58000.05}, {**one, "newClientOrderId": "third", "reduceOnly": False}]
    answers = client.post("/fapi/v1/batchOrders", batchOrders=json.dumps(orders)).ok()
    assert [answer.get("status", answer.get("code")) for answer in answers] == ["NEW", -4014, "NEW"]
    changes = {"symbol": "BTCUSDT", "side": "BUY", "price": "58500", "quantity": "0.010"}
    first = answers[0]["orderId"]
    asked = json.dumps([{**changes, "orderId": first}, {**changes, "orderId": 99}])
    changed = client.put("/fapi/v1/batchOrders", batchOrders=asked).ok()
    assert [answer.get("price", answer.get("code")) for answer in changed] == ["58500.00", -2013]
    canceled = client.delete("/fapi/v1/batchOrders", symbol="BTCUSDT", orderIdList=f"[{first},99]").ok()
    assert [answer.get("status", answer.get("code")) for answer in canceled] == ["CANCELED", -2011]
    names = '["third","nobody"]'
    canceled = client.delete("/fapi/v1/batchOrders", symbol="BTCUSDT", origclientorderidlist=names).ok()
    assert [answer.get("status", answer.get("code")) for answer in canceled] == ["CANCELED", -2011]


def test_cancel_all_leaves_conditional_orders_and_other_symbols(client: Client) -> None:
    client.limit().ok()
    client.stop().ok()
    client.post(
        "/fapi/v1/order", symbol="ETHUSDT", side="BUY", type="LIMIT", timeInForce="GTC", price="2900", quantity="1"
    ).ok()
    assert client.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT").ok()["code"] == 200
    assert [one["symbol"] for one in client.get("/fapi/v1/openOrders").ok()] == ["ETHUSDT"]
    assert len(client.get("/fapi/v1/openAlgoOrders").ok()) == 1
    assert client.delete("/fapi/v1/algoOpenOrders", symbol="BTCUSDT").ok()["code"] == 200
    assert client.get("/fapi/v1/openAlgoOrders").ok() == []
    assert client.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT").ok()["code"] == 200  # also of none


def test_an_order_test_places_nothing(client: Client) -> None:
    asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    assert client.post("/fapi/v1/order/test", quantity="0.010", **asked).ok() == {}
    assert client.post("/fapi/v1/order/test", quantity="0.001", **asked).code == -4164
    assert (
        client.post(
            "/fapi/v1/order/test", quantity="100", **{**asked, "type": "LIMIT", "timeInForce": "GTC", "price": "60000"}
        ).ok()
        == {}
    )
    assert client.get("/fapi/v1/allOrders", symbol="BTCUSDT").ok() == []


def test_a_countdown_cancels_unless_it_is_renewed(venue: Running, client: Client) -> None:
    client.limit().ok()
    path = "/fapi/v1/countdownCancelAll"
    assert client.post(path, symbol="BTCUSDT", countdownTime=2000).ok() == {
        "symbol": "BTCUSDT",
        "countdownTime": "2000",
    }
    venue.advance(1.5)
    client.post(path, symbol="BTCUSDT", countdownTime=2000).ok()
    venue.advance(1.5)
    assert len(client.get("/fapi/v1/openOrders").ok()) == 1
    venue.advance(1)
    venue.wait(lambda: not venue.exchange.engine.open_orders("trader"))
    client.limit().ok()
    client.post(path, symbol="BTCUSDT", countdownTime=1000).ok()
    client.post(path, symbol="BTCUSDT", countdownTime=0).ok()
    venue.advance(5)
    assert len(client.get("/fapi/v1/openOrders").ok()) == 1


def test_an_order_is_good_till_its_date(quiet: Running) -> None:
    venue, client = quiet, Client(quiet)
    until = client.now() + 700_500
    placed = client.limit(timeInForce="GTD", goodTillDate=until).ok()
    assert (placed["timeInForce"], placed["goodTillDate"]) == ("GTD", until // 1000 * 1000)
    venue.advance(600)
    assert len(client.get("/fapi/v1/openOrders").ok()) == 1
    venue.advance(101)
    venue.wait(lambda: not venue.exchange.engine.open_orders("trader"))
    assert client.get("/fapi/v1/order", symbol="BTCUSDT", orderId=placed["orderId"]).ok()["status"] == "CANCELED"


def test_a_stop_waits_triggers_and_becomes_an_order(venue: Running, client: Client) -> None:
    client.market(quantity="0.010").ok()
    placed = client.stop(clientAlgoId="stop-1", reduceOnly="true").ok()
    assert (placed["algoStatus"], placed["orderType"], placed["triggerPrice"]) == ("NEW", "STOP_MARKET", "58000.00")
    assert client.get("/fapi/v1/openOrders").ok() == []
    assert client.get("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="stop-1").code == -2013
    assert client.delete("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="stop-1").code == -2011
    venue.call("move_price", MARKET, Decimal("57900.0"))
    client.market("SELL", "0.010").ok()  # a trade, so that the last price is there
    done = client.get("/fapi/v1/algoOrder", algoId=placed["algoId"]).ok()
    assert done["algoStatus"] in ("FINISHED", "REJECTED")
    assert client.get("/fapi/v1/openAlgoOrders").ok() == []
    assert client.delete("/fapi/v1/algoOrder", clientAlgoId="stop-1").code == -2011


def test_a_triggered_stop_has_an_id_of_the_matching_engine(venue: Running, client: Client) -> None:
    client.market(quantity="0.010").ok()
    placed = client.stop(workingType="MARK_PRICE", reduceOnly="true").ok()
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.2)
    found = client.get("/fapi/v1/algoOrder", clientAlgoId=placed["clientAlgoId"]).ok()
    assert found["algoStatus"] == "FINISHED"
    order = client.get("/fapi/v1/order", symbol="BTCUSDT", orderId=found["actualOrderId"]).ok()
    assert order["clientOrderId"] == placed["clientAlgoId"]
    assert (order["type"], order["origType"], order["status"]) == ("MARKET", "STOP_MARKET", "FILLED")
    assert client.position()["positionAmt"] == "0.000"
    assert found["actualPrice"] == order["avgPrice"]


def test_a_stop_that_finds_nothing_to_reduce_is_rejected_when_it_triggers(venue: Running, client: Client) -> None:
    placed = client.stop(workingType="MARK_PRICE", reduceOnly="true").ok()
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.2)
    found = client.get("/fapi/v1/algoOrder", algoId=placed["algoId"]).ok()
    assert (found["algoStatus"], found["actualOrderId"]) == ("REJECTED", "")
    assert client.get("/fapi/v1/allOrders", symbol="BTCUSDT").ok() == []


def test_close_position_closes_all_of_it(venue: Running, client: Client) -> None:
    client.market(quantity="0.030").ok()
    profit = client.stop(
        kind="TAKE_PROFIT_MARKET", trigger="61000.0", closePosition="true", workingType="MARK_PRICE"
    ).ok()
    assert (profit["quantity"], profit["closePosition"]) == ("0.000", True)
    venue.call("move_price", MARKET, Decimal("61100.0"))
    venue.advance(0.2)
    assert client.position()["positionAmt"] == "0.000"
    assert client.get("/fapi/v1/allAlgoOrders", symbol="BTCUSDT").ok()[0]["algoStatus"] == "FINISHED"


def test_a_stop_limit_rests_at_its_price_once_triggered(venue: Running, client: Client) -> None:
    placed = client.stop(kind="STOP", price="58500.0", workingType="MARK_PRICE").ok()
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.2)
    assert client.get("/fapi/v1/algoOrder", algoId=placed["algoId"]).ok()["algoStatus"] == "TRIGGERED"
    resting = client.get("/fapi/v1/openOrders", symbol="BTCUSDT").ok()[0]
    assert (resting["type"], resting["origType"], resting["price"]) == ("LIMIT", "STOP", "58500.00")
    changes = {"orderId": resting["orderId"], "side": "SELL", "quantity": "0.010", "price": "58600.0"}
    assert client.put("/fapi/v1/order", symbol="BTCUSDT", **changes).ok()["price"] == "58600.00"
    assert client.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=resting["orderId"]).ok()["status"] == "CANCELED"
    assert client.get("/fapi/v1/algoOrder", algoId=placed["algoId"]).ok()["algoStatus"] == "FINISHED"


def test_orders_and_trades_are_listed_from_an_id_and_by_time(venue: Running, client: Client) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(client.market().ok()["orderId"])
        venue.advance(60)
    start = client.now() - 125_000
    listed = client.get("/fapi/v1/allOrders", symbol="BTCUSDT", startTime=start).ok()
    assert [one["orderId"] for one in listed] == numbers[1:]
    assert [one["orderId"] for one in client.get("/fapi/v1/allOrders", symbol="BTCUSDT", limit=2).ok()] == numbers[1:]
    listed = client.get("/fapi/v1/allOrders", symbol="BTCUSDT", orderId=numbers[1], limit=1).ok()
    assert [one["orderId"] for one in listed] == [numbers[1]]
    trades = client.get("/fapi/v1/userTrades", symbol="BTCUSDT").ok()
    assert [one["orderId"] for one in trades] == numbers
    later = client.get("/fapi/v1/userTrades", symbol="BTCUSDT", fromId=trades[1]["id"]).ok()
    assert [one["id"] for one in later] == [one["id"] for one in trades[1:]]
    assert client.get("/fapi/v1/userTrades", symbol="BTCUSDT", startTime=start - 10 * DAY_MS).ok() == []


def test_orders_belong_to_their_account(venue: Running, client: Client) -> None:
    number = client.limit().ok()["orderId"]
    other = Client(venue, "other")
    assert other.get("/fapi/v1/openOrders").ok() == []
    assert other.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=number).code == -2011

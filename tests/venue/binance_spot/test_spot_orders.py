"""Orders of Binance Spot: types, answers, queries, cancellations, replacements, amendments."""

from decimal import Decimal
from typing import Any

import pytest
from spot_client import Client
from support import Running

MARKET = "BTCUSDT.spot"


@pytest.fixture(autouse=True)
def _awake(venue: Running) -> None:
    venue.advance(1)


def last_price(venue: Running) -> Decimal:
    price: Decimal = venue.do(lambda: venue.exchange.engine.last_price(MARKET))
    return price.quantize(Decimal(1))


def test_a_market_order_is_filled_with_its_fills_in_the_answer(client: Client) -> None:
    answer = client.market(quantity="2.5", newClientOrderId="mine-1").ok()
    assert answer["status"] == "FILLED"
    assert answer["clientOrderId"] == "mine-1"
    fills = answer["fills"]
    assert len(fills) > 1, "it sweeps more than one level"
    assert sum(Decimal(one["qty"]) for one in fills) == Decimal(answer["executedQty"]) == Decimal("2.5")
    cost = sum(Decimal(one["qty"]) * Decimal(one["price"]) for one in fills)
    assert Decimal(answer["cummulativeQuoteQty"]) == cost
    assert {one["commissionAsset"] for one in fills} == {"BTC"}
    for one in fills:
        assert Decimal(one["commission"]) == (Decimal(one["qty"]) / 1000).quantize(Decimal("1e-8"), "ROUND_DOWN") or (
            abs(Decimal(one["commission"]) - Decimal(one["qty"]) / 1000) <= Decimal("1e-8")
        )
    trades = client.get("/api/v3/myTrades", symbol="BTCUSDT", orderId=answer["orderId"]).ok()
    assert [(one["id"], one["price"], one["qty"], one["commission"]) for one in trades] == [
        (one["tradeId"], one["price"], one["qty"], one["commission"]) for one in fills
    ]
    assert all(one["isBuyer"] and not one["isMaker"] and one["orderListId"] == -1 for one in trades)


def test_a_market_order_by_quote_quantity(client: Client) -> None:
    answer = client.order(side="BUY", type="MARKET", quoteOrderQty="1000").ok()
    assert answer["status"] == "FILLED"
    assert Decimal(999) < Decimal(answer["cummulativeQuoteQty"]) <= Decimal(1000)
    assert answer["origQuoteOrderQty"] == "1000.00000000"
    assert answer["origQty"] == answer["executedQty"]


@pytest.mark.parametrize(
    ("kind", "response", "fields"),
    [
        ("LIMIT", None, "fills"),
        ("LIMIT", "RESULT", "status"),
        ("LIMIT", "ACK", "transactTime"),
        ("LIMIT_MAKER", None, "transactTime"),
        ("LIMIT_MAKER", "FULL", "fills"),
    ],
)
def test_the_answer_is_as_full_as_was_asked(client: Client, kind: str, response: str | None, fields: str) -> None:
    params: dict[str, Any] = {"side": "BUY", "type": kind, "price": "50000", "quantity": "0.01"}
    if kind == "LIMIT":
        params["timeInForce"] = "GTC"
    if response:
        params["newOrderRespType"] = response
    answer = client.order(**params).ok()
    assert fields in answer
    assert ("status" in answer) == (fields != "transactTime")
    assert ("fills" in answer) == (fields == "fills")


def test_a_resting_order_from_placing_to_cancelling(client: Client) -> None:
    placed = client.limit(newClientOrderId="rest", strategyId="7", strategyType="1000001", icebergQty="0.005").ok()
    assert (placed["status"], placed["strategyId"], placed["icebergQty"]) == ("NEW", 7, "0.00500000")
    (found,) = client.get("/api/v3/openOrders", symbol="BTCUSDT").ok()
    assert found == client.get("/api/v3/openOrders").ok()[0]
    assert found == client.get("/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"]).ok()
    assert found == client.get("/api/v3/order", symbol="BTCUSDT", origClientOrderId="rest").ok()
    assert (found["isWorking"], found["workingTime"]) == (True, placed["transactTime"])
    balances = {one["asset"]: one for one in client.get("/api/v3/account").ok()["balances"]}
    assert balances["USDT"]["locked"] == "500.00000000"
    canceled = client.cancel(origClientOrderId="rest", newClientOrderId="cancel-1").ok()
    assert (canceled["status"], canceled["origClientOrderId"], canceled["clientOrderId"]) == (
        "CANCELED",
        "rest",
        "cancel-1",
    )
    assert client.get("/api/v3/openOrders").ok() == []
    assert client.get("/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"]).ok()["status"] == "CANCELED"
    assert client.cancel(origClientOrderId="rest").error == (400, -2011, "Unknown order sent.")


def test_parameters_may_be_mixed_between_query_and_body(client: Client) -> None:
    answer = client.signed(
        "POST",
        "/api/v3/order",
        {"quantity": "0.01", "symbol": "BTCUSDT", "price": "50000"},
        {"type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "price": "40000"},
    ).ok()
    assert answer["price"] == "50000.00000000", "the query counts"


def test_immediate_orders_expire_and_say_why(client: Client, venue: Running) -> None:
    price = last_price(venue)
    ioc = client.order(side="BUY", type="LIMIT", timeInForce="IOC", price=str(price - 1000), quantity="0.01").ok()
    assert (ioc["status"], ioc["expiryReason"]) == ("EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")
    fok = client.order(side="BUY", type="LIMIT", timeInForce="FOK", price=str(price + 5), quantity="16").ok()
    assert (fok["status"], fok["executedQty"], fok["expiryReason"]) == (
        "EXPIRED",
        "0.00000000",
        "UNFILLED_FOK_ORDER_EXPIRED",
    )


@pytest.mark.parametrize(
    ("kind", "side", "stop", "price", "moved"),
    [
        ("STOP_LOSS_LIMIT", "SELL", -500, -600, -550),
        ("STOP_LOSS", "SELL", -500, None, -550),
        ("STOP_LOSS", "BUY", 500, None, 550),
        ("TAKE_PROFIT_LIMIT", "SELL", 500, 400, 550),
        ("TAKE_PROFIT", "BUY", -500, None, -550),
    ],
)
def test_conditional_orders_wait_and_trigger(
    client: Client, venue: Running, kind: str, side: str, stop: int, price: int | None, moved: int
) -> None:
    now = last_price(venue)
    params = {"side": side, "type": kind, "quantity": "0.01", "stopPrice": str(now + stop)}
    if price is not None:
        params |= {"price": str(now + price), "timeInForce": "GTC"}
    answer = client.order(**params, newOrderRespType="RESULT").ok()
    assert (answer["status"], answer["workingTime"], answer["type"]) == ("NEW", -1, kind)
    waiting = client.get("/api/v3/order", symbol="BTCUSDT", orderId=answer["orderId"]).ok()
    assert (waiting["isWorking"], waiting["stopPrice"]) == (False, f"{now + stop}.00000000")
    wrong = {**params, "stopPrice": str(now - stop)}
    assert client.order(**wrong).error == (400, -2010, "Order would trigger immediately.")
    venue.call("move_price", MARKET, now + moved)
    done = client.get("/api/v3/order", symbol="BTCUSDT", orderId=answer["orderId"]).ok()
    assert (done["status"], done["isWorking"], done["type"]) == ("FILLED", True, kind)


def test_cancel_all_cancels_this_symbol_only(client: Client) -> None:
    ids = [client.limit(price=str(50000 + number)).ok()["orderId"] for number in range(3)]
    other = client.order(
        symbol="ETHUSDT", side="BUY", type="LIMIT", timeInForce="GTC", price="2900", quantity="0.1"
    ).ok()
    gone = client.signed("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}).ok()
    assert [one["orderId"] for one in gone] == ids
    assert {one["status"] for one in gone} == {"CANCELED"}
    assert [one["orderId"] for one in client.get("/api/v3/openOrders").ok()] == [other["orderId"]]
    assert client.signed("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}).code == -2011


def replace(client: Client, order_id: int, mode: str = "STOP_ON_FAILURE", **more: Any) -> Any:
    params = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": "51000",
        "cancelReplaceMode": mode,
        "cancelOrderId": order_id,
        **more,
    }
    return client.signed("POST", "/api/v3/order/cancelReplace", params)


def test_cancel_replace_in_all_its_outcomes(client: Client) -> None:
    first = client.limit().ok()["orderId"]
    both = replace(client, first).ok()
    assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert both["cancelResponse"]["orderId"] == first
    second = both["newOrderResponse"]["orderId"]

    stopped = replace(client, first)
    assert (stopped.status, stopped.code) == (400, -2022)
    assert stopped.json["data"] == {
        "cancelResult": "FAILURE",
        "newOrderResult": "NOT_ATTEMPTED",
        "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
        "newOrderResponse": None,
    }
    placed_only = replace(client, first, "ALLOW_FAILURE")
    assert (placed_only.status, placed_only.code) == (409, -2021)
    assert placed_only.json["data"]["newOrderResult"] == "SUCCESS"

    canceled_only = replace(client, second, quantity="100", price="70000", side="SELL")
    assert (canceled_only.status, canceled_only.code) == (409, -2021)
    assert canceled_only.json["data"]["cancelResult"] == "SUCCESS"
    assert canceled_only.json["data"]["newOrderResponse"]["code"] == -2010

    filtered = replace(client, second, quantity="0.01", price="51000.001")
    assert filtered.error == (400, -1013, "Filter failure: PRICE_FILTER"), "filters come before the cancellation"

    neither = replace(client, second, "ALLOW_FAILURE", quantity="100", price="70000", side="SELL")
    assert (neither.status, neither.code) == (400, -2022)


def test_a_client_id_is_of_one_open_order_only(venue: Running, client: Client) -> None:
    venue.advance(1)

    def amend(**params: Any) -> Any:
        return client.signed("PUT", "/api/v3/order/amend/keepPriority", {"symbol": "BTCUSDT", **params})

    chosen = client.limit().ok()["clientOrderId"]
    assert len(chosen) == 22
    assert chosen.isalnum()
    assert client.limit(newClientOrderId=chosen).error == (400, -2010, "Duplicate order sent.")
    guess = client.limit(newClientOrderId="auto-3").ok()
    ids = [client.limit().ok()["clientOrderId"] for _ in range(3)]
    assert len({chosen, guess["clientOrderId"], *ids}) == 5
    assert client.cancel(origClientOrderId="auto-3").ok()["orderId"] == guess["orderId"]

    client.limit(newClientOrderId="one", quantity="0.5").ok()
    client.limit(newClientOrderId="two", quantity="0.5").ok()
    taken = amend(origClientOrderId="one", newQty="0.4", newClientOrderId="two")
    assert taken.error == (400, -2038, "Duplicate order sent.")
    amend(origClientOrderId="one", newQty="0.4", newClientOrderId="three").ok()
    assert client.limit(newClientOrderId="three").error == (400, -2010, "Duplicate order sent.")
    assert amend(origClientOrderId="three", newQty="0.3", newClientOrderId="three").ok()["amendedOrder"]["qty"]
    client.cancel(origClientOrderId="three").ok()
    client.limit(newClientOrderId="three").ok()


def test_an_amended_order_has_less_and_another_client_id(client: Client) -> None:
    order = client.limit(quantity="0.5", newClientOrderId="before").ok()

    def amend(**params: Any) -> Any:
        return client.signed("PUT", "/api/v3/order/amend/keepPriority", {"symbol": "BTCUSDT", **params})

    amended = amend(origClientOrderId="before", newQty="0.4", newClientOrderId="after").ok()
    assert amended["amendedOrder"]["qty"] == "0.40000000"
    assert (amended["amendedOrder"]["origClientOrderId"], amended["amendedOrder"]["clientOrderId"]) == (
        "before",
        "after",
    )
    assert client.get("/api/v3/order", symbol="BTCUSDT", origClientOrderId="before").code == -2013
    found = client.get("/api/v3/order", symbol="BTCUSDT", origClientOrderId="after").ok()
    assert (found["orderId"], found["origQty"]) == (order["orderId"], "0.40000000")
    assert amend(orderId=order["orderId"], newQty="0.4").error == (
        400,
        -2038,
        "The requested action would change no state; rejecting.",
    )
    assert amend(orderId=order["orderId"], newQty="0.6").error == (
        400,
        -2038,
        "Order amend (quantity increase) is not supported.",
    )
    assert amend(orderId=order["orderId"], newQty="0.1000001").error == (400, -1013, "Filter failure: LOT_SIZE")
    amend(orderId=order["orderId"], newQty="0.3").ok()
    history = client.get("/api/v3/order/amendments", symbol="BTCUSDT", orderId=order["orderId"]).ok()
    assert [(one["origQty"], one["newQty"]) for one in history] == [
        ("0.50000000", "0.40000000"),
        ("0.40000000", "0.30000000"),
    ]
    assert history[0]["executionId"] < history[1]["executionId"]
    assert history[0]["executionId"] == amended["executionId"]


def test_a_test_order_is_checked_and_not_placed(client: Client) -> None:
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    assert client.signed("POST", "/api/v3/order/test", params).ok() == {}
    rates = client.signed("POST", "/api/v3/order/test", {**params, "computeCommissionRates": "true"}).ok()
    assert rates["standardCommissionForOrder"]["taker"] == "0.00100000"
    too_much = client.signed("POST", "/api/v3/order/test", {**params, "quantity": "50"})
    assert too_much.error == (400, -2010, "Account has insufficient balance for requested action.")
    assert client.get("/api/v3/allOrders", symbol="BTCUSDT").ok() == []


def test_all_orders_and_trades_are_windowed(client: Client, venue: Running) -> None:
    ids, times = [], []
    for _ in range(4):
        answer = client.market().ok()
        ids.append(answer["orderId"])
        times.append(answer["transactTime"])
        venue.advance(1)

    def orders(**params: Any) -> list[int]:
        return [one["orderId"] for one in client.get("/api/v3/allOrders", symbol="BTCUSDT", **params).ok()]

    def trades(**params: Any) -> list[int]:
        return [one["orderId"] for one in client.get("/api/v3/myTrades", symbol="BTCUSDT", **params).ok()]

    assert orders() == trades() == ids
    assert orders(limit=2) == trades(limit=2) == ids[-2:]
    assert orders(orderId=ids[1], limit=2) == ids[1:3]
    assert orders(startTime=times[1], limit=2) == trades(startTime=times[1], limit=2) == ids[1:3]
    assert orders(endTime=times[2], limit=2) == trades(endTime=times[2], limit=2) == ids[1:3]
    assert orders(startTime=times[0], endTime=times[1]) == trades(startTime=times[0] * 1000)[:2] == ids[:2]
    assert trades(orderId=ids[3]) == ids[3:]
    first = client.get("/api/v3/myTrades", symbol="BTCUSDT").ok()[2]["id"]
    assert trades(fromId=first) == ids[2:]


def test_the_account_and_what_is_about_it(client: Client, venue: Running) -> None:
    account = client.get("/api/v3/account").ok()
    assert (account["accountType"], account["permissions"], account["canTrade"]) == ("SPOT", ["SPOT"], True)
    reader = Client(venue, "reader")
    assert reader.get("/api/v3/account").ok()["canTrade"] is False
    venue.call("deposit", "trader", "ETH", Decimal(-100))
    some = client.get("/api/v3/account", omitZeroBalances="true").ok()
    assert "ETH" not in {one["asset"] for one in some["balances"]}
    commission = client.get("/api/v3/account/commission", symbol="BTCUSDT").ok()
    assert commission["standardCommission"]["maker"] == "0.00100000"
    (fee,) = client.get("/sapi/v1/asset/tradeFee", symbol="BTCUSDT").ok()
    assert fee == {"symbol": "BTCUSDT", "makerCommission": "0.001", "takerCommission": "0.001"}
    coins = {one["coin"]: one for one in client.get("/sapi/v1/capital/config/getall").ok()}
    assert coins["BTC"]["free"] == "10"
    assert client.get("/sapi/v1/account/status").ok() == {"data": "Normal"}
    assert client.get("/api/v3/openOrderList").ok() == []
    assert client.get("/api/v3/myFilters", symbol="BTCUSDT").ok()["symbolFilters"]


def test_one_s_own_orders_do_not_trade_with_each_other(client: Client, venue: Running) -> None:
    price = last_price(venue)
    venue.call("hold", MARKET)
    book = client.public("/api/v3/depth", symbol="BTCUSDT", limit=1).ok()
    bid, ask = Decimal(book["bids"][0][0]), Decimal(book["asks"][0][0])
    if ask - bid <= Decimal("0.01"):
        pytest.skip("no room between the best prices")
    own = client.limit("SELL", price=str(ask - Decimal("0.01"))).ok()["orderId"]
    taker = client.order(
        side="BUY", type="LIMIT", timeInForce="IOC", price=str(ask - Decimal("0.01")), quantity="0.01"
    ).ok()
    assert taker["status"] == "EXPIRED"
    expired = client.get("/api/v3/order", symbol="BTCUSDT", orderId=own).ok()
    assert expired["status"] == "EXPIRED_IN_MATCH"
    assert expired["preventedQuantity"] == "0.01000000"
    assert price

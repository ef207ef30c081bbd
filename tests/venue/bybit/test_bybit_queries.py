"""What an account can ask: orders, executions, positions, profit, wallet, log; and paging through them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from bybit_client import LINEAR, Client, quote, until
from support import Running, running

from pytest_tradeops.venue.bybit.face import Bybit

LIST = {"category": "linear", "symbol": "BTCUSDT"}


def pages(client: Client, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
    cursor = ""
    while True:
        result = client.get(path, **params, **({"cursor": cursor} if cursor else {})).result
        yield result["list"]
        cursor = result["nextPageCursor"]
        if not cursor:
            return


def test_open_orders_come_newest_first_and_in_pages(client: Client) -> None:
    made = [client.order(price=str(58000 - index)).result["orderId"] for index in range(5)]
    listed = list(pages(client, "order/realtime", **LIST, limit=2))
    assert [len(one) for one in listed] == [2, 2, 1]
    assert [order["orderId"] for one in listed for order in one] == made[::-1]
    # A cursor goes on working when it comes back percent-encoded twice, as some clients send it.
    cursor = client.get("order/realtime", **LIST, limit=2).result["nextPageCursor"]
    assert "%" in cursor
    assert client.get("order/realtime", **LIST, limit=2, cursor=cursor).list[0]["orderId"] == made[2]


def test_realtime_knows_ended_orders_only_when_asked(client: Client) -> None:
    ended = client.order(kind="Market").result["orderId"]
    open_id = client.order(orderLinkId="open").result["orderId"]
    assert [one["orderId"] for one in client.get("order/realtime", **LIST).list] == [open_id]
    assert [one["orderId"] for one in client.get("order/realtime", **LIST, openOnly=1).list] == [ended]
    assert client.get("order/realtime", category="linear", orderId=ended).list[0]["orderStatus"] == "Filled"
    assert client.get("order/realtime", category="linear", orderLinkId="open").list[0]["orderId"] == open_id
    assert client.get("order/realtime", category="linear", orderId="nothing").list == []
    assert client.get("order/realtime", category="linear", settleCoin="USDC").list == []
    assert client.get("order/realtime", category="inverse").list == []


def test_history_has_ended_orders_by_status_filter_and_time(client: Client) -> None:
    client.order()
    filled = client.order(kind="Market").result["orderId"]
    stop = client.order(kind="Market", triggerPrice="61000", triggerDirection=1).result["orderId"]
    client.post("order/cancel", **LIST, orderId=stop)
    assert [one["orderId"] for one in client.get("order/history", **LIST).list] == [stop, filled]
    assert [one["orderId"] for one in client.get("order/history", **LIST, orderStatus="Filled").list] == [filled]
    assert [one["orderId"] for one in client.get("order/history", **LIST, orderFilter="StopOrder").list] == [stop]
    assert [one["orderId"] for one in client.get("order/history", **LIST, orderFilter="Order").list] == [filled]
    now = client.venue.clock.now_ms()
    assert client.get("order/history", **LIST, endTime=now - 86_400_000).list == []
    assert client.get("order/history", **LIST, startTime=now - 1000 * 86_400).list != []
    assert client.get("order/history", category="spot").list == []


def test_executions_add_up_to_the_order(venue: Running, client: Client) -> None:
    quote(venue, LINEAR, "59000", "60002")
    order_id = client.order(kind="Market", qty="1.5", orderLinkId="mine").result["orderId"]
    fills = client.get("execution/list", category="linear", orderId=order_id).list
    assert [(one["execPrice"], one["execQty"], one["leavesQty"]) for one in fills] == [
        ("60002.00", "0.500", "0.000"),
        ("60001.00", "1.000", "0.000"),
    ]
    order = client.shown(order_id)
    assert sum(float(one["execFee"]) for one in fills) == pytest.approx(float(order["cumExecFee"]))
    assert {one["orderLinkId"] for one in fills} == {"mine"}
    assert {one["isMaker"] for one in fills} == {False}
    theirs = Client(venue, "other").get("execution/list", category="linear").list
    assert {one["isMaker"] for one in theirs} == {True}
    assert {one["execId"] for one in theirs} == {one["execId"] for one in fills}
    assert [one["execId"] for page in pages(client, "execution/list", category="linear", limit=1) for one in page] == [
        one["execId"] for one in fills
    ]
    assert client.get("execution/list", category="linear", execType="Funding").list == []
    assert client.get("execution/list", category="linear", symbol="ETHUSDT").list == []


def test_a_position_and_its_profit(venue: Running, client: Client) -> None:
    flat = client.get("position/list", **LIST).list[0]
    assert (flat["side"], flat["size"], flat["avgPrice"], flat["leverage"]) == ("", "0", "0", "20")
    assert client.get("position/list", category="linear", settleCoin="USDT").list == []
    client.order(kind="Market", qty="1")
    held = client.get("position/list", category="linear", settleCoin="USDT").list[0]
    assert (held["side"], held["size"], held["avgPrice"], held["curRealisedPnl"]) == (
        "Buy",
        "1.000",
        "60001",
        "-33.00055",
    )
    assert held["openTime"] == int(held["createdTime"]) > 0
    closing = client.order(side="Sell", kind="Market", qty="0.4", reduceOnly=True).result["orderId"]
    closed = client.get("position/closed-pnl", **LIST).list[0]
    fee = 0.4 * (60001 + 59999) * 0.00055
    assert (closed["orderId"], closed["closedSize"], closed["avgEntryPrice"], closed["avgExitPrice"]) == (
        closing,
        "0.400",
        "60001",
        "59999",
    )
    assert float(closed["closedPnl"]) == pytest.approx(0.4 * -2 - fee)
    assert client.get("execution/list", category="linear", orderId=closing).list[0]["closedSize"] == "0.400"
    after = client.get("position/list", **LIST).list[0]
    assert float(after["cumRealisedPnl"]) == pytest.approx(-0.8 - 60001 * 0.00055 - 0.4 * 59999 * 0.00055)


def test_turning_a_position_closes_the_old_one(client: Client) -> None:
    client.order(kind="Market", qty="0.3")
    client.order(side="Sell", kind="Market", qty="0.5")
    position = client.get("position/list", **LIST).list[0]
    assert (position["side"], position["size"], position["avgPrice"]) == ("Sell", "0.200", "59999")
    assert client.get("position/closed-pnl", **LIST).list[0]["closedSize"] == "0.300"


def test_the_stops_of_a_position(venue: Running, client: Client) -> None:
    client.order(kind="Market", qty="0.5")
    stop = {**LIST, "tpslMode": "Full", "positionIdx": 0}
    assert client.post("position/trading-stop", **stop, takeProfit="59000").message.startswith(
        "TakeProfit:590000000 set for Buy position should be higher"
    )
    assert client.post("position/trading-stop", **stop, takeProfit="65000", stopLoss="59000").code == 0
    held = client.get("position/list", **LIST).list[0]
    assert (held["takeProfit"], held["stopLoss"]) == ("65000.00", "59000.00")
    assert client.post("position/trading-stop", **stop, takeProfit="65000").code == 34040
    assert client.post("position/trading-stop", **stop, takeProfit="0", stopLoss="59500").code == 0
    orders = client.get("order/realtime", **LIST, orderFilter="StopOrder").list
    assert [(one["stopOrderType"], one["createType"], one["triggerPrice"]) for one in orders] == [
        ("StopLoss", "CreateByStopLoss", "59500.00")
    ]
    client.order(side="Sell", kind="Market", qty="0.5")
    ended = until(
        lambda: [
            one
            for one in client.get("order/history", **LIST, orderFilter="StopOrder").list
            if one["triggerPrice"] == "59500.00"
        ]
    )
    assert client.get("order/realtime", **LIST).list == []
    assert (ended[0]["orderStatus"], ended[0]["cancelType"]) == ("Deactivated", "CancelByTpSlTsClear")


def test_stops_that_come_with_an_order_become_the_positions(venue: Running, client: Client) -> None:
    resting = client.order(price="59000", takeProfit="65000", stopLoss="58000.5", slTriggerBy="MarkPrice").result[
        "orderId"
    ]
    order = client.shown(resting)
    assert (order["takeProfit"], order["stopLoss"], order["slTriggerBy"], order["tpslMode"]) == (
        "65000",
        "58000.5",
        "MarkPrice",
        "Full",
    )
    assert client.get("order/realtime", **LIST, orderFilter="StopOrder").list == []
    venue.call("fill_order", "trader", LINEAR, venue.do(lambda: venue.exchange.engine.open_orders("trader")[0].id))
    stops = until(lambda: client.get("order/realtime", **LIST, orderFilter="StopOrder").list)
    assert sorted((one["stopOrderType"], one["triggerPrice"], one["qty"]) for one in stops) == [
        ("StopLoss", "58000.50", "0.010"),
        ("TakeProfit", "65000.00", "0.010"),
    ]
    held = client.get("position/list", **LIST).list[0]
    assert (held["takeProfit"], held["stopLoss"]) == ("65000.00", "58000.50")


def test_a_stop_loss_closes_the_position(venue: Running, client: Client) -> None:
    client.order(kind="Market", qty="0.5", stopLoss="59500", takeProfit="65000")
    until(lambda: client.get("order/realtime", **LIST, orderFilter="StopOrder").list)
    quote(venue, LINEAR, "59400", "60500")
    venue.call("move_price", LINEAR, Decimal(59450))
    until(lambda: client.get("position/list", **LIST).list[0]["size"] == "0")
    ended = until(
        lambda: [
            one
            for one in client.get("order/history", **LIST, orderFilter="StopOrder").list
            if one["stopOrderType"] == "TakeProfit"
        ]
    )
    assert ended[0]["cancelType"] == "CancelByTpSlTsClear"
    stop = next(one for one in client.get("order/history", **LIST).list if one["stopOrderType"] == "StopLoss")
    assert (stop["orderStatus"], stop["cumExecQty"], stop["avgPrice"]) == ("Filled", "0.500", "59400")


def test_the_wallet_shows_what_orders_and_positions_hold(client: Client) -> None:
    client.order("spot", price="58000", qty="1")
    client.order(price="58000", qty="1")
    client.order(kind="Market", qty="1")
    wallet = client.get("account/wallet-balance", accountType="UNIFIED").list[0]
    coins = {one["coin"]: one for one in wallet["coin"]}
    assert coins["USDT"]["locked"] == "58000"
    assert (coins["USDT"]["totalOrderIM"], coins["USDT"]["totalPositionIM"]) == ("2900", "3000.05")
    assert float(coins["USDT"]["walletBalance"]) == pytest.approx(1_000_000 - 60001 * 0.00055)
    assert set(coins) == {"USDT", "BTC", "ETH", "SOL"}
    asked = client.get("account/wallet-balance", accountType="UNIFIED", coin="BTC,XRP").list[0]["coin"]
    assert [(one["coin"], one["walletBalance"]) for one in asked] == [("BTC", "10"), ("XRP", "0")]


def test_the_log_of_transactions(client: Client) -> None:
    client.order(kind="Market", qty="1")
    client.order("spot", side="Sell", kind="Market", qty="0.5")
    log = client.get("account/transaction-log", accountType="UNIFIED").list
    assert [(one["category"], one["currency"], one["change"]) for one in log] == [
        ("spot", "USDT", "29969.5005"),
        ("spot", "BTC", "-0.5"),
        ("linear", "USDT", "-33.00055"),
    ]
    assert len(client.get("account/transaction-log", category="spot", currency="BTC").list) == 1
    assert client.get("account/transaction-log", type="SETTLEMENT").list == []
    assert [one["id"] for page in pages(client, "account/transaction-log", limit=1) for one in page] == [
        one["id"] for one in log
    ]


def test_fees_info_coins_and_balances(client: Client) -> None:
    assert client.get("account/fee-rate", category="linear", symbol="BTCUSDT").list == [
        {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    ]
    assert len(client.get("account/fee-rate", category="spot").list) == 4
    assert client.get("account/fee-rate").list == client.get("account/fee-rate", category="linear").list
    assert client.get("account/info").result["unifiedMarginStatus"] == 6
    assert [one["coin"] for one in client.get("asset/coin/query-info").result["rows"]] == ["BTC", "ETH", "SOL", "USDT"]
    assert (
        client.get("asset/transfer/query-account-coin-balance", accountType="UNIFIED", coin="BTC").result["balance"][
            "walletBalance"
        ]
        == "10"
    )
    assert (
        client.get("asset/transfer/query-account-coins-balance", accountType="FUND", coin="BTC").result["balance"][0][
            "walletBalance"
        ]
        == "0"
    )
    quota = client.get("order/spot-borrow-check", category="spot", symbol="BTCUSDT", side="Sell").result
    assert (quota["maxTradeQty"], quota["borrowCoin"]) == ("10", "BTC")


def test_leverage_is_set_and_needs_less_margin(client: Client) -> None:
    assert client.post("position/set-leverage", **LIST, buyLeverage="50", sellLeverage="50").result == {}
    client.order(kind="Market", qty="1")
    held = client.get("position/list", **LIST).list[0]
    assert (held["leverage"], held["positionIM"]) == ("50", "1200.02")


def test_a_face_that_starts_over_an_old_engine_tells_the_same(venue: Running, client: Client) -> None:
    client.order(kind="Market", qty="1")
    client.order(side="Sell", kind="Market", qty="0.4")
    paths = [("position/list", LIST), ("position/closed-pnl", LIST), ("order/history", LIST), ("execution/list", LIST)]
    before = [client.get(path, **query).result for path, query in paths]
    with running("bybit", make=Bybit, engine=venue.exchange.engine, accounts=False, enforce_limits=False) as again:
        restarted = Client(again)
        assert [restarted.get(path, **query).result for path, query in paths] == before

"""User data streams: the order of events, listen keys, settings, margin calls, liquidations, deposits."""

from decimal import Decimal

import pytest
from futures_client import MARKET, Client, Wire
from support import Running


def test_a_fill_is_told_in_the_exchanges_order(client: Client, user: Wire) -> None:
    order = client.market().ok()
    filled = user.event("ORDER_TRADE_UPDATE", x="TRADE")
    assert user.kinds() == ["ORDER_TRADE_UPDATE.NEW", "ACCOUNT_UPDATE", "TRADE_LITE", "ORDER_TRADE_UPDATE.TRADE"]
    trade = client.get("/fapi/v1/userTrades", symbol="BTCUSDT").ok()[0]
    told = filled["o"]
    assert (told["i"], told["t"], told["L"], told["n"], told["N"]) == (
        order["orderId"],
        trade["id"],
        trade["price"],
        trade["commission"],
        "USDT",
    )
    change = user.event("ACCOUNT_UPDATE")["a"]
    assert change["m"] == "ORDER"
    assert change["B"][0]["wb"] == client.get("/fapi/v2/balance").ok()[0]["balance"]
    assert (change["P"][0]["pa"], change["P"][0]["ep"]) == ("0.010", client.position()["entryPrice"])


def test_a_resting_order_changes_no_balance(client: Client, user: Wire) -> None:
    number = client.limit().ok()["orderId"]
    client.put("/fapi/v1/order", symbol="BTCUSDT", orderId=number, side="BUY", quantity="0.020", price="58000").ok()
    client.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=number).ok()
    user.event("ORDER_TRADE_UPDATE", x="CANCELED")
    assert [kind.partition(".")[2] for kind in user.kinds()] == ["NEW", "AMENDMENT", "CANCELED"]
    amended = user.event("ORDER_TRADE_UPDATE", x="AMENDMENT")["o"]
    assert (amended["p"], amended["q"], amended["X"]) == ("58000.00", "0.020", "NEW")


def test_expired_orders_say_why(client: Client, user: Wire) -> None:
    client.limit(timeInForce="IOC").ok()
    assert user.event("ORDER_TRADE_UPDATE", x="EXPIRED")["o"]["er"] == "2"


def test_a_conditional_order_goes_from_one_system_to_the_other(venue: Running, client: Client, user: Wire) -> None:
    client.market().ok()
    client.stop(clientAlgoId="stop-1", workingType="MARK_PRICE", reduceOnly="true").ok()
    user.event("ALGO_UPDATE", X="NEW")
    seen = len(user.received)
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.5)
    finished = user.event("ALGO_UPDATE", X="FINISHED")["o"]
    assert user.kinds()[seen:] == [
        "ALGO_UPDATE.TRIGGERING",
        "ORDER_TRADE_UPDATE.NEW",
        "ALGO_UPDATE.TRIGGERED",
        "ACCOUNT_UPDATE",
        "TRADE_LITE",
        "ORDER_TRADE_UPDATE.TRADE",
        "ALGO_UPDATE.FINISHED",
    ]
    filled = user.event("ORDER_TRADE_UPDATE", since=seen, x="TRADE")["o"]
    assert (filled["c"], filled["o"], filled["ot"]) == ("stop-1", "MARKET", "STOP_MARKET")
    assert (finished["caid"], finished["ai"], finished["aq"]) == ("stop-1", str(filled["i"]), "0.010")


def test_a_conditional_order_that_cannot_be_placed_is_rejected(venue: Running, client: Client, user: Wire) -> None:
    client.stop(workingType="MARK_PRICE", reduceOnly="true").ok()
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.5)
    rejected = user.event("ALGO_UPDATE", X="REJECTED")["o"]
    assert (rejected["ai"], rejected["rm"]) == ("", "reduce-only order would not reduce")
    assert user.kinds() == ["ALGO_UPDATE.NEW", "ALGO_UPDATE.REJECTED"]


def test_a_canceled_conditional_order_is_the_algo_services_only(client: Client, user: Wire) -> None:
    client.delete("/fapi/v1/algoOrder", algoId=client.stop().ok()["algoId"]).ok()
    user.event("ALGO_UPDATE", X="CANCELED")
    assert user.kinds() == ["ALGO_UPDATE.NEW", "ALGO_UPDATE.CANCELED"]


def test_settings_and_deposits_are_told(venue: Running, client: Client, user: Wire) -> None:
    client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=7).ok()
    assert user.event("ACCOUNT_CONFIG_UPDATE")["ac"] == {"s": "BTCUSDT", "l": 7}
    client.post("/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED").ok()
    changed = user.wait(lambda one: one.get("a", {}).get("m") == "MARGIN_TYPE_CHANGE")["a"]["P"][0]
    assert (changed["s"], changed["mt"]) == ("BTCUSDT", "isolated")
    assert client.get("/fapi/v1/symbolConfig", symbol="BTCUSDT").ok()[0]["marginType"] == "ISOLATED"
    venue.call("deposit", "trader", "USDT", Decimal("25"))
    venue.call("deposit", "trader", "USDT", Decimal("-5"))
    withdrawn = user.wait(lambda one: one.get("a", {}).get("m") == "WITHDRAW")["a"]
    assert withdrawn["B"] == [{"a": "USDT", "wb": "1000020.00000000", "cw": "1000020.00000000", "bc": "-5.00000000"}]
    assert user.wait(lambda one: one.get("a", {}).get("m") == "DEPOSIT")["a"]["B"][0]["bc"] == "25.00000000"
    incomes = client.get("/fapi/v1/income", incomeType="TRANSFER").ok()
    assert [one["income"] for one in incomes] == ["25.00000000", "-5.00000000"]


def test_nobody_else_hears_of_it(venue: Running, client: Client, user: Wire) -> None:
    other = Client(venue, "other")
    with Wire(f"{venue.urls['ws']}/ws/{other.listen_key()}") as wire:
        client.market().ok()
        user.event("ORDER_TRADE_UPDATE", x="TRADE")
        other.limit().ok()
        wire.event("ORDER_TRADE_UPDATE", x="NEW")
        assert wire.kinds() == ["ORDER_TRADE_UPDATE.NEW"]


@pytest.mark.parametrize(
    "path", ["/ws/{0}", "/ws?listenKey={0}", "/private/ws?listenKey={0}", "/private/ws/{0}", "/stream?streams={0}"]
)
def test_paths_of_user_streams(venue: Running, client: Client, path: str) -> None:
    key = client.listen_key()
    with Wire(venue.urls["ws"] + path.format(key)) as wire:
        client.limit().ok()
        message = wire.wait(lambda one: True)
        if "streams=" in path:
            assert message["stream"] == key
            message = message["data"]
        assert message["e"] == "ORDER_TRADE_UPDATE"
        assert [one.kind for one in venue.do(lambda: list(venue.exchange.sessions.values()))] == ["user"]


def test_a_listen_key_runs_out_after_an_hour_without_a_sign_of_life(quiet: Running) -> None:
    venue, client = quiet, Client(quiet)
    key = client.listen_key()
    assert client.listen_key() == key
    with Wire(f"{venue.urls['ws']}/ws/{key}") as wire:
        venue.advance(3_000)
        assert client.keyed("PUT", "/fapi/v1/listenKey").ok() == {"listenKey": key}
        venue.advance(3_000)
        client.limit().ok()
        wire.event("ORDER_TRADE_UPDATE", x="NEW")
        venue.advance(601)
        expired = wire.event("listenKeyExpired")
        assert expired["listenKey"] == key
        assert client.keyed("PUT", "/fapi/v1/listenKey").code == -1125
        seen = len(wire.received)
        fresh = client.listen_key()
        assert fresh != key
        client.limit(price="58000").ok()
        wire.call("LIST_SUBSCRIPTIONS")
        assert [one for one in wire.received[seen:] if "e" in one] == []


def test_closing_a_listen_key_ends_its_stream(venue: Running, client: Client, user: Wire) -> None:
    assert client.keyed("DELETE", "/fapi/v1/listenKey").ok() == {}
    user.wait_closed()
    assert client.keyed("DELETE", "/fapi/v1/listenKey").code == -1125
    assert client.raw("POST", "/fapi/v1/listenKey").code == -2014


def test_a_margin_call_and_a_liquidation(venue: Running, client: Client, user: Wire) -> None:
    venue.call("deposit", "trader", "USDT", Decimal(-990_000))
    client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=125).ok()
    client.market(quantity="10").ok()
    liquidated_at = Decimal(client.position()["liquidationPrice"])
    assert 57000 < liquidated_at < 60000
    venue.call("move_price", MARKET, (liquidated_at + 30) // 1)
    venue.advance(1.1)
    call = user.wait(lambda one: one["e"] == "MARGIN_CALL")
    assert (call["p"][0]["s"], call["p"][0]["ps"], call["p"][0]["pa"]) == ("BTCUSDT", "LONG", "10.000")
    venue.call("move_price", MARKET, (liquidated_at - 100) // 1)
    venue.advance(0.2)
    closed = user.event("ORDER_TRADE_UPDATE", x="CALCULATED")["o"]
    assert closed["c"].startswith("autoclose-")
    assert (closed["o"], closed["S"]) == ("LIQUIDATION", "SELL")
    assert client.position()["positionAmt"] == "0.000"

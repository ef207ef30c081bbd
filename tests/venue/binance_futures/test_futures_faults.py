"""Injected faults as a futures client meets them, and a face that begins over an engine with a past."""

from decimal import Decimal

from futures_client import Client, Wire
from support import Running, running

from pytest_tradeops.venue.kit.clock import ManualClock


def inject(venue: Running, kind: str, **more: object) -> None:
    venue.do(lambda: venue.exchange.faults.inject(kind, **more))


def test_a_rejected_order_has_the_exchanges_code(venue: Running, client: Client) -> None:
    inject(venue, "reject_next")
    assert client.market().code == -2010
    inject(venue, "reject_next", reason="insufficient margin")
    assert client.market().code == -2019
    assert client.market().status == 200


def test_a_position_that_is_lost_on_the_way_leaves_the_balance(venue: Running, client: Client, user: Wire) -> None:
    inject(venue, "lost_push", match="PositionUpdate.*")
    client.market().ok()
    alone = user.event("ACCOUNT_UPDATE")["a"]
    assert (len(alone["B"]), alone["P"]) == (1, [])
    user.event("ORDER_TRADE_UPDATE", x="TRADE")


def test_a_fill_may_come_twice_or_with_a_wrong_fee(venue: Running, client: Client, user: Wire) -> None:
    inject(venue, "duplicate_push", match="OrderUpdate.TRADE")
    client.market().ok()
    client.limit().ok()
    user.event("ORDER_TRADE_UPDATE", x="NEW", o="LIMIT")
    fills = [one for one in user.received if one["e"] == "ORDER_TRADE_UPDATE" and one["o"]["x"] == "TRADE"]
    assert len(fills) == 2
    assert fills[0] == fills[1]
    inject(venue, "wrong_fee", factor=3.0)
    seen = len(user.received)
    client.market().ok()
    told = Decimal(user.event("ORDER_TRADE_UPDATE", since=seen, x="TRADE")["o"]["n"])
    assert told == 3 * Decimal(client.get("/fapi/v1/userTrades", symbol="BTCUSDT").ok()[-1]["commission"])


def test_limits_and_bans_on_demand(venue: Running, client: Client) -> None:
    inject(venue, "rate_limit", retry_after=7)
    limited = client.public("/fapi/v1/ping")
    assert (limited.status, limited.code, limited.headers["retry-after"]) == (429, -1003, "7")
    inject(venue, "ban")
    assert client.public("/fapi/v1/ping").status == 418
    venue.advance(3)
    inject(venue, "server_error", status=502)
    assert (reply := client.public("/fapi/v1/ping")).status == 502
    assert reply.code == -1001
    assert client.public("/fapi/v1/ping").status == 200


def test_a_clock_that_is_off_refuses_good_requests(venue: Running, client: Client) -> None:
    now = client.now()
    inject(venue, "clock_skew", skew=10.0)
    assert client.signed("GET", "/fapi/v1/openOrders", {"symbol": "BTCUSDT"}, stamp=now).code == -1021
    assert client.public("/fapi/v1/time").ok()["serverTime"] == now + 10_000


def test_orders_outlive_the_face() -> None:
    with running("binance-futures", manual=True) as before:
        client = Client(before)
        client.market().ok()
        until = client.now() + 700_000
        dated = client.limit(timeInForce="GTD", goodTillDate=until).ok()
        stop = client.stop(clientAlgoId="survivor", closePosition="true").ok()
        aggregates = client.public("/fapi/v1/aggTrades", symbol="BTCUSDT").ok()
        engine, now_ns = before.exchange.engine, before.clock.true_ns()
    clock = ManualClock(now_ns)
    with running("binance-futures", engine=engine, clock=clock, accounts=False) as after:
        client = Client(after)
        found = client.get("/fapi/v1/openOrders").ok()[0]
        assert (found["orderId"], found["timeInForce"], found["goodTillDate"]) == (dated["orderId"], "GTD", until)
        assert client.get("/fapi/v1/openAlgoOrders").ok()[0]["algoId"] == stop["algoId"]
        again = client.public("/fapi/v1/aggTrades", symbol="BTCUSDT").ok()
        assert again[: len(aggregates)] == aggregates
        assert client.position()["positionAmt"] == "0.010"
        # Without a market in between: that would only take long.
        after.do(lambda: engine.reopen(now_ns + 701 * 1_000_000_000))
        clock.advance(701)
        after.wait(lambda: not [one for one in engine.open_orders("trader") if one.price is not None])

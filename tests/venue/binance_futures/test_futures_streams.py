"""Market data streams: who gets what, chains of update ids, klines that close, control messages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from futures_client import MARKET, Client, Wire
from support import Running


def ready(venue: Running, *names: str) -> None:
    """Waits until the server has these subscriptions."""
    venue.wait(lambda: any(set(names) <= one.topics for one in venue.exchange.sessions.values()))


@pytest.mark.parametrize("path", ["/ws/{0}", "/stream?streams={0}", "/public/ws/{0}", "/market/stream?streams={0}"])
def test_paths_of_old_and_new(venue: Running, client: Client, path: str) -> None:
    with Wire(venue.urls["ws"] + path.format("btcusdt@aggTrade")) as wire:
        ready(venue, "btcusdt@aggTrade")
        client.market().ok()
        message = wire.wait(lambda one: True)
        payload = message["data"] if "stream" in path else message
        assert (payload["e"], payload["s"], payload["m"]) == ("aggTrade", "BTCUSDT", False)
        listed = client.public("/fapi/v1/aggTrades", symbol="BTCUSDT").ok()[-1]
        assert {name: payload[name] for name in listed} == listed


def test_changes_of_the_book_follow_a_snapshot_without_gaps(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@depth@100ms") as wire:
        ready(venue, "btcusdt@depth@100ms")
        snapshot = client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=1000).ok()
        for _ in range(20):
            venue.advance(0.1)
            venue.wait(lambda: True)
        client.limit(price="59111.1").ok()
        venue.advance(0.2)
        wire.wait(lambda one: ["59111.10", "0.010"] in one["b"])
        now = client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=1000).ok()
        wire.wait(lambda one: one["u"] >= now["lastUpdateId"])  # the last changes may have a message of their own
        bids = {Decimal(price): Decimal(size) for price, size in snapshot["bids"]}
        last = snapshot["lastUpdateId"]
        events = [one for one in wire.received if one["u"] >= last]
        assert events[0]["U"] <= last + 1
        for before, event in zip([None, *events], events, strict=False):
            assert before is None or event["pu"] == before["u"]
            assert event["U"] <= event["u"]
            bids |= {Decimal(price): Decimal(size) for price, size in event["b"]}
        assert {price: size for price, size in bids.items() if size} == {
            Decimal(price): Decimal(size) for price, size in now["bids"]
        }


def test_a_partial_book_is_a_whole_one(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@depth5@500ms") as wire:
        ready(venue, "btcusdt@depth5@500ms")
        venue.advance(0.6)
        shown = wire.wait(lambda one: one["e"] == "depthUpdate")
        assert (len(shown["b"]), len(shown["a"])) == (5, 5)
        assert shown["b"] == client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5).ok()["bids"]


def test_the_best_prices_are_sent_when_they_change(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws/!bookTicker") as wire:
        ready(venue, "!bookTicker")
        client.limit(price="60000.1").ok()
        shown = wire.wait(lambda one: one["b"] == "60000.10")
        assert (shown["e"], shown["s"], shown["B"]) == ("bookTicker", "BTCUSDT", "0.010")
        assert shown["u"] == client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=5).ok()["lastUpdateId"]


def test_a_kline_is_asked_for_while_trades_come(venue: Running, client: Client) -> None:
    """Whoever subscribes brings the market to now: what is traded in this moment is in the kline once."""

    def subscribe() -> None:
        venue.clock.advance(20)  # type: ignore[attr-defined]
        venue.server.face._streams.joined = late  # type: ignore[attr-defined]

    def late(name: str) -> None:
        venue.clock.advance(5)  # type: ignore[attr-defined]
        venue.server.face._feed.joined(name)  # type: ignore[attr-defined]

    venue.do(subscribe)
    for _ in range(2):  # and again, as if nobody had listened before
        venue.wait(lambda: not venue.exchange.sessions)
        with Wire(f"{venue.urls['ws']}/ws/btcusdt@kline_1m") as wire:
            ready(venue, "btcusdt@kline_1m")
            venue.advance(0.5)
            kline = wire.wait(lambda one: one["e"] == "kline")["k"]
            listed = client.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=1).ok()[0]
            assert (kline["v"], kline["n"]) == (listed[5], listed[8])
    assert not venue.do(lambda: list(venue.exchange.crashes))


def test_a_kline_closes(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@kline_1m/btcusdt_perpetual@continuousKline_1m") as wire:
        ready(venue, "btcusdt@kline_1m")
        client.market(quantity="0.010").ok()
        venue.advance(30)
        venue.advance(31)
        venue.advance(0.5)
        closed = wire.wait(lambda one: one["e"] == "kline" and one["k"]["x"])["k"]
        listed = client.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=2).ok()[0]
        fields = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q")
        assert [closed[name] for name in fields] == listed[:11]
        trades = client.keyed("GET", "/fapi/v1/historicalTrades", symbol="BTCUSDT", limit=500, fromId=1).ok()
        inside = [one["id"] for one in trades if closed["t"] <= one["time"] <= closed["T"]]
        assert (closed["f"], closed["L"]) == (inside[0], inside[-1])
        other = wire.wait(lambda one: one["e"] == "continuous_kline" and one["k"]["x"])
        assert (other["ps"], other["ct"], other["k"]["c"]) == ("BTCUSDT", "PERPETUAL", closed["c"])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("!markPrice@arr@1s", lambda one: len(one) == 3 and one[0]["e"] == "markPriceUpdate"),
        ("!ticker@arr", lambda one: {row["s"] for row in one} == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}),
        ("!miniTicker@arr", lambda one: one[0]["e"] == "24hrMiniTicker"),
        ("ethusdt@miniTicker", lambda one: one["s"] == "ETHUSDT"),
        ("ethusdt@markPrice", lambda one: one["p"] == one["i"] and one["r"] == "0.00000000"),
    ],
)
def test_streams_by_the_clock(venue: Running, name: str, wanted: Callable[[Any], bool]) -> None:
    with Wire(f"{venue.urls['ws']}/ws/{name}") as wire:
        ready(venue, name)
        for _ in range(4):
            venue.advance(1)
        wire.wait(wanted)


def test_subscriptions_come_and_go(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        assert wire.call("LIST_SUBSCRIPTIONS") == {"result": [], "id": 1}
        assert wire.call("SUBSCRIBE", ["btcusdt@trade", "nope@trade"], 2) == {"result": None, "id": 2}
        assert wire.call("LIST_SUBSCRIPTIONS", request_id=3)["result"] == ["btcusdt@trade", "nope@trade"]
        assert wire.call("GET_PROPERTY", ["combined"], 4)["result"] is False
        assert wire.call("SET_PROPERTY", ["combined", True], 5)["result"] is None
        client.market().ok()
        assert wire.wait(lambda one: "stream" in one)["stream"] == "btcusdt@trade"
        assert wire.call("UNSUBSCRIBE", ["btcusdt@trade"], 6) == {"result": None, "id": 6}
        seen = len(wire.received)
        client.market().ok()
        wire.call("LIST_SUBSCRIPTIONS", request_id=7)
        assert [one for one in wire.received[seen:] if "stream" in one] == []


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", 3),
        ("[]", 2),
        ('{"method":"SUBSCRIBE","params":["a"]}', 2),
        ('{"method":"SHOUT","id":1}', 2),
        ('{"params":[],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"a","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"SET_PROPERTY","params":["colour",true],"id":1}', 0),
        ('{"method":"SET_PROPERTY","params":[],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":["a"],"id":{}}', 2),
    ],
)
def test_wrong_control_messages(venue: Running, message: str, code: int) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        wire.send(message)
        assert wire.wait(lambda one: "error" in one)["error"]["code"] == code


def test_too_many_messages_or_streams_end_the_connection(venue: Running) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        for number in range(11):
            wire.send({"method": "LIST_SUBSCRIPTIONS", "id": number})
        assert wire.wait_closed() == 1008
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        wire.send({"method": "SUBSCRIBE", "params": [f"s{number}@trade" for number in range(1025)], "id": 1})
        assert wire.wait_closed() == 1008


def test_a_connection_lives_for_a_day(venue: Running) -> None:
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@aggTrade") as wire:
        ready(venue, "btcusdt@aggTrade")
        venue.do(lambda: [setattr(one, "opened_ns", 0) for one in venue.exchange.sessions.values()])
        venue.advance(1)
        wire.wait_closed()


def test_a_liquidation_is_told_to_everybody(venue: Running, client: Client) -> None:
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@forceOrder/!forceOrder@arr") as wire:
        ready(venue, "!forceOrder@arr")
        venue.call("deposit", "trader", "USDT", Decimal(-990_000))
        client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=125).ok()
        client.market(quantity="10").ok()
        venue.call("move_price", MARKET, Decimal("56000.0"))
        venue.advance(0.2)
        told = wire.wait(lambda one: one["e"] == "forceOrder")
        assert (told["o"]["s"], told["o"]["S"]) == ("BTCUSDT", "SELL")
    forced = client.get("/fapi/v1/forceOrders").ok()
    assert forced[0]["clientOrderId"].startswith("autoclose-")
    assert client.get("/fapi/v1/forceOrders", autoCloseType="ADL").ok() == []

"""Market data streams of Binance Spot."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from spot_client import Client, Wire
from support import Running, running

from pytest_tradeops.venue.binance.spot_topics import parse

MARKET = "BTCUSDT.spot"
SYMBOLS = ("BTCUSDT", "ETHBTC")


@pytest.fixture
def lively() -> Iterator[Running]:
    """A market that goes by the machine's clock."""
    with running("binance-spot") as venue:
        yield venue


def stream(venue: Running, *names: str) -> Wire:
    return Wire(f"{venue.urls['ws']}/stream?streams={'/'.join(names)}")


def data(wire: Wire, name: str, **fields: Any) -> Any:
    """The first payload of that stream with these fields."""

    def wanted(one: Any) -> bool:
        return one.get("stream") == name and all(one["data"].get(key) == value for key, value in fields.items())

    return wire.wait(wanted)["data"]


def of(wire: Wire, name: str) -> list[Any]:
    return [one["data"] for one in wire.received if one.get("stream") == name]


def test_trades_and_aggregates_as_they_happen(venue: Running) -> None:
    venue.advance(1)
    with stream(venue, "btcusdt@trade", "btcusdt@aggTrade", "btcusdt@bookTicker") as wire:
        wire.call("LIST_SUBSCRIPTIONS")
        answer = Client(venue).market(quantity="2.5").ok()
        fills = answer["fills"]
        data(wire, "btcusdt@aggTrade", l=fills[-1]["tradeId"])
        trades = of(wire, "btcusdt@trade")
        assert [(one["t"], one["p"], one["q"]) for one in trades] == [
            (one["tradeId"], one["price"], one["qty"]) for one in fills
        ]
        assert all(one["m"] is False and one["T"] == answer["transactTime"] for one in trades)
        aggregates = of(wire, "btcusdt@aggTrade")
        assert [one["f"] for one in aggregates[1:]] == [one["l"] + 1 for one in aggregates[:-1]]
        assert sum(Decimal(one["q"]) for one in aggregates) == Decimal("2.5")
        asked = Client(venue).public("/api/v3/aggTrades", symbol="BTCUSDT", fromId=aggregates[0]["a"]).ok()
        assert [one["a"] for one in asked] == [one["a"] for one in aggregates]
        ticker = data(wire, "btcusdt@bookTicker")
        best = Client(venue).public("/api/v3/ticker/bookTicker", symbol="BTCUSDT").ok()
        assert (ticker["a"], ticker["A"]) == (best["askPrice"], best["askQty"])


def test_a_local_book_can_be_kept(lively: Running) -> None:
    """The documented procedure, on a moving market; at the end both books are the same."""
    client = Client(lively)
    with stream(lively, "btcusdt@depth@100ms") as wire:
        data(wire, "btcusdt@depth@100ms")
        snapshot = client.public("/api/v3/depth", symbol="BTCUSDT", limit=5000).ok()
        wire.wait(lambda _: len(of(wire, "btcusdt@depth@100ms")) >= 8)
        client.market(quantity="0.5").ok()
        lively.call("hold", MARKET)
        final = client.public("/api/v3/depth", symbol="BTCUSDT", limit=5000).ok()
        wire.wait(lambda one: one.get("data", {}).get("u", 0) >= final["lastUpdateId"])
        events = of(wire, "btcusdt@depth@100ms")

    assert [one["U"] for one in events[1:]] == [one["u"] + 1 for one in events[:-1]], "no gap"
    book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
    later = [one for one in events if one["u"] > snapshot["lastUpdateId"]]
    assert later[0]["U"] <= snapshot["lastUpdateId"] + 1
    for event in later:
        for side, changes in (("bids", event["b"]), ("asks", event["a"])):
            for price, quantity in changes:
                book[side][price] = quantity
                if not Decimal(quantity):
                    del book[side][price]
    assert later[-1]["u"] == final["lastUpdateId"]
    for side in ("bids", "asks"):
        assert book[side] == dict(final[side])


def test_what_is_sent_by_the_second(venue: Running) -> None:
    names = [
        "btcusdt@ticker",
        "btcusdt@miniTicker",
        "btcusdt@avgPrice",
        "btcusdt@ticker_1h",
        "btcusdt@depth5",
        "btcusdt@depth20@100ms",
        "!miniTicker@arr",
        "!miniTicker@arr@1000ms",
        "!ticker_4h@arr",
        "btcusdt@kline_1s",
        "btcusdt@kline_1m@+08:00",
    ]
    with stream(venue, *names) as wire:
        wire.call("LIST_SUBSCRIPTIONS")
        for _ in range(5):
            venue.advance(0.5)
        day = data(wire, "btcusdt@ticker")
        assert (day["e"], day["s"], day["C"] - day["O"] <= 86_400_000) == ("24hrTicker", "BTCUSDT", True)
        assert set(data(wire, "btcusdt@miniTicker")) == {"e", "E", "s", "c", "o", "h", "l", "v", "q"}
        assert data(wire, "btcusdt@avgPrice")["i"] == "5m"
        assert data(wire, "btcusdt@ticker_1h")["e"] == "1hTicker"
        assert len(data(wire, "btcusdt@depth5")["bids"]) == 5
        assert len(data(wire, "btcusdt@depth20@100ms")["asks"]) == 20
        assert wire.wait(lambda one: one.get("stream") == "!miniTicker@arr@1000ms")["data"]
        assert {one["s"] for one in wire.wait(lambda one: one.get("stream") == "!miniTicker@arr")["data"]} <= {
            *SYMBOLS,
            "ETHUSDT",
            "SOLUSDT",
        }
        assert data(wire, "btcusdt@kline_1m@+08:00")["k"]["i"] == "1m"


def test_klines_end_once_and_closed(venue: Running) -> None:
    with stream(venue, "btcusdt@kline_1m") as wire:
        wire.call("LIST_SUBSCRIPTIONS")
        for _ in range(30):
            venue.advance(2.5)
        wire.wait(lambda _: any(one["k"]["x"] for one in of(wire, "btcusdt@kline_1m")))
        bars = [one["k"] for one in of(wire, "btcusdt@kline_1m")]
    closed = [one for one in bars if one["x"]]
    assert len({one["t"] for one in closed}) == len(closed)
    row = (
        Client(venue).public("/api/v3/klines", symbol="BTCUSDT", interval="1m", startTime=closed[0]["t"], limit=1).ok()
    )
    assert row[0][:6] == [closed[0][name] for name in ("t", "o", "h", "l", "c", "v")]
    assert row[0][6] == closed[0]["T"] == closed[0]["t"] + 59_999


def test_raw_and_combined(venue: Running) -> None:
    venue.advance(1)
    with Wire(f"{venue.urls['ws']}/ws/btcusdt@trade") as wire:
        assert wire.call("GET_PROPERTY", request_id=1)["msg"] == "Invalid request: property name must be a string"
        wire.send({"id": 2, "method": "GET_PROPERTY", "params": ["combined"]})
        assert wire.wait(lambda one: one.get("id") == 2)["result"] is False
        Client(venue).market().ok()
        assert wire.wait(lambda one: one.get("e") == "trade")["s"] == "BTCUSDT"
        wire.send({"id": 3, "method": "SET_PROPERTY", "params": ["combined", True]})
        wire.wait(lambda one: one.get("id") == 3)
        Client(venue).market().ok()
        assert data(wire, "btcusdt@trade")["e"] == "trade"


def test_subscribing_and_unsubscribing(venue: Running) -> None:
    venue.advance(1)
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        wire.send({"id": 1, "method": "SUBSCRIBE", "params": ["btcusdt@trade", "nothing@trade", "btcusdt@trade"]})
        assert wire.wait(lambda one: one.get("id") == 1) == {"result": None, "id": 1}
        assert wire.call("LIST_SUBSCRIPTIONS", request_id="list")["result"] == ["btcusdt@trade", "nothing@trade"]
        wire.send({"id": 2, "method": "UNSUBSCRIBE", "params": ["btcusdt@trade"]})
        wire.wait(lambda one: one.get("id") == 2)
        Client(venue).market().ok()
        assert wire.call("LIST_SUBSCRIPTIONS", request_id="again")["result"] == ["nothing@trade"]
        assert not [one for one in wire.received if one.get("e") == "trade"]


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("{", 3, "Invalid JSON: expected value at line 1 column 2"),
        ("[" * 100_000, 3, "Invalid JSON"),
        ("[]", 2, "expected an object"),
        ('{"method":"SUBSCRIBE","params":[]}', 2, "request ID must be an unsigned integer"),
        ('{"id":1.5,"method":"SUBSCRIBE","params":[]}', 2, "request ID must be an unsigned integer"),
        ('{"id":"' + "x" * 37 + '","method":"SUBSCRIBE"}', 2, "request ID must be an unsigned integer"),
        ('{"id":1}', 2, "missing field `method`"),
        ('{"id":1,"method":"BUY"}', 2, "unknown variant `BUY`"),
        ('{"id":1,"method":{}}', 2, "unknown variant"),
        ('{"id":1,"method":"SUBSCRIBE","params":"btcusdt@trade"}', 2, "array of stream names"),
        ('{"id":1,"method":"SUBSCRIBE","params":[5]}', 2, "array of stream names"),
        ('{"id":1,"method":"LIST_SUBSCRIPTIONS","params":["x"]}', 2, "too many parameters"),
        ('{"id":1,"method":"SET_PROPERTY","params":["color",true]}', 0, "Unknown property"),
        ('{"id":1,"method":"SET_PROPERTY","params":["combined","yes"]}', 1, "expected Boolean"),
        ('{"id":1,"method":"SET_PROPERTY","params":[7]}', 2, "property name must be a string"),
    ],
)
def test_malformed_messages(venue: Running, message: str, code: int, words: str) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        wire.send(message)
        reply = wire.wait(lambda one: "code" in one)
        assert reply["code"] == code
        assert words in reply["msg"]
        assert wire.call("LIST_SUBSCRIPTIONS", request_id="after")["result"] == []


def test_six_messages_in_a_second_are_too_many(venue: Running) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        for number in range(6):
            wire.send({"id": number, "method": "LIST_SUBSCRIPTIONS"})
        assert wire.wait_closed() == 1008
        assert len(wire.received) == 5


def test_more_than_1024_streams_are_too_many(venue: Running) -> None:
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        names = [f"a{number}@trade" for number in range(1024)]
        wire.send({"id": 1, "method": "SUBSCRIBE", "params": names})
        wire.wait(lambda one: one.get("id") == 1 and "result" in one)
        wire.send({"id": 2, "method": "SUBSCRIBE", "params": ["one@more"]})
        assert wire.wait_closed() == 1008


NO_STREAMS = (
    *("BTCUSDT@trade", "btcusdt@depth7", "btcusdt@depth@50ms", "btcusdt@kline_9m", "btcusdt@kline_1d@+05:00"),
    *("nope@trade", "btcusdt", "@trade", "!ticker@arr", "btcusdt@trade_1h", "btcusdt@ticker_2h", "btcusdt@trade5"),
    *("", '"@"', "a@b@c@d"),
)


@pytest.mark.parametrize("name", NO_STREAMS)
def test_streams_that_there_are_not(name: str) -> None:
    assert parse(name, SYMBOLS) is None


def test_what_was_switched_off_is_there_for_those_who_ask() -> None:
    from pytest_tradeops.venue.binance.spot import BinanceSpot

    def make(exchange: Any) -> Any:
        return BinanceSpot(exchange, retired=True)

    with running("binance-spot", manual=True, make=make, background=False) as venue:
        client = Client(venue)
        header = {"X-MBX-APIKEY": client.key.api_key}

        def key(method: str, listen_key: str = "") -> Any:
            query = f"?listenKey={listen_key}" if listen_key else ""
            return client.raw(method, f"/api/v3/userDataStream{query}", headers=header)

        listen_key = key("POST").ok()["listenKey"]
        assert key("POST").ok()["listenKey"] == listen_key
        venue.advance(3000)
        assert key("PUT", listen_key).ok() == {}
        assert key("PUT", "x" * 64).code == -1125
        assert client.raw("POST", "/api/v3/userDataStream").code == -2014
        with Wire(f"{venue.urls['ws']}/ws/{listen_key}") as wire, stream(venue, "!ticker@arr") as tickers:
            client.limit().ok()
            assert wire.wait(lambda one: one["e"] == "executionReport")["x"] == "NEW"
            venue.advance(2)
            assert tickers.wait(lambda one: one.get("stream") == "!ticker@arr")["data"]
            venue.advance(3599)
            assert wire.wait(lambda one: one["e"] == "listenKeyExpired")["listenKey"] == listen_key
        assert key("PUT", listen_key).code == -1125
        fresh = key("POST").ok()["listenKey"]
        assert fresh != listen_key
        assert key("DELETE", fresh).ok() == {}
        assert key("DELETE", fresh).code == -1125

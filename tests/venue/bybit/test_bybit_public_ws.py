"""Public streams: snapshots and deltas that rebuild the book, trades, tickers, candles, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from bybit_client import LINEAR, Client, Ws
from support import Running, running


class LocalBook:
    """What a client makes of the stream by the documented rules."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, str]] = {}
        self.update = 0

    def apply(self, frame: dict[str, Any]) -> None:
        data = frame["data"]
        if frame["type"] == "snapshot":
            self.sides = {side: dict(data[side]) for side in "ab"}
        else:
            assert data["u"] == self.update + 1, "a gap"
            for side in "ab":
                for level, size in data[side]:
                    if size == "0":
                        del self.sides[side][level]
                    else:
                        self.sides[side][level] = size
        self.update = data["u"]

    def sorted(self) -> tuple[list[list[str]], list[list[str]]]:
        bids = sorted(map(list, self.sides["b"].items()), key=lambda one: -Decimal(one[0]))
        return bids, sorted(map(list, self.sides["a"].items()), key=lambda one: Decimal(one[0]))


def subscribe(ws: Ws, *topics: str) -> dict[str, Any]:
    return ws.ask({"req_id": "1", "op": "subscribe", "args": list(topics)})


@pytest.mark.parametrize("depth", [50, 200, 1000])
@pytest.mark.parametrize("category", ["linear", "spot"])
def test_snapshot_and_deltas_give_the_book(category: str, depth: int) -> None:
    with running("bybit", enforce_limits=False) as venue, Ws(venue, f"ws_public_{category}") as ws:
        topic = f"orderbook.{depth}.BTCUSDT"
        subscribe(ws, topic)
        book = LocalBook()
        for _ in range(6):
            book.apply(ws.push(topic))
        assert book.update > 5
        bids, asks = book.sorted()
        assert Decimal(bids[0][0]) < Decimal(asks[0][0])
        assert len(bids) <= depth
        venue.call("hold", f"BTCUSDT.{category}")
        rest = (
            Client(venue)
            .public("market/orderbook", category=category, symbol="BTCUSDT", limit=min(depth, len(bids)))
            .result
        )
        while book.sorted()[0] != rest["b"] or book.sorted()[1] != rest["a"]:
            book.apply(ws.push(topic))
        assert depth != 1000 or rest["u"] == book.update


def test_the_best_level_comes_as_snapshots_only_and_again_when_nothing_happens(
    venue: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_tradeops.venue.bybit.topics.REPEAT", 0.2)
    with Ws(venue, "ws_public_linear") as ws:
        subscribe(ws, "orderbook.1.BTCUSDT")
        first = ws.push("orderbook.1.BTCUSDT")
        again = ws.push("orderbook.1.BTCUSDT")
        assert (first["type"], again["type"]) == ("snapshot", "snapshot")
        assert again["data"] == first["data"]
        Client(venue).order(price="60000")
        moved = ws.push("orderbook.1.BTCUSDT", lambda frame: frame["data"]["u"] != first["data"]["u"])
        assert (moved["type"], moved["data"]["b"]) == ("snapshot", [["60000.00", "0.010"]])


def test_trades_of_one_order_come_in_one_message(venue: Running, client: Client) -> None:
    client.order(side="Sell", price="60005", qty="1")
    with Ws(venue, "ws_public_linear") as ws:
        subscribe(ws, "publicTrade.BTCUSDT")
        assert ws.quiet()
        client.order(kind="Market", qty="1.5", smpType="None")
        data = ws.push("publicTrade.BTCUSDT")["data"]
        assert [(one["p"], one["v"], one["S"], one["L"]) for one in data] == [
            ("60001.00", "1.000", "Buy", "PlusTick"),
            ("60005.00", "0.500", "Buy", "PlusTick"),
        ]
        assert data[0]["i"] in {one["execId"] for one in client.get("execution/list", category="linear").list}
        assert set(data[0]) == {"T", "s", "S", "v", "p", "i", "BT", "RPI", "seq", "L"}


def test_linear_tickers_are_a_snapshot_and_deltas(venue: Running, client: Client) -> None:
    with Ws(venue, "ws_public_linear") as ws:
        subscribe(ws, "tickers.BTCUSDT")
        first = ws.push("tickers.BTCUSDT")
        assert first["type"] == "snapshot"
        assert (first["data"]["bid1Price"], first["data"]["markPrice"], first["data"]["fundingRate"]) == (
            "59999.00",
            "60000.00",
            "0.0001",
        )
        client.order(price="60000", qty="0.5")
        delta = ws.push("tickers.BTCUSDT")
        assert (delta["type"], delta["data"]["bid1Price"], delta["data"]["ask1Price"]) == (
            "delta",
            "60000.00",
            "60001.00",
        )
        assert "highPrice24h" not in delta["data"]
        assert delta["cs"] > first["cs"]


def test_spot_tickers_are_snapshots(venue: Running, client: Client) -> None:
    with Ws(venue, "ws_public_spot") as ws:
        subscribe(ws, "tickers.BTCUSDT")
        first = ws.push("tickers.BTCUSDT")
        client.order("spot", side="Sell", kind="Market", qty="0.1")
        second = ws.push("tickers.BTCUSDT")
        assert (first["type"], second["type"], second["data"]["lastPrice"]) == ("snapshot", "snapshot", "59999.00")
        assert set(second["data"]) == set(first["data"]) >= {"usdIndexPrice", "turnover24h"}


def test_candles_are_confirmed_once_they_are_closed() -> None:
    with running("bybit", manual=True, enforce_limits=False) as venue, Ws(venue, "ws_public_linear") as ws:
        venue.advance(30)
        subscribe(ws, "kline.1.BTCUSDT")
        running_candle = ws.push("kline.1.BTCUSDT")["data"][0]
        assert (running_candle["confirm"], running_candle["interval"]) == (False, "1")
        venue.advance(60)
        closed = ws.push("kline.1.BTCUSDT", lambda frame: frame["data"][0]["confirm"])["data"][0]
        assert closed["start"] == running_candle["start"]
        assert closed["end"] == closed["start"] + 59_999
        following = ws.push("kline.1.BTCUSDT")["data"][0]
        assert (following["start"], following["confirm"]) == (closed["start"] + 60_000, False)


@pytest.mark.parametrize(
    ("category", "topics", "words"),
    [
        ("linear", ["nothing.BTCUSDT"], "error:handler not found,topic:nothing.BTCUSDT"),
        ("linear", ["orderbook.7.BTCUSDT"], "error:handler not found"),
        ("linear", ["orderbook.50"], "error:handler not found"),
        ("linear", ["kline.2.BTCUSDT"], "error:handler not found"),
        ("linear", ["publicTrade.NOPE"], "Invalid symbol :[publicTrade.NOPE]"),
        ("linear", ["publicTrade.ETHBTC"], "Invalid symbol"),
        (
            "linear",
            ["publicTrade.BTCUSDT", "publicTrade.BTCUSDT"],
            "error:already subscribed,topic:publicTrade.BTCUSDT",
        ),
        ("linear", ["publicTrade.ETHUSDT", "nope"], "error:handler not found,topic:nope"),
        ("linear", [], "Request parameter error."),
        ("linear", [1], "Request parameter error."),
        ("linear", "publicTrade.BTCUSDT", "Request parameter error."),
        ("linear", ["x" * 21_001], "args length >21000"),
        (
            "spot",
            [f"kline.{one}.BTCUSDT" for one in ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D")],
            "args size >10",
        ),
    ],
)
def test_a_wrong_subscription_is_refused_as_a_whole(venue: Running, category: str, topics: Any, words: str) -> None:
    with Ws(venue, f"ws_public_{category}") as ws:
        answer = ws.ask({"req_id": "7", "op": "subscribe", "args": topics})
        assert (answer["success"], answer["op"], answer["req_id"]) == (False, "subscribe", "7")
        assert words in answer["ret_msg"]
        assert ws.quiet()


def test_subscribing_twice_is_refused_and_unsubscribing_ends_it(venue: Running, client: Client) -> None:
    with Ws(venue, "ws_public_linear") as ws:
        good = subscribe(ws, "publicTrade.BTCUSDT")
        assert {name: good[name] for name in ("success", "ret_msg", "op", "req_id")} == {
            "success": True,
            "ret_msg": "",
            "op": "subscribe",
            "req_id": "1",
        }
        assert subscribe(ws, "publicTrade.BTCUSDT")["ret_msg"] == "error:already subscribed,topic:publicTrade.BTCUSDT"
        assert ws.ask({"op": "unsubscribe", "args": ["publicTrade.BTCUSDT"]})["success"] is True
        client.order(kind="Market")
        assert ws.quiet()
        assert subscribe(ws, "publicTrade.BTCUSDT")["success"] is True


def test_ping_and_nonsense_in_the_shape_of_the_socket(venue: Running) -> None:
    with Ws(venue, "ws_public_linear") as linear, Ws(venue, "ws_public_spot") as spot:
        pong = linear.ask({"req_id": "9", "op": "ping"})
        assert (pong["success"], pong["ret_msg"], pong["op"], pong["req_id"]) == (True, "pong", "ping", "9")
        assert spot.ask({"op": "ping"})["ret_msg"] == "pong"
        for nonsense in (
            "",
            "x",
            "[]",
            "{}",
            '{"op": 1}',
            '{"op": "dance"}',
            "[" * 50_000,
            '{"op": "unsubscribe", "args": 1}',
        ):
            assert linear.ask(nonsense)["success"] is False
        assert linear.ask({"op": "ping"})["success"] is True


def test_a_silent_client_is_cut_off_after_its_time(venue: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_tradeops.venue.bybit.sockets._LOWEST", 0.2)
    monkeypatch.setattr("pytest_tradeops.venue.bybit.sockets.ALIVE", 0.2)
    with Ws(venue, "ws_private") as ws:
        ws.ask({"op": "ping"})
        assert ws.gone()


def test_two_clients_see_the_same_updates(venue: Running, client: Client) -> None:
    topic = "orderbook.50.BTCUSDT"
    with Ws(venue, "ws_public_linear") as first, Ws(venue, "ws_public_linear") as second:
        subscribe(first, topic)
        client.order(price="59000")
        subscribe(second, topic)
        client.order(price="59001")
        books = LocalBook(), LocalBook()
        for ws, book in zip((first, second), books, strict=True):
            book.apply(ws.push(topic))
            while ["59001.00", "0.010"] not in book.sorted()[0]:
                book.apply(ws.push(topic))
        assert books[0].sides == books[1].sides
        assert books[0].update == books[1].update
        rest = client.public("market/orderbook", category="linear", symbol="BTCUSDT").result
        assert rest["b"] == books[0].sorted()[0]
        assert venue.do(lambda: venue.exchange.engine.book(LINEAR, 1).bids[0][0]) == Decimal(59999)

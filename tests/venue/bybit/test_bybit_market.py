"""Public endpoints: instruments with their filters, tickers, books, candles, trades."""

from collections.abc import Iterator
from typing import Any

import pytest
from bybit_client import LINEAR, Client
from support import Running, running


@pytest.fixture
def busy() -> Iterator[Running]:
    with running("bybit", manual=True, enforce_limits=False) as one:
        one.advance(120)
        yield one


def test_time(client: Client) -> None:
    answer = client.public("market/time")
    assert answer.result["timeNano"].startswith(answer.result["timeSecond"])
    assert abs(answer.body["time"] - client.venue.clock.now_ms()) < 5_000


def test_linear_instruments_have_every_filter_and_come_in_pages(client: Client) -> None:
    one = client.public("market/instruments-info", category="linear", symbol="BTCUSDT").list[0]
    assert one["priceFilter"] == {"minPrice": "0.10", "maxPrice": "1000000.00", "tickSize": "0.10"}
    assert one["lotSizeFilter"] == {
        "maxOrderQty": "1000.000",
        "minOrderQty": "0.001",
        "qtyStep": "0.001",
        "postOnlyMaxOrderQty": "1000.000",
        "maxMktOrderQty": "120.000",
        "minNotionalValue": "5",
    }
    assert (one["contractType"], one["settleCoin"], one["fundingInterval"], one["status"]) == (
        "LinearPerpetual",
        "USDT",
        480,
        "Trading",
    )
    first = client.public("market/instruments-info", category="linear", limit=2).result
    assert [one["symbol"] for one in first["list"]] == ["BTCUSDT", "ETHUSDT"]
    # The cursor is percent-encoded already: it goes into the query as it is.
    second = client.raw(
        "GET", f"/v5/market/instruments-info?category=linear&limit=2&cursor={first['nextPageCursor']}"
    ).result
    assert ([one["symbol"] for one in second["list"]], second["nextPageCursor"]) == (["SOLUSDT"], "")


def test_spot_instruments_come_at_once(client: Client) -> None:
    result = client.public("market/instruments-info", category="spot", limit=1).result
    assert [one["symbol"] for one in result["list"]] == ["BTCUSDT", "ETHBTC", "ETHUSDT", "SOLUSDT"]
    assert "nextPageCursor" not in result
    lot = result["list"][0]["lotSizeFilter"]
    assert (lot["basePrecision"], lot["minOrderAmt"], lot["maxMarketOrderQty"]) == ("0.00001", "5", "120")


@pytest.mark.parametrize("category", ["inverse", "option"])
def test_there_is_nothing_of_other_categories(client: Client, category: str) -> None:
    assert client.public("market/instruments-info", category=category).list == []
    assert client.public("market/tickers", category=category).list == []
    assert client.public("market/orderbook", category=category, symbol="BTCUSDT").code == 10001


def test_the_book_has_the_asked_depth_and_a_growing_update_id(venue: Running, client: Client) -> None:
    book = client.public("market/orderbook", category="linear", symbol="BTCUSDT").result
    assert (book["b"], book["a"]) == ([["59999.00", "1.000"]], [["60001.00", "1.000"]])
    again = client.public("market/orderbook", category="linear", symbol="BTCUSDT").result
    assert again["u"] == book["u"]
    client.order(price="59998")
    moved = client.public("market/orderbook", category="linear", symbol="BTCUSDT", limit=1).result
    assert (moved["u"], len(moved["b"])) == (book["u"] + 1, 1)
    assert moved["seq"] > book["seq"]


@pytest.mark.parametrize("category", ["linear", "spot"])
def test_tickers(busy: Running, category: str) -> None:
    client = Client(busy)
    one = client.public("market/tickers", category=category, symbol="BTCUSDT").list[0]
    assert float(one["bid1Price"]) < float(one["ask1Price"])
    assert float(one["lowPrice24h"]) <= float(one["lastPrice"]) <= float(one["highPrice24h"])
    assert float(one["turnover24h"]) > float(one["volume24h"]) > 0
    assert ("markPrice" in one) is (category == "linear")
    assert len(client.public("market/tickers", category=category).list) == (3 if category == "linear" else 4)


def test_open_interest_follows_the_positions(venue: Running, client: Client) -> None:
    client.order(kind="Market", qty="0.5")
    # The trader is long and the other one short: one contract of half a bitcoin has two sides.
    entry = client.public(
        "market/open-interest", category="linear", symbol="BTCUSDT", intervalTime="5min", limit=2
    ).result
    assert [one["openInterest"] for one in entry["list"]] == ["1.000", "1.000"]
    assert [one["singleOpenInterest"] for one in entry["list"]] == ["0.500", "0.500"]
    assert client.public("market/open-interest", category="spot", symbol="BTCUSDT", intervalTime="5min").code == 10001


@pytest.mark.parametrize(("path", "columns"), [("kline", 7), ("mark-price-kline", 5), ("index-price-kline", 5)])
def test_candles_come_newest_first(busy: Running, path: str, columns: int) -> None:
    client = Client(busy)
    result = client.public(f"market/{path}", category="linear", symbol="BTCUSDT", interval="1", limit=3).result
    starts = [int(row[0]) for row in result["list"]]
    assert starts == sorted(starts, reverse=True)
    assert starts[0] - starts[2] == 120_000
    assert {len(row) for row in result["list"]} == {columns}
    assert starts[0] <= busy.clock.now_ms() < starts[0] + 60_000
    some = client.public(
        f"market/{path}", category="linear", symbol="BTCUSDT", interval="1", start=starts[2], end=starts[1]
    ).list
    assert [int(row[0]) for row in some] == starts[1:]
    assert client.public(f"market/{path}", symbol="BTCUSDT", interval="1").result["category"] == "linear"


@pytest.mark.parametrize(
    "bad", [{"interval": "2"}, {"interval": "1", "start": 5, "end": 1}, {"interval": "1", "limit": 1001}, {}]
)
def test_wrong_candles(client: Client, bad: dict[str, Any]) -> None:
    assert client.public("market/kline", category="linear", symbol="BTCUSDT", **bad).code == 10001


def test_recent_trades(client: Client) -> None:
    client.order(side="Sell", kind="Market", qty="0.2")
    trade = client.public("market/recent-trade", category="linear", symbol="BTCUSDT").list[0]
    fill = client.get("execution/list", category="linear").list[0]
    assert (trade["price"], trade["size"], trade["side"], trade["isBlockTrade"]) == ("59999.00", "0.200", "Sell", False)
    assert trade["execId"] == fill["execId"]
    assert client.public("market/recent-trade", category="linear").code == 10001


def test_funding_history(client: Client) -> None:
    rates = client.public("market/funding/history", category="linear", symbol="BTCUSDT", limit=3).list
    times = [int(one["fundingRateTimestamp"]) for one in rates]
    assert [later - earlier for earlier, later in zip(times[1:], times, strict=False)] == [28_800_000] * 2
    assert times[0] <= client.venue.clock.now_ms()
    assert (
        client.public("market/funding/history", category="linear", symbol="BTCUSDT", startTime=times[2]).code == 10001
    )
    window = {"startTime": times[1], "endTime": times[0]}
    assert len(client.public("market/funding/history", category="linear", symbol="BTCUSDT", **window).list) == 2


def test_risk_limits(client: Client) -> None:
    assert [one["symbol"] for one in client.public("market/risk-limit", category="linear").list] == [
        "BTCUSDT",
        "ETHUSDT",
        "SOLUSDT",
    ]
    one = client.public("market/risk-limit", category="linear", symbol="BTCUSDT").list[0]
    assert (one["maintenanceMargin"], one["initialMargin"], one["maxLeverage"]) == ("0.004", "0.008", "125.00")
    assert client.public("market/risk-limit", category="spot").code == 10001


def test_a_clock_that_is_wrong_is_told(venue: Running, client: Client) -> None:
    right = client.public("market/time").body["time"]
    venue.do(lambda: venue.exchange.faults.inject("clock_skew", skew=60))
    assert client.public("market/time").body["time"] - right > 59_000
    assert venue.do(lambda: venue.exchange.engine.now_ns // 1_000_000) - right < 5_000
    assert LINEAR in venue.exchange.engine.instruments

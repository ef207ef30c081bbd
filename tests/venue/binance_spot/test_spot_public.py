"""Binance Spot's public endpoints."""

import itertools
from decimal import Decimal

import pytest
from spot_client import Client
from support import Running

from pytest_tradeops.venue.binance.spot_klines import opening
from pytest_tradeops.venue.binance.spot_terms import INTERVALS_MS

MARKET = "BTCUSDT.spot"
DAY_MS = 86_400_000


@pytest.fixture
def traded(venue: Running) -> Running:
    """Three trades of the trader: two at one price in one order, and one more."""
    venue.advance(5)
    client = Client(venue)
    for quantity in ("0.01", "0.02", "3"):
        client.market(quantity=quantity).ok()
        venue.advance(0.05)
    return venue


def test_ping_and_time(client: Client, venue: Running) -> None:
    assert client.public("/api/v3/ping").ok() == {}
    reply = client.public("/api/v3/time")
    assert reply.ok() == {"serverTime": venue.clock.now_ms()}
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"
    micro = client.raw("GET", "/api/v3/time", headers={"X-MBX-TIME-UNIT": "MICROSECOND"}).ok()
    assert micro == {"serverTime": venue.clock.now_ns() // 1000}
    bad = client.raw("GET", "/api/v3/time", headers={"X-MBX-TIME-UNIT": "HOUR"})
    assert bad.code == -1194


def test_exchange_info_has_every_filter_with_every_field(client: Client) -> None:
    info = client.public("/api/v3/exchangeInfo").ok()
    assert {one["symbol"] for one in info["symbols"]} == {"BTCUSDT", "ETHUSDT", "SOLUSDT", "ETHBTC"}
    limits = {(one["rateLimitType"], one["interval"], one["intervalNum"]): one["limit"] for one in info["rateLimits"]}
    assert limits == {
        ("REQUEST_WEIGHT", "MINUTE", 1): 6000,
        ("ORDERS", "SECOND", 10): 100,
        ("ORDERS", "DAY", 1): 200_000,
        ("RAW_REQUESTS", "MINUTE", 5): 300_000,
    }
    (symbol,) = client.public("/api/v3/exchangeInfo", symbol="BTCUSDT").ok()["symbols"]
    filters = {one.pop("filterType"): one for one in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
    assert set(filters["NOTIONAL"]) == {
        "minNotional",
        "maxNotional",
        "applyMinToMarket",
        "applyMaxToMarket",
        "avgPriceMins",
    }
    assert set(filters) >= {"MARKET_LOT_SIZE", "PERCENT_PRICE_BY_SIDE", "ICEBERG_PARTS", "MAX_NUM_ORDERS"}
    assert symbol["permissionSets"] == [["SPOT"]]
    assert symbol["defaultSelfTradePreventionMode"] in symbol["allowedSelfTradePreventionModes"]


def test_exchange_info_is_narrowed_down(client: Client) -> None:
    def named(**params: str) -> list[str]:
        return [one["symbol"] for one in client.public("/api/v3/exchangeInfo", **params).ok()["symbols"]]

    assert named(symbols='["ETHBTC","BTCUSDT"]') == ["ETHBTC", "BTCUSDT"]
    assert named(permissions="MARGIN") == []
    assert len(named(permissions='["MARGIN","SPOT"]')) == 4
    assert named(symbolStatus="HALT") == []
    sets = client.public("/api/v3/exchangeInfo", symbol="BTCUSDT", showPermissionSets="false").ok()
    assert sets["symbols"][0]["permissionSets"] == []


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("exchangeInfo", {"symbol": "NOPE"}, -1121),
        ("exchangeInfo", {"symbol": "btcusdt"}, -1100),
        ("exchangeInfo", {"symbol": ""}, -1105),
        ("exchangeInfo", {"symbols": "BTCUSDT"}, -1100),
        ("exchangeInfo", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ("exchangeInfo", {"symbols": "[]"}, -1105),
        ("exchangeInfo", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ("exchangeInfo", {"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ("exchangeInfo", {"permissions": "FOO"}, -1130),
        ("exchangeInfo", {"permissions": "[SPOT"}, -1135),
        ("exchangeInfo", {"symbolStatus": "OPEN"}, -1122),
        ("time", {"symbol": "BTCUSDT"}, -1101),
        ("depth", {}, -1102),
        ("depth", {"symbol": "BTCUSDT", "limit": "0"}, -1130),
        ("depth", {"symbol": "BTCUSDT", "limit": "-1"}, -1100),
        ("depth", {"symbol": "BTCUSDT", "limit": "99999999999"}, -1108),
        ("depth", {"symbol": "BTCUSDT", "levels": "5"}, -1104),
        ("depth", {"symbol": "BTCUSDT", "symbolStatus": "HALT"}, -1220),
        ("klines", {"symbol": "BTCUSDT"}, -1102),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "timeZone": "15"}, -1130),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "startTime": "x"}, -1100),
        ("aggTrades", {"symbol": "BTCUSDT", "fromId": "1", "startTime": "1"}, -1128),
        ("ticker", {}, -1102),
        ("ticker", {"symbol": "BTCUSDT", "windowSize": "1d2h"}, -1120),
        ("ticker", {"symbol": "BTCUSDT", "type": "HUGE"}, -1139),
        ("ticker/24hr", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ("referencePrice", {"symbol": "BTCUSDT"}, -2043),
    ],
)
def test_bad_parameters_get_their_own_error(client: Client, path: str, params: dict[str, str], code: int) -> None:
    reply = client.public(f"/api/v3/{path}", **params)
    assert (reply.status, reply.code) == (400, code)
    assert "x-mbx-used-weight-1m" in reply.headers


def test_depth_is_the_engine_s_book(client: Client, venue: Running) -> None:
    venue.advance(1)
    book = venue.do(lambda: venue.exchange.engine.book(MARKET, 7))
    depth = client.public("/api/v3/depth", symbol="BTCUSDT", limit=7).ok()
    assert depth["lastUpdateId"] == book.last_id
    for name, levels in (("bids", book.bids), ("asks", book.asks)):
        assert [(Decimal(price), Decimal(quantity)) for price, quantity in depth[name]] == list(levels)
        assert len(depth[name]) == 7
    assert all(len(text.partition(".")[2]) == 8 for level in depth["bids"] for text in level)


def test_trades_and_aggregates_agree(traded: Running) -> None:
    client = Client(traded)
    trades = client.public("/api/v3/trades", symbol="BTCUSDT").ok()
    assert [one["id"] for one in trades] == list(range(trades[0]["id"], trades[-1]["id"] + 1))
    assert (
        client.public("/api/v3/historicalTrades", symbol="BTCUSDT", fromId=trades[2]["id"], limit=2).ok() == trades[2:4]
    )
    aggregates = client.public("/api/v3/aggTrades", symbol="BTCUSDT").ok()
    assert [one["a"] for one in aggregates] == list(range(aggregates[0]["a"], aggregates[-1]["a"] + 1))
    for one in aggregates:
        parts = [trade for trade in trades if one["f"] <= trade["id"] <= one["l"]]
        assert sum(Decimal(trade["qty"]) for trade in parts) == Decimal(one["q"])
        assert {trade["price"] for trade in parts} == {one["p"]}
        assert {trade["isBuyerMaker"] for trade in parts} == {one["m"]}
    assert [one["f"] for one in aggregates[1:]] == [one["l"] + 1 for one in aggregates[:-1]]
    later = client.public("/api/v3/aggTrades", symbol="BTCUSDT", fromId=aggregates[1]["a"], limit=1).ok()
    assert later == aggregates[1:2]


@pytest.mark.parametrize("interval", INTERVALS_MS)
def test_klines_of_every_interval(venue: Running, interval: str) -> None:
    venue.advance(90)
    client = Client(venue)
    rows = client.public("/api/v3/klines", symbol="BTCUSDT", interval=interval, limit=3).ok()
    assert 1 <= len(rows) <= 3
    for row, following in itertools.pairwise(rows):
        assert row[6] + 1 == following[0], "each closes where the next one opens"
    *_, last = rows
    assert last[0] <= venue.clock.now_ms() <= last[6]
    assert len(last) == 12
    low, high = Decimal(last[3]), Decimal(last[2])
    assert low <= Decimal(last[1]) <= high
    assert low <= Decimal(last[4]) <= high
    assert client.public("/api/v3/uiKlines", symbol="BTCUSDT", interval=interval, limit=3).ok() == rows
    since = client.public("/api/v3/klines", symbol="BTCUSDT", interval=interval, startTime=rows[0][0], limit=1).ok()
    assert since == rows[:1]


def test_days_open_by_the_time_zone() -> None:
    noon = 1_767_614_400_000_000_000  # Monday, 2026-01-05 12:00 UTC
    hour = 3_600_000_000_000
    assert opening(noon, "1d") == noon - 12 * hour
    assert opening(noon, "1d", 8 * hour) == noon - 20 * hour
    assert opening(noon, "1w") == noon - 12 * hour, "weeks open on Mondays"
    assert opening(noon, "1M") == noon - (4 * 24 + 12) * hour


def test_tickers_agree_with_each_other(traded: Running) -> None:
    client = Client(traded)
    day = client.public("/api/v3/ticker/24hr", symbol="BTCUSDT").ok()
    price = client.public("/api/v3/ticker/price", symbol="BTCUSDT").ok()
    book = client.public("/api/v3/ticker/bookTicker", symbol="BTCUSDT").ok()
    depth = client.public("/api/v3/depth", symbol="BTCUSDT", limit=1).ok()
    trades = client.public("/api/v3/trades", symbol="BTCUSDT", limit=1).ok()
    assert day["lastPrice"] == price["price"] == trades[0]["price"]
    assert day["lastId"] == trades[0]["id"]
    assert day["lastQty"] == trades[0]["qty"]
    assert [book["bidPrice"], book["bidQty"]] == [day["bidPrice"], day["bidQty"]] == depth["bids"][0]
    assert [book["askPrice"], book["askQty"]] == [day["askPrice"], day["askQty"]] == depth["asks"][0]
    change = Decimal(day["lastPrice"]) - Decimal(day["openPrice"])
    assert Decimal(day["priceChange"]) == change
    assert Decimal(day["lowPrice"]) <= Decimal(day["lastPrice"]) <= Decimal(day["highPrice"])
    mini = client.public("/api/v3/ticker/24hr", symbol="BTCUSDT", type="MINI").ok()
    assert mini == {name: day[name] for name in mini}
    assert "priceChange" not in mini


def test_tickers_of_many_come_as_a_list(client: Client) -> None:
    for path in ("24hr", "price", "bookTicker"):
        assert len(client.public(f"/api/v3/ticker/{path}").ok()) == 4
        listed = client.public(f"/api/v3/ticker/{path}", symbols='["ETHBTC"]').ok()
        assert [one["symbol"] for one in listed] == ["ETHBTC"]
        assert client.public(f"/api/v3/ticker/{path}", symbolStatus="BREAK").ok() == []


def test_windows_open_on_whole_minutes(venue: Running, client: Client) -> None:
    venue.advance(100)
    ticker = client.public("/api/v3/ticker", symbol="BTCUSDT", windowSize="3h").ok()
    assert ticker["openTime"] % 60_000 == 0
    assert ticker["closeTime"] == venue.clock.now_ms()
    assert 0 <= ticker["closeTime"] - ticker["openTime"] - 3 * 3_600_000 < 60_000
    day = client.public("/api/v3/ticker/tradingDay", symbols='["BTCUSDT","ETHBTC"]', timeZone="5:30").ok()
    assert [one["closeTime"] - one["openTime"] + 1 for one in day] == [DAY_MS, DAY_MS]
    assert (day[0]["openTime"] + int(5.5 * 3_600_000)) % DAY_MS == 0


def test_average_price_is_weighted_by_volume(venue: Running, client: Client) -> None:
    venue.advance(30)
    rows = client.public("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=5).ok()
    volume = sum(Decimal(row[5]) for row in rows)
    average = client.public("/api/v3/avgPrice", symbol="BTCUSDT").ok()
    assert average["mins"] == 5
    assert abs(Decimal(average["price"]) - sum(Decimal(row[7]) for row in rows) / volume) < Decimal("0.00000001")


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("ping", {}, 1),
        ("exchangeInfo", {}, 20),
        ("depth", {"symbol": "BTCUSDT"}, 5),
        ("depth", {"symbol": "BTCUSDT", "limit": "500"}, 25),
        ("depth", {"symbol": "BTCUSDT", "limit": "1000"}, 50),
        ("depth", {"symbol": "BTCUSDT", "limit": "9000"}, 250),
        ("trades", {"symbol": "BTCUSDT"}, 25),
        ("aggTrades", {"symbol": "BTCUSDT"}, 4),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("ticker/24hr", {}, 80),
        ("ticker/price", {"symbol": "BTCUSDT"}, 2),
        ("ticker/price", {}, 4),
        ("ticker", {"symbols": '["BTCUSDT","ETHBTC"]'}, 8),
    ],
)
def test_weights_are_the_documented_ones(client: Client, path: str, params: dict[str, str], weight: int) -> None:
    assert client.public(f"/api/v3/{path}", **params).headers["x-mbx-used-weight-1m"] == str(weight)


def test_listen_keys_are_gone(client: Client) -> None:
    for method in ("POST", "PUT", "DELETE"):
        reply = client.raw(method, "/api/v3/userDataStream", headers={"X-MBX-APIKEY": client.key.api_key})
        assert reply.status == 410
        assert "410 Gone" in reply.text


def test_unknown_paths_and_methods(client: Client) -> None:
    assert client.raw("GET", "/api/v3/nothing").status == 404
    assert client.raw("PATCH", "/api/v3/order").status == 405
    assert client.raw("POST", "/api/v3/order", body=b"x" * (2 << 20)).status == 413


@pytest.mark.parametrize("name", ["depth", "trades", "klines", "exchangeInfo", "ticker/24hr"])
def test_the_first_version_says_the_same(client: Client, name: str) -> None:
    asked = {"symbol": "BTCUSDT"} | ({"interval": "1m"} if name == "klines" else {})
    assert client.public(f"/api/v1/{name}", **asked).ok() == client.public(f"/api/v3/{name}", **asked).ok()
    assert client.get("/api/v1/account").status == 404

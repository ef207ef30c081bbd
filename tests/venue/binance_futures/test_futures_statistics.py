"""Statistics per period, what an index is made of, and an hour of aggregate trades."""

from decimal import Decimal

import pytest
from futures_client import Client
from support import Running

HOUR = 3_600_000


def test_takers_bought_and_sold_what_the_klines_say(client: Client) -> None:
    asked = {"symbol": "BTCUSDT", "limit": 3}
    rows = client.public("/futures/data/takerlongshortRatio", period="1h", **asked).ok()
    klines = client.public("/fapi/v1/klines", interval="1h", **asked).ok()
    assert [row["timestamp"] for row in rows] == [kline[0] for kline in klines]
    for row, kline in zip(rows, klines, strict=True):
        assert Decimal(row["buyVol"]) == Decimal(kline[9])
        assert Decimal(row["buyVol"]) + Decimal(row["sellVol"]) == Decimal(kline[5])


def test_open_interest_is_what_accounts_hold(client: Client) -> None:
    client.order(side="BUY", type="MARKET", quantity="0.5").ok()
    rows = client.public("/futures/data/openInterestHist", symbol="BTCUSDT", period="5m").ok()
    assert len(rows) == 30
    assert {row["sumOpenInterest"] for row in rows} == {"0.500"}


def test_there_is_no_basis_and_nobody_counts_the_longs(client: Client) -> None:
    asked = {"pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "1d"}
    assert {row["basis"] for row in client.public("/futures/data/basis", **asked).ok()} == {"0.00000000"}
    for name in ("topLongShortAccountRatio", "topLongShortPositionRatio", "globalLongShortAccountRatio"):
        assert client.public(f"/futures/data/{name}", symbol="BTCUSDT", period="1h").ok() == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"symbol": "BTCUSDT", "period": "7m"}, -1130),
        ({"symbol": "BTCUSDT"}, -1102),
        ({"symbol": "NONE", "period": "1h"}, -1121),
        ({"symbol": "BTCUSDT", "period": "1h", "startTime": 2, "endTime": 1}, -1023),
    ],
)
def test_wrong_questions(client: Client, asked: dict[str, str], code: int) -> None:
    assert client.public("/futures/data/openInterestHist", **asked).code == code


def test_what_the_index_is_made_of(client: Client) -> None:
    (part,) = client.public("/fapi/v1/constituents", symbol="BTCUSDT").ok()["constituents"]
    assert part["price"] == client.public("/fapi/v1/premiumIndex", symbol="BTCUSDT").ok()["indexPrice"]
    assert client.public("/fapi/v1/symbolAdlRisk", symbol="BTCUSDT").ok()["adlRisk"] == "low"
    assert client.public("/fapi/v1/indexInfo").ok() == []


def test_aggregate_trades_of_a_whole_hour(venue: Running, client: Client) -> None:
    venue.advance(5)
    now = venue.do(venue.clock.now_ms)
    asked = {"symbol": "BTCUSDT", "startTime": now - HOUR}
    assert client.public("/fapi/v1/aggTrades", **asked, endTime=now).ok()
    assert client.public("/fapi/v1/aggTrades", **asked, endTime=now + 1).code == -1127


def test_the_wallet_is_asked_at_the_same_host(client: Client) -> None:
    assert client.public("/sapi/v1/system/status").ok()["status"] == 0
    assert client.get("/sapi/v1/capital/deposit/hisrec").ok() == []

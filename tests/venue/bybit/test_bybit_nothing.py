"""What clients ask at their start, and no account of this venue has."""

import pytest
from bybit_client import Client

LISTS = {
    "account/borrow-history": "list",
    "asset/deposit/query-record": "rows",
    "asset/withdraw/query-record": "rows",
    "asset/transfer/query-inter-transfer-list": "list",
    "asset/exchange/order-record": "orderBody",
    "position/move-history": "list",
}


@pytest.mark.parametrize("path", LISTS)
def test_histories_are_empty_and_private(client: Client, path: str) -> None:
    answer = client.get(path, limit="20")
    assert answer.result == {LISTS[path]: [], "nextPageCursor": ""}
    assert "X-Bapi-Limit" in answer.headers
    assert client.public(path).code == 10001


def test_the_system_is_up(client: Client) -> None:
    assert client.public("system/status").result == {"list": []}
    assert client.public("announcements/index", locale="en-US").result == {"total": 0, "list": []}


def test_collateral_and_what_could_be_withdrawn(client: Client) -> None:
    assert {one["currency"] for one in client.get("account/collateral-info").list} == {"BTC", "ETH", "SOL", "USDT"}
    (one,) = client.get("account/collateral-info", currency="BTC").list
    assert (one["borrowable"], one["collateralRatio"]) == (False, "1")
    assert client.get("account/withdrawal", coinName="USDT").result["availableWithdrawal"] == "1000000"
    assert client.get("account/withdrawal").code == 10001


def test_an_accounts_own_list_of_instruments(client: Client) -> None:
    listed = [one["symbol"] for one in client.public("market/instruments-info", category="linear").list]
    assert [one["symbol"] for one in client.get("account/instruments-info", category="linear").list] == listed


def test_there_never_is_a_premium(client: Client) -> None:
    asked = {"category": "linear", "symbol": "BTCUSDT", "interval": "60"}
    for row in client.public("market/premium-index-price-kline", **asked, limit="3").list:
        assert row[1:] == ["0.000000"] * 4
    asked["category"] = "spot"
    assert client.public("market/premium-index-price-kline", **asked).code == 10001


def test_ratios_and_deliveries_are_of_contracts(client: Client) -> None:
    for path in ("account-ratio", "delivery-price"):
        assert client.public(f"market/{path}", category="linear", symbol="BTCUSDT", period="1h").list == []
        assert client.public(f"market/{path}", category="spot", symbol="BTCUSDT", period="1h").code == 10001
    assert client.public("market/insurance").result["list"] == []


def test_nobody_improves_prices_for_retail(client: Client) -> None:
    plain = client.public("market/orderbook", category="linear", symbol="BTCUSDT", limit="5").result
    found = client.public("market/rpi_orderbook", category="linear", symbol="BTCUSDT", limit="5").result
    assert found["b"] == [[*level, "0"] for level in plain["b"]]

"""Balances, margins and positions: they add up, and all endpoints agree."""

from decimal import Decimal
from typing import Any

from futures_client import MARKET, Client
from support import Running


def amounts(row: dict[str, Any], *names: str) -> list[Decimal]:
    return [Decimal(row[name]) for name in names]


def test_an_account_adds_up(venue: Running, client: Client) -> None:
    client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=10).ok()
    bought = client.market(quantity="0.500").ok()
    client.limit("BUY", "59000.0", "0.200").ok()
    client.limit("SELL", "61000.0", "0.100").ok()
    venue.call("move_price", MARKET, Decimal("60500.0"))
    venue.call("hold", MARKET)
    account = client.get("/fapi/v2/account").ok()
    wallet, profit, margin, initial, available = amounts(
        account,
        "totalWalletBalance",
        "totalUnrealizedProfit",
        "totalMarginBalance",
        "totalInitialMargin",
        "availableBalance",
    )
    fee = (Decimal(bought["cumQuote"]) * Decimal("0.0005")).quantize(Decimal("1e-8"))
    assert wallet == 1_000_000 - fee
    mark = Decimal(client.public("/fapi/v1/premiumIndex", symbol="BTCUSDT").ok()["markPrice"])
    assert profit == mark * Decimal("0.5") - Decimal(bought["cumQuote"])
    assert margin == wallet + profit
    assert initial == (mark * Decimal("0.5") + 59000 * Decimal("0.2")) / 10
    assert available == margin - initial
    assert sum(amounts(account, "totalPositionInitialMargin", "totalOpenOrderInitialMargin")) == initial
    newer = client.get("/fapi/v3/account").ok()
    assert {name: newer[name] for name in newer if name.startswith("total")} == {
        name: account[name] for name in account if name.startswith("total")
    }
    balance = client.get("/fapi/v3/balance").ok()[0]
    assert amounts(balance, "balance", "availableBalance", "crossUnPnl") == [wallet, available, profit]


def test_positions_are_the_same_everywhere(client: Client) -> None:
    client.market("SELL", quantity="0.100").ok()
    new, old = client.get("/fapi/v3/positionRisk").ok(), client.get("/fapi/v2/positionRisk").ok()
    assert [one["symbol"] for one in old] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert len(new) == 1
    shared = ("symbol", "positionAmt", "entryPrice", "markPrice", "unRealizedProfit", "liquidationPrice", "notional")
    assert [new[0][name] for name in shared] == [old[0][name] for name in shared]
    assert (new[0]["positionAmt"], old[1]["positionAmt"]) == ("-0.100", "0.000")
    assert Decimal(new[0]["notional"]) < 0
    in_account = client.get("/fapi/v2/account").ok()["positions"]
    assert in_account[0]["positionAmt"] == "-0.100"
    assert client.get("/fapi/v1/adlQuantile").ok()[0]["symbol"] == "BTCUSDT"
    assert client.public("/fapi/v1/openInterest", symbol="BTCUSDT").ok()["openInterest"] == "0.100"


def test_an_open_order_alone_is_shown_by_the_newer_endpoint(client: Client) -> None:
    client.limit().ok()
    shown = client.get("/fapi/v3/positionRisk").ok()[0]
    assert (shown["positionAmt"], shown["bidNotional"]) == ("0.000", "590.00000000")
    assert Decimal(shown["openOrderInitialMargin"]) == Decimal("29.5")


def test_profits_and_fees_are_income(client: Client) -> None:
    client.market(quantity="0.100").ok()
    client.market("SELL", quantity="0.100").ok()
    trades = client.get("/fapi/v1/userTrades", symbol="BTCUSDT").ok()
    incomes = client.get("/fapi/v1/income", symbol="BTCUSDT").ok()
    fees = [one["income"] for one in incomes if one["incomeType"] == "COMMISSION"]
    assert fees == [f"-{one['commission']}" for one in trades]
    profit = next(one for one in incomes if one["incomeType"] == "REALIZED_PNL")
    assert (profit["income"], profit["tradeId"]) == (trades[1]["realizedPnl"], str(trades[1]["id"]))
    total = sum(Decimal(one["income"]) for one in incomes)
    assert Decimal(client.get("/fapi/v2/balance").ok()[0]["balance"]) == 1_000_000 + total


def test_settings_as_they_are_read(client: Client) -> None:
    assert client.post("/fapi/v1/leverage", symbol="ETHUSDT", leverage=3).ok()["leverage"] == 3
    configured = {one["symbol"]: one["leverage"] for one in client.get("/fapi/v1/symbolConfig").ok()}
    assert configured == {"BTCUSDT": 20, "ETHUSDT": 3, "SOLUSDT": 20}
    assert client.get("/fapi/v1/positionSide/dual").ok() == {"dualSidePosition": False}
    assert client.get("/fapi/v1/multiAssetsMargin").ok() == {"multiAssetsMargin": False}
    assert client.get("/fapi/v1/accountConfig").ok()["canTrade"] is True
    assert client.get("/fapi/v1/leverageBracket", symbol="SOLUSDT").ok()[0]["brackets"][0]["initialLeverage"] == 75
    assert client.get("/fapi/v1/commissionRate", symbol="BTCUSDT").ok()["takerCommissionRate"] == "0.000500"
    assert [one["limit"] for one in client.get("/fapi/v1/rateLimit/order").ok()] == [300, 1200]
    assert client.get("/fapi/v1/apiTradingStatus").ok()["indicators"] == {}

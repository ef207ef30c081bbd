"""What is answered and pushed decodes with the types of the installed NautilusTrader adapter."""

from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("nautilus_trader")

from futures_client import MARKET, Client, Wire
from nautilus_types import REST, STREAMS, USER, decode
from support import Running


def test_public_answers(venue: Running, client: Client) -> None:
    client.market().ok()
    plain = ("exchangeInfo", "time")
    symbol = ("depth", "trades", "aggTrades", "premiumIndex", "ticker/24hr", "ticker/price", "ticker/bookTicker")
    for name in plain:
        decode(REST[name], client.public(f"/fapi/v1/{name}").ok())
    for name in symbol:
        decode(REST[name], client.public(f"/fapi/v1/{name}", symbol="BTCUSDT").ok())
    decode(REST["klines"], client.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m").ok())
    decode(REST["historicalTrades"], client.keyed("GET", "/fapi/v1/historicalTrades", symbol="BTCUSDT").ok())
    decode(REST["ticker/price"], client.public("/fapi/v2/ticker/price", symbol="BTCUSDT").ok())


def test_the_terms_of_an_instrument(client: Client) -> None:
    info = decode(REST["exchangeInfo"], client.public("/fapi/v1/exchangeInfo").ok())
    bitcoin = next(one for one in info.symbols if one.symbol == "BTCUSDT")
    found = {one.filterType.value: one for one in bitcoin.filters}
    assert (found["PRICE_FILTER"].tickSize, found["LOT_SIZE"].stepSize) == ("0.10", "0.001")
    assert (found["MIN_NOTIONAL"].notional, found["MARKET_LOT_SIZE"].maxQty) == ("100", "120")
    assert (bitcoin.pricePrecision, bitcoin.quantityPrecision, bitcoin.marginAsset) == (2, 3, "USDT")


def test_account_answers(client: Client) -> None:
    client.market(quantity="0.010").ok()
    resting, stop = client.limit().ok(), client.stop().ok()
    decode(REST["order"], resting)
    decode(REST["algoOrder"], stop)
    account = decode(REST["account"], client.get("/fapi/v2/account").ok())
    assert (account.canTrade, account.assets[0].asset) == (True, "USDT")
    risks = decode(REST["positionRisk"], client.get("/fapi/v3/positionRisk").ok())
    assert [(one.symbol, one.positionAmt) for one in risks] == [("BTCUSDT", "0.010")]
    decode(REST["positionRisk"], client.get("/fapi/v2/positionRisk").ok())
    for name in ("positionSide/dual", "symbolConfig"):
        decode(REST[name], client.get(f"/fapi/v1/{name}").ok())
    decode(REST["commissionRate"], client.get("/fapi/v1/commissionRate", symbol="BTCUSDT").ok())
    decode(REST["orders"], client.get("/fapi/v1/openOrders").ok())
    decode(REST["orders"], client.get("/fapi/v1/allOrders", symbol="BTCUSDT").ok())
    decode(REST["userTrades"], client.get("/fapi/v1/userTrades", symbol="BTCUSDT").ok())
    for path in ("openAlgoOrders", "allAlgoOrders"):
        decode(REST["algoOrders"], client.get(f"/fapi/v1/{path}", symbol="BTCUSDT").ok())
    decode(REST["algoOrder"], client.get("/fapi/v1/algoOrder", algoId=stop["algoId"]).ok())
    decode(REST["algoCancel"], client.delete("/fapi/v1/algoOrder", algoId=stop["algoId"]).ok())
    names = {"symbol": "BTCUSDT", "orderId": resting["orderId"]}
    decode(REST["order"], client.put("/fapi/v1/order", side="BUY", quantity="0.010", price="58000", **names).ok())
    decode(REST["order"], client.delete("/fapi/v1/order", **names).ok())
    decode(REST["leverage"], client.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=5).ok())
    decode(REST["marginType"], client.post("/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED").ok())
    for path in ("allOpenOrders", "algoOpenOrders"):
        assert decode(REST["status"], client.delete(f"/fapi/v1/{path}", symbol="BTCUSDT").ok()).code == 200


def test_user_events(venue: Running, client: Client, user: Wire) -> None:
    client.market(quantity="0.020").ok()
    number = client.limit().ok()["orderId"]
    client.put("/fapi/v1/order", symbol="BTCUSDT", orderId=number, side="BUY", quantity="0.010", price="58500").ok()
    client.delete("/fapi/v1/order", symbol="BTCUSDT", orderId=number).ok()
    client.limit(timeInForce="IOC").ok()
    client.stop(workingType="MARK_PRICE", reduceOnly="true").ok()
    venue.call("move_price", MARKET, Decimal("57900.0"))
    venue.advance(0.5)
    user.event("ALGO_UPDATE", X="FINISHED")
    seen = set()
    for event in user.received:
        decode(USER[event["e"]], event)
        seen.add(event["e"])
    assert seen == set(USER)


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_market_streams(venue: Running, client: Client, stream: str) -> None:
    name = f"btcusdt@{stream}"
    with Wire(f"{venue.urls['ws']}/stream?streams={name}") as wire:
        venue.wait(lambda: venue.exchange.sessions)
        venue.advance(0.01)
        client.market().ok()
        for _ in range(4):
            venue.advance(1)
        message: Any = wire.wait(lambda one: one.get("stream") == name)
        decode(STREAMS[stream], message)

"""What Binance Spot answers and pushes, decoded with the installed NautilusTrader adapter's own types."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from spot_client import Api, Client, Wire
from support import Running

from pytest_tradeops.processes import run

MARKET = "BTCUSDT.spot"
STREAMS = {
    "btcusdt@trade": "BinanceSpotTradeMsg",
    "btcusdt@aggTrade": "BinanceAggregatedTradeMsg",
    "btcusdt@bookTicker": "BinanceQuoteMsg",
    "btcusdt@depth@100ms": "BinanceOrderBookMsg",
    "btcusdt@depth20@100ms": "BinanceSpotOrderBookPartialDepthMsg",
    "btcusdt@ticker": "BinanceTickerMsg",
    "btcusdt@kline_1m": "BinanceCandlestickMsg",
}


def answers(client: Client, venue: Running) -> list[tuple[str, str]]:
    """Answers of REST, each with the type that the adapter reads it with."""
    price = venue.do(lambda: venue.exchange.engine.last_price(MARKET)).quantize(Decimal(1))
    symbol = {"symbol": "BTCUSDT"}
    placed = [
        client.market(quantity="2.5"),
        client.limit(newClientOrderId="O-20260105-000000-001-000-1"),
        client.order(side="BUY", type="LIMIT_MAKER", price="50000", quantity="0.01", newOrderRespType="FULL"),
        client.order(side="BUY", type="LIMIT", timeInForce="IOC", price="50000", quantity="0.01"),
        client.order(
            side="SELL",
            type="STOP_LOSS_LIMIT",
            timeInForce="GTC",
            quantity="0.01",
            price=str(price - 600),
            stopPrice=str(price - 500),
        ),
    ]
    canceled = client.cancel(orderId=placed[1].ok()["orderId"])
    return [
        *(("BinanceOrder", one.text) for one in (*placed, canceled)),
        ("BinanceSpotExchangeInfo", client.public("/api/v3/exchangeInfo").text),
        ("BinanceTime", client.public("/api/v3/time").text),
        ("BinanceDepth", client.public("/api/v3/depth", **symbol).text),
        ("list[BinanceTrade]", client.public("/api/v3/trades", **symbol).text),
        ("list[BinanceAggTrade]", client.public("/api/v3/aggTrades", **symbol).text),
        ("list[BinanceKline]", client.public("/api/v3/klines", **symbol, interval="1m").text),
        ("BinanceSpotAvgPrice", client.public("/api/v3/avgPrice", **symbol).text),
        ("BinanceTicker24hr", client.public("/api/v3/ticker/24hr", **symbol).text),
        ("list[BinanceTicker24hr]", client.public("/api/v3/ticker/24hr", type="MINI").text),
        ("list[BinanceTickerPrice]", client.public("/api/v3/ticker/price").text),
        ("BinanceTickerBook", client.public("/api/v3/ticker/bookTicker", **symbol).text),
        ("BinanceSpotAccountInfo", client.get("/api/v3/account").text),
        ("BinanceOrder", client.get("/api/v3/order", **symbol, orderId=1).text),
        ("list[BinanceOrder]", client.get("/api/v3/openOrders").text),
        ("list[BinanceOrder]", client.get("/api/v3/allOrders", **symbol).text),
        ("list[BinanceUserTrade]", client.get("/api/v3/myTrades", **symbol).text),
        ("list[BinanceRateLimit]", client.get("/api/v3/rateLimit/order").text),
        ("list[BinanceSpotTradeFee]", client.get("/sapi/v1/asset/tradeFee").text),
        ("BinanceStatusCode", client.cancel(orderId=4711).text),
    ]


@pytest.mark.slow
def test_every_payload_is_of_the_adapter_s_types(venue: Running) -> None:
    venue.advance(1)
    client = Client(venue)
    with Api(venue) as api, Wire(f"{venue.urls['ws']}/stream?streams={'/'.join(STREAMS)}") as wire:
        api.subscribe()
        wire.call("LIST_SUBSCRIPTIONS")
        payloads = answers(client, venue)
        for _ in range(10):
            venue.advance(0.5)
            if set(STREAMS) <= {one.get("stream") for one in wire.received}:
                break
        for name in STREAMS:
            wire.wait(lambda one, name=name: one.get("stream") == name)
        api.event("executionReport", x="CANCELED")
        pushed = [one for one in wire.received if "stream" in one]
        events = [one["event"] for one in api.received if "event" in one]
    payloads += [(STREAMS[one["stream"]], json.dumps(one)) for one in pushed]
    kinds = {"executionReport": "BinanceSpotOrderUpdateData", "outboundAccountPosition": "BinanceSpotAccountUpdateMsg"}
    payloads += [(kinds[one["e"]], json.dumps(one)) for one in events]
    assert {one["x"] for one in events if "x" in one} == {"NEW", "TRADE", "EXPIRED", "CANCELED"}

    lines = "".join(json.dumps({"type": kind, "payload": text}) + "\n" for kind, text in payloads)
    script = Path(__file__).with_name("decode_nautilus.py")
    child = run([sys.executable, script], cwd=script.parent, timeout=60, stdin=lines)
    verdicts = child.stdout.splitlines()
    assert len(verdicts) == len(payloads), child.stderr
    assert set(verdicts) == {"ok"}, sorted(set(verdicts) - {"ok"})

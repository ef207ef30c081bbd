"""Ordinary clients of Binance, unmodified, on the simulated exchange; run as a child process, for what they leave behind.

`python client_scenarios.py SCENARIO JSON`, where JSON has `urls` and `keys` (name: [API key, secret]).
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

type Venue = dict[str, Any]


def refused(error: type[Exception], words: str, action: Callable[[], object]) -> None:
    """The action must raise that error, with these words."""
    try:
        action()
    except error as raised:
        if words not in str(raised):
            raise
    else:
        raise AssertionError(f"no {error.__name__}")


def _ccxt(venue: Venue, key: str, secret: str = "") -> Any:
    import ccxt

    api_key, own = venue["keys"][key]
    options = {"fetchMarkets": {"types": ["spot"]}}
    client = ccxt.binance({"apiKey": api_key, "secret": secret or own, "enableRateLimit": False, "options": options})
    for name, url in client.urls["api"].items():
        if isinstance(url, str):
            client.urls["api"][name] = url.replace("https://api.binance.com", venue["urls"]["http"])
    return client


def ccxt_scenario(venue: Venue, key: str) -> None:
    import ccxt

    client = _ccxt(venue, key)
    markets = client.load_markets()
    assert set(markets) == {"BTC/USDT", "ETH/USDT", "SOL/USDT", "ETH/BTC"}
    assert (markets["BTC/USDT"]["precision"]["price"], markets["BTC/USDT"]["limits"]["cost"]["min"]) == (0.01, 5)
    ticker, book = client.fetch_ticker("BTC/USDT"), client.fetch_order_book("BTC/USDT", 5)
    assert ticker["bid"] < ticker["ask"]
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert client.fetch_balance()["USDT"]["free"] == 1_000_000
    assert len(client.fetch_ohlcv("BTC/USDT", "1h", limit=10)) == 10

    bought = client.create_order("BTC/USDT", "market", "buy", 0.01)
    assert (bought["status"], bought["filled"]) == ("closed", 0.01)
    assert bought["fees"] == [{"currency": "BTC", "cost": 0.00001}]
    rested = client.create_order("BTC/USDT", "limit", "buy", 0.01, 50_000)
    assert [one["id"] for one in client.fetch_open_orders("BTC/USDT")] == [rested["id"]]
    assert client.fetch_balance()["USDT"]["used"] == 500
    assert client.cancel_order(rested["id"], "BTC/USDT")["status"] == "canceled"
    assert client.fetch_open_orders("BTC/USDT") == []
    maker = client.create_order("BTC/USDT", "limit", "buy", 0.01, 50_000, {"postOnly": True})
    moved = client.edit_order(maker["id"], "BTC/USDT", "limit", "buy", 0.01, 50_100)
    assert moved["price"] == 50_100
    client.create_order("BTC/USDT", "limit", "sell", 0.01, 54_500, {"stopPrice": 55_000})
    assert len(client.cancel_all_orders("BTC/USDT")) == 2
    (trade,) = client.fetch_my_trades("BTC/USDT")
    assert (trade["amount"], trade["takerOrMaker"], trade["order"]) == (0.01, "taker", bought["id"])
    assert client.fetch_trading_fee("BTC/USDT")["taker"] == 0.001
    assert set(client.fetch_tickers()) == set(markets)

    def buy(amount: float, price: float) -> object:
        return client.create_order("BTC/USDT", "limit", "buy", amount, price)

    refused(ccxt.InsufficientFunds, "insufficient balance", lambda: buy(100, 50_000))
    refused(ccxt.InvalidOrder, "PERCENT_PRICE", lambda: buy(0.01, 1))
    refused(ccxt.OrderNotFound, "Unknown order", lambda: client.cancel_order("4711", "BTC/USDT"))
    wrong = _ccxt(venue, "trader-hmac", "x" * 64)
    refused(ccxt.AuthenticationError, "-1022", wrong.fetch_balance)


def _python_binance(venue: Venue, key: str, secret: str = "", **more: Any) -> Any:
    from binance.client import Client

    api_key, own = venue["keys"][key]
    client = Client(api_key, secret or own, ping=False, **more)
    http = venue["urls"]["http"]
    client.API_URL, client.MARGIN_API_URL = f"{http}/api", f"{http}/sapi"
    return client


def python_binance(venue: Venue) -> None:
    from binance.exceptions import BinanceAPIException

    client = _python_binance(venue, "trader-hmac")
    assert client.ping() == {}
    assert len(client.get_exchange_info()["symbols"]) == 4
    assert float(client.get_symbol_ticker(symbol="BTCUSDT")["price"]) > 0
    assert len(client.get_order_book(symbol="BTCUSDT", limit=5)["asks"]) == 5
    assert client.get_asset_balance("USDT")["free"] == "1000000.00000000"
    bought = client.order_market_buy(symbol="BTCUSDT", quantity=0.01)
    assert bought["status"] == "FILLED"
    rested = client.order_limit_buy(symbol="BTCUSDT", quantity=0.01, price="50000")
    assert [one["orderId"] for one in client.get_open_orders(symbol="BTCUSDT")] == [rested["orderId"]]
    assert client.cancel_order(symbol="BTCUSDT", orderId=rested["orderId"])["status"] == "CANCELED"
    assert [one["orderId"] for one in client.get_my_trades(symbol="BTCUSDT")] == [bought["orderId"]]
    assert len(client.get_historical_klines("BTCUSDT", "1h", "5 hours ago UTC")) == 5
    assert client.create_test_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01) == {}
    assert client.get_trade_fee(symbol="BTCUSDT")[0]["takerCommission"] == "0.001"

    def buy(one: Any, price: str = "50000") -> object:
        return one.order_limit_buy(symbol="BTCUSDT", quantity=0.01, price=price)

    refused(BinanceAPIException, "PRICE_FILTER", lambda: buy(client, "50000.001"))
    refused(BinanceAPIException, "-1022", _python_binance(venue, "trader-hmac", "y" * 64).get_account)
    refused(BinanceAPIException, "-2015", lambda: buy(_python_binance(venue, "reader")))
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "key.pem"
        pem.write_text(venue["keys"]["trader"][1])
        assert _python_binance(venue, "trader", "unused", private_key=pem).get_account()["canTrade"] is True


def python_binance_sockets(venue: Venue) -> None:
    from binance import AsyncClient, BinanceSocketManager

    async def scenario() -> list[str]:
        client = AsyncClient(*venue["keys"]["trader-hmac"])
        client.API_URL = f"{venue['urls']['http']}/api"
        client.ws_api._url = venue["urls"]["ws_api"]
        sockets = BinanceSocketManager(client)
        sockets.STREAM_URL = f"{venue['urls']['ws']}/"
        kinds = []
        async with sockets.trade_socket("BTCUSDT") as trades:
            kinds.append((await asyncio.wait_for(trades.recv(), 10))["e"])
        async with sockets.multiplex_socket(["btcusdt@bookTicker"]) as combined:
            kinds.append((await asyncio.wait_for(combined.recv(), 10))["stream"])
        async with sockets.user_socket() as user:
            await client.order_market_buy(symbol="BTCUSDT", quantity=0.01)
            for _ in range(3):
                event = await asyncio.wait_for(user.recv(), 10)
                kinds.append(event.get("x", event["e"]))
        placed = await client.ws_create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        kinds.append(placed["status"])
        await client.close_connection()
        return kinds

    seen = asyncio.run(scenario())
    assert seen == ["trade", "btcusdt@bookTicker", "NEW", "TRADE", "outboundAccountPosition", "FILLED"], seen


SCENARIOS: dict[str, Callable[[Venue], None]] = {
    "ccxt, HMAC": lambda venue: ccxt_scenario(venue, "trader-hmac"),
    "ccxt, Ed25519": lambda venue: ccxt_scenario(venue, "trader"),
    "python-binance": python_binance,
    "python-binance, sockets": python_binance_sockets,
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](json.loads(sys.argv[2]))

"""Ordinary client libraries, pointed here and otherwise unchanged."""

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from futures_client import MARKET
from support import Running, running

SYMBOL = "BTC/USDT:USDT"


@pytest.fixture
def live() -> Iterator[Running]:
    """On the machine's time: these clients stamp their requests with it."""
    with running("binance-futures") as fresh:
        yield fresh


@pytest.fixture
def ccxt_client(live: Running) -> Any:
    ccxt = pytest.importorskip("ccxt")
    key = live.keys["trader"]
    client = ccxt.binanceusdm({"apiKey": key.api_key, "secret": key.api_secret, "enableRateLimit": False})
    addresses = client.urls["api"]
    for name, url in addresses.items():
        if isinstance(url, str):
            addresses[name] = re.sub(r"https?://[^/]+", live.http, url)
    client.load_markets()
    return client


@pytest.fixture
def python_binance(live: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    module = pytest.importorskip("binance.client")
    monkeypatch.setattr(module.Client, "FUTURES_URL", f"{live.http}/fapi")
    key = live.keys["trader"]
    # Its constructor asks for a loop that it never needs here; without one it makes one, and warns.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = module.Client(key.api_key, key.api_secret, ping=False)
    yield client
    client.close_connection()
    asyncio.set_event_loop(None)
    loop.close()


def test_ccxt_reads_the_market(ccxt_client: Any) -> None:
    market = ccxt_client.markets[SYMBOL]
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
    assert (market["limits"]["cost"]["min"], market["linear"], market["settle"]) == (100, True, "USDT")
    assert ccxt_client.fetch_ticker(SYMBOL)["last"] > 50_000
    assert len(ccxt_client.fetch_ohlcv(SYMBOL, "1m", limit=3)) == 3
    book = ccxt_client.fetch_order_book(SYMBOL, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert ccxt_client.fetch_funding_rate(SYMBOL)["fundingRate"] == 0


def test_ccxt_trades(live: Running, ccxt_client: Any) -> None:
    assert ccxt_client.fetch_balance()["USDT"]["free"] == 1_000_000
    assert ccxt_client.set_leverage(10, SYMBOL)["leverage"] == 10
    bought = ccxt_client.create_order(SYMBOL, "market", "buy", 0.01)
    assert (bought["status"], bought["filled"]) == ("closed", 0.01)
    position = ccxt_client.fetch_positions([SYMBOL])[0]
    assert (position["contracts"], position["side"], position["leverage"]) == (0.01, "long", None)
    resting = ccxt_client.create_order(SYMBOL, "limit", "buy", 0.01, 57000)
    edited = ccxt_client.edit_order(resting["id"], SYMBOL, "limit", "buy", 0.02, 57100)
    assert (edited["price"], edited["amount"]) == (57100, 0.02)
    assert [one["id"] for one in ccxt_client.fetch_open_orders(SYMBOL)] == [resting["id"]]
    assert ccxt_client.cancel_order(resting["id"], SYMBOL)["status"] == "canceled"
    trades = ccxt_client.fetch_my_trades(SYMBOL)
    assert (trades[0]["order"], trades[0]["fee"]["currency"]) == (bought["id"], "USDT")
    stop = ccxt_client.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": 58000, "reduceOnly": True})
    assert [one["id"] for one in ccxt_client.fetch_open_orders(SYMBOL, params={"trigger": True})] == [stop["id"]]
    live.call("move_price", MARKET, Decimal("57500"))
    live.wait(lambda: not live.exchange.engine.positions("trader"))
    assert ccxt_client.fetch_positions([SYMBOL]) == []
    assert ccxt_client.fetch_order(stop["id"], SYMBOL, {"trigger": True})["status"] == "closed"


def test_ccxt_is_told_what_is_wrong(ccxt_client: Any) -> None:
    import ccxt

    with pytest.raises(ccxt.ExchangeError, match="-2019"):
        ccxt_client.create_order(SYMBOL, "limit", "buy", 900, 60000)
    with pytest.raises(ccxt.ExchangeError, match="-2011"):
        ccxt_client.cancel_order("99", SYMBOL)
    with pytest.raises(ccxt.ExchangeError, match="-5022"):
        ccxt_client.create_order(SYMBOL, "limit", "buy", 0.01, 63000, {"postOnly": True})
    with pytest.raises(ccxt.MarginModeAlreadySet):
        ccxt_client.set_margin_mode("cross", SYMBOL)
    ccxt_client.secret = "x" * 64
    with pytest.raises(ccxt.AuthenticationError, match="-1022"):
        ccxt_client.fetch_balance()


def test_python_binance_trades(live: Running, python_binance: Any) -> None:
    client = python_binance
    assert client.futures_ping() == {}
    assert client.futures_account_balance()[0]["balance"] == "1000000.00000000"
    assert client.futures_change_leverage(symbol="BTCUSDT", leverage=9)["leverage"] == 9
    bought = client.futures_create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
    found = client.futures_get_order(symbol="BTCUSDT", orderId=bought["orderId"])
    assert (found["status"], found["executedQty"]) == ("FILLED", "0.010")
    assert client.futures_account_trades(symbol="BTCUSDT")[0]["orderId"] == bought["orderId"]
    limit = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
    resting = client.futures_create_order(price="57000", **limit)
    changes = {"symbol": "BTCUSDT", "side": "BUY", "price": "57100", "quantity": "0.01"}
    assert client.futures_modify_order(orderId=resting["orderId"], **changes)["price"] == "57100.00"
    assert client.futures_cancel_order(symbol="BTCUSDT", orderId=resting["orderId"])["status"] == "CANCELED"
    batch = [{**limit, "price": "57000", "newClientOrderId": name} for name in ("b1", "b2")]
    assert [one["clientOrderId"] for one in client.futures_place_batch_order(batchOrders=batch)] == ["b1", "b2"]
    canceled = client.futures_cancel_orders(symbol="BTCUSDT", origclientorderidlist=["b1", "b2"])
    assert [one["status"] for one in canceled] == ["CANCELED", "CANCELED"]
    stop = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "stopPrice": "58000", "closePosition": "true"}
    placed = client.futures_create_order(**stop)
    assert [one["algoId"] for one in client.futures_get_open_algo_orders()] == [placed["algoId"]]
    live.call("move_price", MARKET, Decimal("57500"))
    live.wait(lambda: not live.exchange.engine.positions("trader"))
    assert client.futures_position_information(symbol="BTCUSDT") == []
    key = client.futures_stream_get_listen_key()
    assert client.futures_stream_keepalive(key)["listenKey"] == key
    assert client.futures_stream_close(key) == {}


def test_python_binance_is_told_what_is_wrong(python_binance: Any) -> None:
    from binance.exceptions import BinanceAPIException

    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    for quantity, code in (("0.001", -4164), ("0", -4003), ("0.00001", -1111)):
        with pytest.raises(BinanceAPIException) as refused:
            python_binance.futures_create_order(quantity=quantity, **order)
        assert refused.value.code == code
    python_binance.API_SECRET = "y" * 64
    with pytest.raises(BinanceAPIException) as refused:
        python_binance.futures_account()
    assert refused.value.code == -1022

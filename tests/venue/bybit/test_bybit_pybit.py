"""The exchange's own Python library, unmodified, trades on the face."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from support import Running

pytest.importorskip("pybit")
from pybit import unified_trading
from pybit.exceptions import FailedRequestError, InvalidRequestError


def session(venue: Running, key: str = "trader", **more: Any) -> Any:
    one = venue.keys[key]
    made = unified_trading.HTTP(**{"api_key": one.api_key, "api_secret": one.api_secret, "retry_delay": 0} | more)
    made.endpoint = venue.http
    return made


@pytest.fixture
def http(venue: Running) -> Iterator[Any]:
    made = session(venue)
    yield made
    made.client.close()


LINEAR = {"category": "linear", "symbol": "BTCUSDT"}


def test_from_the_first_question_to_a_flat_position(http: Any) -> None:
    assert http.get_server_time()["result"]["timeSecond"]
    assert len(http.get_instruments_info(category="linear")["result"]["list"]) == 3
    assert len(http.get_tickers(category="spot")["result"]["list"]) == 4
    assert http.get_orderbook(**LINEAR, limit=5)["result"]["b"][0] == ["59999.00", "1.000"]
    assert http.get_kline(**LINEAR, interval=1)["result"]["symbol"] == "BTCUSDT"
    assert (
        http.get_wallet_balance(accountType="UNIFIED", coin="USDT")["result"]["list"][0]["coin"][0]["walletBalance"]
        == "1000000"
    )
    assert http.set_leverage(**LINEAR, buyLeverage="10", sellLeverage="10")["retCode"] == 0
    filled = http.place_order(**LINEAR, side="Buy", orderType="Market", qty=0.5)["result"]["orderId"]
    assert http.get_order_history(category="linear", orderId=filled)["result"]["list"][0]["orderStatus"] == "Filled"
    assert http.get_executions(category="linear", orderId=filled)["result"]["list"][0]["execPrice"] == "60001.00"
    resting = http.place_order(**LINEAR, side="Buy", orderType="Limit", qty="0.1", price="58000", orderLinkId="mine")[
        "result"
    ]["orderId"]
    assert http.amend_order(**LINEAR, orderLinkId="mine", price="58500")["result"]["orderId"] == resting
    assert [one["price"] for one in http.get_open_orders(**LINEAR)["result"]["list"]] == ["58500.00"]
    assert http.cancel_order(**LINEAR, orderId=resting)["retCode"] == 0
    position = http.get_positions(**LINEAR)["result"]["list"][0]
    assert (position["size"], position["leverage"]) == ("0.500", "10")
    http.place_order(**LINEAR, side="Sell", orderType="Market", qty="0.5", reduceOnly=True)
    assert http.get_positions(category="linear", settleCoin="USDT")["result"]["list"] == []
    assert len(http.get_closed_pnl(category="linear")["result"]["list"]) == 1
    assert len(http.get_transaction_log()["result"]["list"]) == 2
    assert http.get_api_key_information()["result"]["uta"] == 1
    assert http.get_coin_info(coin="BTC")["result"]["rows"][0]["coin"] == "BTC"
    assert http.get_fee_rates(category="linear")["result"]["list"][0]["takerFeeRate"] == "0.00055"


def test_batches(http: Any) -> None:
    one = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "58000"}
    made = http.place_batch_order(category="linear", request=[one, one])["result"]["list"]
    named = [{"symbol": "BTCUSDT", "orderId": order["orderId"]} for order in made]
    assert (
        http.amend_batch_order(category="linear", request=[{**order, "qty": "0.02"} for order in named])["retExtInfo"][
            "list"
        ][0]["code"]
        == 0
    )
    assert len(http.cancel_batch_order(category="linear", request=named)["result"]["list"]) == 2
    assert http.cancel_all_orders(category="spot")["result"]["list"] == []


def test_what_pybit_says_of_refusals(venue: Running, http: Any) -> None:
    with pytest.raises(InvalidRequestError, match="ab not enough for new order"):
        http.place_order(**LINEAR, side="Buy", orderType="Limit", qty="900", price="58000")
    with pytest.raises(InvalidRequestError, match="leverage not modified"):
        http.set_leverage(**LINEAR, buyLeverage="20", sellLeverage="20")
    wrong = session(venue, api_secret="wrong")
    with pytest.raises(InvalidRequestError, match="error sign!") as refused:
        wrong.get_wallet_balance(accountType="UNIFIED")
    assert refused.value.status_code == 10004
    wrong.client.close()
    unknown = session(venue, api_key="nobody")
    with pytest.raises(InvalidRequestError, match="API key is invalid"):
        unknown.get_wallet_balance(accountType="UNIFIED")
    unknown.client.close()
    with pytest.raises(FailedRequestError):
        http._submit_request(method="GET", path=f"{venue.http}/v5/nothing")


def stream(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """pybit builds its addresses from constants; those are all that is changed."""
    monkeypatch.setattr(unified_trading, "PUBLIC_WSS", url)
    monkeypatch.setattr(unified_trading, "PRIVATE_WSS", url)


def test_the_public_stream(venue: Running, http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream(monkeypatch, venue.urls["ws_public_linear"])
    heard: queue.Queue[Any] = queue.Queue()
    ws = unified_trading.WebSocket(testnet=True, channel_type="linear")
    try:
        with venue.held():  # pybit only notes who listens after it has asked: an answer from this near overtakes it
            ws.orderbook_stream(50, "BTCUSDT", heard.put)
        assert heard.get(timeout=5)["data"]["b"] == [["59999.00", "1.000"]]
        http.place_order(**LINEAR, side="Buy", orderType="Limit", qty="0.1", price="59000")
        assert heard.get(timeout=5)["data"]["b"] == [["59999.00", "1.000"], ["59000.00", "0.100"]]
    finally:
        ws.exit()


def test_the_private_stream(venue: Running, http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream(monkeypatch, venue.urls["ws_private"])
    heard: queue.Queue[Any] = queue.Queue()
    key = venue.keys["trader"]
    ws = unified_trading.WebSocket(
        testnet=True, channel_type="private", api_key=key.api_key, api_secret=key.api_secret, private_auth_expire=10
    )
    try:
        with venue.held():
            ws.order_stream(heard.put)
        venue.wait(lambda: any("order" in one.topics for one in venue.exchange.sessions.values()))
        http.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.1")
        assert heard.get(timeout=5)["data"][0]["orderStatus"] == "Filled"
    finally:
        ws.exit()


def test_order_entry(venue: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pybit._websocket_trading.TRADE_WSS", venue.urls["ws_trade"])
    heard: queue.Queue[Any] = queue.Queue()
    key = venue.keys["trader"]
    ws = unified_trading.WebSocketTrading(
        testnet=True, api_key=key.api_key, api_secret=key.api_secret, private_auth_expire=10
    )
    try:
        venue.wait(lambda: any(one.account for one in venue.exchange.sessions.values()))
        with venue.held():
            ws.place_order(
                heard.put, **LINEAR, side="Buy", orderType="Limit", qty="0.1", price="58000", orderLinkId="ws"
            )
        made = heard.get(timeout=5)
        assert (made["retCode"], made["data"]["orderLinkId"]) == (0, "ws")
        with venue.held():
            ws.cancel_order(heard.put, **LINEAR, orderId=made["data"]["orderId"])
        assert heard.get(timeout=5)["retCode"] == 0
    finally:
        ws.exit()

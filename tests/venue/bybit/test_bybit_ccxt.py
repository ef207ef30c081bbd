"""ccxt, unmodified, trades on the face: linear and spot with one exchange object."""

from collections.abc import Iterator
from typing import Any

import pytest
from support import Running

ccxt = pytest.importorskip("ccxt")

LINEAR, SPOT = "BTC/USDT:USDT", "BTC/USDT"


def exchange(venue: Running, **more: Any) -> Any:
    key = venue.keys["trader"]
    made = ccxt.bybit({"apiKey": key.api_key, "secret": key.api_secret, "enableRateLimit": False} | more)
    made.urls["api"] = dict.fromkeys(made.urls["api"], venue.http)
    return made


@pytest.fixture
def bybit(venue: Running) -> Iterator[Any]:
    made = exchange(venue)
    yield made
    made.session.close()


def test_markets_with_their_limits(bybit: Any) -> None:
    markets = bybit.load_markets()
    assert {LINEAR, SPOT, "ETH/BTC", "SOL/USDT:USDT"} <= set(markets)
    market = markets[LINEAR]
    assert (market["precision"]["price"], market["precision"]["amount"], market["limits"]["amount"]["min"]) == (
        0.1,
        0.001,
        0.001,
    )
    assert (market["limits"]["leverage"]["max"], market["contractSize"], market["settle"]) == (125, 1, "USDT")
    assert set(bybit.currencies) >= {"BTC", "ETH", "SOL", "USDT"}


def test_public_data(bybit: Any) -> None:
    assert abs(bybit.fetch_time() - bybit.milliseconds()) < 5_000
    for symbol in (LINEAR, SPOT):
        assert bybit.fetch_ticker(symbol)["bid"] == 59999
        assert bybit.fetch_order_book(symbol)["asks"][0] == [60001, 1]
        assert bybit.fetch_ohlcv(symbol, "1m", limit=5) is not None
        assert bybit.fetch_trades(symbol) == []
    assert bybit.fetch_funding_rate(LINEAR)["fundingRate"] == 0.0001
    assert bybit.fetch_open_interest(LINEAR)["openInterestAmount"] == 0


def test_spot_orders_are_told_from_contracts_of_the_same_symbol(bybit: Any) -> None:
    for symbol, market in ((LINEAR, "linear"), (SPOT, "spot")):
        bybit.create_order(symbol, "limit", "buy", 0.1, 58000)
        assert [one["symbol"] for one in bybit.fetch_open_orders(params={"category": market})] == [symbol]


@pytest.mark.parametrize("symbol", [LINEAR, SPOT])
def test_orders_from_open_to_closed(bybit: Any, symbol: str) -> None:
    bought = bybit.create_order(symbol, "market", "buy", 0.5)
    assert bybit.fetch_closed_order(bought["id"], symbol)["average"] == 60001
    limit = bybit.create_order(symbol, "limit", "buy", 0.1, 58000, {"clientOrderId": "mine", "timeInForce": "PostOnly"})
    edited = bybit.edit_order(limit["id"], symbol, "limit", "buy", 0.2, 58500)
    assert edited["id"] == limit["id"]
    open_orders = bybit.fetch_open_orders(symbol)
    assert [(one["price"], one["amount"], one["clientOrderId"], one["status"]) for one in open_orders] == [
        (58500, 0.2, "mine", "open")
    ]
    bybit.cancel_order(limit["id"], symbol)
    assert bybit.fetch_open_orders(symbol) == []
    assert {one["status"] for one in bybit.fetch_canceled_and_closed_orders(symbol)} == {"closed", "canceled"}
    trade = bybit.fetch_my_trades(symbol)[0]
    assert (trade["price"], trade["amount"], trade["takerOrMaker"]) == (60001, 0.5, "taker")
    assert trade["fee"]["currency"] == ("USDT" if symbol == LINEAR else "BTC")


def test_balance_position_and_leverage(bybit: Any) -> None:
    assert bybit.fetch_balance()["BTC"] == {"free": 10, "used": 0, "total": 10, "debt": 0}
    bybit.set_leverage(10, LINEAR)
    bybit.create_order(LINEAR, "market", "sell", 0.5)
    position = bybit.fetch_positions([LINEAR])[0]
    assert (position["side"], position["contracts"], position["leverage"], position["entryPrice"]) == (
        "short",
        0.5,
        10,
        59999,
    )
    bybit.create_order(LINEAR, "market", "buy", 0.5, params={"reduceOnly": True})
    assert bybit.fetch_positions([LINEAR])[0]["contracts"] in (0, None)
    assert bybit.fetch_trading_fee(LINEAR)["taker"] == 0.00055


def test_conditional_orders(bybit: Any) -> None:
    stop = bybit.create_order(
        LINEAR, "market", "sell", 0.1, params={"triggerPrice": 55000, "triggerDirection": "descending"}
    )
    assert [one["id"] for one in bybit.fetch_open_orders(LINEAR, params={"trigger": True})] == [stop["id"]]
    bybit.cancel_order(stop["id"], LINEAR, {"trigger": True})
    profit = bybit.create_order(SPOT, "limit", "sell", 0.1, 66000, {"triggerPrice": 65000})
    bybit.cancel_order(profit["id"], SPOT, {"trigger": True})
    assert bybit.cancel_all_orders(LINEAR) == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda one: one.create_order(LINEAR, "limit", "buy", 900, 58000), "InsufficientFunds"),
        (lambda one: one.create_order(SPOT, "limit", "buy", 100, 58000), "InsufficientFunds"),
        (lambda one: one.cancel_order("nothing", LINEAR), "OrderNotFound"),
        (lambda one: one.cancel_order("nothing", SPOT), "OrderNotFound"),
        (lambda one: one.create_order(LINEAR, "market", "sell", 0.1, params={"reduceOnly": True}), "InvalidOrder"),
        (lambda one: one.create_order(SPOT, "limit", "buy", 0.00001, 58000), "InvalidOrder"),
        (lambda one: one.set_leverage(20, LINEAR), "BadRequest"),
        (lambda one: one.set_position_mode(True, LINEAR), "BadRequest"),
    ],
)
def test_what_ccxt_makes_of_refusals(bybit: Any, call: Any, error: str) -> None:
    with pytest.raises(getattr(ccxt, error)):
        call(bybit)


def test_a_wrong_secret(venue: Running) -> None:
    wrong = exchange(venue, secret="wrong")
    with pytest.raises(ccxt.AuthenticationError, match="10004"):
        wrong.fetch_balance()
    wrong.session.close()

"""Every way in which an order can be wrong, and what Binance calls it."""

from decimal import Decimal
from typing import Any

import pytest
from spot_client import Client
from support import Running

from pytest_tradeops.venue.engine.model import Reason

LIMIT: dict[str, Any] = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "50000"}
MARKET: dict[str, Any] = {"side": "BUY", "type": "MARKET", "quantity": "0.01"}
MAKER: dict[str, Any] = {"side": "BUY", "type": "LIMIT_MAKER", "quantity": "0.01", "price": "50000"}
STOP: dict[str, Any] = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "55000"}
STOP_LIMIT: dict[str, Any] = {**STOP, "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "price": "54000"}
NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"


def without(params: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}


def mandatory(name: str) -> tuple[int, str]:
    return -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def not_required(name: str) -> tuple[int, str]:
    return -1106, f"Parameter '{name}' sent when not required."


def filtered(name: str) -> tuple[int, str]:
    return -1013, f"Filter failure: {name}"


WRONG: list[tuple[dict[str, Any], tuple[int, str]]] = [
    (without(LIMIT, "side"), mandatory("side")),
    (without(LIMIT, "type"), mandatory("type")),
    (without(LIMIT, "price"), mandatory("price")),
    (without(LIMIT, "quantity"), mandatory("quantity")),
    (without(LIMIT, "timeInForce"), mandatory("timeInForce")),
    (without(STOP_LIMIT, "price"), mandatory("price")),
    (
        without(STOP, "stopPrice"),
        (-1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"),
    ),
    (
        without(MARKET, "quantity"),
        (-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"),
    ),
    ({**MARKET, "quoteOrderQty": "10"}, not_required("quoteOrderQty")),
    ({**LIMIT, "quoteOrderQty": "10"}, not_required("quoteOrderQty")),
    ({**MARKET, "timeInForce": "GTC"}, not_required("timeInForce")),
    ({**MARKET, "price": "1"}, not_required("price")),
    ({**MARKET, "stopPrice": "1"}, not_required("stopPrice")),
    ({**LIMIT, "stopPrice": "1"}, not_required("stopPrice")),
    ({**MAKER, "timeInForce": "GTC"}, not_required("timeInForce")),
    ({**STOP, "price": "1"}, not_required("price")),
    ({**MARKET, "icebergQty": "0.001"}, not_required("icebergQty")),
    ({**LIMIT, "symbol": "NOPE"}, (-1121, "Invalid symbol.")),
    ({**LIMIT, "side": "HOLD"}, (-1117, "Invalid side.")),
    ({**LIMIT, "side": "buy"}, (-1117, "Invalid side.")),
    ({**LIMIT, "type": "STOP"}, (-1116, "Invalid orderType.")),
    ({**LIMIT, "timeInForce": "GTX"}, (-1115, "Invalid timeInForce.")),
    (
        {**LIMIT, "quantity": "-1"},
        (-1100, f"Illegal characters found in parameter 'quantity'; legal range is '{NUMBER}'."),
    ),
    (
        {**LIMIT, "quantity": "1e-3"},
        (-1100, f"Illegal characters found in parameter 'quantity'; legal range is '{NUMBER}'."),
    ),
    ({**LIMIT, "price": "NaN"}, (-1100, f"Illegal characters found in parameter 'price'; legal range is '{NUMBER}'.")),
    (
        {**LIMIT, "price": "\u0665\u0660\u0660\u0660\u0660"},
        (-1100, f"Illegal characters found in parameter 'price'; legal range is '{NUMBER}'."),
    ),
    ({**LIMIT, "quantity": "0.000000001"}, (-1111, "Parameter 'quantity' has too much precision.")),
    ({**LIMIT, "quantity": "0"}, (-1013, "Invalid quantity.")),
    ({**LIMIT, "price": "0.00"}, (-1013, "Invalid price.")),
    ({**LIMIT, "quantity": ""}, (-1105, "Parameter 'quantity' was empty.")),
    ({**LIMIT, "newClientOrderId": ""}, (-1118, "New client order ID was empty.")),
    (
        {**LIMIT, "newClientOrderId": "a b"},
        (-1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."),
    ),
    (
        {**LIMIT, "newClientOrderId": "x" * 37},
        (-1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."),
    ),
    (
        {**LIMIT, "reduceOnly": "true"},
        (-1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
    ),
    ({**LIMIT, "newOrderRespType": "ALL"}, (-1130, "Data sent for parameter 'newOrderRespType' is not valid.")),
    ({**LIMIT, "strategyId": "99999999999999999999"}, (-1108, "Parameter 'strategyId' overflowed.")),
    ({**LIMIT, "strategyType": "5"}, (-1134, "strategyType was less than 1000000.")),
    (
        {**LIMIT, "selfTradePreventionMode": "NONE"},
        (-1013, "This symbol does not allow the specified self-trade prevention mode."),
    ),
    (
        {**LIMIT, "selfTradePreventionMode": "SOME"},
        (-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid."),
    ),
    ({**LIMIT, "icebergQty": "0.02"}, (-1013, "IcebergQty exceeds QTY.")),
    ({**LIMIT, "icebergQty": "0.00005"}, filtered("ICEBERG_PARTS")),
    ({**LIMIT, "icebergQty": "0.000015"}, filtered("LOT_SIZE")),
    ({**LIMIT, "icebergQty": "0.005", "timeInForce": "IOC"}, (-1014, "Unsupported order combination.")),
    ({**STOP, "trailingDelta": "100"}, (-2010, "Trailing stop orders are not supported for this symbol.")),
    ({**LIMIT, "pegPriceType": "PRIMARY_PEG"}, (-2010, "Pegged orders are not supported for this symbol.")),
    ({**LIMIT, "pegPriceType": "PEG"}, (-1210, "Invalid pegPriceType.")),
    ({**LIMIT, "price": "50000.001"}, filtered("PRICE_FILTER")),
    ({**LIMIT, "price": "99999999"}, filtered("PRICE_FILTER")),
    ({**LIMIT, "price": "100"}, filtered("PERCENT_PRICE_BY_SIDE")),
    ({**LIMIT, "quantity": "0.000015"}, filtered("LOT_SIZE")),
    ({**LIMIT, "quantity": "99999999"}, filtered("LOT_SIZE")),
    ({**MARKET, "quantity": "8000"}, filtered("MARKET_LOT_SIZE")),
    ({**LIMIT, "quantity": "0.00001"}, filtered("NOTIONAL")),
    ({**MARKET, "quantity": "0.00001"}, filtered("NOTIONAL")),
    ({**LIMIT, "quantity": "30"}, (-2010, "Account has insufficient balance for requested action.")),
    ({**MARKET, "side": "SELL", "quantity": "11"}, (-2010, "Account has insufficient balance for requested action.")),
    ({**MAKER, "price": "65000"}, (-2010, "Order would immediately match and take.")),
    ({**STOP, "stopPrice": "65000"}, (-2010, "Order would trigger immediately.")),
]


@pytest.fixture(scope="module")
def shared() -> Any:
    from support import running

    with running("binance-spot", manual=True) as venue:
        venue.advance(1)
        yield venue


@pytest.mark.parametrize(("params", "error"), WRONG, ids=lambda one: None)
def test_wrong_orders(shared: Running, params: dict[str, Any], error: tuple[int, str]) -> None:
    client = Client(shared)
    reply = client.signed("POST", "/api/v3/order", {"symbol": "BTCUSDT", **params})
    assert reply.error == (400, *error)
    orders = shared.do(lambda: shared.exchange.engine.orders("trader"))
    assert orders == []


@pytest.mark.parametrize("reason", list(Reason))
def test_whatever_the_engine_refuses_has_its_code(venue: Running, reason: Reason) -> None:
    venue.advance(1)
    venue.do(lambda: venue.exchange.faults.inject("reject_next", reason=reason.value))
    reply = Client(venue).limit()
    assert reply.status == 400
    assert reply.code in (-2010, -1013, -1121, -1102)


def test_orders_that_are_not_there(client: Client) -> None:
    unknown = {"symbol": "BTCUSDT", "orderId": 99}
    assert client.get("/api/v3/order", **unknown).error == (400, -2013, "Order does not exist.")
    assert client.cancel(orderId=99).error == (400, -2011, "Unknown order sent.")
    either = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
    assert client.get("/api/v3/order", symbol="BTCUSDT").error == (400, -1102, either)
    assert client.cancel().error == (400, -1102, either)
    empty = client.get("/api/v3/order", symbol="BTCUSDT", origClientOrderId="")
    assert empty.error == (400, -1119, "Original client order ID was empty.")
    amend = client.signed("PUT", "/api/v3/order/amend/keepPriority", {"symbol": "BTCUSDT", "orderId": 9, "newQty": "1"})
    assert amend.error == (400, -2011, "Unknown order sent.")


def test_ids_that_do_not_belong_together(venue: Running, client: Client) -> None:
    venue.advance(1)
    order = client.limit(newClientOrderId="one").ok()["orderId"]
    wrong = (400, -2039, "Client order ID is not correct for this order ID.")
    assert client.get("/api/v3/order", symbol="BTCUSDT", orderId=order, origClientOrderId="two").error == wrong
    assert client.cancel(orderId=order, origClientOrderId="two").error == wrong
    assert client.get("/api/v3/order", symbol="ETHUSDT", orderId=order).code == -2013, "an order of another symbol"
    assert Client(venue, "other").get("/api/v3/order", symbol="BTCUSDT", orderId=order).code == -2013
    assert client.limit(newClientOrderId="one").error == (400, -2010, "Duplicate order sent.")
    assert client.cancel(orderId=order, cancelRestrictions="ONLY_OLD").error == (
        400,
        -1145,
        "Invalid cancelRestrictions",
    )
    assert client.cancel(orderId=order, cancelRestrictions="ONLY_PARTIALLY_FILLED").error == (
        400,
        -2011,
        "Order was not canceled due to cancel restrictions.",
    )
    assert client.cancel(orderId=order, origClientOrderId="one", cancelRestrictions="ONLY_NEW").status == 200


def test_too_many_conditional_orders(venue: Running, client: Client) -> None:
    venue.advance(1)
    for number in range(5):
        client.order(**{**STOP, "stopPrice": str(55000 - number)}).ok()
    assert client.order(**STOP).error == (400, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS")


def test_what_is_not_simulated_says_so(venue: Running, client: Client) -> None:
    venue.advance(1)
    oco = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "price": "70000", "stopPrice": "55000"}
    reply = client.signed("POST", "/api/v3/order/oco", oco)
    assert reply.error == (400, -2010, "OCO orders are not supported for this symbol")
    assert client.get("/api/v3/orderList", orderListId=1).code == -2018
    assert client.signed("DELETE", "/api/v3/orderList", {"symbol": "BTCUSDT", "orderListId": 1}).code == -2011


def test_windows_that_cannot_be(client: Client) -> None:
    day = 86_400_000
    assert client.get("/api/v3/allOrders", symbol="BTCUSDT", startTime=1, endTime=day + 2).code == -1127
    assert client.get("/api/v3/myTrades", symbol="BTCUSDT", fromId=1, startTime=1).code == -1128
    assert client.get("/api/v3/myTrades", symbol="BTCUSDT", startTime=5, endTime=1).code == -1130


def test_balances_stay_what_they_were(shared: Running) -> None:
    """After all those refusals nothing is locked."""
    balances = shared.do(lambda: shared.exchange.engine.balances("trader"))
    assert balances["USDT"].free == Decimal(1_000_000)
    assert not any(balance.locked for balance in balances.values())

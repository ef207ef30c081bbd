"""Who a request comes from: signatures, timestamps, keys, permissions; and what is counted of it."""

from urllib.parse import urlencode

import pytest
from futures_client import FORM, Client
from support import Running, running

from pytest_tradeops.venue.kit.clock import ManualClock
from pytest_tradeops.venue.kit.keys import ApiKey
from pytest_tradeops.venue.kit.limits import BAN_AFTER

#: The example of the exchange's documentation for SIGNED endpoints.
EXAMPLE_KEY = "dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83"
EXAMPLE_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
EXAMPLE_MS = 1591702613943
EXAMPLE = (
    f"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp={EXAMPLE_MS}"
)
EXAMPLE_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


def example_key() -> ApiKey:
    return ApiKey(name="example", account="trader", api_key=EXAMPLE_KEY, api_secret=EXAMPLE_SECRET, key_type="hmac")


@pytest.mark.parametrize("where", ["query", "body"])
def test_the_documented_request_is_accepted_as_it_stands(where: str) -> None:
    with running("binance-futures", clock=ManualClock(EXAMPLE_MS * 1_000_000)) as venue:
        venue.do(lambda: venue.exchange.keys.add(example_key()))
        client = Client(venue)
        signed = f"{EXAMPLE}&signature={EXAMPLE_SIGNATURE}"
        headers = {"X-MBX-APIKEY": EXAMPLE_KEY}
        if where == "query":
            reply = client.raw("POST", f"/fapi/v1/order?{signed}", headers=headers)
        else:
            reply = client.raw("POST", "/fapi/v1/order", body=signed, headers={**headers, "Content-Type": FORM})
        assert reply.code == -4024, reply.text  # its price is far from the market here, but it was let in
        forged = signed.replace("price=9000", "price=9001")
        assert client.raw("POST", f"/fapi/v1/order?{forged}", headers=headers).code == -1022


def test_the_documented_signature_of_a_split_request_is_ours() -> None:
    # As printed, with the blank that the documentation has in it.
    payload = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
        f"quantity=1&price=9000&recvWindow=5000&timestamp= {EXAMPLE_MS}"
    )
    expected = "f9d0ae5e813ef6ccf15c2b5a434047a0181cb5a342b903b367ca6d27a66e36f2"
    assert example_key().sign(payload.encode()) == expected


def test_parameters_may_be_split_and_named_in_any_case(client: Client) -> None:
    reply = client.signed(
        "POST",
        "/fapi/v1/order",
        {"SYMBOL": "BTCUSDT", "Side": "BUY", "recvwindow": 5000},
        {"type": "LIMIT", "timeinforce": "GTC", "QUANTITY": "0.010", "price": "59000", "unheardOf": "x"},
    )
    assert reply.ok()["status"] == "NEW"


@pytest.mark.parametrize("key", ["trader", "trader-ed25519"])
def test_both_kinds_of_keys_sign(venue: Running, key: str) -> None:
    assert Client(venue, key).get("/fapi/v2/balance").ok()[0]["asset"] == "USDT"


def test_what_is_wrong_with_a_signature_key_or_time(venue: Running, client: Client) -> None:
    path, now = "/fapi/v2/account", client.now()
    headers = {"X-MBX-APIKEY": client.key.api_key}

    def code(reply: object) -> tuple[int, int]:
        return reply.status, reply.code  # type: ignore[attr-defined]

    assert code(client.raw("GET", f"{path}?timestamp={now}&signature=00", headers=headers)) == (400, -1022)
    assert code(client.raw("GET", f"{path}?timestamp={now}", headers=headers)) == (400, -1102)
    assert code(client.raw("GET", path, headers=headers)) == (400, -1102)
    assert code(client.raw("GET", f"{path}?timestamp={now}&signature=00")) == (401, -2014)
    assert code(client.raw("GET", f"{path}?timestamp={now}", headers={"X-MBX-APIKEY": "short"})) == (401, -2014)
    assert code(client.raw("GET", f"{path}?timestamp={now}", headers={"X-MBX-APIKEY": "a" * 64})) == (401, -2015)
    assert code(client.signed("GET", path, stamp=now - 5001)) == (400, -1021)
    assert code(client.signed("GET", path, stamp=now + 1000)) == (400, -1021)
    assert code(client.signed("GET", path, {"recvWindow": 20_000}, stamp=now - 15_000)) == (200, 0)
    assert code(client.signed("GET", path, {"recvWindow": 60_001})) == (400, -1131)


def test_a_reader_may_read_and_not_trade(venue: Running) -> None:
    reader = Client(venue, "reader")
    assert reader.get("/fapi/v2/account").status == 200
    assert (reader.market().status, reader.market().code) == (401, -2015)
    assert reader.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT").code == -2015
    assert reader.post("/fapi/v1/leverage", symbol="BTCUSDT", leverage=5).code == -2015


def test_a_replayed_request_grows_too_old(venue: Running, client: Client) -> None:
    query = urlencode({"symbol": "BTCUSDT", "timestamp": client.now()})
    target = f"/fapi/v1/openOrders?{query}&signature={client.key.sign(query.encode())}"
    headers = {"X-MBX-APIKEY": client.key.api_key}
    assert client.raw("GET", target, headers=headers).status == 200
    venue.advance(5.1)
    assert client.raw("GET", target, headers=headers).code == -1021


def test_weights_and_orders_are_counted_and_told(client: Client) -> None:
    first = client.public("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
    second = client.public("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=99)
    assert (first.headers["x-mbx-used-weight-1m"], second.headers["x-mbx-used-weight-1m"]) == ("20", "21")
    order = client.limit()
    assert order.headers["x-mbx-used-weight-1m"] == "21"
    assert (order.headers["x-mbx-order-count-10s"], order.headers["x-mbx-order-count-1m"]) == ("1", "1")
    assert client.limit(quantity="0").headers["x-mbx-order-count-10s"] == "2"
    assert "x-mbx-order-count-10s" not in client.get("/fapi/v1/openOrders", symbol="BTCUSDT").headers


def test_too_much_weight_is_429_and_going_on_is_418(venue: Running, client: Client) -> None:
    for _ in range(60):
        client.public("/fapi/v1/ticker/24hr")
    refused = client.public("/fapi/v1/ping")
    assert (refused.status, refused.code) == (429, -1003)
    assert int(refused.headers["retry-after"]) <= 60
    for _ in range(BAN_AFTER):
        banned = client.public("/fapi/v1/ping")
    assert (banned.status, banned.code) == (418, -1003)
    venue.advance(61)
    assert client.public("/fapi/v1/ping").status == 418
    venue.advance(61)
    assert client.public("/fapi/v1/ping").status == 200


def test_too_many_orders_are_429(client: Client) -> None:
    for _ in range(60):
        client.post("/fapi/v1/batchOrders", batchOrders="[{}]")
    reply = client.limit()
    assert (reply.status, reply.code) == (429, -1015)
    assert "300 orders per 10 SECOND" in reply.json["msg"]

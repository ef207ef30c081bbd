"""Who may ask what, when, and how often."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from spot_client import Api, Client
from support import Running, running

from pytest_tradeops.venue.kit.limits import REQUEST_WEIGHT, Rule

BAD_KEY = (401, -2014, "API-key format invalid.")
NO_KEY = (401, -2015, "Invalid API-key, IP, or permissions for action.")
BAD_SIGNATURE = (400, -1022, "Signature for this request is not valid.")
TOO_OLD = (400, -1021, "Timestamp for this request is outside of the recvWindow.")
TOO_NEW = (400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def account(client: Client, query: str, **headers: str) -> Any:
    return client.raw("GET", f"/api/v3/account?{query}", headers=headers)


def signed_query(client: Client, **params: Any) -> str:
    query = urlencode(params)
    return f"{query}&signature={quote(client.key.sign(query.encode()), safe='')}"


@pytest.mark.parametrize("name", ["trader", "trader-hmac"])
def test_both_kinds_of_keys_sign(venue: Running, name: str) -> None:
    assert Client(venue, name).get("/api/v3/account").status == 200


@pytest.mark.parametrize(
    ("api_key", "error"),
    [(None, BAD_KEY), ("", BAD_KEY), ("short", BAD_KEY), ("ä" * 64, BAD_KEY), ("x" * 65, BAD_KEY), ("x" * 64, NO_KEY)],
)
def test_keys_that_are_none(client: Client, api_key: str | None, error: Any) -> None:
    query = signed_query(client, timestamp=client.venue.clock.now_ms())
    headers = {} if api_key is None else {"X-MBX-APIKEY": api_key.encode().decode("latin-1")}
    assert account(client, query, **headers).error == error


def test_a_key_without_permission_reads_and_does_not_trade(venue: Running) -> None:
    venue.advance(1)
    reader = Client(venue, "reader")
    assert reader.get("/api/v3/account").status == 200
    for refused in (
        reader.market(),
        reader.cancel(orderId=1),
        reader.signed(
            "POST", "/api/v3/order/test", {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
        ),
    ):
        assert refused.error == NO_KEY


def test_the_signature_must_be_of_this_key_and_these_bytes(venue: Running) -> None:
    client, other = Client(venue, "trader-hmac"), Client(venue, "reader")
    now = venue.clock.now_ms()
    header = {"X-MBX-APIKEY": client.key.api_key}
    assert account(client, signed_query(client, timestamp=now, recvWindow=100), **header).status == 200
    assert account(client, signed_query(other, timestamp=now), **header).error == BAD_SIGNATURE
    good = signed_query(client, timestamp=now)
    assert account(client, good + "&omitZeroBalances=true", **header).error == BAD_SIGNATURE
    assert account(client, good[:-1], **header).error == BAD_SIGNATURE
    assert account(client, f"timestamp={now}", **header).code == -1102
    assert account(client, f"timestamp={now}&signature=", **header).code == -1102
    assert account(client, f"timestamp={now}&signature=%C3%A4", **header).error == BAD_SIGNATURE
    assert account(client, signed_query(client, recvWindow=100), **header).code == -1102


def test_the_payload_is_signed_percent_encoded(venue: Running) -> None:
    client = Client(venue, "trader-hmac")
    wide = "\uff11\uff12\uff13"
    raw = f"symbol={wide}&timestamp={venue.clock.now_ms()}"
    encoded = f"symbol={quote(wide)}&timestamp={venue.clock.now_ms()}"
    header = {"X-MBX-APIKEY": client.key.api_key}

    def orders(signed: str) -> Any:
        target = f"/api/v3/openOrders?{encoded}&signature={client.key.sign(signed.encode())}"
        return client.raw("GET", target, headers=header)

    assert orders(encoded).error == (400, -1121, "Invalid symbol.")
    assert orders(raw).error == BAD_SIGNATURE


@pytest.mark.parametrize(
    ("offset_ms", "window", "error"),
    [
        (0, None, None),
        (-5000, None, None),
        (-5001, None, TOO_OLD),
        (-60_000, "60000", None),
        (-60_001, "60000", TOO_OLD),
        (999, None, None),
        (1000, None, TOO_NEW),
        (-101, "100", TOO_OLD),
        (-100, "100.5", None),
        (0, "60001", (400, -1131, "recvWindow must be less than 60000")),
        (0, "100.1234", (400, -1111, "Parameter 'recvWindow' has too much precision.")),
        (
            0,
            "abc",
            (
                400,
                -1100,
                "Illegal characters found in parameter 'recvWindow'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
            ),
        ),
    ],
)
def test_timestamps_have_their_window(client: Client, offset_ms: int, window: str | None, error: Any) -> None:
    params = {} if window is None else {"recvWindow": window}
    reply = client.signed("GET", "/api/v3/account", params, stamp=client.venue.clock.now_ms() + offset_ms)
    assert reply.status == 200 if error is None else reply.error == error


def test_timestamps_may_be_in_microseconds(client: Client) -> None:
    now_us = client.venue.clock.now_ns() // 1000
    assert client.signed("GET", "/api/v3/account", stamp=now_us).status == 200
    assert client.signed("GET", "/api/v3/account", stamp=now_us + 1_000_000).error == TOO_NEW
    assert client.signed("GET", "/api/v3/account", {"recvWindow": "0.5"}, stamp=now_us - 501).error == TOO_OLD
    assert client.signed("GET", "/api/v3/account", {"recvWindow": "0.5"}, stamp=now_us - 500).status == 200


def test_a_replayed_request_is_too_old(venue: Running, client: Client) -> None:
    query = signed_query(client, timestamp=venue.clock.now_ms())
    header = {"X-MBX-APIKEY": client.key.api_key}
    assert account(client, query, **header).status == 200
    venue.advance(5.001)
    assert account(client, query, **header).error == TOO_OLD


def test_orders_are_counted_until_they_trade(venue: Running, client: Client) -> None:
    venue.advance(1)
    resting = client.limit()
    assert (resting.headers["x-mbx-order-count-10s"], resting.headers["x-mbx-order-count-1d"]) == ("1", "1")
    assert client.market().headers["x-mbx-order-count-10s"] == "1", "what trades does not count"
    counts = client.get("/api/v3/rateLimit/order").ok()
    assert [(one["interval"], one["intervalNum"], one["limit"], one["count"]) for one in counts] == [
        ("SECOND", 10, 100, 1),
        ("DAY", 1, 200_000, 1),
    ]
    venue.advance(10)
    assert [one["count"] for one in client.get("/api/v3/rateLimit/order").ok()] == [0, 1]


def test_too_many_orders(venue: Running, client: Client) -> None:
    venue.advance(1)
    venue.do(lambda: venue.exchange.limiter.define(Rule("orders", 2, 10_000, "10s")))
    assert [client.limit().status for _ in range(2)] == [200, 200]
    refused = client.limit()
    assert refused.error == (429, -1015, "Too many new orders; current limit is 2 orders per 10 SECOND.")
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    only_cancel = client.signed(
        "POST",
        "/api/v3/order/cancelReplace",
        {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.01",
            "price": "50000",
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrderId": 1,
            "orderRateLimitExceededMode": "CANCEL_ONLY",
        },
    )
    assert (only_cancel.status, only_cancel.code) == (429, -2021)
    assert only_cancel.json["data"]["cancelResult"] == "SUCCESS"


def test_orders_cost_weight_only_when_they_fail(venue: Running, client: Client) -> None:
    venue.advance(1)
    assert client.limit().headers["x-mbx-used-weight-1m"] == "0"
    assert client.limit(quantity="0.000001").headers["x-mbx-used-weight-1m"] == "1"


def test_too_much_weight_is_429_and_going_on_is_418() -> None:
    with running("binance-spot", manual=True) as venue:
        client = Client(venue)
        venue.do(lambda: venue.exchange.limiter.define(Rule(REQUEST_WEIGHT, 10, 60_000, "1m", bans=True)))
        statuses = [client.public("/api/v3/ping").status for _ in range(40)]
        assert statuses[:10] == [200] * 10
        assert statuses[10] == 429
        assert statuses[-1] == 418
        banned = client.public("/api/v3/ping")
        assert banned.code == -1003
        assert banned.json["msg"].startswith("Way too much request weight used; IP banned until ")
        assert 0 < int(banned.headers["retry-after"]) <= 120
        assert client.get("/api/v3/account").status == 418
        venue.advance(121)
        assert client.public("/api/v3/ping").status == 200


def test_the_exchange_s_own_clock_can_be_wrong(venue: Running, client: Client) -> None:
    now = venue.clock.now_ms()
    venue.clock.skew_ns = 6_000_000_000
    assert client.public("/api/v3/time").ok()["serverTime"] == now + 6000
    assert client.signed("GET", "/api/v3/account", stamp=now).error == TOO_OLD
    venue.clock.skew_ns = -6_000_000_000
    assert client.signed("GET", "/api/v3/account", stamp=now).error == TOO_NEW


def test_a_key_whose_account_was_never_opened() -> None:
    with running("binance-spot", manual=True, accounts=False) as venue:
        venue.advance(1)
        client = Client(venue)
        for reply in (client.get("/api/v3/account"), client.market(), client.get("/api/v3/openOrders")):
            assert reply.status in (200, 400, 401), reply.text
        with Api(venue) as api:
            assert api.signed("userDataStream.subscribe.signature")["status"] == 401

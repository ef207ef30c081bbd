"""Signatures: vectors of others, every header that matters, and what is refused."""

import json
from urllib.parse import urlencode

import pytest
from bybit_client import Client
from support import Running

from pytest_tradeops.venue.bybit.errors import Refusal
from pytest_tradeops.venue.bybit.signing import authenticate, authenticate_socket
from pytest_tradeops.venue.kit.keys import ApiKey, Keyring

NOW = 1_700_000_000_000
KEY = ApiKey(name="vector", account="a", api_key="test_api_key", api_secret="test_secret", key_type="hmac")
KEYS = Keyring([KEY])
#: Of NautilusTrader's own reference tests: key, secret, time and window as here.
VECTORS = [
    ("category=linear&symbol=BTCUSDT", "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"),
    (
        '{"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "test-order-1"}',
        "2df4a0603d69c08d5dea29ba85b46eb7db64ce9e9ebd34a7802a3d69700cb2a1",
    ),
]
SOCKET_VECTOR = "bacffe7500499eb829bb58c45d36d1b3e5ac67c14eaeba91df5e99ccee013925"


def headers(signature: str, **more: str) -> dict[str, str]:
    return {
        "X-BAPI-API-KEY": "test_api_key",
        "X-BAPI-TIMESTAMP": str(NOW),
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": signature,
    } | more


@pytest.mark.parametrize(("payload", "signature"), VECTORS)
def test_the_reference_signatures_are_accepted(payload: str, signature: str) -> None:
    assert authenticate(headers(signature), payload.encode(), KEYS, NOW) is KEY


@pytest.mark.parametrize(("payload", "signature"), VECTORS)
def test_one_changed_byte_is_refused(payload: str, signature: str) -> None:
    with pytest.raises(Refusal) as refused:
        authenticate(headers(signature), payload.replace("BTC", "ETH").encode(), KEYS, NOW)
    assert refused.value.code == 10004


def test_the_reference_signature_of_a_socket_is_accepted_until_it_expires() -> None:
    args = ["test_api_key", NOW, SOCKET_VECTOR]
    assert authenticate_socket(args, KEYS, NOW - 1) is KEY
    with pytest.raises(Refusal) as refused:
        authenticate_socket(args, KEYS, NOW)
    assert refused.value.code == 10001


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (None, 10001),
        ([], 10001),
        (["test_api_key", NOW + 1], 10001),
        (["test_api_key", True, SOCKET_VECTOR], 10001),
        ([1, NOW + 1, SOCKET_VECTOR], 10001),
        (["nobody", NOW + 1, SOCKET_VECTOR], 10003),
        (["test_api_key", NOW + 1, "00"], 10004),
        (["test_api_key", NOW + 1, "\ud800"], 10004),
    ],
)
def test_a_socket_says_what_is_wrong(args: object, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        authenticate_socket(args, KEYS, NOW)
    assert refused.value.code == code


def test_pybit_and_ccxt_sign_what_we_verify() -> None:
    pybit = pytest.importorskip("pybit._http_manager")
    payload = "accountType=UNIFIED&coin=BTC"
    signature = pybit.generate_signature(False, KEY.api_secret, f"{NOW}test_api_key5000{payload}")
    assert authenticate(headers(signature), payload.encode(), KEYS, NOW) is KEY


@pytest.mark.parametrize("offset", [-5000, 0, 999])
def test_a_time_within_the_window_is_accepted(client: Client, offset: int) -> None:
    now = client.venue.clock.now_ms()
    query = "accountType=UNIFIED"
    # A second of slack at the edges: time goes on while the request travels.
    moved = offset + (1000 if offset < 0 else -500 if offset else 0)
    answer = client.raw("GET", f"/v5/account/wallet-balance?{query}", headers=client.headers(query, now_ms=now + moved))
    assert answer.code == 0


@pytest.mark.parametrize("offset", [-5100, 1500, -(10**9)])
def test_a_time_outside_of_the_window_is_10002_and_says_the_times(client: Client, offset: int) -> None:
    sent = client.venue.clock.now_ms() + offset
    answer = client.raw("GET", "/v5/account/info?", headers=client.headers("", now_ms=sent))
    assert (answer.status, answer.code) == (200, 10002)
    assert f"req_timestamp[{sent}]" in answer.message
    assert "recv_window[5000]" in answer.message


def test_a_replayed_request_is_refused_once_its_window_is_over(venue: Running) -> None:
    client = Client(venue)
    replayed = client.headers("")
    assert client.raw("GET", "/v5/account/info", headers=replayed).code == 0
    venue.do(lambda: setattr(venue.clock, "skew_ns", 6_000_000_000))
    assert client.raw("GET", "/v5/account/info", headers=replayed).code == 10002


def test_the_window_may_be_left_out_and_header_names_are_of_any_case(client: Client) -> None:
    given = client.headers("", window="")
    assert (
        client.raw("GET", "/v5/account/info", headers={name.lower(): value for name, value in given.items()}).code == 0
    )


def test_the_sign_type_makes_no_difference(client: Client) -> None:
    given = client.headers("") | {"X-BAPI-SIGN-TYPE": "2"}
    assert client.raw("GET", "/v5/account/info", headers=given).code == 0


@pytest.mark.parametrize("missing", ["X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN"])
def test_a_missing_header_is_401(client: Client, missing: str) -> None:
    given = client.headers("")
    del given[missing]
    answer = client.raw("GET", "/v5/account/info", headers=given)
    assert (answer.status, answer.code) == (401, 10001)


def test_an_unknown_key_is_10003_and_a_wrong_secret_10004(client: Client) -> None:
    unknown = client.headers("") | {"X-BAPI-API-KEY": "nobody"}
    assert client.raw("GET", "/v5/account/info", headers=unknown).code == 10003
    wrong = client.headers("") | {"X-BAPI-SIGN": "0" * 64}
    answer = client.raw("GET", "/v5/account/info", headers=wrong)
    assert (answer.status, answer.code) == (200, 10004)
    assert answer.message.startswith("error sign! origin_string[")


def test_what_is_signed_is_the_query_as_it_was_sent(client: Client) -> None:
    query = "symbol=BTCUSDT&category=linear&openOnly=0&cursor=a%3Ab"
    answer = client.raw("GET", f"/v5/order/realtime?{query}", headers=client.headers(query))
    assert answer.message == "params error: cursor invalid"
    swapped = urlencode({"category": "linear", "symbol": "BTCUSDT"})
    assert client.raw("GET", f"/v5/order/realtime?{swapped}", headers=client.headers(query)).code == 10004


def test_a_body_that_was_signed_otherwise_is_refused(client: Client) -> None:
    body = json.dumps({"category": "linear", "symbol": "BTCUSDT"})
    answer = client.raw("POST", "/v5/order/cancel-all", body, client.headers(body.replace(" ", "")))
    assert answer.code == 10004


def test_a_key_that_may_only_read_trades_nothing(venue: Running) -> None:
    reader = Client(venue, "reader")
    assert reader.get("account/info").code == 0
    assert reader.order().code == 10005
    assert reader.get("user/query-api").result["readOnly"] == 1
    assert Client(venue).get("user/query-api").result["readOnly"] == 0
    assert venue.do(lambda: venue.exchange.engine.orders("trader")) == []

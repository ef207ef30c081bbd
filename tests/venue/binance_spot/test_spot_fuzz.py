"""Bad input of all kinds gets an error of the exchange: never a 500, never a crash, never another account's money."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spot_client import Api, Client, Wire, sign_frame
from support import Running, running

from pytest_tradeops.venue.binance.spot_logon import METHODS
from pytest_tradeops.venue.binance.spot_table import reading, trading
from pytest_tradeops.venue.binance.spot_table_public import public

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def _endpoints() -> list[Any]:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return lambda call: None

    anything: Any = Anything()
    return [*public(anything, anything), *trading(anything), *reading(anything)]


ENDPOINTS = _endpoints()
NAMES = sorted(
    {name for one in ENDPOINTS for name in one.table.params} | {"timestamp", "recvWindow", "signature", "apiKey"}
)
PLAUSIBLE = [
    "BTCUSDT",
    "ETHBTC",
    "BUY",
    "SELL",
    "LIMIT",
    "MARKET",
    "LIMIT_MAKER",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "GTC",
]
PLAUSIBLE += [
    "IOC",
    "FOK",
    "1",
    "0.01",
    "50000",
    "60000.01",
    "0",
    "1m",
    "1M",
    "1h",
    "500",
    '["BTCUSDT"]',
    "true",
    "FULL",
]
PLAUSIBLE += [
    "STOP_ON_FAILURE",
    "ALLOW_FAILURE",
    "1767571200000",
    "9" * 19,
    "9" * 21,
    "8:00",
    "-12:00",
    "SPOT",
    "EXPIRE_BOTH",
]
VALUES = st.one_of(st.sampled_from(PLAUSIBLE), st.text(max_size=12), st.integers().map(str), st.decimals().map(str))
PARAMS = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=6)), VALUES, max_size=10)


def for_endpoint(endpoint: Any) -> st.SearchStrategy[dict[str, str]]:
    """Mostly the parameters that it has."""
    names = list(endpoint.table.params) or ["symbol"]
    own = st.dictionaries(st.sampled_from(names), VALUES, max_size=10)
    return st.one_of(own.map(lambda some: {"symbol": "BTCUSDT", **some}), own, PARAMS)


REQUESTS = st.sampled_from(ENDPOINTS).flatmap(lambda one: st.tuples(st.just(one), for_endpoint(one)))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(PLAUSIBLE)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def venue() -> Iterator[Running]:
    """`running` itself asserts at the end that nothing has crashed."""
    with running("binance-spot", manual=True, enforce_limits=False) as shared:
        shared.advance(1)
        yield shared


@pytest.fixture(scope="module")
def client(venue: Running) -> Client:
    return Client(venue)


def decent(client: Client, reply: Any) -> None:
    """An answer, or an error with a code and words; and nobody owes anything."""
    assert reply.status in (200, 400, 401, 404, 405, 409, 410, 413, 429), (reply.status, reply.text)
    if reply.status in (400, 401, 409, 429):
        assert isinstance(reply.json["code"], int)
        assert reply.json["code"] < 0
        assert reply.json["msg"]
    venue = client.venue
    assert not venue.exchange.crashes
    for account in ("trader", "other"):
        for balance in venue.do(lambda account=account: venue.exchange.engine.balances(account)).values():
            assert balance.free >= 0
            assert balance.locked >= 0


@QUICK
@given(request=REQUESTS, in_body=st.booleans())
def test_signed_requests(client: Client, request: tuple[Any, dict[str, str]], in_body: bool) -> None:
    endpoint, params = request
    if not endpoint.route:
        return
    method, _, path = endpoint.route.partition(" ")
    params = {name: value for name, value in params.items() if name not in ("timestamp", "signature")}
    for text in (*params, *params.values()):
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            return
    if not endpoint.security:
        reply = client.raw(method, f"{path}?{urlencode(params)}")
    elif in_body and method != "GET":
        reply = client.signed(method, path, {}, params)
    else:
        reply = client.signed(method, path, params)
    decent(client, reply)


@QUICK
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    path=st.one_of(
        st.sampled_from([one.route.partition(" ")[2] for one in ENDPOINTS if one.route]),
        st.text(max_size=20).map(lambda text: "/" + quote(text.encode("utf-8", "replace"))),
        st.sampled_from(["/ws", "/stream", "/ws-api/v3", "/api/v3/userDataStream", "/ws/btcusdt@trade"]),
    ),
    query=st.one_of(st.text("abc=&%+ ;?/@!\"'0123456789" + "signaturetimestamp", max_size=40), st.just("")),
    body=st.binary(max_size=60),
    kind=st.sampled_from(
        ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain;charset=nope"]
    ),
    key=st.sampled_from(["", "x" * 64, "real", "\u00ff"]),
)
def test_raw_requests(client: Client, method: str, path: str, query: str, body: bytes, kind: str, key: str) -> None:
    headers = {"Content-Type": kind, "X-MBX-APIKEY": client.key.api_key if key == "real" else key}
    target = path + ("?" + quote(query, safe="=&%+;?/@!") if query else "")
    decent(client, client.raw(method, target, body=body or None, headers={k: v for k, v in headers.items() if v}))


@QUICK
@given(
    method=st.one_of(st.sampled_from([*METHODS, *(one.frame for one in ENDPOINTS if one.frame)]), st.text(max_size=8)),
    params=st.one_of(PARAMS, st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), JSON),
    request_id=st.one_of(st.integers(), st.text(max_size=5), JSON),
    signed=st.booleans(),
)
def test_frames(venue: Running, client: Client, method: str, params: Any, request_id: Any, signed: bool) -> None:
    with Api(venue) as api:
        if signed and isinstance(params, dict) and all(isinstance(one, str) for one in params.values()):
            clean = {name: one for name, one in params.items() if name not in ("apiKey", "signature")}
            if not any("\ud800" <= letter <= "\udfff" for text in (*clean, *clean.values()) for letter in text):
                params = sign_frame(api.key, {**clean, "timestamp": api.now()})
        api.send(json.dumps({"id": request_id, "method": method, "params": params}))
        reply = api.wait(lambda one: "status" in one)
        assert reply["status"] in (200, 400, 401, 409, 429)
        if reply["status"] != 200:
            assert reply["error"]["code"] < 0
        assert "id" in reply
        assert not venue.exchange.crashes


@QUICK
@given(
    message=st.one_of(
        st.text(max_size=40),
        JSON.map(json.dumps),
        st.fixed_dictionaries(
            {
                "id": JSON,
                "method": st.sampled_from(
                    ["SUBSCRIBE", "UNSUBSCRIBE", "SET_PROPERTY", "GET_PROPERTY", "LIST_SUBSCRIPTIONS"]
                ),
                "params": JSON,
            }
        ).map(json.dumps),
    )
)
def test_stream_messages(venue: Running, message: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in message):
        return
    with Wire(f"{venue.urls['ws']}/ws") as wire:
        wire.send(message)
        reply = wire.wait(lambda one: True)
        assert "result" in reply or {"code", "msg", "id"} <= set(reply)
        assert not venue.exchange.crashes


@QUICK
@given(names=st.text("abtcusdt@!_123kline depth/%", max_size=60))
def test_stream_addresses(venue: Running, names: str) -> None:
    for place in ("/stream?streams=", "/ws/"):
        with Wire(venue.urls["ws"] + place + quote(names, safe="/@!")) as wire:
            assert "result" in wire.call("LIST_SUBSCRIPTIONS")
    assert not venue.exchange.crashes


def test_cash_is_conserved_after_all_that(venue: Running) -> None:
    """Whatever was bought and sold above: nobody has more of a coin than there is."""
    totals = venue.do(
        lambda: sum(venue.exchange.engine.balances(one)["USDT"].total for one in venue.exchange.engine.accounts())
    )
    assert Decimal(0) < totals <= Decimal(2_000_000) * 2

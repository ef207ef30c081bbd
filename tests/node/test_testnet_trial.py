"""Testnet keys, tried on the strict venue and against a server that is no exchange: what counts, and no key in a word."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import GuardTripped, Inconclusive
from pytest_tradeops.model import Grade
from pytest_tradeops.node.settings import NodeSettings
from pytest_tradeops.node.testnet import trial
from pytest_tradeops.node.testnet.account import ORIGINS, Account, Testnet, on_venue
from pytest_tradeops.node.testnet.sizing import Terms, digits
from pytest_tradeops.venue.client import AccountKey, VenueClient
from pytest_tradeops.venue.process import VenueProcess, start_venue

FACES = ("binance-spot", "binance-futures", "bybit")
KEY, SECRET = "K" * 64, "S" * 64


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    with start_venue(tmp_path_factory.mktemp("venue") / "state", seed=11, limits=False) as running:
        yield running
        assert running.client.crashes() == []


@pytest.fixture
def client(venue: VenueProcess) -> Iterator[VenueClient]:
    yield venue.client
    venue.client.faults.clear()


type Make = Callable[..., tuple[Account, AccountKey]]


@pytest.fixture
def make(venue: VenueProcess, client: VenueClient) -> Make:
    """`make("bybit")`: an account there with a fresh key."""

    def made(face: str, **terms: object) -> tuple[Account, AccountKey]:
        key = client.new_account(face, **terms)  # type: ignore[arg-type]
        return on_venue(key, venue.urls), key

    return made


@pytest.mark.parametrize(
    ("face", "key_type"),
    [
        ("binance-spot", "hmac"),
        ("binance-spot", "ed25519"),
        ("binance-futures", "hmac"),
        ("binance-futures", "ed25519"),
        ("bybit", "hmac"),
    ],
)
def test_a_good_key_reads_places_and_cancels(client: VenueClient, make: Make, face: str, key_type: str) -> None:
    account, key = make(face, key_type=key_type)
    done = trial.run(account)
    assert done.findings == []
    assert done.facts == {
        "face": face,
        "symbol": "BTCUSDT",
        "steps": ["account read", "order placed", "order seen resting", "order cancelled"],
    }
    (order,) = client.orders(face, account=key.account)
    assert (order.status, order.filled) == ("CANCELED", 0)
    assert order.client_id.startswith("tradeops-")
    assert account.grade is Grade.EMBEDDED  # the venue is no testnet, whoever is asked


@pytest.mark.parametrize("face", FACES)
def test_a_key_that_may_only_read_is_named_and_places_nothing(client: VenueClient, make: Make, face: str) -> None:
    account, key = make(face, permissions=("read",))
    (finding,) = trial.run(account).findings
    assert finding.reason == f"{face.partition('-')[0]}: key cannot trade"
    assert client.orders(face, account=key.account) == []


@pytest.mark.parametrize("face", FACES)
def test_another_keys_secret_is_a_refused_signature(
    venue: VenueProcess, client: VenueClient, make: Make, face: str
) -> None:
    _, key = make(face, key_type="hmac")
    other = client.new_account(face, key_type="hmac")
    (finding,) = trial.run(on_venue(key, venue.urls, secret=other.api_secret)).findings
    assert finding.reason == f"{face.partition('-')[0]}: signature refused"
    for secret in (key.api_key, key.api_secret, other.api_secret):  # Bybit repeats the key in its answer
        assert secret not in str(finding)


def test_a_secret_that_is_a_damaged_private_key_is_a_refused_signature(venue: VenueProcess, make: Make) -> None:
    _, key = make("binance-spot")
    (finding,) = trial.run(on_venue(key, venue.urls, secret=key.api_secret.replace("MC4", "MC5"))).findings
    assert finding.reason == "binance: signature refused"
    escaped = key.api_secret.replace("\n", "\\n")  # as .env files hold it
    assert trial.run(on_venue(key, venue.urls, secret=escaped)).findings == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("key", ["nobody's", KEY])
def test_a_key_that_nobody_has_is_refused(venue: VenueProcess, face: str, key: str) -> None:
    (finding,) = trial.run(Account(face, venue.urls[face]["http"], key, SECRET)).findings
    assert finding.reason == f"{face.partition('-')[0]}: key refused"


@pytest.mark.parametrize("face", FACES)
def test_an_account_without_money_says_nothing_about_its_key(make: Make, face: str) -> None:
    account, _ = make(face, balances={"USDT": "1"})
    with pytest.raises(Inconclusive, match="has not enough for the smallest order"):
        trial.run(account)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("fault", ["rate_limit", "ban", "server_error", "refuse_connections"])
def test_an_exchange_that_cannot_be_asked_is_inconclusive(
    client: VenueClient, make: Make, face: str, fault: str
) -> None:
    account, _ = make(face)
    inject = getattr(client.faults, fault)
    inject(30, face=face) if fault in ("ban", "refuse_connections") else inject(face=face)
    with pytest.raises(Inconclusive) as caught:
        trial.run(account)
    assert "127.0.0.1/" in str(caught.value)  # the host and the path, and nothing of the query


@pytest.mark.parametrize("face", FACES)
def test_an_order_whose_answer_is_lost_is_not_left_behind(client: VenueClient, make: Make, face: str) -> None:
    account, key = make(face)
    client.faults.drop_response(face=face, match="POST *")
    with pytest.raises(Inconclusive, match="could not be asked"):
        trial.run(account)
    (order,) = client.orders(face, account=key.account)
    assert order.status == "CANCELED"


def test_a_late_answer_is_inconclusive(client: VenueClient, make: Make) -> None:
    account, key = make("bybit")
    client.faults.latency(30.0, face="bybit", match="GET /v5/account*")
    late = Account("bybit", account.origin, key.api_key, key.api_secret, timeout=0.3)
    with pytest.raises(Inconclusive, match=r"GET 127.0.0.1/v5/account/wallet-balance was not answered within 0.3 s"):
        trial.run(late)


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("status", "body"),
    [(403, b"<html>blocked</html>"), (404, b"{}"), (451, b"{}"), (502, b"bad"), (200, b"<html>log in</html>")],
)
def test_what_is_no_answer_of_the_exchange_is_inconclusive(face: str, status: int, body: bytes) -> None:
    with answering(status, body) as origin, pytest.raises(Inconclusive, match=f"was answered with status {status}"):
        trial.run(Account(face, origin, KEY, SECRET))


def test_no_redirect_is_followed(tmp_path: Path) -> None:
    with (
        answering(302, b"", Location="https://api.binance.com/") as origin,
        pytest.raises(Inconclusive, match="status 302"),
    ):
        trial.run(Account("binance-spot", origin, KEY, SECRET))


@pytest.mark.parametrize(
    "origin",
    [
        "https://api.binance.com",
        "https://fapi.binance.com",
        "https://api.bybit.com",
        "https://api-testnet.bybit.com.evil.example",
        "http://testnet.binance.vision",
        "https://user@testnet.binance.vision",
        "https://testnet.binance.vision@api.binance.com",
        "http://localhost:8080",
        "http://10.0.0.1:8080",
    ],
)
def test_no_key_is_sent_to_any_other_host(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(GuardTripped) as caught:
        trial.run(Account("bybit", origin, KEY, SECRET))
    assert [one.reason for one in caught.value.findings] == ["guard: address not allowed"]


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_sees_a_key(make: Make, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with answering(407, b"proxy") as proxy:
        monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("http_proxy", proxy)
        account, _ = make("bybit")
        assert trial.run(account).findings == []


def test_the_testnets_own_hosts_count_as_testnet() -> None:
    for face, origin in ORIGINS.items():
        assert Account(face, origin, KEY, SECRET).grade is Grade.TESTNET
    assert KEY not in repr(Account("bybit", ORIGINS["bybit"], KEY, SECRET))
    exchange = Account("bybit", ORIGINS["bybit"], KEY, SECRET).exchange()
    assert KEY not in repr(exchange)
    assert SECRET not in repr(exchange)


def test_without_keys_the_variables_are_named() -> None:
    with pytest.raises(Inconclusive, match="TRADEOPS_BINANCE_TESTNET_API_KEY and TRADEOPS_BINANCE_TESTNET_API_SECRET"):
        Testnet(NodeSettings()).accounts("binance-spot", "binance-futures")
    with pytest.raises(Inconclusive, match="TRADEOPS_BYBIT_TESTNET_API_KEY and TRADEOPS_BYBIT_TESTNET_API_SECRET"):
        Testnet(NodeSettings(binance_testnet_api_key=KEY, binance_testnet_api_secret=SECRET)).accounts("bybit")


@pytest.mark.parametrize("half", ["key", "secret"])
def test_half_a_pair_is_inconclusive_and_the_other_half_is_named(half: str) -> None:
    settings = NodeSettings(**{f"bybit_testnet_api_{half}": KEY})  # type: ignore[arg-type]
    other = "SECRET" if half == "key" else "KEY"
    with pytest.raises(Inconclusive, match=f"TRADEOPS_BYBIT_TESTNET_API_{other} is not set") as caught:
        Testnet(settings).accounts("bybit")
    assert KEY not in str(caught.value)
    assert KEY not in repr(settings)


def test_keys_lead_to_their_own_testnet_and_nowhere_else() -> None:
    settings = NodeSettings(binance_futures_testnet_api_key=KEY, binance_futures_testnet_api_secret=SECRET)
    (account,) = Testnet(settings).accounts("binance-spot", "binance-futures")
    assert (account.face, account.origin) == ("binance-futures", "https://testnet.binancefuture.com")


_positive = st.decimals("0.00000001", "1000", places=8)


@given(
    tick=_positive, step=_positive, low=_positive, notional=st.decimals(0, 1000, places=2), bid=st.decimals(1, 10**6)
)
def test_the_smallest_order_keeps_every_term_of_the_exchange(
    tick: object, step: object, low: object, notional: object, bid: object
) -> None:
    terms = Terms("X", tick, step, low, notional, bid)  # type: ignore[arg-type]
    price = terms.resting_price
    assert price % terms.tick == 0
    assert price < terms.bid
    if price <= 0:  # a tick that is wider than the price: no market has that
        return
    quantity = terms.quantity_at(price)
    assert quantity % terms.step == 0
    assert quantity >= terms.min_quantity
    assert quantity * price >= terms.min_notional
    for number in (price, quantity):
        assert "E" not in digits(number)
        assert Decimal(digits(number)) == number

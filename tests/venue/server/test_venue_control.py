"""The control endpoint through its client: the venue's truth, its market, its accounts, and who may not use it."""

import http.client
import json
import urllib.parse
from decimal import Decimal
from typing import Any

import pytest
from signed_orders import buy, signed

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.venue.client import AccountKey, VenueClient, VenueError, VenueGone, wait
from pytest_tradeops.venue.engine.model import Status
from pytest_tradeops.venue.process import VenueProcess

SPOT = "binance-spot"


@pytest.fixture
def url(process: VenueProcess) -> str:
    return process.urls[SPOT]["http"]


@pytest.fixture
def key(venue: VenueClient) -> AccountKey:
    return venue.new_account(SPOT)


def test_what_was_traded_is_known_at_the_venue(venue: VenueClient, key: AccountKey, url: str) -> None:
    answer = buy(url, key, "0.02")
    (order,) = venue.orders(SPOT, account=key.account)
    fills = venue.fills(SPOT, account=key.account)
    assert (order.id, order.status, order.filled) == (answer["orderId"], Status.FILLED, Decimal("0.02"))
    assert sum(fill.quantity for fill in fills) == order.filled
    balances = venue.balances(SPOT, key.account)
    assert balances["BTC"].total == Decimal(10) + order.filled - sum(fill.fee for fill in fills)
    assert balances["USDT"].total == Decimal(1_000_000) - order.cost


def test_an_account_sees_nothing_of_another(venue: VenueClient, key: AccountKey, url: str) -> None:
    buy(url, key)
    other = venue.new_account(SPOT, balances={"USDT": "12.5"})
    assert venue.orders(SPOT, account=other.account) == []
    assert {asset: one.total for asset, one in venue.balances(SPOT, other.account).items()} == {"USDT": Decimal("12.5")}


def test_open_orders_alone_and_of_one_market(venue: VenueClient, key: AccountKey, url: str) -> None:
    buy(url, key)
    resting = buy(url, key, price="50000")
    assert [one.id for one in venue.orders(SPOT, account=key.account, only_open=True)] == [resting["orderId"]]
    assert venue.orders(SPOT, account=key.account, market="ETHUSDT.spot") == []


def test_a_key_may_be_for_reading_only(venue: VenueClient, url: str) -> None:
    reader = venue.new_account(SPOT, permissions=["read"], key_type="hmac")
    status, answer = signed(
        url, reader, "POST", "/api/v3/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1"
    )
    assert (status, answer["code"]) == (401, -2015)
    assert signed(url, reader, "GET", "/api/v3/account")[0] == 200


def test_the_first_keys_are_there(venue: VenueClient) -> None:
    assert [one.name for one in venue.accounts(SPOT)][:4] == ["trader", "trader-hmac", "reader", "other"]
    assert venue.account(SPOT).key_type == "ed25519"
    assert venue.account("bybit").key_type == "hmac"
    assert venue.account(SPOT).account == venue.account(SPOT, "trader-hmac").account
    assert venue.account(SPOT).api_secret not in repr(venue.account(SPOT))
    with pytest.raises(VenueError, match="no key 'nobody'"):
        venue.account(SPOT, "nobody")


def test_the_market_can_be_moved_and_held(venue: VenueClient) -> None:
    market = venue.market("bybit", "ETHUSDT.linear")
    market.hold()
    assert market.move("3100") == Decimal("3100") == market.last()
    book = market.book(3)
    assert Decimal(book["bids"][0][0]) < 3100 < Decimal(book["asks"][0][0]) + 1
    assert market.book(3)["last_id"] == book["last_id"]
    market.hold(False)
    venue.wait(lambda: market.book(3)["last_id"] > book["last_id"], 5)


def test_a_resting_order_can_be_filled_in_part(venue: VenueClient, key: AccountKey, url: str) -> None:
    resting = buy(url, key, quantity="0.5", price="50000")
    market = venue.market(SPOT, "BTCUSDT")
    market.fill_order(key.account, resting["orderId"], "0.2")
    (fill,) = venue.fills(SPOT, account=key.account)
    assert (fill.quantity, fill.price, fill.maker) == (Decimal("0.2"), Decimal(50_000), True)
    market.fill_order(key.account, resting["orderId"])
    assert venue.orders(SPOT, account=key.account)[0].status is Status.FILLED


def test_positions_of_linear_markets(venue: VenueClient) -> None:
    key = venue.new_account("bybit")
    assert venue.position("bybit", key.account, "BTCUSDT") is None
    assert venue.positions("bybit", key.account) == []


def test_the_journal_is_told_in_pieces(venue: VenueClient, key: AccountKey, url: str) -> None:
    last = venue.journal(SPOT)[-1]["number"]
    buy(url, key)
    fresh = venue.journal(SPOT, since=last)
    assert fresh[0]["command"] == "submit"
    assert fresh[0]["arguments"]["account"] == key.account
    assert [one["number"] for one in fresh] == sorted({one["number"] for one in fresh})
    assert venue.journal(SPOT)[0]["kind"] == "journal"


def test_requests_and_refusals_are_seen_and_secrets_are_nowhere(
    process: VenueProcess, key: AccountKey, url: str
) -> None:
    venue = process.client
    since = venue.journal(SPOT)[-1]["number"]
    signed(url, key, "GET", "/api/v3/order", symbol="NOPE", orderId=1)
    (request,) = [one for one in venue.requests(SPOT) if one["account"] == key.account]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/api/v3/order", 400)
    (refused,) = [one for one in venue.journal(SPOT, since) if one.get("note") == "refused"]
    assert "-1121" in refused["facts"]["answer"]
    written = process.journal(SPOT).read_text()
    for one in venue.accounts():
        assert one.api_secret.splitlines()[-2 if "\n" in one.api_secret else 0] not in written
    assert "signature=" not in written


def test_state_says_where_everything_is(process: VenueProcess, venue: VenueClient) -> None:
    state = venue.state()
    assert state["control"] == process.control
    assert state["seed"] == 7
    assert list(state["faces"]) == [SPOT, "bybit"]
    face = state["faces"][SPOT]
    assert face["urls"] == process.urls[SPOT]
    assert Decimal(face["markets"]["BTCUSDT.spot"]) > 0
    assert face["journal"] == str(process.journal(SPOT))


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/accounts", {"face": "kraken"}, 400, "No face 'kraken' is served; there are binance-spot, bybit."),
        ("/accounts", {}, 400, "`face` is missing"),
        ("/accounts", {"face": SPOT, "name": "trader"}, 409, "The engine refuses it"),
        ("/accounts", {"face": SPOT, "balances": {"USDT": 5}}, 400, "`balances` is"),
        ("/accounts", {"face": SPOT, "balances": {"USDT": "-5"}}, 400, "not below zero"),
        ("/accounts", {"face": SPOT, "permissions": ["withdraw"]}, 400, "`permissions` is a list"),
        ("/accounts", {"face": SPOT, "key_type": "rsa"}, 400, "hmac or ed25519"),
        ("/accounts", {"face": SPOT, "name": "x" * 65}, 400, "up to 64"),
        ("/accounts", {"face": SPOT, "colour": "red"}, 400, "Unknown: colour."),
        ("/market", {"face": SPOT, "market": "DOGE", "action": "hold"}, 400, "has no market 'DOGE'"),
        ("/market", {"face": "bybit", "market": "BTCUSDT", "action": "hold"}, 400, "is both BTCUSDT.spot, BTCUSDT.linear"),
        ("/market", {"face": SPOT, "market": "BTCUSDT", "action": "burn"}, 400, "move, hold or fill"),
        ("/market", {"face": SPOT, "market": "BTCUSDT", "action": "move", "price": "high"}, 400, "not a number"),
        ("/market", {"face": SPOT, "market": "BTCUSDT", "action": "move", "price": "-1"}, 409, "The engine refuses it"),
        ("/market", {"face": SPOT, "market": "BTCUSDT", "action": "hold", "held": "yes"}, 400, "true or false"),
        ("/market", {"face": SPOT, "market": "BTCUSDT", "action": "fill", "account": "trader", "order_id": 10**9}, 409, "unknown order"),
        ("/faults", {"kind": "earthquake"}, 400, "There is no fault 'earthquake'"),
        ("/faults", {"kind": "latency", "count": 0}, 400, "at least 1"),
        ("/faults", {"kind": "latency", "seconds": -1}, 400, "above zero"),
        ("/faults", {"kind": "latency", "delay": {}}, 400, "delay is a number"),
        ("/faults", {}, 400, "`kind` is missing"),
        ("/faults", [], 400, "not a JSON object"),
        ("/shutdown", {"now": True}, 400, "Unknown: now."),
        ("/nowhere", {}, 404, "Not Found"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(venue: VenueClient, path: str, body: Any, status: int, words: str) -> None:
    with pytest.raises(VenueError) as error:
        venue.post(path, body)
    assert error.value.status == status
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/orders?face=kraken", "No face 'kraken'"),
        ("/orders?limit=many", "`limit` is a whole number"),
        ("/orders?limit=%C2%B2", "`limit` is a whole number"),
        ("/book?face=binance-spot", "has no market ''"),
        ("/book?face=binance-spot&market=BTCUSDT&depth=99999999999999999999999", "`depth` is a whole number"),
        ("/journal", "`face` is missing"),
    ],
)
def test_a_mistake_in_a_question_is_one_sentence(venue: VenueClient, path: str, words: str) -> None:
    with pytest.raises(VenueError) as error:
        venue.get(path)
    assert error.value.status == 400
    assert words in str(error.value)


def test_a_fault_that_is_not_there_cannot_be_ended(venue: VenueClient) -> None:
    with pytest.raises(VenueError, match=r"Fault 77 is not active\."):
        venue.faults.end({"id": 77, "face": SPOT})
    with pytest.raises(VenueError, match="a number"):
        venue.faults.end({"id": "x", "face": SPOT})


def raw(process: VenueProcess, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    port = urllib.parse.urlsplit(process.control).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_pages_of_other_origins_may_not_use_it(process: VenueProcess, origin: str) -> None:
    status, answer = raw(process, "POST", "/shutdown", b"{}", Origin=origin, Content_Type="application/json")
    assert (status, "may not use" in answer["error"]) == (403, True)
    assert raw(process, "GET", "/accounts", Origin=origin)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_other_names_for_this_host_are_refused(process: VenueProcess, host: str) -> None:
    assert raw(process, "GET", "/accounts", Host=host)[0] == 403


def test_its_own_page_may(process: VenueProcess) -> None:
    assert raw(process, "GET", "/faults", Origin=process.control)[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_cannot_command_anything(process: VenueProcess, kind: str) -> None:
    status, answer = raw(process, "POST", "/shutdown", b"{}", Content_Type=kind)
    assert (status, answer["error"][:19]) == (415, "A POST carries JSON")


def test_bodies_that_are_no_json_or_too_large(process: VenueProcess) -> None:
    assert raw(process, "POST", "/faults", b"{", Content_Type="application/json")[0] == 400
    assert raw(process, "POST", "/faults", b"[" * 100_000, Content_Type="application/json")[0] == 400
    assert raw(process, "POST", "/faults", b'"\xff"', Content_Type="application/json")[0] == 400
    assert raw(process, "POST", "/faults", b" " * (2 << 20), Content_Type="application/json")[0] == 413


def test_events_tell_what_happens(process: VenueProcess, venue: VenueClient, key: AccountKey, url: str) -> None:
    port = urllib.parse.urlsplit(process.control).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/events")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream"

    def following(wanted: str) -> Any:
        name = ""
        while line := answer.readline():
            name = line[7:].strip().decode() if line.startswith(b"event: ") else name
            if line.startswith(b"data: ") and name == wanted:
                return json.loads(line[6:])
        raise AssertionError("the stream ended")

    picture = following("picture")
    assert picture[SPOT]["books"]["BTCUSDT.spot"]["bids"]
    buy(url, key)
    while (event := following("happened"))["event"] != "OrderUpdate":
        pass
    assert event["face"] == SPOT
    assert event["data"]["order"]["account"] == key.account
    connection.close()


def test_without_a_venue_the_client_says_so() -> None:
    with pytest.raises(VenueGone, match="No venue answers"):
        VenueClient("http://127.0.0.1:9").state()
    with pytest.raises(TradeopsError, match="no control endpoint"):
        VenueClient("https://example.com/")


def test_wait_ends_with_the_value_or_says_what_it_waited_for() -> None:
    answers = iter([0, "", [], "yes"])
    assert wait(lambda: next(answers), 5) == "yes"
    with pytest.raises(TimeoutError, match=r"Rain did not come true within 0\.02 s"):
        wait(lambda: False, 0.02, "Rain")

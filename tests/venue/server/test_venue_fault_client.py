"""`venue.faults`: every method reaches the venue, and the faults do there what they say."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from signed_orders import buy, signed

from pytest_tradeops.venue.client import AccountKey, VenueClient, VenueError
from pytest_tradeops.venue.client_faults import FaultsClient
from pytest_tradeops.venue.kit.faults import KINDS
from pytest_tradeops.venue.process import VenueProcess

SPOT = "binance-spot"
#: Each method with arguments that harm nobody: an account that does not exist.
CALLS: dict[str, Callable[[FaultsClient], Any]] = {
    "latency": lambda faults: faults.latency(0.2, match="GET /nowhere", seconds=5, face=SPOT),
    "drop_sockets": lambda faults: faults.drop_sockets(SPOT, session="user", account="nobody"),
    "refuse_connections": lambda faults: faults.refuse_connections(0.5, account="nobody"),
    "stall": lambda faults: faults.stall("user", seconds=5, account="nobody"),
    "lost_push": lambda faults: faults.lost_push(3, account="nobody"),
    "duplicate_push": lambda faults: faults.duplicate_push(3, account="nobody"),
    "reorder_push": lambda faults: faults.reorder_push(3, account="nobody"),
    "delay_push": lambda faults: faults.delay_push(0.5, 3, account="nobody"),
    "rate_limit": lambda faults: faults.rate_limit(3, retry_after=2, account="nobody"),
    "ban": lambda faults: faults.ban(3, account="nobody"),
    "server_error": lambda faults: faults.server_error(3, status=500, account="nobody"),
    "drop_response": lambda faults: faults.drop_response(3, account="nobody"),
    "reject_next": lambda faults: faults.reject_next(3, reason="post-only order would take", account="nobody"),
    "clock_skew": lambda faults: faults.clock_skew(-0.001, seconds=2),
    "gap": lambda faults: faults.gap(0.2, account="nobody"),
    "ack_without_push": lambda faults: faults.ack_without_push(2, account="nobody"),
    "push_before_ack": lambda faults: faults.push_before_ack(2, hold=0.1, account="nobody"),
    "wrong_fee": lambda faults: faults.wrong_fee(1.5, n=2, account="nobody"),
}


def test_every_fault_has_a_method() -> None:
    assert set(CALLS) == set(KINDS)
    assert all(callable(getattr(FaultsClient, kind)) for kind in KINDS)


@pytest.mark.parametrize("kind", CALLS)
def test_every_method_reaches_the_venue(venue: VenueClient, kind: str) -> None:
    injected = CALLS[kind](venue.faults)
    assert [one["kind"] for one in injected] == [kind] * len(injected)
    assert injected
    active = {(one["face"], one["id"]) for one in venue.faults.active()}
    expected = set() if KINDS[kind].once else {(one["face"], one["id"]) for one in injected}
    assert active == expected
    venue.faults.clear()
    assert venue.faults.active() == []


def test_a_fault_of_one_exchange_leaves_the_other_alone(process: VenueProcess) -> None:
    venue = process.client
    url, key = process.urls[SPOT]["http"], venue.account(SPOT)
    venue.faults.server_error(1, face="bybit")
    assert signed(url, key, "GET", "/api/v3/account")[0] == 200
    (fault,) = venue.faults.server_error(1, face=SPOT)
    assert fault["face"] == SPOT
    assert signed(url, key, "GET", "/api/v3/account")[0] == 503
    assert signed(url, key, "GET", "/api/v3/account")[0] == 200


def test_one_of_several_faults_is_ended(venue: VenueClient) -> None:
    (first,) = venue.faults.latency(0.1, face=SPOT, match="GET /nowhere")
    (second,) = venue.faults.latency(0.2, face=SPOT, match="GET /nowhere")
    venue.faults.end(first)
    assert [one["id"] for one in venue.faults.active()] == [second["id"]]


def test_refused_connections_come_back_by_themselves(process: VenueProcess) -> None:
    venue = process.client
    url, key = process.urls[SPOT]["http"], venue.account(SPOT)
    venue.faults.refuse_connections(0.3, face=SPOT)
    with pytest.raises(ConnectionRefusedError):
        signed(url, key, "GET", "/api/v3/account")
    started = time.monotonic()

    def answers() -> bool:
        try:
            return signed(url, key, "GET", "/api/v3/account")[0] == 200
        except ConnectionRefusedError:
            return False

    venue.wait(answers, 5)
    assert time.monotonic() - started < 3


def test_an_order_is_filled_in_a_gap(process: VenueProcess) -> None:
    venue = process.client
    key = venue.new_account(SPOT)
    buy(process.urls[SPOT]["http"], key, price="50000")
    (order,) = venue.orders(SPOT, account=key.account)
    venue.faults.gap(0.2, fill=order, face=SPOT, account=key.account)
    (fill,) = venue.fills(SPOT, account=key.account)
    assert fill.order_id == order.id


def test_a_gap_for_an_order_that_is_not_open_injects_nothing(process: VenueProcess) -> None:
    venue = process.client
    key: AccountKey = venue.new_account(SPOT)
    buy(process.urls[SPOT]["http"], key)
    (order,) = venue.orders(SPOT, account=key.account)
    with pytest.raises(VenueError, match="no open order"):
        venue.faults.gap(5, fill=order, face=SPOT)
    assert venue.faults.active() == []


def test_faults_are_in_the_journal(venue: VenueClient) -> None:
    since = venue.journal(SPOT)[-1]["number"]
    venue.faults.latency(0.1, face=SPOT, match="GET /nowhere")
    venue.faults.clear()
    assert [one["note"] for one in venue.journal(SPOT, since) if one["kind"] == "note"] == ["fault", "fault_over"]

"""What a long run must not do: remember everything, or slow down."""

import json

import pytest
from engine_terms import BUY, SELL, SPOT, D, engine, limit, when

from pytest_tradeops.venue import bench
from pytest_tradeops.venue.engine import account
from pytest_tradeops.venue.engine.model import OrderType, Status


def test_only_the_newest_ended_orders_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "MEMORY", 10)
    venue = engine()
    stays = venue.submit("ann", limit(BUY, 1, 90, client_id="stays"))
    first = venue.submit("ann", limit(BUY, 1, 91, client_id="first"))
    venue.cancel("ann", SPOT, order_id=first.id)
    for _ in range(30):
        venue.submit("bob", limit(SELL, "0.1", 100))
        venue.submit("ann", limit(BUY, "0.1", 100))
    assert [order.status for order in venue.orders("ann")] == [Status.NEW] + [Status.FILLED] * 10
    assert len(venue.fills("ann")) == 10
    assert venue.order("ann", SPOT, client_id="first") is None
    assert venue.order("ann", SPOT, order_id=first.id) is None
    assert venue.order("ann", SPOT, client_id="stays") == stays


def test_a_name_that_was_used_again_is_not_forgotten_with_its_first_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "MEMORY", 1)
    venue = engine()
    for _ in range(4):
        newest = venue.submit("ann", limit(BUY, 1, 90, client_id="x"))
        venue.cancel("ann", SPOT, client_id="x")
    found = venue.order("ann", SPOT, client_id="x")
    assert found is not None
    assert (found.id, found.status) == (newest.id, Status.CANCELED)


def test_the_book_keeps_nothing_of_what_ended() -> None:
    venue = engine()
    for number in range(200):
        price = D(90) + D("0.01") * number
        order = venue.submit("ann", limit(BUY, "0.1", price))
        stop = venue.submit("ann", when(OrderType.STOP_LIMIT, BUY, "0.1", 110, 109))
        venue.cancel("ann", SPOT, order_id=order.id)
        venue.cancel("ann", SPOT, order_id=stop.id)
    market = venue._core.markets[SPOT]
    assert (market.book.bids.levels, market.book.bids.prices, market.book.bids.changed) == ({}, [], {})
    assert not market.triggers
    assert venue._core.accounts["ann"].open == {SPOT: {}}
    assert venue.balances("ann")["USD"].locked == 0


def test_the_benchmark_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["engine", "--orders", "2000"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bench"] == "engine"
    assert found["orders"] >= 2000
    assert found["commands_per_s"] > found["orders_per_s"] > 500
    assert found["filled_orders"] > 200

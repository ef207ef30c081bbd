"""The market that is there without anybody: seeded, on a grid, and at the command of a scenario."""

from decimal import Decimal

import pytest
from engine_mirror import plain
from engine_terms import BUY, LINEAR, SECOND, SELL, SPOT, START, D, at_market, engine, limit, spot

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.defaults import linear_instruments, spot_instruments
from pytest_tradeops.venue.engine.events import BookUpdate, OrderUpdate, PublicTrade
from pytest_tradeops.venue.engine.model import HOUSE, Status

STEP = SECOND // 10


def everything(venue: Engine, times: list[int]) -> str:
    for time_ns in times:
        venue.advance(time_ns)
    return plain(venue.drain())


def test_it_does_not_matter_how_time_is_cut() -> None:
    """A replay advances only where there was a command; the venue advanced at every question."""
    end = START + 7 * SECOND + 3
    once = everything(engine(background=True), [end])
    assert once.count("PublicTrade(") > 10
    assert once == everything(engine(background=True), [*range(START, end, STEP // 3), end])
    assert once == everything(engine(background=True), [START + SECOND, START, START + SECOND - 1, end])
    assert once != everything(engine(background=True, seed=2), [end])


def test_nothing_happens_between_two_steps_of_the_grid() -> None:
    venue = engine(background=True)
    venue.advance(START + STEP - 1)
    assert venue.drain() == []
    venue.advance(START + STEP)
    events = venue.drain()
    assert events
    assert {event.time_ns for event in events} == {START + STEP}


def test_it_shows_several_levels_of_varying_size_on_both_sides() -> None:
    venue = engine(background=True)
    for _ in range(50):
        venue.advance(venue.now_ns + STEP)
        book = venue.book(SPOT, 100)
        for levels, sign in ((book.bids, 1), (book.asks, -1)):
            prices = [price * sign for price, _ in levels]
            assert len(levels) >= 20
            assert prices == sorted(prices, reverse=True)
            assert len({quantity for _, quantity in levels}) > 10
        assert book.bids[0][0] < book.asks[0][0] <= book.bids[0][0] + D("0.10")


def test_prices_wander_as_the_volatility_says() -> None:
    calm, wild = (engine(spot(volatility=D(move)), background=True) for move in ("0.00001", "0.001"))
    moved = []
    for venue in (calm, wild):
        prices = []
        for _ in range(600):
            venue.advance(venue.now_ns + STEP)
            prices.append(venue.last_price(SPOT))
        moved.append(max(prices) - min(prices))
    assert moved[0] < 1 < moved[1] < 20


def test_spot_and_linear_of_one_symbol_stay_together() -> None:
    venue = engine(background=True)
    venue.advance(START + 600 * SECOND)
    assert abs(venue.last_price(SPOT) - venue.mark_price(LINEAR)) < D("0.2")
    assert abs(venue.last_price(SPOT) - 100) > D("0.2"), "it did not move at all"


def test_it_takes_a_resting_order_when_the_price_reaches_it() -> None:
    venue = engine(spot(volatility=D("0.001")), background=True)
    order = venue.submit("ann", limit(BUY, 40, "99.50"))
    while (found := venue.order("ann", SPOT, order_id=order.id)) and found.status.open:
        assert venue.now_ns < START + 600 * SECOND
        assert venue.book(SPOT, 1).asks[0][0] > D("99.50")
        venue.advance(venue.now_ns + STEP)
    assert found is not None
    assert found.status is Status.FILLED
    assert {fill.price for fill in venue.fills("ann")} == {D("99.50")}
    assert venue.balances(HOUSE)["ABC"].total == -40


def test_it_trades_with_an_order_at_the_touch_bit_by_bit() -> None:
    venue = engine(spot(volatility=D(0)), background=True)
    bid, ask = venue.book(SPOT, 1).bids[0][0], venue.book(SPOT, 1).asks[0][0]
    assert ask - bid > D("0.01")
    venue.submit("ann", limit(BUY, 100, bid + D("0.01")))
    states = set()
    for _ in range(100):
        venue.advance(venue.now_ns + STEP)
        states |= {event.order.status for event in venue.drain() if isinstance(event, OrderUpdate)}
    assert Status.PARTIALLY_FILLED in states
    assert len(venue.fills("ann")) > 3


def test_what_was_taken_is_filled_up_again() -> None:
    venue = engine(background=True)
    venue.submit("ann", at_market(BUY, 60))
    thin = len(venue.book(SPOT, 100).asks)
    venue.advance(venue.now_ns + STEP)
    assert len(venue.book(SPOT, 100).asks) > thin


@pytest.mark.parametrize("held", [False, True])
def test_a_moved_price_takes_out_what_rests_in_the_way(held: bool) -> None:
    venue = engine(background=True)
    venue.hold(SPOT, held)
    orders = [venue.submit("ann", limit(BUY, 1, price)).id for price in (97, 95, "94.99")]
    stop_side = venue.submit("bob", limit(SELL, 1, 105)).id
    venue.drain()
    venue.move_price(SPOT, D(95))
    assert [fill.order_id for fill in venue.fills("ann")] == orders[:2]
    assert [fill.price for fill in venue.fills("ann")] == [97, 95]
    assert venue.last_price(SPOT) == 95
    book = venue.book(SPOT, 100)
    assert book.bids[0][0] < 95 < book.asks[0][0] < D("95.1")
    assert [order.id for order in venue.open_orders("bob")] == [stop_side]
    venue.move_price(SPOT, D(105))
    assert venue.last_price(SPOT) == 105
    assert venue.fills("bob")[-1].order_id == stop_side


def test_a_moved_price_prints_even_where_nothing_rests() -> None:
    venue = engine()
    venue.move_price(SPOT, D(103))
    assert [(trade.price, trade.quantity) for trade in venue.trades(SPOT)] == [(D(103), D("0.001"))]
    assert venue.last_price(SPOT) == 103


def test_a_held_market_stands_still_but_can_be_taken_from() -> None:
    venue = engine(background=True)
    venue.hold(SPOT)
    venue.drain()
    best = venue.book(SPOT, 1)
    venue.advance(START + 5 * SECOND)
    assert [
        event for event in venue.drain() if isinstance(event, BookUpdate | PublicTrade) and event.market == SPOT
    ] == []
    order = venue.submit("ann", limit(BUY, 1, "99.5"))
    for _ in range(20):
        assert venue.submit("ann", at_market(BUY, 5)).status is Status.FILLED
        assert venue.submit("ann", at_market(SELL, 5)).status is Status.FILLED
        venue.advance(venue.now_ns + STEP)
    now = venue.book(SPOT, 1)
    assert (now.bids[0][0], now.asks[0][0]) == (best.bids[0][0], best.asks[0][0])
    assert venue.order("ann", SPOT, order_id=order.id) == order
    venue.hold(SPOT, False)
    venue.advance(venue.now_ns + 5 * SECOND)
    assert [event for event in venue.drain() if isinstance(event, PublicTrade)]


def test_after_a_stop_there_was_no_market_in_between() -> None:
    venue = engine(background=True)
    venue.advance(START + SECOND)
    venue.drain()
    venue.reopen(START + 3600 * SECOND + 7)
    assert venue.drain() == []
    venue.advance(START + 3600 * SECOND + 7 + STEP)
    assert {event.time_ns for event in venue.drain()} == {START + 3600 * SECOND + 7 + STEP}


def test_the_default_markets_trade() -> None:
    venue = Engine([*spot_instruments(), *linear_instruments()], seed=3, start_ns=START)
    assert len(venue.instruments) == 7
    venue.open_account("ann", {"USDT": D(10**7), "BTC": D(10)})
    for key, terms in venue.instruments.items():
        quantity = max(terms.min_quantity, (terms.min_notional * 2 / terms.start_price) // terms.step * terms.step)
        assert venue.submit("ann", at_market(BUY, quantity, key)).status is Status.FILLED
        bid = venue.book(key, 1).bids[0][0]
        assert venue.submit("ann", limit(BUY, quantity, bid - 5 * terms.tick, key)).status is Status.NEW
        # Every price and quantity that is shown fits the filters.
        for price, shown in (*venue.book(key).bids, *venue.book(key).asks):
            assert price % terms.tick == shown % terms.step == 0
    venue.advance(START + 60 * SECOND)
    assert all(venue.last_price(key) != terms.start_price for key, terms in venue.instruments.items())


def test_a_market_near_its_lowest_price_stays_inside_it() -> None:
    low = spot(min_price=Decimal(95), max_price=Decimal(105), volatility=D("0.01"))
    venue = engine(low, background=True)
    for _ in range(300):
        venue.advance(venue.now_ns + STEP)
        book = venue.book(SPOT, 100)
        assert all(95 <= price <= 105 for price, _ in (*book.bids, *book.asks))
    for price in (95, 105):
        venue.move_price(SPOT, D(price))
        book = venue.book(SPOT, 100)
        assert all(95 <= shown <= 105 for shown, _ in (*book.bids, *book.asks))
        assert bool(book.bids) is (price == 105)

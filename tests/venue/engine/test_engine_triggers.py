"""Conditional orders: when they trigger, by which price, and what becomes of them."""

import pytest
from engine_terms import BUY, LINEAR, SECOND, SELL, SPOT, D, at_market, engine, limit, linear, when

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.events import Execution, OrderUpdate
from pytest_tradeops.venue.engine.model import (
    Balance,
    Order,
    OrderType,
    Reason,
    Rejected,
    Side,
    Status,
    TriggerBy,
)

RICH = {"USD": 10**7}
STOP, TAKE = OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET


def now(venue: Engine, order: Order) -> Order:
    found = venue.order(order.account, order.market, order_id=order.id)
    assert found is not None
    return found


def print_at(venue: Engine, price: object) -> None:
    """A trade of two others."""
    venue.submit("bob", limit(SELL, "0.1", price))
    venue.submit("cid", limit(BUY, "0.1", price))


def three() -> Engine:
    return engine(**{name: {"USD": 10_000, "ABC": 100} for name in ("ann", "bob", "cid")})


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "before", "at"),
    [
        (STOP, BUY, 102, "101.99", "102"),
        (STOP, SELL, 98, "98.01", "98"),
        (TAKE, BUY, 98, "98.01", "97"),
        (TAKE, SELL, 102, "101.99", "103"),
    ],
)
def test_it_triggers_when_the_price_gets_there(kind: OrderType, side: Side, trigger: int, before: str, at: str) -> None:
    venue = three()
    order = venue.submit("ann", when(kind, side, 1, trigger))
    assert (order.status, order.working_ns) == (Status.PENDING, 0)
    venue.submit("bob", limit(side.opposite, 5, 104 if side is BUY else 96))
    venue.advance(venue.now_ns + SECOND)
    print_at(venue, before)
    assert now(venue, order).status is Status.PENDING
    print_at(venue, at)
    done = now(venue, order)
    assert (done.status, done.filled, done.triggered_ns) == (Status.FILLED, 1, venue.now_ns)
    told = [event.execution for event in venue.drain() if isinstance(event, OrderUpdate) and event.order.id == order.id]
    assert told == [Execution.NEW, Execution.TRIGGERED, Execution.TRADE]


@pytest.mark.parametrize(
    ("kind", "side", "trigger"), [(STOP, BUY, 100), (STOP, SELL, 100), (TAKE, BUY, 100), (TAKE, SELL, "99.5")]
)
def test_one_that_would_trigger_at_once_is_refused(kind: OrderType, side: Side, trigger: object) -> None:
    with pytest.raises(Rejected) as refusal:
        engine().submit("ann", when(kind, side, 1, trigger))
    assert refusal.value.reason is Reason.TRIGGER_NOW


def test_a_price_that_was_touched_within_one_command_counts() -> None:
    """A sweep goes through 103 and a print brings it back: the stop at 103 has triggered."""
    venue = three()
    order = venue.submit("ann", when(STOP, BUY, 1, 103))
    for price in (101, 103):
        venue.submit("bob", limit(SELL, 1, price))
    venue.submit("bob", limit(SELL, 9, 104))
    venue.submit("cid", limit(BUY, 2, 103))
    assert now(venue, order).status is Status.FILLED
    assert venue.last_price(SPOT) == 104


def test_a_triggered_limit_order_rests_at_its_price() -> None:
    venue = three()
    order = venue.submit("ann", when(OrderType.STOP_LIMIT, BUY, 1, 102, 101))
    assert venue.balances("ann")["USD"] == Balance(D(9899), D(101))
    print_at(venue, 102)
    assert now(venue, order).status is Status.NEW
    assert venue.book(SPOT).bids == ((D(101), D(1)),)
    assert venue.cancel("ann", SPOT, order_id=order.id).status is Status.CANCELED
    assert venue.balances("ann")["USD"] == Balance(D(10_000), D(0))


def test_the_mark_price_triggers_what_asks_for_it_and_no_trade_does() -> None:
    venue = engine(linear(volatility=D(0), max_notional=D(10**6)), background=True, ann=RICH, bob=RICH)
    by_mark = venue.submit("ann", when(STOP, BUY, 1, 102, market=LINEAR, trigger_by=TriggerBy.MARK))
    by_last = venue.submit("ann", when(STOP, BUY, 1, 102, market=LINEAR))
    venue.hold(LINEAR)
    everything = sum(quantity for price, quantity in venue.book(LINEAR, 100).asks)
    venue.submit("bob", limit(BUY, everything, 103, LINEAR))
    venue.submit("bob", limit(BUY, "0.5", "102.5", LINEAR))
    venue.submit("ann", limit(SELL, "0.5", "102.5", LINEAR))
    assert venue.last_price(LINEAR) >= 102 > venue.mark_price(LINEAR)
    assert now(venue, by_last).triggered_ns
    assert now(venue, by_mark).status is Status.PENDING
    venue.move_price(LINEAR, D(102))
    assert now(venue, by_mark).triggered_ns


def test_a_stop_that_can_no_longer_be_paid_expires() -> None:
    venue = engine(ann={"USD": 110}, bob={"USD": 10_000, "ABC": 100}, cid={"USD": 10_000})
    order = venue.submit("ann", when(STOP, BUY, 1, 102))
    assert venue.balances("ann")["USD"] == Balance(D(8), D(102))
    venue.submit("bob", limit(SELL, 5, 115))
    print_at(venue, 102)
    done = now(venue, order)
    assert (done.status, done.reason, done.filled) == (Status.EXPIRED, Reason.BALANCE, 0)
    assert venue.balances("ann")["USD"] == Balance(D(110), D(0))


def test_one_stop_sets_off_the_next() -> None:
    venue = three()
    second = venue.submit("ann", when(STOP, SELL, 1, 96))
    first = venue.submit("ann", when(STOP, SELL, 1, 98))
    for price in (95, 94):
        venue.submit("bob", limit(BUY, 1, price))
    print_at(venue, 98)
    assert [fill.order_id for fill in venue.fills("ann")] == [first.id, second.id]
    assert [fill.price for fill in venue.fills("ann")] == [95, 94]


def test_a_pending_order_can_be_amended_and_cancelled() -> None:
    venue = three()
    order = venue.submit("ann", when(OrderType.STOP_LIMIT, BUY, 1, 102, 101))
    order = venue.amend("ann", SPOT, order_id=order.id, quantity=D(2), price=D("100.5"), trigger_price=D(103))
    assert (order.quantity, order.price, order.trigger_price, order.status) == (2, D("100.5"), 103, Status.PENDING)
    assert venue.balances("ann")["USD"].locked == 201
    print_at(venue, 102)
    assert now(venue, order).status is Status.PENDING
    with pytest.raises(Rejected) as refusal:
        venue.amend("ann", SPOT, order_id=order.id, trigger_price=D(102))
    assert refusal.value.reason is Reason.TRIGGER_NOW
    print_at(venue, 103)
    assert now(venue, order).status is Status.NEW


def test_cancel_all_tells_conditional_orders_apart() -> None:
    venue = three()
    waiting = venue.submit("ann", when(STOP, SELL, 1, 90)).id
    triggered = venue.submit("ann", when(OrderType.STOP_LIMIT, SELL, 1, 99, 105)).id
    plain = venue.submit("ann", limit(BUY, 1, 90)).id
    print_at(venue, 99)
    assert [order.id for order in venue.cancel_all("ann", conditional=True)] == [waiting]
    assert [order.id for order in venue.cancel_all("ann", conditional=False)] == [triggered, plain]


def test_a_stop_of_a_linear_market_asks_for_margin_only_when_it_triggers() -> None:
    venue = engine(linear(), ann={"USD": 10}, bob={"USD": 10**6}, cid={"USD": 10**6})
    order = venue.submit("ann", when(STOP, BUY, 5, 102, market=LINEAR))
    assert venue.available_margin("ann", "USD") == 10
    venue.move_price(LINEAR, D(102))
    done = now(venue, order)
    assert (done.status, done.reason) == (Status.EXPIRED, Reason.MARGIN)
    with pytest.raises(Rejected):
        venue.submit("ann", at_market(BUY, 5, LINEAR))


def test_a_price_from_before_an_order_was_placed_does_not_trigger_it() -> None:
    venue = three()
    for price in (103, 97, 100):
        print_at(venue, price)
    orders = [venue.submit("ann", when(STOP, side, 1, 100 + 2 * side.sign)) for side in (BUY, SELL)]
    print_at(venue, 101)
    assert [now(venue, order).status for order in orders] == [Status.PENDING, Status.PENDING]

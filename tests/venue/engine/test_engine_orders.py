"""Orders on the spot market: who trades, at which price, and how an order ends."""

import pytest
from engine_terms import BUY, LINEAR, SELL, SPOT, D, at_market, engine, limit, spot

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.events import Execution, OrderUpdate
from pytest_tradeops.venue.engine.model import (
    Order,
    OrderRequest,
    OrderType,
    Reason,
    Rejected,
    SelfTrade,
    Status,
    TimeInForce,
)


def steps(venue: Engine, order: Order) -> list[tuple[str, str]]:
    """How an order came to where it is."""
    updates = [event for event in venue.drain() if isinstance(event, OrderUpdate) and event.order.id == order.id]
    return [(update.execution.value, update.order.status.value) for update in updates]


def now(venue: Engine, order: Order) -> Order:
    found = venue.order(order.account, order.market, order_id=order.id)
    assert found is not None
    return found


def test_the_best_price_trades_first_and_there_the_oldest_order() -> None:
    venue = engine()
    late = venue.submit("bob", limit(SELL, 1, "101"))
    first = venue.submit("bob", limit(SELL, 1, "100.5"))
    second = venue.submit("bob", limit(SELL, 1, "100.5"))
    taker = venue.submit("ann", limit(BUY, "2.5", "101"))
    assert [(fill.price, fill.quantity, fill.maker) for fill in venue.fills("ann")] == [
        (D("100.5"), D(1), False), (D("100.5"), D(1), False), (D(101), D("0.5"), False),
    ]  # fmt: skip
    assert [fill.order_id for fill in venue.fills("bob")] == [first.id, second.id, late.id]
    assert (taker.status, taker.average_price) == (Status.FILLED, D("100.6"))
    assert now(venue, late).status is Status.PARTIALLY_FILLED
    assert venue.book(SPOT).asks == ((D(101), D("0.5")),)


def test_what_is_not_filled_rests_at_its_price() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    order = venue.submit("ann", limit(BUY, 3, 101))
    assert (order.status, order.filled, order.cost, order.remaining) == (Status.PARTIALLY_FILLED, 1, 100, 2)
    assert venue.book(SPOT).bids == ((D(101), D(2)),)
    assert steps(venue, order) == [("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED")]


def test_a_market_order_sweeps_and_what_nobody_offers_expires() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("bob", limit(SELL, 1, 102))
    order = venue.submit("ann", at_market(BUY, 3))
    assert (order.status, order.filled, order.cost, order.reason) == (Status.EXPIRED, 2, 202, Reason.NO_LIQUIDITY)
    assert steps(venue, order) == [
        ("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED"), ("TRADE", "PARTIALLY_FILLED"), ("EXPIRED", "EXPIRED"),
    ]  # fmt: skip


def test_a_market_order_may_say_what_it_spends_or_wants_to_receive() -> None:
    venue = engine(spot())
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("bob", limit(SELL, 5, 110))
    spend = OrderRequest(market=SPOT, side=BUY, type=OrderType.MARKET, quote_quantity=D(155))
    order = venue.submit("ann", spend)
    assert (order.status, order.filled, order.cost, order.quantity) == (Status.FILLED, D("1.5"), D(155), D("1.5"))
    venue.submit("ann", limit(BUY, 5, 90))
    receive = OrderRequest(market=SPOT, side=SELL, type=OrderType.MARKET, quote_quantity=D("180.05"))
    order = venue.submit("bob", receive)
    assert (order.status, order.filled, order.cost) == (Status.FILLED, 2, 180)


@pytest.mark.parametrize(
    ("tif", "quantity", "filled", "reason"),
    [
        (TimeInForce.IOC, 3, 2, Reason.IMMEDIATE_OR_CANCEL),
        (TimeInForce.FOK, 3, 0, Reason.FILL_OR_KILL),
        (TimeInForce.FOK, 2, 2, None),
        (TimeInForce.IOC, 2, 2, None),
    ],
)
def test_immediate_orders_never_rest(tif: TimeInForce, quantity: int, filled: int, reason: Reason | None) -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("bob", limit(SELL, 1, 101))
    venue.submit("bob", limit(SELL, 9, "101.01"))
    order = venue.submit("ann", limit(BUY, quantity, 101, tif=tif))
    assert (order.filled, order.reason, order.status) == (
        filled, reason, Status.FILLED if reason is None else Status.EXPIRED,
    )  # fmt: skip
    assert venue.book(SPOT).bids == ()
    assert venue.balances("ann")["USD"].locked == 0


def test_a_post_only_order_ends_where_it_would_take() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    assert venue.would_take(SPOT, BUY, D(100))
    assert not venue.would_take(SPOT, BUY, D("99.99"))
    order = venue.submit("ann", limit(BUY, 1, 100, post_only=True))
    assert (order.status, order.reason, order.filled) == (Status.EXPIRED, Reason.POST_ONLY, 0)
    assert venue.submit("ann", limit(BUY, 1, "99.99", post_only=True)).status is Status.NEW


@pytest.mark.parametrize(
    ("mode", "taker", "own", "other"),
    [
        (SelfTrade.NONE, Status.FILLED, Status.FILLED, Status.NEW),
        (SelfTrade.EXPIRE_TAKER, Status.EXPIRED, Status.NEW, Status.NEW),
        (SelfTrade.EXPIRE_MAKER, Status.FILLED, Status.EXPIRED, Status.FILLED),
        (SelfTrade.EXPIRE_BOTH, Status.EXPIRED, Status.EXPIRED, Status.NEW),
    ],
)
def test_self_trade_prevention(mode: SelfTrade, taker: Status, own: Status, other: Status) -> None:
    venue = engine()
    mine = venue.submit("ann", limit(SELL, 1, 100))
    theirs = venue.submit("bob", limit(SELL, 1, 101))
    order = venue.submit("ann", limit(BUY, 1, 101, self_trade=mode))
    assert (order.status, now(venue, mine).status, now(venue, theirs).status) == (taker, own, other)
    if order.status is Status.EXPIRED:
        assert order.reason is Reason.SELF_TRADE


def test_a_cancelled_order_gives_back_what_it_locked() -> None:
    venue = engine()
    before = venue.balances("ann")
    order = venue.submit("ann", limit(BUY, 2, 99, client_id="mine"))
    assert venue.balances("ann")["USD"].locked == 198
    assert venue.cancel("ann", SPOT, client_id="mine").status is Status.CANCELED
    assert venue.balances("ann") == before
    assert venue.book(SPOT).bids == ()
    with pytest.raises(Rejected) as refusal:
        venue.cancel("ann", SPOT, order_id=order.id)
    assert refusal.value.reason is Reason.UNKNOWN_ORDER


def test_nobody_cancels_an_order_of_somebody_else_or_in_another_market() -> None:
    venue = engine()
    order = venue.submit("ann", limit(BUY, 1, 99))
    for account, market in (("bob", SPOT), ("ann", LINEAR)):
        with pytest.raises(Rejected) as refusal:
            venue.cancel(account, market, order_id=order.id)
        assert refusal.value.reason is Reason.UNKNOWN_ORDER
    assert venue.open_orders("ann") == [order]


def test_cancel_all_takes_one_market_or_all() -> None:
    venue = engine()
    here = [venue.submit("ann", limit(BUY, 1, price)).id for price in (98, 97)]
    there = venue.submit("ann", limit(BUY, 1, 98, LINEAR)).id
    kept = venue.submit("bob", limit(BUY, 1, 98))
    assert [order.id for order in venue.cancel_all("ann", SPOT)] == here
    assert [order.id for order in venue.cancel_all("ann")] == [there]
    assert venue.cancel_all("ann") == []
    assert venue.open_orders("bob") == [kept]


def test_a_client_id_is_unique_among_open_orders_only() -> None:
    venue = engine()
    first = venue.submit("ann", limit(BUY, 1, 99, client_id="x"))
    with pytest.raises(Rejected) as refusal:
        venue.submit("ann", limit(BUY, 1, 98, client_id="x"))
    assert refusal.value.reason is Reason.DUPLICATE_CLIENT_ID
    venue.submit("bob", limit(BUY, 1, 98, client_id="x"))
    venue.submit("ann", limit(BUY, 1, 98, LINEAR, client_id="x"))
    venue.cancel("ann", SPOT, client_id="x")
    second = venue.submit("ann", limit(BUY, 1, 98, client_id="x"))
    assert venue.order("ann", SPOT, client_id="x") == second
    assert venue.order("ann", SPOT, order_id=first.id) == now(venue, first)
    assert venue.submit("ann", limit(BUY, 1, 97)).client_id


def test_only_a_smaller_quantity_keeps_its_place() -> None:
    venue = engine()
    first, second, third = (venue.submit("bob", limit(SELL, 2, 100)) for _ in range(3))
    venue.advance(venue.now_ns + 5)
    assert venue.amend("bob", SPOT, order_id=first.id, quantity=D(1)).working_ns == first.working_ns
    assert venue.amend("bob", SPOT, order_id=second.id, quantity=D(3)).working_ns == venue.now_ns
    venue.submit("ann", limit(BUY, 2, 100))
    assert [now(venue, order).filled for order in (first, second, third)] == [1, 0, 1]
    venue.submit("ann", limit(BUY, 2, 100))
    assert [now(venue, order).filled for order in (first, second, third)] == [1, 1, 2]


def test_an_amended_price_may_trade_at_once() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    order = venue.submit("ann", limit(BUY, 2, 99))
    venue.drain()
    order = venue.amend("ann", SPOT, order_id=order.id, price=D(101))
    assert (order.filled, order.cost, order.price) == (1, 100, 101)
    assert steps(venue, order) == [("AMENDED", "NEW"), ("TRADE", "PARTIALLY_FILLED")]
    assert venue.balances("ann")["USD"].locked == 101
    assert venue.book(SPOT).bids == ((D(101), D(1)),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, Reason.NOTHING_TO_CHANGE),
        ({"price": D(99), "quantity": D(3)}, Reason.NOTHING_TO_CHANGE),
        ({"price": D("99.001")}, Reason.PRICE_TICK),
        ({"price": D(150)}, Reason.PRICE_BAND),
        ({"quantity": D(1)}, Reason.QUANTITY_MIN),
        ({"quantity": D("2.0001")}, Reason.QUANTITY_STEP),
        ({"quantity": D(400)}, Reason.BALANCE),
        ({"trigger_price": D(99)}, Reason.NOT_AMENDABLE),
    ],
)
def test_an_amendment_that_is_refused_changes_nothing(changes: dict[str, D], reason: Reason) -> None:
    venue = engine()
    order = venue.submit("ann", limit(BUY, 3, 99))
    venue.submit("bob", limit(SELL, 1, 99))
    before = (now(venue, order), venue.balances("ann"), venue.book(SPOT))
    venue.drain()
    with pytest.raises(Rejected) as refusal:
        venue.amend("ann", SPOT, order_id=order.id, **changes)
    assert refusal.value.reason is reason
    assert (now(venue, order), venue.balances("ann"), venue.book(SPOT)) == before
    assert venue.drain() == []


def test_what_comes_back_is_a_copy() -> None:
    venue = engine()
    order = venue.submit("ann", limit(BUY, 1, 99))
    order.filled = D(1)
    venue.open_orders("ann")[0].status = Status.FILLED
    assert now(venue, order).filled == 0
    assert venue.open_orders("ann")[0].status is Status.NEW
    assert [event.execution for event in venue.drain() if isinstance(event, OrderUpdate)] == [Execution.NEW]


def test_the_house_fills_an_order_out_of_turn() -> None:
    venue = engine()
    better = venue.submit("bob", limit(BUY, 1, 99))
    order = venue.submit("ann", limit(BUY, 2, 98))
    fill = venue.fill_order("ann", SPOT, order.id, D("0.5"))
    assert (fill.price, fill.quantity, fill.maker, fill.order_id) == (98, D("0.5"), True, order.id)
    assert venue.fill_order("ann", SPOT, order.id).quantity == D("1.5")
    assert now(venue, order).status is Status.FILLED
    assert now(venue, better).filled == 0
    assert [trade.side for trade in venue.trades(SPOT)] == [SELL, SELL]
    for quantity in (D(2), D(0), D("0.0001")):
        with pytest.raises(Rejected):
            venue.fill_order("bob", SPOT, better.id, quantity)

"""Linear positions: profit, margin, reduce-only, liquidation."""

from decimal import Decimal

import pytest
from engine_terms import BUY, LINEAR, SELL, SPOT, D, at_market, engine, limit, linear, spot, when

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.events import Execution, OrderUpdate, PositionUpdate, WalletUpdate
from pytest_tradeops.venue.engine.model import FEES, HOUSE, OrderType, Reason, Rejected, Side, Status, TimeInForce

RICH = {"USD": 10**7}


def free() -> Engine:
    """Without fees, so that profits are easily worked out."""
    return engine(linear(maker_fee=D(0), taker_fee=D(0)), ann={"USD": 1000}, bob=RICH)


def trade(venue: Engine, side: Side, quantity: object, price: object) -> None:
    """ann takes from bob at this price."""
    venue.submit("bob", limit(side.opposite, quantity, price, LINEAR))
    order = venue.submit("ann", limit(side, quantity, price, LINEAR))
    assert order.status is Status.FILLED


def held(venue: Engine, account: str = "ann") -> tuple[Decimal, Decimal, Decimal]:
    position = venue.position(account, LINEAR)
    return position.quantity, position.entry_price, position.realized_pnl


def test_a_position_is_averaged_reduced_and_turned_over() -> None:
    venue = free()
    trade(venue, BUY, 2, 100)
    trade(venue, BUY, 1, 106)
    assert held(venue) == (3, 102, 0)
    trade(venue, SELL, 1, 108)
    assert held(venue) == (2, 102, 6)
    trade(venue, SELL, 5, 100)
    assert held(venue) == (-3, 100, 2)
    assert held(venue, "bob") == (3, 100, -2)
    trade(venue, BUY, 3, 99)
    assert held(venue) == (0, 0, 5)
    assert venue.positions("ann") == venue.positions("bob") == []
    assert venue.balances("ann")["USD"].free == 1005
    assert [fill.realized_pnl for fill in venue.fills("ann")] == [0, 0, 6, -4, 3]


def test_fees_are_paid_in_the_quote_currency() -> None:
    venue = engine(linear(maker_fee=D("0.0002"), taker_fee=D("0.0005")), ann={"USD": 1000}, bob=RICH)
    trade(venue, BUY, 2, 100)
    assert venue.balances("ann")["USD"].total == D("999.9")
    assert venue.balances(FEES)["USD"].total == D("0.14")
    assert [fill.fee_asset for fill in venue.fills("ann")] == ["USD"]


def test_what_is_told_of_a_fill_comes_in_the_order_of_the_exchanges() -> None:
    venue = free()
    venue.submit("bob", limit(SELL, 1, 100, LINEAR))
    venue.drain()
    venue.submit("ann", limit(BUY, 1, 100, LINEAR))
    mine = [
        event for event in venue.drain()
        if (isinstance(event, WalletUpdate) and event.account == "ann")
        or (isinstance(event, PositionUpdate) and event.position.account == "ann")
        or (isinstance(event, OrderUpdate) and event.order.account == "ann")
    ]  # fmt: skip
    assert [type(event) for event in mine] == [OrderUpdate, WalletUpdate, PositionUpdate, OrderUpdate]
    assert isinstance(mine[-1], OrderUpdate)
    assert mine[-1].execution is Execution.TRADE


def test_margin_bounds_what_may_be_opened() -> None:
    venue = engine(linear(maker_fee=D(0), taker_fee=D("0.001")), ann={"USD": 100}, bob=RICH)
    venue.set_leverage("ann", LINEAR, 10)
    # 990 / 10 of margin and 0.99 of fee.
    venue.check("ann", limit(BUY, "9.9", 100, LINEAR))
    with pytest.raises(Rejected) as refusal:
        venue.submit("ann", limit(BUY, "9.91", 100, LINEAR))
    assert refusal.value.reason is Reason.MARGIN
    venue.submit("ann", limit(BUY, 5, 99, LINEAR))
    assert venue.available_margin("ann", "USD") == D("50.5")
    # The other side needs no margin of its own as far as the larger one covers it.
    venue.submit("ann", limit(SELL, "4.9", 101, LINEAR))
    assert venue.available_margin("ann", "USD") == D("50.5")
    venue.set_leverage("ann", LINEAR, 5)
    assert venue.available_margin("ann", "USD") == 1
    with pytest.raises(Rejected) as refusal:
        venue.set_leverage("ann", LINEAR, 4)
    assert refusal.value.reason is Reason.MARGIN
    assert venue.leverage("ann", LINEAR) == 5


@pytest.mark.parametrize(("market", "leverage"), [(LINEAR, 0), (LINEAR, 51), (SPOT, 1)])
def test_a_leverage_that_is_not_offered_is_refused(market: str, leverage: int) -> None:
    with pytest.raises(Rejected) as refusal:
        engine().set_leverage("ann", market, leverage)
    assert refusal.value.reason is Reason.LEVERAGE


def test_closing_needs_no_margin() -> None:
    venue = free()
    trade(venue, BUY, 100, 100)
    venue.submit("bob", limit(BUY, 100, "95", LINEAR))
    venue.move_price(LINEAR, D("95.01"))
    assert venue.available_margin("ann", "USD") == D("25.95")
    venue.submit("ann", at_market(SELL, 100, LINEAR))
    assert held(venue)[0] == 0
    assert venue.balances("ann")["USD"].free == 500


def test_reduce_only_is_cut_to_the_position() -> None:
    venue = free()
    trade(venue, BUY, 2, 100)
    venue.submit("bob", limit(BUY, 10, 99, LINEAR))
    order = venue.submit("ann", at_market(SELL, 5, LINEAR, reduce_only=True))
    assert (order.quantity, order.filled, order.status) == (2, 2, Status.FILLED)
    with pytest.raises(Rejected) as refusal:
        venue.submit("ann", at_market(SELL, 1, LINEAR, reduce_only=True))
    assert refusal.value.reason is Reason.REDUCE_ONLY


def test_resting_reduce_only_orders_shrink_and_expire_with_the_position() -> None:
    venue = free()
    trade(venue, BUY, 3, 100)
    orders = [venue.submit("ann", limit(SELL, 3, price, LINEAR, reduce_only=True)) for price in (105, 106)]
    venue.drain()
    trade(venue, SELL, 1, 100)
    assert [order.remaining for order in venue.open_orders("ann")] == [2, 2]
    assert venue.book(LINEAR).asks == ((D(105), D(2)), (D(106), D(2)))
    amended = [
        event.order.id
        for event in venue.drain()
        if isinstance(event, OrderUpdate) and event.execution is Execution.AMENDED
    ]
    assert amended == [order.id for order in orders]
    venue.submit("bob", limit(BUY, 9, 106, LINEAR))
    first, second = (venue.order("ann", LINEAR, order_id=order.id) for order in orders)
    assert first is not None
    assert second is not None
    assert (first.filled, first.status) == (2, Status.FILLED)
    assert (second.filled, second.status, second.reason) == (0, Status.EXPIRED, Reason.POSITION_CLOSED)
    assert held(venue)[0] == 0


def test_all_or_nothing_knows_that_reduce_only_orders_shrink() -> None:
    """Two reduce-only orders of two cannot both fill on a position of three."""
    venue = free()
    trade(venue, BUY, 3, 100)
    for price in (105, 106):
        venue.submit("ann", limit(SELL, 2, price, LINEAR, reduce_only=True))
    assert venue.submit("bob", limit(BUY, 4, 106, LINEAR, tif=TimeInForce.FOK)).filled == 0
    assert venue.submit("bob", limit(BUY, 3, 106, LINEAR, tif=TimeInForce.FOK)).filled == 3


def test_close_position_takes_what_is_there_when_it_triggers() -> None:
    venue = free()
    trade(venue, BUY, 1, 100)
    stop = venue.submit("ann", when(OrderType.STOP_MARKET, SELL, None, 95, market=LINEAR, close_position=True))
    trade(venue, BUY, 2, 100)
    venue.submit("bob", limit(BUY, 50, 94, LINEAR))
    venue.move_price(LINEAR, D(95))
    order = venue.order("ann", LINEAR, order_id=stop.id)
    assert order is not None
    assert (order.quantity, order.filled, order.status) == (3, 3, Status.FILLED)
    assert held(venue)[0] == 0


def test_close_position_without_a_position_expires() -> None:
    venue = free()
    stop = venue.submit("ann", when(OrderType.STOP_MARKET, SELL, None, 95, market=LINEAR, close_position=True))
    venue.move_price(LINEAR, D(95))
    order = venue.order("ann", LINEAR, order_id=stop.id)
    assert order is not None
    assert (order.status, order.reason) == (Status.EXPIRED, Reason.POSITION_CLOSED)


@pytest.mark.parametrize("side", [BUY, SELL])
def test_an_account_is_liquidated_where_its_position_said(side: Side) -> None:
    venue = free()
    trade(venue, side, 90, 100)
    resting = venue.submit("ann", limit(side, 1, 100 - 11 * side.sign, LINEAR))
    price = venue.position("ann", LINEAR).liquidation_price
    tick = D("0.01") * side.sign
    # Long: 1000 + 90 (p - 100) = 0.01 * 90 p; the tick below it is the first one that is too low.
    assert price == (D("89.78") if side is BUY else D("110.01"))
    venue.drain()
    venue.move_price(LINEAR, price + (tick if side is BUY else 0))
    assert held(venue)[0] == 90 * side.sign
    assert venue.order("ann", LINEAR, order_id=resting.id) == resting
    venue.move_price(LINEAR, price if side is BUY else price - tick)
    assert held(venue)[0] == 0
    ended = venue.order("ann", LINEAR, order_id=resting.id)
    assert ended is not None
    assert ended.reason is Reason.LIQUIDATION
    close = venue.orders("ann")[-1]
    assert (close.client_id[:9], close.meta, close.status) == ("autoclose", {"cause": "liquidation"}, Status.FILLED)
    assert 0 <= venue.balances("ann")["USD"].free < 100


def test_what_a_bankrupt_account_cannot_pay_the_house_pays() -> None:
    venue = free()
    trade(venue, BUY, 90, 100)
    venue.move_price(LINEAR, D(80))
    assert venue.balances("ann")["USD"].total == 0
    total = sum(venue.balances(name)["USD"].total for name in ("ann", "bob", HOUSE))
    assert (
        total + venue.position("bob", LINEAR).unrealized_pnl + venue.position(HOUSE, LINEAR).unrealized_pnl
        == 10**7 + 1000
    )
    causes = [event.cause for event in venue.drain() if isinstance(event, WalletUpdate) and event.account == "ann"]
    assert causes[-1] == "liquidation"


def test_a_loss_ends_the_spot_orders_that_lock_the_money_for_it() -> None:
    venue = engine(spot(), linear(maker_fee=D(0), taker_fee=D(0)), ann={"USD": 1000}, bob={**RICH, "ABC": 100})
    venue.set_leverage("ann", LINEAR, 50)
    trade(venue, BUY, 20, 100)
    orders = [venue.submit("ann", limit(BUY, 3, 100 - n)) for n in range(3)]
    venue.submit("bob", limit(BUY, 20, 85, LINEAR))
    venue.submit("ann", at_market(SELL, 20, LINEAR))
    assert [order.id for order in venue.open_orders("ann")] == [order.id for order in orders[:2]]
    assert venue.orders("ann")[3].reason is Reason.MARGIN
    assert venue.balances("ann")["USD"].free >= 0


def test_money_that_a_spot_order_spends_no_longer_stands_behind_a_position() -> None:
    venue = engine(spot(), linear(maker_fee=D(0), taker_fee=D(0)), ann={"USD": 1000}, bob={**RICH, "ABC": 100})
    venue.set_leverage("ann", LINEAR, 50)
    trade(venue, BUY, 90, 100)
    venue.submit("ann", limit(BUY, 7, 100))
    venue.move_price(LINEAR, D(97))
    assert held(venue)[0] == 90
    venue.submit("bob", limit(SELL, 7, 100))
    assert held(venue)[0] == 0
    assert venue.balances("ann")["ABC"].total == D("6.993")
    assert venue.balances("ann")["USD"].free == 30

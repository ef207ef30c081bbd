"""What is refused, for which reason; and that a refusal changes nothing."""

from decimal import Decimal
from typing import Any

import pytest
from engine_terms import BUY, LINEAR, SELL, SPOT, D, at_market, engine, limit, spot, when

from pytest_tradeops.venue.engine.model import OrderRequest, OrderType, Reason, Rejected

_SPEND = {"market": SPOT, "side": BUY, "type": OrderType.MARKET}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (limit(BUY, 1, "100.001"), Reason.PRICE_TICK),
        (limit(BUY, 1, 0), Reason.PRICE_RANGE),
        (limit(BUY, 1, -5), Reason.PRICE_RANGE),
        (limit(BUY, 1, 1001), Reason.PRICE_RANGE),
        (limit(BUY, 1, "1E+40"), Reason.PRICE_RANGE),
        (limit(BUY, 1, "NaN"), Reason.PRICE_RANGE),
        (limit(BUY, 1, "120.01"), Reason.PRICE_BAND),
        (limit(SELL, 1, "79.99"), Reason.PRICE_BAND),
        (limit(BUY, "1.0005", 100), Reason.QUANTITY_STEP),
        (limit(BUY, "1E-40", 100), Reason.QUANTITY_MIN),
        (limit(BUY, 0, 100), Reason.QUANTITY_MIN),
        (limit(BUY, -1, 100), Reason.QUANTITY_MIN),
        (limit(BUY, "Infinity", 100), Reason.QUANTITY_MIN),
        (limit(BUY, 1001, 100), Reason.QUANTITY_MAX),
        (at_market(BUY, 501), Reason.QUANTITY_MAX),
        (limit(BUY, "0.009", 100), Reason.NOTIONAL_MIN),
        (at_market(BUY, "0.009"), Reason.NOTIONAL_MIN),
        (limit(BUY, 501, 100), Reason.NOTIONAL_MAX),
        (limit(BUY, 101, 100), Reason.BALANCE),
        (limit(SELL, 101, 100), Reason.BALANCE),
        (at_market(SELL, 101), Reason.BALANCE),
        (at_market(BUY, 101), Reason.BALANCE),
        (limit(BUY, 1, 100, market="NONE.spot"), Reason.UNKNOWN_MARKET),
        (limit(BUY, 1, 100, reduce_only=True), Reason.REDUCE_ONLY),
        (limit(BUY, 1, 100, LINEAR, reduce_only=True), Reason.REDUCE_ONLY),
        (limit(BUY, 500, 100, LINEAR, client_id="big"), Reason.MARGIN),
        (OrderRequest(market=SPOT, side=BUY, type=OrderType.LIMIT, quantity=D(1)), Reason.PRICE_MISSING),
        (OrderRequest(market=SPOT, side=BUY, type=OrderType.LIMIT, price=D(100)), Reason.QUANTITY_MISSING),
        (OrderRequest(**_SPEND), Reason.QUANTITY_MISSING),
        (OrderRequest(**_SPEND, quote_quantity=D("0.5")), Reason.NOTIONAL_MIN),
        (OrderRequest(**_SPEND, quote_quantity=D("NaN")), Reason.QUANTITY_MIN),
        (OrderRequest(**_SPEND, quote_quantity=D(20_000)), Reason.BALANCE),
        (OrderRequest(**{**_SPEND, "market": LINEAR}, quote_quantity=D(50)), Reason.QUANTITY_MISSING),
        (OrderRequest(market=SPOT, side=BUY, type=OrderType.STOP_MARKET, quantity=D(1)), Reason.TRIGGER_MISSING),
        (when(OrderType.STOP_LIMIT, BUY, 1, 105, "127"), Reason.PRICE_BAND),
        (when(OrderType.STOP_MARKET, BUY, 1, "105.001"), Reason.PRICE_TICK),
    ],
)  # fmt: skip
def test_refused(request_: OrderRequest, reason: Reason) -> None:
    venue = engine(ann={"USD": 10_000, "ABC": 100})
    if reason is Reason.MARGIN:
        venue.set_leverage("ann", LINEAR, 2)
    before = (venue.balances("ann"), venue.orders("ann"), venue.book(SPOT))
    for refuse in (venue.check, venue.submit):
        with pytest.raises(Rejected) as refusal:
            refuse("ann", request_)
        assert refusal.value.reason is reason
    assert (venue.balances("ann"), venue.orders("ann"), venue.book(SPOT)) == before
    assert venue.drain() == []


def test_a_stranger_is_refused() -> None:
    venue = engine()
    for account in ("zoe", "house", "fees"):
        with pytest.raises(Rejected) as refusal:
            venue.submit(account, limit(BUY, 1, 100))
        assert refusal.value.reason is Reason.UNKNOWN_ACCOUNT


def test_a_check_places_nothing() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 100))
    venue.drain()
    venue.check("ann", limit(BUY, 1, 100))
    assert venue.drain() == []
    assert venue.orders("ann") == []
    assert venue.submit("ann", limit(BUY, 1, 100)).id == 2


def test_so_many_orders_may_be_open_and_no_more() -> None:
    venue = engine(spot(max_open_orders=2))
    first = venue.submit("ann", limit(BUY, 1, 90))
    venue.submit("ann", when(OrderType.STOP_MARKET, BUY, 1, 110))
    with pytest.raises(Rejected) as refusal:
        venue.submit("ann", limit(BUY, 1, 90))
    assert refusal.value.reason is Reason.TOO_MANY_ORDERS
    venue.submit("ann", at_market(BUY, 1))
    venue.submit("bob", limit(BUY, 1, 90))
    venue.cancel("ann", SPOT, order_id=first.id)
    venue.submit("ann", limit(BUY, 1, 90))


@pytest.mark.parametrize(("given", "kept"), [("100", "100.00"), ("1E+2", "100.00"), ("100.10", "100.10")])
def test_prices_and_quantities_have_the_digits_of_the_market(given: Any, kept: str) -> None:
    order = engine().submit("ann", limit(BUY, "1E0", given))
    assert (str(order.price), str(order.quantity)) == (kept, "1.000")


def test_the_band_follows_the_last_price() -> None:
    venue = engine()
    venue.move_price(SPOT, Decimal(110))
    venue.check("ann", limit(BUY, 1, "130"))
    with pytest.raises(Rejected):
        venue.check("ann", limit(BUY, 1, "87.99"))

"""The engine against the naive book: every fill, price, fee, remaining quantity and balance over random flow."""

from decimal import Decimal
from fractions import Fraction

import pytest
from engine_terms import BUY, SELL, SPOT, START, D, at_market, engine, limit, spot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from naive_book import NaiveSpot, Refused

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.events import Execution, OrderUpdate
from pytest_tradeops.venue.engine.model import FEES, OrderRequest, OrderType, Rejected, SelfTrade, TimeInForce

NAMES = ("ann", "bob", "cid")
#: cid is poor, so that balances refuse, too.
FUNDS = {"ann": (1_000_000, 10_000), "bob": (1_000_000, 10_000), "cid": (700, 7)}
TERMS = spot(maker_fee=D("0.00075"), taker_fee=D("0.0011"), min_notional=D(0), max_open_orders=10_000)

#: what, who, buys, price in ticks from 100, quantity in steps, and what the rest decides
OPERATION = st.tuples(
    st.integers(0, 15), st.integers(0, 2), st.booleans(), st.integers(-6, 6), st.integers(1, 4000), st.integers(0, 23)
)


class Pair:
    """Both do the same; `compare` after each operation."""

    def __init__(self) -> None:
        funds = {name: {"USD": money, "ABC": goods} for name, (money, goods) in FUNDS.items()}
        self.engine: Engine = engine(TERMS, **funds)
        self.naive = NaiveSpot("0.001", "0.00075", "0.0011", 100)
        for name, (money, goods) in FUNDS.items():
            self.naive.open(name, money, goods)
        self.fills: list[tuple[object, ...]] = []
        self.number = 0

    def do(self, what: int, who: int, buys: bool, ticks: int, steps: int, rest: int) -> None:
        self.engine.advance(self.engine.now_ns + 1)
        name, side = NAMES[who], BUY if buys else SELL
        price, quantity = D(100) + D("0.01") * ticks, D("0.001") * steps
        if what >= 14:
            self._cancel(rest)
        elif what >= 12:
            self._amend(rest, price, quantity)
        else:
            stp = list(SelfTrade)[rest % 4]
            if what < 8:
                tif = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)[what % 5]
                request = limit(side, quantity, price, tif=tif, post_only=what == 5, self_trade=stp)
            elif what < 10:
                request = at_market(side, quantity, self_trade=stp)
            else:
                request = OrderRequest(
                    market=SPOT, side=side, type=OrderType.MARKET, quote_quantity=quantity * 100, self_trade=stp
                )
            self._submit(name, request)
        self.compare()

    def _submit(self, name: str, request: OrderRequest) -> None:
        number = self.number + 1
        try:
            self.naive.submit(
                number,
                name,
                request.side.value,
                quantity=request.quantity,
                spend=request.quote_quantity,
                price=request.price,
                tif=request.tif.value,
                post=request.post_only,
                stp=request.self_trade.value,
            )
        except Refused:
            with pytest.raises(Rejected):
                self.engine.submit(name, request)
        else:
            assert self.engine.submit(name, request).id == number
            self.number = number

    def _chosen(self, rest: int) -> tuple[str, int]:
        """Mostly an order that is open; sometimes the last one, whatever became of it."""
        resting = self.naive.resting
        order = resting[rest * 7 % len(resting)] if resting and rest else self.naive.orders.get(self.number)
        return (order.account, order.number) if order is not None else ("ann", 1)

    def _cancel(self, rest: int) -> None:
        name, number = self._chosen(rest)
        try:
            self.naive.cancel(number)
        except Refused:
            with pytest.raises(Rejected):
                self.engine.cancel(name, SPOT, order_id=number)
        else:
            self.engine.cancel(name, SPOT, order_id=number)

    def _amend(self, rest: int, price: Decimal, quantity: Decimal) -> None:
        name, number = self._chosen(rest)
        order = self.naive.orders.get(number)
        if rest % 2 and order is not None and order.price is not None:
            price = D(str(float(order.price)))
        try:
            self.naive.amend(number, quantity, price)
        except Refused:
            with pytest.raises(Rejected):
                self.engine.amend(name, SPOT, order_id=number, quantity=quantity, price=price)
        else:
            self.engine.amend(name, SPOT, order_id=number, quantity=quantity, price=price)

    def compare(self) -> None:
        by_trade: dict[int, list[object]] = {}
        for event in self.engine.drain():
            if isinstance(event, OrderUpdate) and event.execution is Execution.TRADE:
                assert event.fill is not None
                by_trade.setdefault(event.fill.trade_id, []).append(event.fill)
        for maker, taker in by_trade.values():
            assert (maker.maker, taker.maker) == (True, False)
            assert (maker.price, maker.quantity) == (taker.price, taker.quantity)
            numbers = (maker.order_id, taker.order_id)
            self.fills.append((*numbers, *map(Fraction, (maker.price, maker.quantity, maker.fee, taker.fee))))
        assert self.fills == self.naive.fills
        book = self.engine.book(SPOT, 1000)
        for levels, side in ((book.bids, "BUY"), (book.asks, "SELL")):
            assert [(Fraction(price), Fraction(total)) for price, total in levels] == self.naive.levels(side)

    def compare_all(self) -> None:
        for name in NAMES:
            balances = self.engine.balances(name)
            assert Fraction(balances["USD"].free) == self.naive.free_money(name)
            assert Fraction(balances["USD"].total) == self.naive.money[name]
            assert Fraction(balances["ABC"].free) == self.naive.free_goods(name)
            assert Fraction(balances["ABC"].total) == self.naive.goods[name]
            for order in self.engine.orders(name):
                naive = self.naive.orders[order.id]
                state = "open" if order.status.open else order.status.value
                assert (Fraction(order.filled), Fraction(order.cost), state) == (naive.filled, naive.cost, naive.state)
                assert Fraction(order.remaining) == naive.left()
        fees = self.engine.balances(FEES)
        for asset, kind in (("USD", "quote"), ("ABC", "base")):
            assert Fraction(fees[asset].free if asset in fees else 0) == self.naive.fees[kind]


def run(operations: list[tuple[int, int, bool, int, int, int]]) -> Pair:
    pair = Pair()
    for operation in operations:
        pair.do(*operation)
    pair.compare_all()
    return pair


_SETTINGS = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=15, **_SETTINGS)
@given(st.lists(OPERATION, min_size=20, max_size=80))
def test_every_fill_is_the_naive_book_s(operations: list[tuple[int, int, bool, int, int, int]]) -> None:
    run(operations)


@pytest.mark.slow
@settings(max_examples=100, phases=[Phase.generate], **_SETTINGS)
@given(st.lists(OPERATION, min_size=200, max_size=240))
def test_every_fill_is_the_naive_book_s_over_a_long_flow(
    operations: list[tuple[int, int, bool, int, int, int]],
) -> None:
    run(operations)


def test_the_flow_reaches_what_it_is_to_compare() -> None:
    """A differential test that trades nothing agrees with anything."""
    import random

    rng = random.Random(7)
    flow = [
        (
            rng.randrange(16),
            rng.randrange(3),
            rng.random() < 0.5,
            rng.randint(-6, 6),
            rng.randint(1, 4000),
            rng.randrange(24),
        )
        for _ in range(3000)
    ]
    pair = run(flow)
    orders = list(pair.naive.orders.values())
    assert len(pair.fills) > 500
    assert {order.why for order in orders} >= {"fok", "ioc", "post-only", "self-trade", "no liquidity", None}
    assert {order.state for order in orders} == {"open", "FILLED", "CANCELED", "EXPIRED"}
    assert any(0 < order.filled < order.quantity for order in orders)
    assert pair.engine.now_ns == START + len(flow)

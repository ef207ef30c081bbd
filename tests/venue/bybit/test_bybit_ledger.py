"""The ledger tells the same profit as the engine's wallet, whatever is traded."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.venue.bybit.ledger import Ledger
from pytest_tradeops.venue.bybit.terms import instruments
from pytest_tradeops.venue.engine.engine import Engine
from pytest_tradeops.venue.engine.model import OrderRequest, OrderType, Side

MARKET = "BTCUSDT.linear"
CASH = Decimal(10**9)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 2000), st.integers(59_000, 61_000)), min_size=1, max_size=25
    )
)
def test_profit_fees_and_sizes_agree(steps: list[tuple[Side, int, int]]) -> None:
    engine = Engine(instruments(), seed=1, start_ns=10**18, background=False)
    for name in ("trader", "maker"):
        engine.open_account(name, {"USDT": CASH})
    ledger = Ledger()
    for side, size, price in steps:
        quantity = Decimal(size) / 1000
        for account, way, kind in (("maker", side.opposite, OrderType.LIMIT), ("trader", side, OrderType.MARKET)):
            at = Decimal(price) if kind is OrderType.LIMIT else None
            engine.submit(account, OrderRequest(market=MARKET, side=way, type=kind, quantity=quantity, price=at))
        for fill in engine.fills("trader"):
            ledger.add(fill, linear=True, leverage=20)
    position = engine.position("trader", MARKET)
    held = ledger.holding("trader", MARKET)
    fills = engine.fills("trader", MARKET)
    assert held.quantity == position.quantity
    near(held.total, engine.balances("trader")["USDT"].total - CASH)
    near(held.total + sum((one.fee for one in fills), Decimal(0)), position.realized_pnl)
    closed = ledger.closed.get("trader", [])
    near(sum((one.net for one in closed), Decimal(0)) - held.fees, held.total)
    assert (
        sum((one.size for one in closed), Decimal(0))
        == (sum((one.quantity for one in fills), Decimal(0)) - abs(held.quantity)) / 2
    )
    assert bool(held.opened_ns) is bool(held.quantity)
    if not held.quantity:
        near(held.entry, Decimal(0))
    else:
        near(held.entry / abs(held.quantity), position.entry_price)


def near(one: Decimal, other: Decimal) -> None:
    assert abs(one - other) < Decimal("0.000001"), (one, other)


def test_a_fill_is_booked_once() -> None:
    engine = Engine(instruments(), seed=1, start_ns=10**18, background=False)
    for name in ("trader", "maker"):
        engine.open_account(name, {"USDT": CASH})
    one = Decimal(1)
    engine.submit(
        "maker", OrderRequest(market=MARKET, side=Side.SELL, type=OrderType.LIMIT, quantity=one, price=Decimal(60000))
    )
    engine.submit("trader", OrderRequest(market=MARKET, side=Side.BUY, type=OrderType.MARKET, quantity=one))
    ledger = Ledger()
    fill = engine.fills("trader")[0]
    ledger.add(fill, linear=True, leverage=20)
    ledger.add(fill, linear=True, leverage=20)
    assert ledger.holding("trader", MARKET).quantity == one
    assert ledger.fees[fill.order_id] == {"USDT": fill.fee}

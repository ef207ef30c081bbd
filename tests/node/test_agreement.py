"""What counts as a disagreement of a node and the venue, one at a time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pytest_tradeops.node.agreement import REASON, Books, compare
from pytest_tradeops.node.beliefs import NodeBalance, NodeFill, NodeOrder, NodePosition, NodeState
from pytest_tradeops.node.order_check import one_each, quantity, resting_price
from pytest_tradeops.node.places import Place
from pytest_tradeops.venue.client import Balance, Fill, Order
from pytest_tradeops.venue.engine.model import OrderType, SelfTrade, Side, Status, TimeInForce, TriggerBy

D = Decimal
PERP = Place(
    instrument="BTCUSDT-PERP.BINANCE",
    face="binance-futures",
    market="BTCUSDT.linear",
    account="BINANCE-1",
    base="BTC",
    quote="USDT",
    tick=D("0.10"),
    step=D("0.001"),
    min_quantity=D("0.001"),
    min_notional=D("100"),
)
SPOT = replace(PERP, instrument="BTCUSDT.BINANCE", face="binance-spot", market="BTCUSDT.spot", step=D("0.00001"))

FILL = Fill(
    trade_id=7,
    order_id=1,
    client_id="O-1",
    account="account-1",
    market="BTCUSDT.linear",
    side=Side.BUY,
    price=D("60000.0"),
    quantity=D("0.006"),
    fee=D("0.18"),
    fee_asset="USDT",
    maker=False,
    realized_pnl=D(0),
    time_ns=1,
)
ORDER = Order(
    id=1,
    account="account-1",
    market="BTCUSDT.linear",
    side=Side.BUY,
    type=OrderType.MARKET,
    quantity=D("0.006"),
    quote_quantity=None,
    price=None,
    trigger_price=None,
    trigger_by=TriggerBy.LAST,
    tif=TimeInForce.GTC,
    post_only=False,
    reduce_only=False,
    close_position=False,
    self_trade=SelfTrade.NONE,
    client_id="O-1",
    meta={},
    status=Status.FILLED,
    created_ns=1,
    updated_ns=1,
    filled=D("0.006"),
    cost=D("360"),
)
BOOKS = Books((ORDER,), (("7", FILL),), {"USDT": Balance(D("999.82"))}, {"BTCUSDT.linear": D("0.006")})

OWN_FILL = NodeFill(
    client_order_id="O-1",
    venue_order_id="1",
    trade_id="7",
    instrument=PERP.instrument,
    side="BUY",
    quantity=D("0.006"),
    price=D("60000.00"),
    commission=D("0.18000000"),
    currency="USDT",
    maker=False,
    reconciliation=False,
)
OWN = NodeOrder(
    client_order_id="O-1",
    venue_order_id="1",
    strategy="S-1",
    instrument=PERP.instrument,
    side="BUY",
    type="MARKET",
    status="FILLED",
    open=False,
    quantity=D("0.006"),
    filled=D("0.006"),
    price=None,
    trigger_price=None,
    reasons=(),
    fills=(OWN_FILL,),
)
STATE = NodeState(
    orders=(OWN,),
    positions=(NodePosition(PERP.instrument, "S-1", D("0.006"), D("60000"), None, "USDT"),),
    balances={"BINANCE-1": {"USDT": NodeBalance(D("999.82"), D("999.82"), D(0))}},
    inflight=0,
    strategies=("S-1",),
    instruments=(PERP.instrument,),
    quotes={},
    now_ns=1,
)


def said(state: NodeState = STATE, books: Books = BOOKS, place: Place = PERP, **more: bool) -> list[str]:
    found = compare(state, [place], place.face, books, **more)
    assert {one.reason for one in found} <= {REASON}
    return [one.message for one in found]


def with_fill(**changes: object) -> NodeState:
    return replace(STATE, orders=(replace(OWN, fills=(replace(OWN_FILL, **changes),)),))  # type: ignore[arg-type]


def test_two_sides_that_tell_the_same_agree() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (replace(STATE, orders=()), "the venue has the order BUY 0.006 BTCUSDT.linear MARKET as FILLED, and the node"),
        (replace(STATE, orders=(replace(OWN, status="ACCEPTED"),)), "is FILLED at the venue and ACCEPTED in the node"),
        (replace(STATE, orders=(replace(OWN, filled=D("0.003")),)), "0.006 of the order BUY 0.006"),
        (replace(STATE, orders=(OWN, replace(OWN, client_order_id="O-2", status="ACCEPTED", fills=()))),
         "the node has MARKET BUY 0.006 as ACCEPTED, and the venue does not have it"),
        (with_fill(commission=D("0.36")), "a fee of 0.18 USDT for BUY 0.006 BTCUSDT.linear at 60000.0, and the node"),
        (with_fill(currency="BNB"), "the node has 0.18000000 BNB"),
        (with_fill(price=D("60001")), "the node has 0.006 at 60001"),
        (with_fill(quantity=D("0.005")), "the node has 0.005 at 60000.00"),
        (with_fill(trade_id="8"), "and the node has not booked it"),
        (replace(STATE, orders=(replace(OWN, fills=(OWN_FILL, OWN_FILL)),)), "has booked one trade 2 times"),
        (replace(STATE, positions=()), "the position in BTCUSDT.linear is 0.006 at the venue and 0 in the node"),
        (replace(STATE, balances={"BINANCE-1": {"USDT": NodeBalance(D("1000"), D("1000"), D(0))}}),
         "the account holds 999.82 USDT at the venue and 1000 in the node"),
        (replace(STATE, balances={}), "the node knows no balances of its account BINANCE-1"),
    ],
)  # fmt: skip
def test_each_difference_is_told(state: NodeState, told: str) -> None:
    assert any(told in one for one in said(state)), said(state)


def test_what_the_venue_never_had_may_be_refused_or_denied() -> None:
    refused = [replace(OWN, client_order_id=f"O-{one}", status=one, fills=()) for one in ("REJECTED", "DENIED")]
    assert said(replace(STATE, orders=(OWN, *refused))) == []


def test_other_markets_and_faces_are_left_alone() -> None:
    elsewhere = replace(OWN, client_order_id="O-9", instrument="SOLUSDT.BYBIT", status="ACCEPTED", fills=())
    there = replace(BOOKS, orders=(ORDER, replace_order(market="ETHUSDT.linear", client_id="O-8")))
    assert said(replace(STATE, orders=(OWN, elsewhere)), there) == []


def replace_order(**changes: object) -> Order:
    order = ORDER.copy()
    for name, value in changes.items():
        setattr(order, name, value)
    return order


def test_a_fill_that_was_concluded_counts_only_where_it_may_and_only_with_the_right_cost() -> None:
    guess: dict[str, object] = {"trade_id": "made-up", "commission": D(0), "reconciliation": True}
    assert said(with_fill(**guess)) != []
    assert said(with_fill(**guess), inferred=True) == []
    assert said(with_fill(**guess, quantity=D("0.007")), inferred=True) != []
    assert said(with_fill(**guess, price=D("60001")), inferred=True) != []
    assert said(with_fill(**{**guess, "reconciliation": False}), inferred=True) != []
    twice = replace(OWN, fills=(replace(OWN_FILL, **guess), OWN_FILL))  # type: ignore[arg-type]
    assert said(replace(STATE, orders=(twice,)), inferred=True) != []


def test_balances_are_compared_unless_told_otherwise() -> None:
    poor = replace(STATE, balances={"BINANCE-1": {"USDT": NodeBalance(D(1), D(1), D(0))}})
    assert len(said(poor)) == 1
    assert said(poor, money=False) == []


@pytest.mark.parametrize(
    ("held", "agrees"), [("0.00599", True), ("0.006", False), ("0.00598", False), ("-0.006", False)]
)
def test_on_spot_the_position_is_what_the_fills_come_to_less_fees_in_coins(held: str, agrees: bool) -> None:
    fill = replace(FILL, market="BTCUSDT.spot", fee=D("0.000006"), fee_asset="BTC")
    books = replace(BOOKS, orders=(replace_order(market="BTCUSDT.spot"),), fills=(("7", fill),), positions={})
    own_fill = replace(OWN_FILL, instrument=SPOT.instrument, commission=D("0.000006"), currency="BTC")
    state = replace(
        STATE,
        orders=(replace(OWN, instrument=SPOT.instrument, fills=(own_fill,)),),
        positions=(NodePosition(SPOT.instrument, "S-1", D(held), D("60000"), None, "USDT"),),
    )
    assert (said(state, books, SPOT) == []) is agrees


def test_one_instrument_is_chosen_per_exchange_and_kind_of_market() -> None:
    ether = replace(PERP, instrument="ETHUSDT-PERP.BINANCE", market="ETHUSDT.linear")
    assert one_each([ether, SPOT, PERP]) == [PERP, SPOT]
    assert one_each([ether]) == [ether]
    assert one_each([]) == []


@pytest.mark.parametrize("price", ["0.01", "150", "60000", "123456.7"])
def test_a_small_order_is_large_enough_at_its_price(price: str) -> None:
    size = quantity(PERP, D(price))
    assert size >= PERP.min_quantity
    assert size % PERP.step == 0
    rest = resting_price(PERP, D(price)) if D(price) > 1 else D(price)
    assert size * rest * D("0.9") >= PERP.min_notional
    assert rest % PERP.tick == 0 or D(price) < 1

"""Time, and the way of the engine's values through JSON."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.venue.engine.events import BookUpdate, OrderUpdate, WalletUpdate
from pytest_tradeops.venue.engine.model import Balance, Instrument, Order, OrderRequest, OrderType, Side
from pytest_tradeops.venue.faces import make_engine
from pytest_tradeops.venue.kit.clock import ManualClock, VenueClock
from pytest_tradeops.venue.kit.codec import decode, decode_event, dumps, encode, text


def test_skew_moves_what_clients_are_told_and_not_what_orders_live_by() -> None:
    clock = ManualClock(1_000_000_000)
    clock.skew_ns = 5_000_000_000
    assert (clock.now_ns(), clock.now_ms(), clock.true_ns()) == (6_000_000_000, 6_000, 1_000_000_000)


def test_a_manual_clock_never_goes_back() -> None:
    clock = ManualClock(0)
    clock.advance(1.5)
    assert clock.now_ms() == 1500
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_the_clock_is_the_machines() -> None:
    first = VenueClock().now_ns()
    assert VenueClock().now_ns() >= first > 1_700_000_000_000_000_000


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_every_digit_and_its_exponent(value: Decimal) -> None:
    back = decode(Decimal, json.loads(dumps(value)))
    assert back.as_tuple() == value.as_tuple()


def test_small_numbers_are_plain() -> None:
    assert text(Decimal("1E-8")) == "0.00000001"


def everything_that_happens() -> list[object]:
    from pytest_tradeops.venue.engine.defaults import linear_instruments, spot_instruments

    engine = make_engine([*spot_instruments(), *linear_instruments()], seed=1, start_ns=0)
    engine.open_account("a", {"USDT": Decimal(100_000), "BTC": Decimal(1)})
    engine.submit(
        "a", OrderRequest(market="BTCUSDT.spot", side=Side.SELL, type=OrderType.MARKET, quantity=Decimal("0.1"))
    )
    engine.submit(
        "a", OrderRequest(market="BTCUSDT.linear", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal("0.1"))
    )
    engine.submit(
        "a",
        OrderRequest(
            market="BTCUSDT.spot", side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal("0.1"), price=Decimal(50_000)
        ),
    )
    return list(engine.drain())


def test_every_event_comes_back_as_it_was() -> None:
    events = everything_that_happens()
    assert {type(one).__name__ for one in events} == {
        "OrderUpdate", "WalletUpdate", "PositionUpdate", "PublicTrade", "BookUpdate",
    }  # fmt: skip
    for event in events:
        assert decode_event(type(event).__name__, json.loads(dumps(event))) == event
        assert json.loads(dumps(event)) == encode(event)


def test_instruments_come_back_as_they_were() -> None:
    from pytest_tradeops.venue.engine.defaults import spot_instruments

    for one in spot_instruments():
        assert decode(Instrument, json.loads(dumps(one))) == one


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Decimal, 1.5),
        (Decimal, "many"),
        (Decimal, "NaN"),
        (Balance, {"free": "1", "bound": "2"}),
        (Balance, []),
        (Order, {"id": 1}),
        (OrderRequest, {"market": "x", "side": "UP", "type": "LIMIT"}),
        (OrderRequest, {"market": 7, "side": "BUY", "type": "LIMIT"}),
        (dict[str, Decimal], {"USDT": None}),
        (dict[str, Decimal], [1]),
        (WalletUpdate, None),
        (BookUpdate, {"market": "x", "bids": [["1"]], "asks": [], "first_id": 1, "last_id": 1, "time_ns": 0}),
        (int, True),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_value_error(kind: type, data: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode(kind, data)


def test_an_unknown_event_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Nonsense"):
        decode_event("Nonsense", {})


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        dumps(object())


def test_an_optional_part_may_be_absent() -> None:
    (update,) = [one for one in everything_that_happens() if isinstance(one, OrderUpdate) and one.fill is None][:1]
    assert decode(OrderUpdate, encode(update)).fill is None

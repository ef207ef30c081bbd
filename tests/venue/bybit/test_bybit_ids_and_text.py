"""Ids that go there and back, and numbers as Bybit prints them."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.venue.bybit import ids, text
from pytest_tradeops.venue.engine.model import Kind


@given(st.sampled_from(Kind), st.integers(1, 2**62 - 1))
def test_an_order_id_is_read_back(kind: Kind, number: int) -> None:
    shown = ids.order_id(kind, number)
    if kind is Kind.LINEAR:
        assert str(UUID(shown)) == shown
        assert ids.order_number(kind, shown) == number
    elif number < 10**17:
        assert len(shown) == 19
        assert ids.order_number(kind, shown) == number


@given(st.text(max_size=40))
def test_an_id_that_was_never_given_out_is_none(shown: str) -> None:
    assert ids.order_number(Kind.LINEAR, shown) is None
    assert ids.order_number(Kind.SPOT, shown) is None or int(shown) > 1_660_000_000_000_000_000


def test_a_uuid_of_somebody_else_is_none() -> None:
    assert ids.order_number(Kind.LINEAR, "fd4300ae-7847-404e-b947-b46980a4d140") is None


def test_ids_of_neighbours_look_unrelated_and_trades_of_two_markets_differ() -> None:
    assert len({ids.order_id(Kind.LINEAR, number)[:8] for number in range(1, 100)}) == 99
    assert ids.trade_id("BTCUSDT.spot", Kind.SPOT, 1) != ids.trade_id("ETHUSDT.spot", Kind.SPOT, 1)


@pytest.mark.parametrize(
    ("value", "step", "shown"),
    [("60000", "0.10", "60000.00"), ("0.01", "0.001", "0.010"), ("5", "1", "5"), ("1E+3", "1", "1000")],
)
def test_numbers_have_the_decimals_of_their_step(value: str, step: str, shown: str) -> None:
    assert text.like(Decimal(value), Decimal(step)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("0", "0"), ("1E+3", "1000"), ("0.500", "0.5"), ("-0.10", "-0.1"), ("1E-8", "0.00000001")]
)
def test_plain_numbers_have_no_exponent(value: str, shown: str) -> None:
    assert text.plain(Decimal(value)) == shown


@pytest.mark.parametrize(
    "given_text", ["", ".", "-1", "+1", "1e3", "NaN", "Infinity", "1_0", "٣", "1" * 41, "0x10", " 1"]
)
def test_what_is_no_plain_number_is_none(given_text: str) -> None:
    assert text.number(given_text) is None


@given(st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=8))
def test_plain_numbers_are_read_back(value: Decimal) -> None:
    assert text.number(text.plain(value)) == value

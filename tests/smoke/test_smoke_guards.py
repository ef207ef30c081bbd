"""What the strategy does not act on, and that it says which field."""

from decimal import Decimal

import pytest

from strategies.guards import book_problem, price_problem, time_problem

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (0, ""),
        (60, ""),
        (61, "ts_event is 61 s old"),
        (-5, ""),  # the exchange's clock may be a little ahead
        (-6, "ts_event is 6 s in the future"),
    ],
)
def test_the_time(age: int, told: str) -> None:
    assert time_problem(NOW - age * SECOND, NOW, 60) == told


@pytest.mark.parametrize(
    ("price", "before", "told"),
    [
        ("100", None, ""),
        ("0", None, "close is 0"),
        ("-1", "100", "close is -1"),
        ("NaN", "100", "close is NaN"),
        ("Infinity", None, "close is Infinity"),
        ("120", "100", ""),
        ("120.01", "100", "close 120.01 is more than 20% away from 100"),
        ("79.99", "100", "close 79.99 is more than 20% away from 100"),
    ],
)
def test_a_price(price: str, before: str | None, told: str) -> None:
    last = None if before is None else Decimal(before)
    assert price_problem("close", Decimal(price), last, Decimal("0.2")) == told


def test_the_book() -> None:
    assert book_problem(Decimal(1), Decimal(1)) == ""
    assert book_problem(Decimal(2), Decimal(1)) == "bid 2 is above ask 1"

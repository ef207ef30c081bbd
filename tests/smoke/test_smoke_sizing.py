"""Fast tests of the order size: no limit is exceeded, whichever is nearest."""

from decimal import Decimal

import pytest

from strategies.sizing import buy_quantity

LIMITS = {
    "position": Decimal(0),
    "max_position": Decimal(1),
    "price": Decimal(50_000),
    "max_notional": Decimal(50_000),
    "step": Decimal("0.001"),
}


def test_what_is_wanted_is_bought_where_no_limit_is_near() -> None:
    assert buy_quantity(wanted=Decimal("0.5"), **LIMITS) == Decimal("0.5")


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"position": Decimal("0.9")}, "0.1"),
        ({"price": Decimal(100_000)}, "0.5"),
        ({"max_notional": Decimal(12_345)}, "0.246"),
        ({"position": Decimal("0.9995")}, "0"),
        ({"position": Decimal(2)}, "0"),
    ],
)
def test_the_nearest_limit_decides_and_is_never_exceeded(limit: dict[str, Decimal], expected: str) -> None:
    assert buy_quantity(wanted=Decimal(1), **{**LIMITS, **limit}) == Decimal(expected)


def test_a_price_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="price"):
        buy_quantity(wanted=Decimal(1), **{**LIMITS, "price": Decimal(0)})

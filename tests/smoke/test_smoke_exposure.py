"""How far a position could go: every order on a side counts whole, and only what adds to it is refused."""

from decimal import Decimal

import pytest

from strategies.exposure import Working, beyond


def working(*quantities: str) -> list[Working]:
    """Positive ones buy, negative ones sell."""
    return [Working(Decimal(one) > 0, abs(Decimal(one))) for one in quantities]


@pytest.mark.parametrize(
    ("held", "resting", "wanted", "most"),
    [
        ("0", [], ["1"], None),
        ("0", [], ["1.01"], "1.01"),
        ("0.6", [], ["0.4"], None),
        ("0.6", [], ["0.41"], "1.01"),
        ("0.6", ["0.3"], ["0.2"], "1.1"),
        ("0.6", ["-0.6"], ["0.5"], "1.1"),  # the sale may come too late
        ("0", ["-0.8"], ["-0.3"], "-1.1"),
        ("0", [], ["0.6", "0.6"], "1.2"),  # a list of orders is one
        ("1.5", [], ["-0.5"], None),  # beyond it already, and on the way back
        ("-1.5", [], ["0.2"], None),
        ("1.5", [], ["-2.6"], "-1.1"),
    ],
)
def test_the_worst_case_counts(held: str, resting: list[str], wanted: list[str], most: str | None) -> None:
    found = beyond(Decimal(held), Decimal(1), working(*resting), working(*wanted))
    assert found == (None if most is None else Decimal(most))


def test_what_only_reduces_is_never_refused() -> None:
    assert beyond(Decimal(2), Decimal(1), [], [Working(True, Decimal(5), reduces=True)]) is None

"""Profit from fills: whatever is traded, what is realized and open together is the money that changed hands."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.telemetry.books import Book, Fill, Terms

SPOT = Terms("BTC", "USDT", "USDT", spot=True)
LINEAR = Terms("BTC", "USDT", "USDT")
INVERSE = Terms("BTC", "USD", "BTC", multiplier=Decimal(1), inverse=True)
amounts = st.decimals("0.001", "5", places=3)
prices = st.decimals("100", "900", places=2)
fees = st.decimals("-0.05", "0.5", places=4)
fills = st.lists(
    st.tuples(st.booleans(), amounts, prices, fees, st.sampled_from(["USDT", "BTC", "BNB"])), min_size=1, max_size=12
)


def close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < Decimal("1e-12")


@settings(max_examples=60, deadline=None)
@given(fills, prices)
@pytest.mark.parametrize("terms", [SPOT, LINEAR], ids=["spot", "linear"])
def test_realized_and_open_profit_is_the_money_that_changed_hands(
    terms: Terms, fills: list[tuple[bool, Decimal, Decimal, Decimal, str]], last: Decimal
) -> None:
    book = Book(terms)
    cash = {"USDT": Decimal(0), "BTC": Decimal(0), "BNB": Decimal(0)}
    coins, paid = Decimal(0), dict.fromkeys(cash, Decimal(0))
    for buy, quantity, price, fee, currency in fills:
        signed = quantity if buy else -quantity
        book.apply(Fill("one", signed, price, fee, currency))
        cash["USDT"] -= signed * price
        coins += signed
        paid[currency] += fee
        if terms.spot and currency == "BTC":
            coins -= fee  # it comes out of what was bought
        else:
            cash[currency] -= fee
    book.price = last
    assert book.quantity == coins
    unrealized = book.unrealized()
    assert unrealized is not None
    assert close(book.realized.get("USDT", Decimal(0)) + unrealized, cash["USDT"] + coins * last)
    assert book.realized.get("BNB", Decimal(0)) == cash["BNB"]
    assert book.realized.get("BTC", Decimal(0)) == cash["BTC"]
    assert {name: one for name, one in book.commission.items() if one} == {k: v for k, v in paid.items() if v}


@settings(max_examples=40, deadline=None)
@given(fills)
def test_a_flat_book_holds_nothing_and_has_no_open_profit(
    fills: list[tuple[bool, Decimal, Decimal, Decimal, str]],
) -> None:
    book = Book(LINEAR)
    for buy, quantity, price, fee, currency in fills:
        book.apply(Fill("one", quantity if buy else -quantity, price, fee, currency))
    if book.quantity:
        book.apply(Fill("one", -book.quantity, Decimal(500), Decimal(0), "USDT"))
    assert not book.open
    assert book.unrealized() == 0


def test_an_inverse_contract_pays_in_coins() -> None:
    book = Book(INVERSE)
    book.apply(Fill("one", Decimal(1000), Decimal(50_000), Decimal("0.00001"), "BTC"))
    book.apply(Fill("one", Decimal(1000), Decimal(25_000), Decimal(0), "BTC"))
    # 2,000 contracts for 0.06 BTC of exposure: closed at 40,000 they are worth 0.05, so 0.01 is gained.
    book.apply(Fill("one", Decimal(-2000), Decimal(40_000), Decimal(0), "BTC"))
    assert close(book.realized["BTC"], Decimal("0.01") - Decimal("0.00001"))


def test_positions_of_one_book_are_kept_apart() -> None:
    book = Book(LINEAR)
    book.apply(Fill("long", Decimal(1), Decimal(100), Decimal(0), "USDT"))
    book.apply(Fill("short", Decimal(-1), Decimal(110), Decimal(0), "USDT"))
    assert (book.quantity, book.realized.get("USDT", Decimal(0))) == (0, 0)
    assert book.unrealized() == 10  # long at 100 and short at 110, both at the last price of 110


def test_a_fill_from_before_the_start_moves_the_position_and_is_no_profit_of_this_run() -> None:
    book = Book(LINEAR)
    book.apply(Fill("one", Decimal(2), Decimal(100), Decimal(1), "USDT", counts=False))
    book.apply(Fill("one", Decimal(-1), Decimal(150), Decimal(1), "USDT", counts=False))
    assert (dict(book.realized), dict(book.commission)) == ({}, {})
    book.apply(Fill("one", Decimal(-1), Decimal(130), Decimal(2), "USDT"))
    assert (book.realized["USDT"], book.commission["USDT"]) == (28, 2)

"""Profit from the fills: against a second computation by average entry prices, and against what must never matter."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.node.pnl import cash_changes, compare, margin_totals
from pytest_tradeops.node.report import Account, BacktestResult, Fill, Instrument, Position

MARK = Decimal("105.25")
SPOT = Instrument("SPOT", "BTC", "USDT", "USDT", Decimal(1), inverse=False, quanto=False, last_price=MARK)
PERP = replace(SPOT, kind="SWAP", multiplier=Decimal("0.1"))
TERMS = {"BTCUSDT.SIM": SPOT, "PERP.SIM": PERP}

cents = st.decimals(min_value=1, max_value=1000, places=2)
lots = st.decimals(min_value="0.001", max_value=5, places=3)


@st.composite
def fills(draw: st.DrawFn, instrument: str) -> list[Fill]:
    rows = draw(st.lists(st.tuples(st.sampled_from(["BUY", "SELL"]), lots, cents, cents), max_size=20))
    return [
        Fill(at, "S-001", instrument, side, qty, px, fee / 100, "USDT", at)
        for at, (side, qty, px, fee) in enumerate(rows)
    ]


def by_average_price(rows: list[Fill], mark: Decimal, multiplier: Decimal) -> Decimal:
    """Realized at average entry prices, plus unrealized at the mark, minus fees: as a person keeps books."""
    held, entry, profit = Decimal(0), Decimal(0), Decimal(0)
    for fill in rows:
        profit -= fill.commission
        quantity = fill.signed_qty
        if held and (held > 0) != (quantity > 0):
            closed = min(abs(quantity), abs(held)) * (1 if held > 0 else -1)
            profit += closed * (fill.px - entry) * multiplier
            held -= closed
            quantity += closed
        if quantity:
            entry = (entry * abs(held) + fill.px * abs(quantity)) / (abs(held) + abs(quantity))
            held += quantity
    return profit + held * (mark - entry) * multiplier


@given(fills("PERP.SIM"))
def test_margin_profit_is_that_of_average_entry_prices(rows: list[Fill]) -> None:
    total = margin_totals(rows, TERMS).get("USDT", Decimal(0))
    assert abs(total - by_average_price(rows, MARK, PERP.multiplier)) < Decimal("1e-15")


@given(fills("BTCUSDT.SIM"))
def test_cash_and_margin_agree_once_the_base_is_valued_at_the_mark(rows: list[Fill]) -> None:
    changes = cash_changes(rows, TERMS)
    worth = changes.get("USDT", Decimal(0)) + changes.get("BTC", Decimal(0)) * MARK
    assert worth == margin_totals(rows, TERMS).get("USDT", Decimal(0))


@given(fills("PERP.SIM"), st.integers(1, 9))
def test_splitting_a_fill_changes_nothing(rows: list[Fill], tenths: int) -> None:
    part = Decimal(tenths) / 10
    pieces = [
        replace(one, qty=one.qty * share, commission=one.commission * share)
        for one in rows
        for share in (part, 1 - part)
    ]
    assert margin_totals(pieces, TERMS) == margin_totals(rows, TERMS)


def test_commission_in_the_base_currency_is_taken_from_the_base() -> None:
    row = Fill(0, "S-001", "BTCUSDT.SIM", "BUY", Decimal(2), Decimal(100), Decimal("0.002"), "BTC", 0)
    assert cash_changes([row], TERMS) == {"USDT": Decimal(-200), "BTC": Decimal("1.998")}


def result_of(rows: list[Fill], account: Account, positions: tuple[Position, ...] = ()) -> BacktestResult:
    return BacktestResult((), tuple(rows), positions, (account,), TERMS, 1, "", {}, 0.0)


def account_of(kind: str, end: dict[str, Decimal], base_currency: str | None = None) -> Account:
    start = {"USDT": Decimal(1000)}
    return Account("SIM-001", kind, base_currency, {"USDT": 8, "BTC": 8}, start, end)


ROUND_TRIP = [
    Fill(0, "S-001", "BTCUSDT.SIM", "BUY", Decimal(1), Decimal(100), Decimal("0.1"), "USDT", 0),
    Fill(1, "S-001", "BTCUSDT.SIM", "SELL", Decimal(1), Decimal(110), Decimal("0.11"), "USDT", 1),
]
HONEST = {"USDT": Decimal("1009.79"), "BTC": Decimal(0)}


def test_honest_books_agree() -> None:
    assert all(one.agrees for one in compare(result_of(ROUND_TRIP, account_of("CASH", HONEST))))


@pytest.mark.parametrize(
    "books",
    [
        {**HONEST, "USDT": Decimal("1009.90")},  # a commission that was not taken
        {**HONEST, "USDT": Decimal("1009.78999997")},  # three smallest units: more than two fills may round
        {**HONEST, "BTC": Decimal("0.001")},
        {**HONEST, "EUR": Decimal(1)},  # money in a currency that nothing traded
    ],
)
def test_dishonest_books_are_seen(books: dict[str, Decimal]) -> None:
    assert not all(one.agrees for one in compare(result_of(ROUND_TRIP, account_of("CASH", books))))


def test_rounding_of_every_fill_is_tolerated() -> None:
    books = {**HONEST, "USDT": Decimal("1009.78999998")}
    assert all(one.agrees for one in compare(result_of(ROUND_TRIP, account_of("CASH", books))))


def test_an_open_margin_position_is_marked_on_both_sides() -> None:
    row = Fill(0, "S-001", "PERP.SIM", "SELL", Decimal(10), Decimal(100), Decimal("0.5"), "USDT", 0)
    held = Position("S-001", "PERP.SIM", Decimal(-10), 0, 0, "USDT", Decimal("-0.5"), Decimal("-5.25"))
    (one,) = compare(result_of([row], account_of("MARGIN", {"USDT": Decimal("999.5")}), (held,)))
    assert (one.engine, one.independent) == (Decimal("-5.75"), Decimal("-5.75"))


@pytest.mark.parametrize(
    ("kind", "base_currency", "terms"),
    [
        ("BETTING", None, SPOT),
        ("MARGIN", None, replace(SPOT, inverse=True)),
        ("MARGIN", None, replace(SPOT, quanto=True)),
        ("MARGIN", None, replace(SPOT, kind="OPTION")),
        ("MARGIN", "EUR", PERP),
        ("CASH", "EUR", SPOT),
    ],
)
def test_what_is_not_computed_is_said(kind: str, base_currency: str | None, terms: Instrument) -> None:
    result = replace(result_of(ROUND_TRIP, account_of(kind, HONEST, base_currency)), instruments={"BTCUSDT.SIM": terms})
    with pytest.raises(Inconclusive, match=r"BTCUSDT\.SIM"):
        compare(result)

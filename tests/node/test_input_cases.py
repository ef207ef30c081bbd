"""What is made of one case of bad input: pure judging, on rows as the child writes them."""

from typing import Any

import pytest

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.node.inputs import RAISED, REACHED, UNNAMED, Examination, judge

NAME = "BTCUSDT.BINANCE"
TERMS = {NAME: {"max_quantity": "100", "max_notional": "50000", "max_position": "1", "multiplier": "1"}}


def order(quantity: str = "0.25", **more: Any) -> dict[str, Any]:
    made = {"instrument": NAME, "side": "BUY", "price": None, "reduces": False, "market": "50000"}
    return {**made, "quantity": quantity, **more}


def data(**more: Any) -> dict[str, Any]:
    row = {"strategy": "S-1", "part": "data", "case": "QuoteTick, crossed book", "control": False}
    return {**row, "names": ["bid", "price"], "same": True, "orders": [], "said": [], "raised": "", **more}


def parameter(**more: Any) -> dict[str, Any]:
    row = {"strategy": "S-1", "part": "parameter", "case": "size = -1", "field": "size", "never": False}
    return {**row, "value": "-1", "orders": [], "said": [], "raised": "", **more}


CONTROL = data(case="QuoteTick, unchanged", control=True, orders=[order()])


def examination(*rows: dict[str, Any], elsewhere: tuple[str, ...] = ()) -> Examination:
    return Examination((CONTROL, *rows), elsewhere, TERMS, ("S-1",))


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (data(said=["No entry: bid 2 is above ask 1"]), []),
        (data(said=["bid_price is 0"]), []),  # an underscore ends a word
        (data(orders=[order()]), [REACHED]),
        (data(orders=[order(reduces=True)], said=["price"]), []),  # out of a position
        (data(), [UNNAMED]),
        (data(said=["No entry: the averages forbid it"]), [UNNAMED]),
        (data(said=["a priceless forbidden moment"]), [UNNAMED]),  # neither word stands there by itself
        (data(same=False), []),  # no order would have followed anyway
        (data(raised="ZeroDivisionError: division by zero"), [RAISED]),
        (data(raised="ValueError: price is 0"), [RAISED]),  # in a live node this ends the process
        ({**data(), "crashed": "SIGABRT"}, [RAISED]),
    ],
)
def test_bad_data(row: dict[str, Any], reasons: list[str]) -> None:
    assert [one.reason for one in judge(examination(row))] == reasons


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (parameter(refused="ValidationError: Expected `int` >= 1 - at `$.size`"), []),
        (parameter(refused="ValueError: must be positive"), [UNNAMED]),
        (parameter(raised="ValueError: size must be positive"), []),  # at its start, by name
        (parameter(raised="InvalidOperation: NaN"), [RAISED]),
        (parameter(), []),  # it waits, and nothing is wrong with that
        (parameter(never=True), [UNNAMED]),
        (parameter(said=["no room"]), [UNNAMED]),
        (parameter(said=["no room for size -1"]), []),
        (parameter(value="NOPE.NOWHERE", said=["NOPE.NOWHERE is not in the cache"]), []),
        (parameter(orders=[order()]), []),  # a sane order
        (parameter(orders=[order()], never=True), [REACHED]),
        (parameter(orders=[order("0")]), [REACHED]),
        (parameter(orders=[order("1.01")]), [REACHED]),
        (parameter(orders=[order("101")]), [REACHED]),
        (parameter(orders=[order("NaN")]), [REACHED]),
        (parameter(orders=[order("0.5", price="-1")]), [REACHED]),
        (parameter(orders=[order("0.5", price="200000")]), [REACHED]),
        (parameter(orders=[order("0.5", price="49000")]), []),
        (parameter(orders=[order("1", market="60000")]), [REACHED]),  # beyond the notional only
        (parameter(orders=[order("5", reduces=True)]), []),
    ],
)
def test_a_bad_parameter(row: dict[str, Any], reasons: list[str]) -> None:
    assert [one.reason for one in judge(examination(row))] == reasons


def test_what_orders_nothing_on_sound_data_shows_nothing() -> None:
    silent = {**CONTROL, "orders": []}
    with pytest.raises(Inconclusive, match="S-1 sends no order on sound"):
        judge(Examination((silent,), (), TERMS, ("S-1",)))
    with pytest.raises(Inconclusive, match="S-2 sends no order"):
        judge(Examination((CONTROL,), (), TERMS, ("S-1", "S-2")))
    with pytest.raises(Inconclusive, match="The backtest sends no order"):
        judge(Examination((), (), TERMS, ()))


def test_a_strategy_that_only_the_node_runs_was_not_examined() -> None:
    with pytest.raises(Inconclusive, match=r"bot\.other:Other trades in the node"):
        judge(examination(elsewhere=("bot.other:Other",)))


def test_a_backtest_that_breaks_is_inconclusive() -> None:
    row = {"strategy": "", "part": "clean", "case": "", "raised": "ValueError: no"}
    with pytest.raises(Inconclusive, match="does not run: ValueError: no"):
        judge(examination(row))


def test_controls_are_not_counted() -> None:
    done = examination(data(), data(part="bars"), parameter())
    assert (done.count("data", "bars"), done.count("parameter")) == (2, 1)

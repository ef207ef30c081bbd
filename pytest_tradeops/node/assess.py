"""What two runs of one backtest prove, as findings: it trades, it repeats itself, its money adds up, it tidies up."""

from collections.abc import Iterator
from itertools import zip_longest

from ..model import Finding
from .pnl import Comparison, compare
from .report import BacktestResult


def findings(first: BacktestResult, second: BacktestResult) -> list[Finding]:
    """Everything that is wrong with the pair; only the first point if nothing was traded, for then nothing else holds.

    Raises:
        Inconclusive: the profit of an instrument cannot be computed independently.
    """
    if not first.filled_orders:
        return [_nothing_filled(first)]
    return [*_differences(first, second), *_money(compare(first)), *_left_open(first)]


def _nothing_filled(result: BacktestResult) -> Finding:
    reasons = sorted({reason for order in result.orders for reason in order.reasons})
    told = f"; the first reason is {reasons[0]!r}" if reasons else ""
    return Finding(
        "backtest: no orders filled",
        f"{result.iterations} market events led to {len(result.orders)} orders, and none of them filled{told}.",
        remedy="Check that the signal is reached with this data, and that no limit denies every order.",
    )


def _differences(first: BacktestResult, second: BacktestResult) -> Iterator[Finding]:
    if first.digest == second.digest:
        return
    rows = zip_longest(first.orders, second.orders)
    number = next((at for at, (one, other) in enumerate(rows) if one != other), None)
    place = f"their orders part at number {number}" if number is not None else "their orders are the same"
    yield Finding(
        "backtest: not deterministic",
        f"Two runs with one seed and different PYTHONHASHSEED gave {len(first.fills)} and {len(second.fills)} fills; "
        f"{place}.",
        remedy="Look for iteration over a set, for hash(), for the wall clock and for unseeded random numbers.",
    )


def _money(compared: list[Comparison]) -> Iterator[Finding]:
    for one in compared:
        if not one.agrees:
            yield Finding(
                "backtest: pnl differs",
                f"{one.account} gained {one.engine} {one.currency} by the engine's books and {one.independent} by the "
                f"fills alone; {one.tolerance} of rounding is allowed.",
                remedy="Look for what changes the balance without a fill: modules, financing, a custom fee model.",
            )


def _left_open(result: BacktestResult) -> Iterator[Finding]:
    for order in result.open_orders:
        yield Finding(
            "backtest: residual orders",
            f"The {order.type} order {order.number} of {order.strategy} ({order.side} {order.quantity} "
            f"{order.instrument}) was still {order.status} after the strategy had stopped.",
            remedy="Call self.cancel_all_orders(instrument_id) in on_stop.",
        )

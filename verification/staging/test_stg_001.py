"""STG-001: the backtest trades, repeats itself, and its profit follows from its fills."""

import pytest

from pytest_tradeops.fixtures.backtest import Backtest
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import assess, faults, picture, tampering
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="STG-001",
    suite="staging",
    title="the backtest fills orders, repeats itself exactly, and its profit follows from its fills",
    severity="critical",
    covers=("V.staging.2",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader",),
)
def test_stg_001(_backtest: Backtest, _subject: Subject, _evidence: Evidence) -> None:
    """Runs the subject's backtest in two fresh processes with one seed and different PYTHONHASHSEED.

    Examines the orders that filled in a real NautilusTrader engine. Orders must fill; orders, fills, positions and
    balances of both runs must be identical; the change of every balance must equal what the fills alone give,
    computed without the engine; and no order may be left open once the strategies have stopped.

    It does not prove that the strategy earns anything, that the market data is realistic, or that the same code
    behaves alike at a live venue. Fix a failure where its message points; docs/backtest.md says how an entry looks.
    """
    first, second = _backtest.twice()
    _evidence.timing(first_run=first.seconds, second_run=second.seconds)
    _evidence.fact(
        market_events=first.iterations,
        orders=len(first.orders),
        fills=len(first.fills),
        open_positions=len(first.open_positions),
        seed=_subject.settings.backtest.seed,
        digest=first.digest,
        versions=dict(first.versions),
    )
    _evidence.examined(len(first.filled_orders), "orders filled", source=Grade.EMBEDDED)
    if first.fills:
        _evidence.attach("equity.svg", picture.equity_svg(first), "image/svg+xml")
        _evidence.attach("fills.csv", picture.fills_csv(first), "text/csv")
    _evidence.report(assess.findings(first, second))


@planted_fault(
    check="STG-001",
    covers="V.staging.2",
    title="a signal that is never reached",
    expects="backtest: no orders filled",
)
def unreachable_signal(_subject: Subject) -> None:
    for path, text in faults.silenced_tree(_subject.root, _subject.settings.strategies).items():
        _subject.write(path, text)


@planted_fault(
    check="STG-001", title="an order whose moment depends on a set's order", expects="backtest: not deterministic"
)
def order_by_hash(_subject: Subject) -> None:
    _wrap(_subject, tampering.HASH_ORDER)


@planted_fault(check="STG-001", title="money that no fill explains", expects="backtest: pnl differs")
def unexplained_money(_subject: Subject) -> None:
    _wrap(_subject, tampering.UNEXPLAINED_MONEY)


def _wrap(subject: Subject, body: str) -> None:
    entry = subject.settings.backtest.entry
    path = faults.module_file(subject.root, entry)
    subject.write(path, faults.wrapped(subject.path(path).read_text(encoding="utf-8"), entry, body))

"""SEC-017: bad market data and bad parameters reach no order, and are refused by name."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import faults, guarding, inputs, raised, tampering
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-017",
    suite="security",
    title="malformed, stale and extreme data and parameters reach no order, and a refusal names the field",
    severity="critical",
    covers=("3.3.1",),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader",),
)
def test_sec_017(_subject: Subject, _trading_node: Nodes, _evidence: Evidence) -> None:
    """Feeds each strategy bad data at the moments of two orders, and starts it with bad parameters.

    In the subject's own backtest the newest quotes, trades or bars before its first order, and before the next one that
    adds to a position, are changed: a crossed book, an hour old or ahead, out of order, a price of zero, below zero, a
    thousand times too high or too low. No order may be sent on them, but out of a position; where a strategy that does
    not look would have ordered, it must log a warning or an error that names the field. Each field of its own
    configuration is set to zero, to the other sign, a million times as much, NaN, infinity and to something of another
    type, and read as NautilusTrader reads it: whatever is refused must be refused by the field's name, and no order may
    be beyond the instrument's or the risk record's limits. What NautilusTrader's types do not let in, such as a price
    of NaN, is recorded and cannot be fed.

    A strategy that does not order on the sound data, or that only the node runs, makes it inconclusive. It does not
    prove that a price which is wrong by a little is noticed.
    """
    guarding.require(_subject.root, _subject.settings.node)
    settings = _subject.settings.backtest
    given = raised.Backtest(_subject.root, settings.entry, settings.seed, "", {}, seconds=settings.timeout)
    done = inputs.examine(given, _trading_node.host, _subject.settings.node.config, _subject.settings.risk.entry)
    _evidence.fact(
        strategies=list(done.strategies),
        not_let_in_by_nautilus=sorted({name for one in done.terms.values() for name in one["not_let_in"]}),
        cases=[f"{row['strategy']}: {row['case']}" for row in done.rows if not row.get("control")],
    )
    findings = inputs.judge(done)
    _evidence.examined(done.count("data", "bars"), "cases of bad market data", source=Grade.EMBEDDED)
    _evidence.examined(done.count("parameter"), "bad parameters", source=Grade.EMBEDDED)
    _evidence.report(findings)


@planted_fault(
    check="SEC-017",
    covers="3.3.1",
    title="the guard of the quantity is removed from the strategy's configuration",
    expects="input: bad value reached an order",
)
def quantity_unguarded(_subject: Subject) -> None:
    entry = _subject.settings.backtest.entry
    path = faults.module_file(_subject.root, entry)
    text = faults.wrapped(_subject.path(path).read_text(encoding="utf-8"), entry, tampering.QUANTITY_UNGUARDED)
    _subject.write(path, text)

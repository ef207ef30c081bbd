"""MON-022: what the exchange, the risk engine or a handler refuses is written down, once, with its reason."""

import pytest

from pytest_tradeops.fixtures.measured import Measuring
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import guarding
from pytest_tradeops.node.traded import faults, refusals
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-022",
    suite="monitoring",
    title="rejections, denials, refused cancellations and exceptions have one row each, with kind and reason",
    severity="high",
    covers=("2.5.5",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_022(_measured: Measuring, _subject: Subject, _evidence: Evidence) -> None:
    """Has the subject's node refused on the simulated venue, in every way that there is.

    An order is too dear for the exchange, one too fine for the risk engine, and the cancellation of one is refused.
    Then a handler raises, which ends the node. Each must have exactly one row in trading_errors, of its kind, in the
    words that the node was told; the exception's before the node has ended.

    It does not prove that anybody is alerted: MON-010 and those after it do.
    """
    guarding.require(_subject.root, _subject.settings.node)
    done = _measured(refusals=True)
    wanted = set(done.traded.refused)
    rows = done.rows.until("trading_errors", lambda found: wanted <= {row["kind"] for row in found})
    compared, findings = refusals.compare(rows, done.traded)
    strategy = refusals.raise_in_driver(done.node, done.place)
    rows = done.rows.until("trading_errors", lambda found: any(row["kind"] == "exception" for row in found))
    findings += refusals.exception(rows, strategy, refusals.SAID)
    _evidence.fact(kinds=sorted({str(row["kind"]) for row in rows}))
    _evidence.examined(compared + 1, "refusals and exceptions", source=_measured.metrics)
    _evidence.report(findings)


@planted_fault(
    check="MON-022",
    covers="2.5.5",
    title="nobody hears of denied orders",
    expects="errors: denial not recorded",
)
def denials_unheard(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.DENIALS_UNHEARD)
    _measured.start_up = faults.ENTRY

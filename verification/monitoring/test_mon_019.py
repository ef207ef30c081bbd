"""MON-019: the bot's profit, as its rows have it, is what the venue's own fills make, fees included."""

import pytest

from pytest_tradeops.fixtures.measured import Measuring
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import guarding
from pytest_tradeops.node.traded import faults, profit
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-019",
    suite="monitoring",
    title="profit per strategy is what the venue's fills make, after fees",
    severity="critical",
    covers=("2.5.2",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_019(_measured: Measuring, _subject: Subject, _evidence: Evidence) -> None:
    """Lets the subject's node trade a known script on the simulated venue, beside its own strategies.

    It opens, adds, rests and cancels, reduces and closes, on margin accounts it also turns its position round. From the
    fills in the venue's books the profit of each strategy is computed anew, at average cost, every fee at its fill, and
    compared with the newest row of trading_pnl: realized profit and fees, in every currency.

    It does not prove how profit is valued that is still open. Fix a failure with the fills in the venue's journal.
    """
    guarding.require(_subject.root, _subject.settings.node)
    done = _measured()
    fills = done.fills
    rows = done.rows.until("trading_pnl", lambda found: not profit.compare(found, done.traded, fills)[1])
    compared, findings = profit.compare(rows, done.traded, fills)
    _evidence.fact(instrument=done.place.instrument, account=done.place.account_type)
    _evidence.examined(len(done.traded.orders), "orders traded", source=done.venue)
    _evidence.examined(compared, "amounts of profit and fees", source=_measured.metrics)
    _evidence.report(findings)


@planted_fault(
    check="MON-019",
    covers="2.5.2",
    title="fees are left out of the profit",
    expects="pnl: differs from venue by fees",
)
def fees_left_out(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.NO_FEES)
    _measured.start_up = faults.ENTRY

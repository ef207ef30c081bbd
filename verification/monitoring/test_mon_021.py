"""MON-021: every change of a position has its row, also when the position is turned round, and none has two."""

import pytest

from pytest_tradeops.fixtures.measured import Measuring
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import guarding
from pytest_tradeops.node.traded import faults, positions
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-021",
    suite="monitoring",
    title="every change of a position has one row, turns included, and a replay doubles none",
    severity="high",
    covers=("2.5.4",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_021(_measured: Measuring, _subject: Subject, _evidence: Evidence) -> None:
    """Opens, adds, reduces, turns round and closes a futures position, measured by the subject's own collector.

    The node is one of ours on Binance's futures, since a Spot bot cannot turn a position round; its collector is the
    one that the subject's configuration registers, with its settings. The rows of trading_positions must be the path
    that the fills in the venue's books take, in order, the two changes of the turn among them. Then the same rows are
    written once more, as after a restart, and must not be there twice.

    It does not prove what the subject's strategies do with their positions.
    """
    guarding.require(_subject.root, _subject.settings.node)
    done = _measured(config="tradeops:binance-futures", collector_of=_subject.settings.node.config)
    wanted = len(positions.steps(done.traded, done.fills))
    rows = done.rows.until("trading_positions", lambda found: len(found) >= wanted)
    compared, findings = positions.compare(rows, done.traded, done.fills)
    table = _measured.metrics.table("trading_positions")
    _measured.metrics.insert(
        table.name, [{"timestamp": row["at"], **{one.name: row[one.name] for one in table.columns}} for row in rows]
    )
    findings += positions.replayed(len(rows), len(done.rows.of(table.name)))
    _evidence.fact(collectors=done.node.guard.collectors)
    _evidence.examined(compared, "changes of the position at the venue", source=done.venue)
    _evidence.examined(len(rows), "rows written twice", source=_measured.metrics)
    _evidence.report(findings)


@planted_fault(
    check="MON-021",
    covers="2.5.4",
    title="the row that closes a position which is turned round is left out",
    expects="positions: change missing",
)
def closing_row_left_out(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.NO_ROW_FOR_A_TURN)
    _measured.start_up = faults.ENTRY

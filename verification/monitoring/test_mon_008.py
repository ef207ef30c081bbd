"""MON-008: the Positions dashboard shows exactly the open positions."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import faults, positions
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-008",
    suite="monitoring",
    title="the Positions dashboard lists exactly the open positions, with side and size",
    severity="critical",
    covers=("2.2.5",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_008(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes positions that are opened, added to, reduced, flipped and closed, one of them days ago, and compares.

    Every query of every panel must run and return rows. Each panel that lists positions must have one row for each
    strategy and instrument whose fills do not add up to zero, with side and size, and none for the others. A panel with
    the history of changes (opened, changed, closed) is not taken for such a list.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that the bot records each change: MON-021 does. Fix a failure where its message points.
    """
    settings = _subject.settings.monitoring
    proof = positions.examine(opened(_subject.path(settings.path), settings.positions_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=not _subject.is_copy)


@planted_fault(
    check="MON-008",
    covers="2.2.5",
    title="the latest-row clause is removed, so closed positions stay",
    expects="positions: closed position shown",
)
def latest_row_clause_removed(_subject: Subject) -> None:
    """Removes `LATEST ON ... PARTITION BY ...` from every query of positions."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.positions_dashboard)
    _subject.write(str(dashboard.file.relative_to(_subject.root.resolve())), faults.latest_row_not_chosen(dashboard))

"""MON-004: the PnL dashboard shows what each strategy has made, and shows it now."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import faults, pnl
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-004",
    suite="monitoring",
    title="the PnL dashboard has a series for each strategy, with the profit that its trades make, up to date",
    severity="critical",
    covers=("2.2.1",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_004(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes the PnL rows of eight trades of two strategies, and compares the dashboard with the trades themselves.

    Every query of every panel must run and return rows. Each strategy must have a series of its own, whose last value
    is the profit (or the closed, the open part, or the fees) that money in and out amounts to; the newest point must be
    younger than the dashboard's refresh.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that the bot writes such rows: MON-019 and MON-027 do. To fix a failure, compare the named panel
    with the one that `tradeops init monitoring` writes; docs/monitoring.md explains the queries.
    """
    settings = _subject.settings.monitoring
    proof = pnl.examine(opened(_subject.path(settings.path), settings.pnl_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=not _subject.is_copy)


@planted_fault(
    check="MON-004",
    covers="2.2.1",
    title="the queries lose their grouping by strategy",
    expects="pnl: strategies merged",
)
def grouping_by_strategy_lost(_subject: Subject, _metrics: MetricsPlace) -> None:
    """Adds up the series of each query, whatever it looks like."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.pnl_dashboard)
    _subject.write(
        str(dashboard.file.relative_to(_subject.root.resolve())), faults.strategies_merged(dashboard, _metrics)
    )

"""MON-005: the Drawdown dashboard shows the drawdown, with lines where alerts begin."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import drawdown, faults
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-005",
    suite="monitoring",
    title="the Drawdown dashboard shows the equity curve's own drawdown, with lines at 5 and 10 percent",
    severity="critical",
    covers=("2.2.2",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_005(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes an equity curve of 25 samples, and compares the dashboard with the drawdown of the curve itself.

    Every query of every panel must run and return rows. Each series of drawdown must be the curve's, in percent or as
    fractions; thresholds must stand at 5 and 10 percent in the unit of the query, and one panel must draw them.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that the alerts fire at these limits: MON-009 and MON-010 do. Fix a failure where its message
    points: query, unit and thresholds of a panel are in one unit, or the line lies.
    """
    settings = _subject.settings.monitoring
    proof = drawdown.examine(opened(_subject.path(settings.path), settings.drawdown_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=not _subject.is_copy)


@planted_fault(
    check="MON-005",
    covers="2.2.2",
    title="the query returns fractions, the lines stay in percent",
    expects="drawdown: threshold unit mismatch",
)
def query_in_another_unit(_subject: Subject, _metrics: MetricsPlace) -> None:
    """Divides the query's numbers, or multiplies them where the lines are fractions."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.drawdown_dashboard)
    _subject.write(
        str(dashboard.file.relative_to(_subject.root.resolve())), faults.drawdown_in_another_unit(dashboard, _metrics)
    )

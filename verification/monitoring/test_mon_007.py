"""MON-007: the Error Rate dashboard shows errors per order, and a number also without orders."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import error_rate, faults
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-007",
    suite="monitoring",
    title="the Error Rate dashboard shows errors per order as counted by hand, and never NaN",
    severity="high",
    covers=("2.2.4",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_007(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes five minutes of orders and errors, one of them idle and one with an error and no order, and compares.

    Every query of every panel must run and return rows. Each percentage that is made of errors and orders must be what
    the hand count gives, over the whole range and minute by minute; whether denied orders count as tried is the team's
    choice. Then the dashboard is opened on the idle minute alone: a rate that is no number there is a finding.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that the bot records its errors: MON-022 does. Fix a failure where its message points.
    """
    settings = _subject.settings.monitoring
    proof = error_rate.examine(opened(_subject.path(settings.path), settings.errors_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=not _subject.is_copy)


@planted_fault(
    check="MON-007",
    covers="2.2.4",
    title="the denominator counts errors in place of orders",
    expects="error-rate: wrong ratio",
)
def denominator_counts_errors(_subject: Subject, _metrics: MetricsPlace) -> None:
    """Puts the errors, dressed as orders, in the place of the orders' table."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.errors_dashboard)
    _subject.write(
        str(dashboard.file.relative_to(_subject.root.resolve())), faults.errors_as_denominator(dashboard, _metrics)
    )

"""MON-006: the Latency dashboard shows the percentiles of live orders, in the unit that it says."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import faults, latency
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-006",
    suite="monitoring",
    title="the Latency dashboard shows percentiles of live orders alone, in the unit that it says",
    severity="high",
    covers=("2.2.3",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_006(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes known latencies of live orders, and beside them paper orders of half a minute that must not count.

    Every query of every panel must run and return rows. Each number with a unit of time must be, within two percent,
    the named percentile (or the mean, the shortest, the longest) of the live latencies in its unit, and two percentiles
    at least must be shown. Where measured orders are compared with accepted ones, those that reconciliation made up
    must be left out.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that the bot measures right: MON-020 does. Fix a failure where its message points.
    """
    settings = _subject.settings.monitoring
    proof = latency.examine(opened(_subject.path(settings.path), settings.latency_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=not _subject.is_copy)


@planted_fault(
    check="MON-006",
    covers="2.2.3",
    title="nanoseconds are shown as milliseconds",
    expects="latency: unit wrong",
)
def nanoseconds_shown_as_milliseconds(_subject: Subject, _metrics: MetricsPlace) -> None:
    """In the queries; or in the unit, where the queries return nanoseconds."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.latency_dashboard)
    _subject.write(
        str(dashboard.file.relative_to(_subject.root.resolve())),
        faults.nanoseconds_as_milliseconds(dashboard, _metrics),
    )

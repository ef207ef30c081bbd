"""MON-003: every table of metrics has a retention, old rows go by it and newer ones stay."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring import presence
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.subject import Subject
from pytest_tradeops.telemetry import tables_check


@pytest.mark.verification(
    id="MON-003",
    suite="monitoring",
    title="every table drops what is older than its retention, and nothing else",
    severity="high",
    covers=("2.1.3",),
    min_grade="embedded",
    budget="60s",
)
def test_mon_003(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Reads the TTL of every table and writes rows on both sides of it into one of the same definition.

    A row that is older than the TTL must be there before a newer one is, and gone afterwards; one that is younger by a
    partition must stay. QuestDB drops whole partitions, by the newest row of the table and not by the clock. Tables
    that the server has under their own names are asked for their TTL and not written to.

    It does not prove that the disk is large enough for what is kept. Fix a failure with `tradeops db migrate`.
    """
    presence.require(_subject.root, _subject.settings.monitoring.path)
    _metrics.create()
    done = tables_check.retention(_metrics.database, _metrics.names)
    _evidence.examined(done.tables, "tables", source=_metrics)
    _evidence.examined(done.rows, "rows beside the limit", source=_metrics)
    _evidence.fact(tables_in_use=done.served)
    _evidence.report(done.findings)


@planted_fault(
    check="MON-003",
    covers="2.1.3",
    title="a table without TTL",
    expects="retention: table has no TTL",
)
def table_without_ttl(_metrics: MetricsPlace) -> None:
    name = "heartbeats"
    table = _metrics.table(name)
    _metrics.database.sql(table.ddl(_metrics.names[name]).replace(f" TTL {table.ttl}", ""))

"""MON-002: the tables of metrics are what their definition says, and migrating again changes nothing."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring import presence
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.subject import Subject
from pytest_tradeops.telemetry import tables_check
from pytest_tradeops.telemetry.tables import SCHEMA


@pytest.mark.verification(
    id="MON-002",
    suite="monitoring",
    title="a migration gives every table its columns, types, partitions, retention and dedup keys, and does so once",
    severity="critical",
    covers=("2.1.2",),
    min_grade="embedded",
    budget="60s",
)
def test_mon_002(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Migrates an empty place on the server twice, reads every table back and compares it with the definition.

    Columns and their types, designated timestamp, partition, TTL and dedup keys must be equal, and the second run must
    have nothing to do. Tables that the server has under their own names, where bots write, are compared as well and
    never touched: one that was made by hand, or by a bot that came before the migration, is a failure.

    It does not prove that the bots of this server are of this version. Fix a failure with `tradeops db status` and
    `tradeops db migrate`; docs/telemetry.md explains both.
    """
    presence.require(_subject.root, _subject.settings.monitoring.path)
    done = tables_check.migration(_metrics.database, _metrics.prefix)
    _evidence.examined(done.tables, "tables", source=_metrics)
    _evidence.examined(done.columns, "columns", source=_metrics)
    _evidence.fact(schema=SCHEMA, tables_in_use=done.served)
    _evidence.report(done.findings)


@planted_fault(
    check="MON-002",
    covers="2.1.2",
    title="a table that was made by hand, with another type in one column",
    expects="tables: type differs",
)
def column_of_another_type(_metrics: MetricsPlace) -> None:
    name = "trading_pnl"
    ddl = _metrics.table(name).ddl(_metrics.names[name])
    _metrics.database.sql(ddl.replace("realized DOUBLE", "realized VARCHAR"))

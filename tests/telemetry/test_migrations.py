# ruff: noqa: S608 - statements on tables of our own
"""Tables brought to a version on a real server: from nothing, from an earlier version, by two at once, and by hand."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.questdb_sql import QuestDb, wait_wal_table
from pytest_tradeops.telemetry import migrations, shape
from pytest_tradeops.telemetry.migrations import SchemaNewer, migrate, recorded, status
from pytest_tradeops.telemetry.schema import Column, Table
from pytest_tradeops.telemetry.steps import CURRENT, AddColumn, Definition, SetKeys, SetTtl, Step
from pytest_tradeops.telemetry.tables import SCHEMA, TABLES

V1_TABLE = Table(
    "fills", "Fills.", (Column("bot", "SYMBOL", "bot"), Column("price", "DOUBLE", "price")), ("bot",), "90 DAYS"
)
OTHER = Table("marks", "Marks.", (Column("bot", "SYMBOL", "bot"),), ("bot",), "30 DAYS")
V1 = Definition(1, {"fills": V1_TABLE})
V3_TABLE = replace(
    V1_TABLE,
    columns=(
        V1_TABLE.columns[0],
        Column("fee", "DOUBLE", "fee"),
        Column("trade", "UUID", "trade"),
        V1_TABLE.columns[1],
    ),
    keys=("bot", "trade"),
    ttl="2 WEEKS",
)
V3 = Definition(
    3,
    {"fills": V3_TABLE, "marks": OTHER},
    (
        Step(2, "fees", (AddColumn("fills", Column("fee", "DOUBLE", "fee")), SetTtl("fills", "90 DAYS", "14 DAYS"))),
        Step(
            3,
            "trades",
            (AddColumn("fills", Column("trade", "UUID", "trade")), SetKeys("fills", ("bot",), ("bot", "trade"))),
        ),
    ),
)


@pytest.fixture
def server(metrics: MetricsPlace) -> QuestDb:
    return metrics.database


def test_an_empty_server_gets_every_table_once(metrics: MetricsPlace, server: QuestDb) -> None:
    planned = migrate(server, prefix=metrics.prefix, dry_run=True)
    assert (planned.before, planned.after, len(planned.statements)) == (0, SCHEMA, len(TABLES))
    assert not server.sql(f"select table_name from tables() where table_name like '{metrics.prefix}%'").rows

    done = migrate(server, prefix=metrics.prefix)
    assert not done.findings
    assert done.statements[: len(TABLES)] == planned.statements
    found = shape.read(server, metrics.names.values())
    for name, table in TABLES.items():
        there = found[metrics.names[name]]
        assert dict(there.columns) == {"timestamp": "TIMESTAMP", **{one.name: one.type for one in table.columns}}
        assert there.keys == {"timestamp", *table.keys}
        assert (str(there.ttl), there.partition) == (table.ttl, table.partition)

    again = migrate(server, prefix=metrics.prefix)
    assert (again.before, again.after, again.statements, again.findings) == (SCHEMA, SCHEMA, (), ())
    assert status(server, prefix=metrics.prefix).current


def test_steps_lead_from_an_earlier_version_and_keep_the_rows(metrics: MetricsPlace, server: QuestDb) -> None:
    migrate(server, prefix=metrics.prefix, definition=V1)
    fills = metrics.prefix + "fills"
    server.sql(f"insert into {fills} values (now(), 'b', 1.5)")

    behind = status(server, prefix=metrics.prefix, definition=V3)
    assert [(one.name.removeprefix(metrics.prefix), one.state) for one in behind.tables] == [
        ("fills", "behind"),
        ("marks", "missing"),
    ]
    assert not behind.current
    done = migrate(server, prefix=metrics.prefix, definition=V3)
    assert not done.findings, done.findings
    assert recorded(server, prefix=metrics.prefix) == 3
    assert server.sql(f"select bot, price, fee, trade from {fills}").rows == (("b", 1.5, None, None),)
    found = shape.read(server, [fills])[fills]
    assert not shape.differences(fills, shape.Shape.of(V3_TABLE), found)
    assert migrate(server, prefix=metrics.prefix, definition=V3).statements == ()


def test_a_killed_run_is_finished_by_the_next(metrics: MetricsPlace, server: QuestDb) -> None:
    """After each statement in turn, as a killed process leaves it."""
    migrate(server, prefix=metrics.prefix, definition=V1)
    for _ in range(8):
        todo = migrate(server, prefix=metrics.prefix, definition=V3, dry_run=True)
        assert not todo.findings
        if not todo.statements:
            break
        server.sql(todo.statements[0])
        for name in ("fills", "marks"):
            if metrics.prefix + name in todo.statements[0]:
                wait_wal_table(server, metrics.prefix + name)
    assert recorded(server, prefix=metrics.prefix) == 1
    done = migrate(server, prefix=metrics.prefix, definition=V3)
    assert (done.before, done.after, done.findings) == (1, 3, ())


def test_two_at_once_end_like_one(metrics: MetricsPlace, server: QuestDb) -> None:
    migrate(server, prefix=metrics.prefix, definition=V1)

    def run(_: int) -> migrations.Migration:
        with QuestDb(f"http://{server._host}:{server._port}") as own:
            return migrate(own, prefix=metrics.prefix, definition=V3)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(run, range(4)))
    assert [one.findings for one in done] == [()] * 4
    assert migrate(server, prefix=metrics.prefix, definition=V3).statements == ()


def test_a_newer_schema_is_refused_and_untouched(metrics: MetricsPlace, server: QuestDb) -> None:
    migrate(server, prefix=metrics.prefix, definition=V3)
    with pytest.raises(SchemaNewer, match=r"of version 3; this package knows them up to 1\. Update pytest-tradeops"):
        migrate(server, prefix=metrics.prefix, definition=V1)


@pytest.mark.parametrize(
    ("ddl", "reasons"),
    [
        ("(timestamp timestamp, bot symbol, price float) timestamp(timestamp) partition by day ttl 90 days wal"
         " dedup upsert keys(timestamp, bot)", {"tables: type differs"}),
        ("(timestamp timestamp, bot symbol) timestamp(timestamp) partition by day ttl 90 days wal"
         " dedup upsert keys(timestamp, bot)", {"tables: column missing"}),
        ("(timestamp timestamp, bot symbol, price double, x int) timestamp(timestamp) partition by day ttl 90 days wal"
         " dedup upsert keys(timestamp, bot)", {"tables: column unknown"}),
        ("(timestamp timestamp, bot symbol, price double) timestamp(timestamp) partition by hour ttl 90 days wal"
         " dedup upsert keys(timestamp, bot)", {"tables: partition differs"}),
        ("(timestamp timestamp, bot symbol, price double) timestamp(timestamp) partition by day wal"
         " dedup upsert keys(timestamp, bot)", {"tables: TTL differs"}),
        ("(timestamp timestamp, bot symbol, price double) timestamp(timestamp) partition by day ttl 90 days wal",
         {"tables: dedup keys differ"}),
        ("(timestamp timestamp, bot symbol, price double) timestamp(timestamp) partition by day ttl 90 days wal"
         " dedup upsert keys(timestamp)", {"tables: dedup keys differ"}),
        ("(timestamp timestamp, bot symbol, price double) timestamp(timestamp) partition by day ttl 90 days bypass wal",
         {"tables: no write-ahead log", "tables: dedup keys differ"}),
        ("(ts timestamp, timestamp timestamp, bot symbol, price double) timestamp(ts) partition by day ttl 90 days wal",
         {"tables: column unknown", "tables: timestamp differs", "tables: dedup keys differ"}),
    ],
    ids=lambda value: "" if isinstance(value, str) else "+".join(sorted(value)).replace("tables: ", ""),
)  # fmt: skip
def test_a_table_made_by_hand_is_reported_and_left_alone(
    metrics: MetricsPlace, server: QuestDb, ddl: str, reasons: set[str]
) -> None:
    fills = metrics.prefix + "fills"
    server.sql(f"create table '{fills}' {ddl}")
    before = server.sql(f"show create table '{fills}'").scalar()
    done = migrate(server, prefix=metrics.prefix, definition=V3)
    assert server.sql(f"show create table '{fills}'").scalar() == before
    assert {one.where for one in done.findings} == {fills}
    assert all("Rename that table" in one.remedy for one in done.findings)
    assert done.after == recorded(server, prefix=metrics.prefix) == 0
    one = migrate(server, prefix=metrics.prefix, definition=V1)
    assert {finding.reason for finding in one.findings} == reasons
    states = {one.name: one.state for one in status(server, prefix=metrics.prefix, definition=V1).tables}
    assert states == {fills: "differs"}


def test_a_table_as_ilp_makes_it_is_no_table_of_ours(metrics: MetricsPlace, server: QuestDb) -> None:
    """TIMESTAMP_NS, no TTL, no DEDUP: what a bot makes whose metrics come before the migration."""
    fills = metrics.prefix + "fills"
    server.sql(
        f"create table '{fills}' (timestamp timestamp_ns, bot symbol, price double) timestamp(timestamp)"
        " partition by day wal"
    )
    reasons = {one.reason for one in migrate(server, prefix=metrics.prefix, definition=V1).findings}
    assert reasons == {"tables: type differs", "tables: TTL differs", "tables: dedup keys differ"}


def test_equal_tables_without_a_record_are_adopted(metrics: MetricsPlace, server: QuestDb) -> None:
    server.sql(V1_TABLE.ddl(metrics.prefix + "fills"))
    done = migrate(server, prefix=metrics.prefix, definition=V1)
    assert (done.before, done.after, done.findings) == (0, 1, ())
    assert all(migrations.RECORD in statement for statement in done.statements)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("7 DAYS", "1 week", True),
        ("24 HOURS", "1 DAY", True),
        ("12 MONTHS", "1 YEAR", True),
        ("30 DAYS", "1 MONTH", False),
    ],
)
def test_equal_ttls_are_equal_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert (shape.Ttl.parse(one) == shape.Ttl.parse(other)) is same


def test_the_definition_is_not_changed_without_a_new_version() -> None:
    """A server that was migrated to a version has these shapes. Other shapes: raise SCHEMA and write a step."""
    text = json.dumps(
        {
            name: [
                sorted((one.name, one.type) for one in table.columns),
                sorted(table.keys),
                table.ttl,
                table.partition,
            ]
            for name, table in CURRENT.tables.items()
        },
        sort_keys=True,
    )
    known = {1: "99b3c823ec323e5b"}
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == known[SCHEMA]
    assert [step.version for step in CURRENT.steps] == list(range(2, SCHEMA + 1))

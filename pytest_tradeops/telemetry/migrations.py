"""Brings a server's tables to the version of this package: forward only, as often as you like, and checked afterwards.

Nothing is locked, because nothing needs to be: every statement may be run again and by two at once. What a killed run
left undone the next one does.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import TradeopsError
from ..model.finding import Finding
from ..questdb_sql import QuestDb, QuestDbError, identifier, literal, wait_wal_table
from . import shape
from .shape import Shape, differences
from .steps import CURRENT, Definition, Plan, plan

RECORD = "tradeops_schema"
#: Seconds; an ALTER waits its turn behind the rows that are being written.
_PATIENCE = 60.0


class SchemaNewer(TradeopsError):
    """The server's tables are of a later version than this package knows."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What a run did, or would do.

    Attributes:
        before: The version that was recorded; 0 for none.
        after: The version that is recorded now; in a dry run: that would be.
        statements: What was run, in order; in a dry run: what would be.
        findings: What is not as defined afterwards. Tables of another shape were not touched.
        tables: How many there are by definition.
    """

    before: int
    after: int
    statements: tuple[str, ...]
    findings: tuple[Finding, ...]
    tables: int
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For `tradeops db migrate --format json`."""
        return {
            "before": self.before,
            "after": self.after,
            "dry_run": self.dry_run,
            "statements": list(self.statements),
            "findings": [_plain(one) for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class TableStatus:
    """One table of the definition on a server.

    Attributes:
        state: `ok`, `missing`, `behind` (a step is to be run), `differs` (made by hand), or `suspended`.
        rows: How many; None where the server does not say.
        ttl: As it is there; empty if the table is missing.
    """

    name: str
    state: str
    rows: int | None = None
    ttl: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A server's tables beside the definition."""

    version: int
    wanted: int
    tables: tuple[TableStatus, ...]
    findings: tuple[Finding, ...]

    @property
    def current(self) -> bool:
        """Whether there is nothing to do and nothing wrong."""
        return self.version == self.wanted and all(one.state == "ok" for one in self.tables)

    def as_dict(self) -> dict[str, Any]:
        """For `tradeops db status --format json`."""
        return {
            "version": self.version,
            "wanted": self.wanted,
            "current": self.current,
            "tables": [{"name": one.name, "state": one.state, "rows": one.rows, "ttl": one.ttl} for one in self.tables],
            "findings": [_plain(one) for one in self.findings],
        }


def migrate(
    database: QuestDb, *, prefix: str = "", dry_run: bool = False, definition: Definition = CURRENT
) -> Migration:
    """Makes what is missing, changes what is behind, reads everything back and records the version.

    Args:
        prefix: Before every table's name, the record's too.
        dry_run: Only says what would be run.

    Raises:
        SchemaNewer: the server was migrated by a later version of this package; nothing was touched.
        QuestDbError: the server refused a statement, or cannot be reached. What was done stays; run it again.
    """
    before = recorded(database, prefix=prefix)
    _refuse_newer(before, definition)
    todo = plan(_read(database, definition, prefix), before, definition, prefix)
    statements = [statement for _, statement in todo.statements]
    if dry_run:
        after = before if todo.findings else definition.version
        findings = tuple(todo.findings)
        return Migration(before, after, tuple(statements), findings, len(definition.tables), dry_run=True)
    for _, statement in todo.statements:
        database.sql(statement, timeout=_PATIENCE)
    for name in dict.fromkeys(name for name, _ in todo.statements):
        wait_wal_table(database, name, timeout=_PATIENCE)  # an ALTER is only entered in the log by then
    there = _read(database, definition, prefix) if statements else None
    findings = tuple(todo.findings) if there is None else tuple(_compare(there, definition, prefix))
    if findings:
        return Migration(before, before, tuple(statements), findings, len(definition.tables))
    if before < definition.version:
        statements += _record(database, prefix, definition.version)
    return Migration(before, definition.version, tuple(statements), (), len(definition.tables))


def status(database: QuestDb, *, prefix: str = "", definition: Definition = CURRENT) -> Status:
    """Reads a server's tables beside the definition and changes nothing.

    Raises:
        QuestDbError: the server cannot be asked.
    """
    version = recorded(database, prefix=prefix)
    there = _read(database, definition, prefix)
    todo = plan(there, version, definition, prefix)
    if version > definition.version:
        todo = Plan()  # what a later version added is nobody's mistake
    behind = {name for name, _ in todo.statements}
    foreign = {finding.where for finding in todo.findings}
    rows = {
        str(row["table_name"]): row
        for row in database.sql("select table_name, table_row_count, table_suspended from tables()").dicts()
    }
    listed, findings = [], list(todo.findings)
    for table in definition.tables:
        name = prefix + table
        row = rows.get(name, {})
        state = _state(name, there, foreign, behind)
        if row.get("table_suspended"):
            state = "suspended"
            remedy = f"Remove the cause, such as a full disk, then run: ALTER TABLE '{name}' RESUME WAL;"
            findings.append(Finding("tables: suspended", "It takes rows and shows none of them.", name, remedy))
        listed.append(
            TableStatus(name, state, row.get("table_row_count"), str(there[name].ttl) if name in there else "")
        )
    return Status(version, definition.version, tuple(listed), tuple(findings))


def recorded(database: QuestDb, *, prefix: str = "") -> int:
    """The version that the server's tables were last brought to; 0 if none was recorded."""
    name = prefix + RECORD
    if not database.sql(f"select table_name from tables() where table_name = {literal(name)}").rows:  # noqa: S608
        return 0
    wait_wal_table(database, name, timeout=_PATIENCE)
    return int(database.sql(f"select max(version) from {identifier(name)}").scalar() or 0)  # noqa: S608


def _refuse_newer(version: int, definition: Definition) -> None:
    if version > definition.version:
        raise SchemaNewer(
            f"The server's tables are of version {version}; this package knows them up to {definition.version}.",
            remedy="Update pytest-tradeops here; tables are never taken back.",
        )


def _read(database: QuestDb, definition: Definition, prefix: str) -> Mapping[str, Shape]:
    return shape.read(database, [prefix + name for name in definition.tables])


def _state(name: str, there: Collection[str], foreign: Collection[str], behind: Collection[str]) -> str:
    if name not in there:
        return "missing"
    return "differs" if name in foreign else "behind" if name in behind else "ok"


def _compare(there: Mapping[str, Shape], definition: Definition, prefix: str) -> list[Finding]:
    result = []
    for table in definition.tables.values():
        name = prefix + table.name
        if name in there:
            result += differences(name, Shape.of(table), there[name])
        else:
            remedy = "Find out who drops it; then run `tradeops db migrate` again."
            result.append(Finding("tables: missing", "It was made and is not there.", name, remedy))
    return result


def _record(database: QuestDb, prefix: str, version: int) -> list[str]:
    """The record has no TTL: what was done must be known for as long as the tables are there."""
    name = prefix + RECORD
    create = (
        f"CREATE TABLE IF NOT EXISTS {identifier(name)} (timestamp TIMESTAMP, version LONG)"
        " TIMESTAMP(timestamp) PARTITION BY YEAR WAL DEDUP UPSERT KEYS(timestamp, version);"
    )
    insert = f"INSERT INTO {identifier(name)} VALUES (now(), {version});"  # noqa: S608 - names of our own
    try:
        for statement in (create, insert):
            database.sql(statement, timeout=_PATIENCE)
        wait_wal_table(database, name, timeout=_PATIENCE)
    except QuestDbError as error:
        if error.kind != "rejected":
            raise
        raise TradeopsError(
            f"The tables are as they should be, but {name} does not take the record of it: {error.message}.",
            remedy="Rename that table, and run `tradeops db migrate` again.",
        ) from None
    return [create, insert]


def _plain(finding: Finding) -> dict[str, str]:
    return {"reason": finding.reason, "message": finding.message, "where": finding.where, "remedy": finding.remedy}

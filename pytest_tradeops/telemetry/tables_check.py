"""What the checks of the tables examine: that a migration gives what is defined, and that rows go when they are old."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..model.finding import Finding
from ..questdb_sql import QuestDb, identifier, literal, wait_wal_table
from . import shape
from .migrations import migrate, status
from .schema import Table
from .shape import Ttl
from .tables import TABLES

#: Of a partition, at most.
_LENGTHS = {"HOUR": 1 / 24, "DAY": 1, "WEEK": 7, "MONTH": 31, "YEAR": 366}
#: Seconds that the server may take to drop a partition; it takes milliseconds.
_PATIENCE = 10.0
_MIGRATE = "Run `tradeops db migrate`, and do what `tradeops db status` says."


@dataclass(slots=True)
class Examined:
    """What was looked at.

    Attributes:
        tables, columns: Compared with the definition.
        rows: Written beside a retention's limit.
        served: Tables found under their own names, where the bots of this server write.
    """

    tables: int = 0
    columns: int = 0
    rows: int = 0
    served: int = 0
    findings: list[Finding] = field(default_factory=list)


def migration(database: QuestDb, prefix: str) -> Examined:
    """Migrates twice under a prefix and compares what is there with the definition; then those in use, unchanged."""
    first = migrate(database, prefix=prefix)
    done = Examined(findings=list(first.findings))
    again = migrate(database, prefix=prefix)
    repeated = [statement for statement in again.statements if statement not in first.statements]
    if not first.findings and again.statements:
        repeated = list(again.statements)
    if repeated:
        message = f"The second run changes something again: {repeated[0].splitlines()[0]}"
        done.findings.append(
            Finding("tables: second run changes something", message, prefix, "Make the step repeatable.")
        )
    there = shape.read(database, [prefix + name for name in TABLES])
    done.tables = len(there)
    done.columns = sum(len(one.columns) for one in there.values())
    found = status(database)
    done.served = sum(one.state != "missing" for one in found.tables)
    done.findings += found.findings
    return done


def retention(database: QuestDb, names: Mapping[str, str]) -> Examined:
    """Reads the TTL of every table, then writes rows on both sides of it.

    Args:
        names: From the tables' own names to those of empty ones that were made for this.
    """
    done = Examined()
    examined: list[_Beside] = []
    there = shape.read(database, names.values())
    for table in TABLES.values():
        name = names[table.name]
        done.tables += 1
        ttl = there[name].ttl
        if not ttl.count:
            done.findings.append(_no_ttl(name))
        elif ttl != Ttl.parse(table.ttl):
            message = f"Its TTL is {ttl}, not {table.ttl}."
            done.findings.append(Finding("retention: TTL differs", message, name, _MIGRATE))
        else:
            examined.append(_Beside.of(table, name))
    done.rows = 3 * len(examined)
    done.findings += _sides(database, examined)
    for name, one in shape.read(database, TABLES).items():
        done.served += 1
        if not one.ttl.count:
            done.findings.append(_no_ttl(name))
    return done


@dataclass(frozen=True, slots=True)
class _Beside:
    """Moments on both sides of a table's TTL: older by two partitions, younger by one, and now."""

    name: str
    kept: timedelta
    old: datetime
    young: datetime
    now: datetime

    @classmethod
    def of(cls, table: Table, name: str) -> "_Beside":
        ttl = Ttl.parse(table.ttl)
        kept = timedelta(hours=ttl.count) if ttl.unit == "hours" else timedelta(days=31 * ttl.count)
        partition = timedelta(days=_LENGTHS[table.partition])
        now = datetime.now(UTC)
        return cls(name, kept, now - kept - 2 * partition, now - kept + partition, now)


def _sides(database: QuestDb, examined: list[_Beside]) -> list[Finding]:
    """Writes the old rows, then the others; all tables at each step, so that the server works on several at once."""
    for one in examined:
        _insert(database, one.name, one.old)
    stored = [one for one in examined if _stamps(database, one.name) == [_text(one.old)]]
    findings = [
        Finding("retention: row not stored", "A row was acknowledged and is not there.", one.name)
        for one in examined
        if one not in stored
    ]
    for one in stored:
        _insert(database, one.name, one.young, one.now)
    return findings + [finding for one in stored for finding in _gone(database, one)]


def _gone(database: QuestDb, one: _Beside) -> list[Finding]:
    rest = [_text(one.young), _text(one.now)]
    deadline = time.monotonic() + _PATIENCE
    while (found := _stamps(database, one.name)) != rest:
        if not set(rest) <= set(found):
            message = "A row that is younger than the TTL is gone."
            return [Finding("retention: newer rows vanish", message, one.name, _MIGRATE)]
        if time.monotonic() > deadline:
            message = f"A row of {one.kept.days} days and two partitions ago stays, {_PATIENCE:g} s after a newer one."
            return [Finding("retention: old rows stay", message, one.name, "Look at the server's log for why.")]
        time.sleep(0.02)
    return []


def _insert(database: QuestDb, name: str, *moments: datetime) -> None:
    values = ", ".join(f"({literal(_text(moment))})" for moment in moments)
    database.sql(f"insert into {identifier(name)} (timestamp) values {values}")  # noqa: S608 - quoted


def _stamps(database: QuestDb, name: str) -> list[str]:
    wait_wal_table(database, name)
    return [str(row[0]) for row in database.sql(f"select timestamp from {identifier(name)} order by timestamp").rows]  # noqa: S608


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _no_ttl(name: str) -> Finding:
    remedy = "Give it one (ALTER TABLE ... SET TTL 90 DAYS), or make it anew with `tradeops db migrate`."
    return Finding("retention: table has no TTL", "Its rows are kept until the disk is full.", name, remedy)

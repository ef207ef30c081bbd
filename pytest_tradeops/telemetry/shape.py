"""What a table looks like on a server, and how that differs from its definition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..model.finding import Finding
from ..questdb_sql import QuestDb, literal
from .schema import TIMESTAMP, Table

#: In hours, or in months: QuestDB keeps a TTL in either, and shows it in the largest unit that divides it.
_UNITS = {
    "HOUR": ("hours", 1),
    "DAY": ("hours", 24),
    "WEEK": ("hours", 168),
    "MONTH": ("months", 1),
    "YEAR": ("months", 12),
}


@dataclass(frozen=True, slots=True)
class Ttl:
    """A retention; `count` 0 is none. `7 DAYS` and `1 WEEK` are equal."""

    count: int
    unit: str = "hours"

    @classmethod
    def parse(cls, text: str) -> "Ttl":
        """From `90 DAYS`; empty is none.

        Raises:
            ValueError: it is no such text.
        """
        words = text.upper().split()
        if not words:
            return cls(0)
        if len(words) != 2 or not words[0].isdigit() or words[1].removesuffix("S") not in _UNITS:
            raise ValueError(f"{text!r} is no TTL such as '90 DAYS'")
        unit, factor = _UNITS[words[1].removesuffix("S")]
        return cls(int(words[0]) * factor, unit if int(words[0]) else "hours")

    def __str__(self) -> str:
        if not self.count:
            return "none"
        if self.unit == "hours" and self.count % 24 == 0:
            return f"{self.count // 24} DAYS"
        return f"{self.count} {self.unit.upper()}"


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything about a table that decides whether our rows fit it, keep and go.

    Attributes:
        columns: Name to type, the designated timestamp among them; their order does not matter.
        keys: Dedup keys, with the designated timestamp; empty without DEDUP.
        wal: Whether it has a write-ahead log.
    """

    columns: Mapping[str, str]
    designated: str
    partition: str
    ttl: Ttl
    keys: frozenset[str]
    wal: bool = True

    @classmethod
    def of(cls, table: Table) -> "Shape":
        """What the definition asks for."""
        return cls(
            {TIMESTAMP: "TIMESTAMP", **{column.name: column.type for column in table.columns}},
            TIMESTAMP,
            table.partition,
            Ttl.parse(table.ttl),
            frozenset((TIMESTAMP, *table.keys)),
        )


def read(database: QuestDb, names: Iterable[str], *, timeout: float | None = None) -> dict[str, Shape]:
    """The shapes of those of the tables that are there.

    Raises:
        QuestDbError: the server cannot be asked.
    """
    names = list(names)
    if not names:
        return {}
    listed = ", ".join(map(literal, names))
    found = database.sql(
        "select table_name, designatedTimestamp, partitionBy, walEnabled, dedup, ttlValue, ttlUnit from tables() "  # noqa: S608
        f"where table_name in ({listed})",
        timeout=timeout,
    ).dicts()
    if not found:
        return {}
    columns = database.sql(
        " union all ".join(
            f'select {literal(str(row["table_name"]))} t, "column", type, upsertKey'  # noqa: S608 - quoted
            f" from table_columns({literal(str(row['table_name']))})"
            for row in found
        ),
        timeout=timeout,
    ).rows
    return {str(row["table_name"]): _shape(row, columns) for row in found}


def differences(name: str, wanted: Shape, found: Shape) -> list[Finding]:
    """Each difference as a finding, by the table's name on the server; none if the two are alike."""

    def finding(what: str, message: str) -> Finding:
        return Finding(f"tables: {what}", message, name, _REMEDY)

    result = []
    for column, kind in wanted.columns.items():
        if column not in found.columns:
            result.append(finding("column missing", f"{column} ({kind}) is not there."))
        elif found.columns[column] != kind:
            result.append(finding("type differs", f"{column} is {found.columns[column]}, not {kind}."))
    result += [
        finding("column unknown", f"{column} ({kind}) is in no definition.")
        for column, kind in found.columns.items()
        if column not in wanted.columns
    ]
    if found.designated != wanted.designated:
        said = found.designated or "none"
        result.append(finding("timestamp differs", f"The designated timestamp is {said}, not {wanted.designated}."))
    if found.partition != wanted.partition:
        result.append(finding("partition differs", f"It is partitioned by {found.partition}, not {wanted.partition}."))
    if not found.wal:
        result.append(finding("no write-ahead log", "Its rows would bypass the write-ahead log, and DEDUP with it."))
    if found.ttl != wanted.ttl:
        result.append(finding("TTL differs", f"Its TTL is {found.ttl}, not {wanted.ttl}."))
    if found.keys != wanted.keys:
        said = ", ".join(sorted(found.keys)) or "none"
        result.append(finding("dedup keys differ", f"They are {said}, not {', '.join(sorted(wanted.keys))}."))
    return result


_REMEDY = "Rename that table to keep its rows, or alter it until it fits; then run `tradeops db migrate` again."


def _shape(row: Mapping[str, Any], columns: Iterable[tuple[Any, ...]]) -> Shape:
    own = [(str(column), str(kind), bool(key)) for table, column, kind, key in columns if table == row["table_name"]]
    value, unit = int(row["ttlValue"] or 0), str(row["ttlUnit"])
    return Shape(
        {column: kind for column, kind, _ in own},
        str(row["designatedTimestamp"] or ""),
        str(row["partitionBy"]),
        Ttl.parse(f"{value} {unit}" if value else ""),
        frozenset(column for column, _, key in own if key) if row["dedup"] else frozenset(),
        bool(row["walEnabled"]),
    )

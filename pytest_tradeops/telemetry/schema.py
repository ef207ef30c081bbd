"""What a table of metrics is, and how QuestDB is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

type ColumnType = Literal["SYMBOL", "VARCHAR", "UUID", "DOUBLE", "LONG", "BOOLEAN", "TIMESTAMP"]
type Unit = Literal["", "s", "ns", "ms", "percent", "currency", "count", "quantity", "price", "bytes", "tokens", "USD"]

TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `unit` is what dashboards and rules are checked against, empty for text and flags."""

    name: str
    type: ColumnType
    doc: str
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a designated timestamp of microseconds, a write-ahead log, and rows that replay without doubling.

    Attributes:
        columns: Without the designated timestamp, which every table has and which is called `timestamp`.
        keys: What makes a row one and the same besides its timestamp: a later row with these replaces it, whole.
        ttl: After how long a partition may go, as QuestDB writes it (`90 DAYS`); a whole multiple of the partition.
        partition: `HOUR`, `DAY`, `WEEK`, `MONTH` or `YEAR`.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    ttl: str
    partition: str = "DAY"

    def column(self, name: str) -> Column:
        """That column; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Every column's name, the designated timestamp first."""
        return (TIMESTAMP, *(column.name for column in self.columns))

    def ddl(self, name: str = "") -> str:
        """The statement that creates it, under another name if one is given."""
        columns = ",\n".join(f"  {column.name} {column.type}" for column in self.columns)
        return (
            f"CREATE TABLE IF NOT EXISTS '{name or self.name}' (\n  {TIMESTAMP} TIMESTAMP,\n{columns}\n"
            f") TIMESTAMP({TIMESTAMP}) PARTITION BY {self.partition} TTL {self.ttl} WAL\n"
            f"DEDUP UPSERT KEYS({', '.join((TIMESTAMP, *self.keys))});"
        )

    def as_dict(self) -> Mapping[str, Any]:
        """For `tradeops db schema --format json`; the designated timestamp is listed first."""
        stamp = Column(TIMESTAMP, "TIMESTAMP", "when it happened, UTC, in microseconds")
        return {
            "name": self.name,
            "doc": self.doc,
            "timestamp": TIMESTAMP,
            "partition": self.partition,
            "ttl": self.ttl,
            "keys": [TIMESTAMP, *self.keys],
            "columns": [
                {"name": one.name, "type": one.type, "unit": one.unit, "doc": one.doc} for one in (stamp, *self.columns)
            ],
            "ddl": self.ddl(),
        }

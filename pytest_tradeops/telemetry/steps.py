"""The steps from one version of the tables to the next, and what has to be done on a given server. Pure.

Steps only go forward and only add: a bot that runs on for a while after the migration still finds every column that it
writes. A server without tables is not walked through the steps: it gets the tables as they are defined now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..model.finding import Finding
from ..questdb_sql import identifier
from .schema import TIMESTAMP, Column, Table
from .shape import Shape, Ttl, differences
from .tables import SCHEMA, TABLES


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A table gets one more column; old rows have NULL in it."""

    table: str
    column: Column

    def apply(self, shape: Shape) -> Shape:
        if self.column.name in shape.columns:
            return shape  # an earlier run was interrupted; another type is found by the comparison
        return replace(shape, columns={**shape.columns, self.column.name: self.column.type})

    def sql(self, name: str) -> str:
        column = self.column
        return f"ALTER TABLE {identifier(name)} ADD COLUMN IF NOT EXISTS {identifier(column.name)} {column.type};"


@dataclass(frozen=True, slots=True)
class SetTtl:
    """A table keeps its rows for another time. A shorter one drops old partitions at once.

    Attributes:
        before: What it was; a table with neither was made by somebody else.
    """

    table: str
    before: str
    ttl: str

    def apply(self, shape: Shape) -> Shape:
        return replace(shape, ttl=Ttl.parse(self.ttl)) if shape.ttl == Ttl.parse(self.before) else shape

    def sql(self, name: str) -> str:
        return f"ALTER TABLE {identifier(name)} SET TTL {self.ttl};"


@dataclass(frozen=True, slots=True)
class SetKeys:
    """A table gets other dedup keys, besides its timestamp; rows that are there stay as they are.

    Attributes:
        before: What they were; a table with neither was made by somebody else.
    """

    table: str
    before: tuple[str, ...]
    keys: tuple[str, ...]

    def apply(self, shape: Shape) -> Shape:
        if shape.keys != {TIMESTAMP, *self.before}:
            return shape
        return replace(shape, keys=frozenset((TIMESTAMP, *self.keys)))

    def sql(self, name: str) -> str:
        keys = ", ".join(map(identifier, (TIMESTAMP, *self.keys)))
        return f"ALTER TABLE {identifier(name)} DEDUP ENABLE UPSERT KEYS({keys});"


type Change = AddColumn | SetTtl | SetKeys


@dataclass(frozen=True, slots=True)
class Step:
    """What leads to `version` from the one before it, beyond tables that are new in it."""

    version: int
    doc: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of all tables and the way there."""

    version: int
    tables: Mapping[str, Table]
    steps: tuple[Step, ...] = ()


#: Version 1 is made from nothing. Add a step here whenever `SCHEMA` rises.
STEPS: tuple[Step, ...] = ()
CURRENT = Definition(SCHEMA, TABLES, STEPS)


@dataclass(slots=True)
class Plan:
    """What is to be done on one server.

    Attributes:
        statements: Table's name there and statement, in order.
        findings: Tables that have another shape than any version gave them: they are not touched.
    """

    statements: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def plan(found: Mapping[str, Shape], version: int, definition: Definition, prefix: str = "") -> Plan:
    """Compares a server with the definition.

    Args:
        found: What is there, by name.
        version: The last one that was completed there; 0 for none.
        prefix: Before every table's name.
    """
    result = Plan()
    for table in definition.tables.values():
        name = prefix + table.name
        there = found.get(name)
        if there is None:
            result.statements.append((name, table.ddl(name)))
            continue
        after, statements = there, []
        for step in definition.steps:
            for change in step.changes if step.version > version else ():
                if change.table == table.name and (changed := change.apply(after)) != after:
                    statements.append((name, change.sql(name)))
                    after = changed
        if foreign := differences(name, Shape.of(table), after):
            result.findings += foreign
        else:
            result.statements += statements
    return result

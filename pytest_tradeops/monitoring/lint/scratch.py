"""Tables of the subject's shape on a QuestDB, under a prefix of our own: queries run there, never on real rows."""

import contextlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...questdb_sql import QuestDb, QuestDbError, Result, identifier, literal
from ...telemetry.schema import TIMESTAMP
from ...telemetry.tables import TABLES
from .schema import PACKAGE, Definition, Schema
from .sqltext import named_tables, renamed

#: The server takes about 32 KB in a request line, counted after quoting for a URL.
_STATEMENT = 8_000
QUERY_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as the server has it.

    Attributes:
        columns: Name to type, in order.
        timestamp: The designated timestamp; empty without one.
        fillable: Whether rows can be put into it; False for views.
    """

    name: str
    real: str
    columns: Mapping[str, str]
    timestamp: str
    fillable: bool = True


class Scratch:
    """Makes tables when they are first named, and drops them all at the end.

    Raises (each method): QuestDbError when the server is gone.
    """

    def __init__(self, database: QuestDb, schema: Schema, *, timeout: float = QUERY_TIMEOUT) -> None:
        self.database = database
        self._timeout = timeout
        self.schema = schema
        self.prefix = f"lint_{secrets.token_hex(4)}_"
        self.refused: dict[str, str] = {}
        self._shapes: dict[str, Shape] = {}
        self._views: list[str] = []
        self._filled: set[str] = set()

    def shape(self, name: str) -> Shape | None:
        """That table, made if need be; None if nothing defines it, or QuestDB refuses its definition."""
        key = name.lower()
        if key in self._shapes:
            return self._shapes[key]
        definition = self.schema.find(name)
        if definition is None or key in self.refused:
            return None
        try:
            made = self._view(definition) if definition.is_view else self._table(definition)
        except QuestDbError as error:
            if error.kind != "rejected":
                raise
            self.refused[key] = self.plain(error.message)
            return None
        self._shapes[key] = made
        return made

    def sql(self, query: str) -> Result:
        """Runs a statement that names the tables as the subject does; those it names must have been made."""
        return self.database.sql(self.rename(query), timeout=self._timeout)

    def rename(self, query: str) -> str:
        return renamed(query, {name: one.real for name, one in self._shapes.items()})

    def plain(self, message: str) -> str:
        """A message of the server with the subject's names in it."""
        return message.replace(self.prefix, "")

    def truncate(self, name: str) -> None:
        """Takes every row out."""
        if name.lower() in self._filled:
            self._filled.discard(name.lower())
            self._truncate(name)

    def _truncate(self, name: str) -> None:
        self.database.sql(f"truncate table {identifier(self._shapes[name.lower()].real)}")

    def fill(self, name: str, rows: Iterable[Mapping[str, str]]) -> None:
        """Puts rows in: column to SQL expression; what is left out is NULL."""
        shape = self._shapes[name.lower()]
        self._filled.add(name.lower())
        grouped: dict[tuple[str, ...], list[str]] = {}
        for row in rows:
            grouped.setdefault(tuple(row), []).append(f"({','.join(row.values())})")
        for columns, values in grouped.items():
            into = f"insert into {identifier(shape.real)} ({','.join(map(identifier, columns))}) values "
            pending: list[str] = []
            for value in values:
                if pending and sum(map(len, pending)) + len(value) > _STATEMENT:
                    self.database.sql(into + ",".join(pending))
                    pending = []
                pending.append(value)
            if pending:
                self.database.sql(into + ",".join(pending))

    def copy(self, name: str, row: Mapping[str, str], times: int) -> None:
        """Puts the same row in so many times."""
        real = identifier(self._shapes[name.lower()].real)
        self._filled.add(name.lower())
        listed = ",".join(map(identifier, row))
        self.database.sql(f"insert into {real} ({listed}) select {','.join(row.values())} from long_sequence({times})")

    def close(self) -> None:
        """Drops everything that was made."""
        with contextlib.suppress(QuestDbError):
            for view in reversed(self._views):
                with contextlib.suppress(QuestDbError):
                    self.database.sql(view)
            for shape in self._shapes.values():
                if shape.fillable:
                    self.database.sql(f"drop table if exists {identifier(shape.real)}")

    def _table(self, definition: Definition) -> Shape:
        """A plain table of the same columns: without write-ahead log a row is visible at once."""
        if definition.source == PACKAGE:
            own = TABLES[definition.name]
            return self._clone(
                definition.name, {TIMESTAMP: "TIMESTAMP"} | {c.name: c.type for c in own.columns}, TIMESTAMP
            )
        original = f"{self.prefix}ddl_{definition.name}"
        try:
            for body, start, end in definition.statements:
                self.database.sql(body[:start] + identifier(original) + body[end:])
            answer = self.database.sql(f'select "column", type, designated from table_columns({literal(original)})')
        finally:
            with contextlib.suppress(QuestDbError):
                self.database.sql(f"drop table if exists {identifier(original)}")
        columns = {str(name): str(type_) for name, type_, _ in answer.rows}
        timestamp = next((str(name) for name, _, designated in answer.rows if designated), "")
        return self._clone(definition.name, columns, timestamp)

    def _clone(self, name: str, columns: Mapping[str, str], timestamp: str) -> Shape:
        real = self.prefix + name
        listed = ", ".join(f"{identifier(name)} {type_}" for name, type_ in columns.items())
        layout = f" timestamp({identifier(timestamp)}) partition by year bypass wal" if timestamp else ""
        self.database.sql(f"create table {identifier(real)} ({listed}){layout}")
        return Shape(name, real, columns, timestamp)

    def _view(self, definition: Definition) -> Shape:
        """A view over the tables made here."""
        body, start, end = definition.statements[0]
        for one in named_tables(body):
            if one.name.lower() != definition.name.lower():
                self.shape(one.name)
        real = self.prefix + definition.name
        head, tail = body[:start], body[end:]
        kind = "materialized view" if "materialized" in head.lower() else "view"
        self.database.sql(head + identifier(real) + self.rename(tail))
        self._views.append(f"drop {kind} if exists {identifier(real)}")
        answer = self.database.sql(f'select "column", type, designated from table_columns({literal(real)})')
        columns = {str(name): str(type_) for name, type_, _ in answer.rows}
        timestamp = next((str(name) for name, _, designated in answer.rows if designated), "")
        return Shape(definition.name, real, columns, timestamp, fillable=False)


def server_tables(database: QuestDb) -> dict[str, str]:
    """Table to CREATE statement of what a running server holds; empty if it does not say."""
    try:
        names = [str(row[0]) for row in database.sql("select table_name from tables()").rows]
    except QuestDbError:
        return {}
    found = {}
    for name in names[:500]:
        if name.startswith(("sys.", "telemetry", "lint_", "tradeops_", "_")):
            continue
        with contextlib.suppress(QuestDbError, ValueError):
            found[name] = str(database.sql(f"show create table {identifier(name)}").scalar() or "")
    return {name: ddl for name, ddl in found.items() if ddl}

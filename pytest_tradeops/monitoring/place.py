"""A place of one's own on a QuestDB: the tables of metrics under a prefix, made when they are first used.

Dashboards and rules name the tables as `telemetry/tables.py` does. On a server that others use, too, the same
statements run here on tables of that shape whose names nobody else has.
"""

import math
import re
import secrets
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from types import MappingProxyType
from typing import Protocol

from ..exceptions import DeclarationError
from ..model import Grade
from ..questdb_sql import DEFAULT_TIMEOUT, QuestDb, QuestDbError, Result, identifier, literal, wait_wal_table
from ..telemetry.schema import TIMESTAMP, Table
from ..telemetry.tables import TABLES

#: Other for every process: on a shared server no two runs meet.
_RUN = f"tradeops_{secrets.token_hex(4)}"
_numbers = count(1)
#: The server takes a request line of about 32 KB, counted after quoting for a URL, which triples some characters.
_STATEMENT = 9_000
#: Strings and comments are passed over whole; a name may stand in double quotes.
_TOKENS = re.compile(r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|"[^"]*"|[A-Za-z_][A-Za-z_0-9$]*""", re.DOTALL)

type Value = str | int | float | bool | datetime | None


class Server(Protocol):
    """What statements go through; for a planted fault that is a fault proxy."""

    @property
    def grade(self) -> Grade: ...

    def sql(self, query: str, *, timeout: float = DEFAULT_TIMEOUT) -> Result: ...


class MetricsPlace:
    """The tables of metrics under a prefix. Thread-safe as far as making tables goes.

    Args:
        server: What `sql` goes through.
        direct: What makes, fills and drops tables: it works also while a planted fault holds up the other.
        prefix: Before every table's name; default one that nobody else has.
        tables: What there can be.

    Attributes:
        names: From each table's own name to its name here, made or not.
    """

    def __init__(
        self, server: Server, direct: QuestDb, *, prefix: str = "", tables: Mapping[str, Table] = TABLES
    ) -> None:
        self._server = server
        self._direct = direct
        self._tables = dict(tables)
        self._made: set[str] = set()
        self._lock = threading.RLock()
        self.prefix = prefix or f"{_RUN}_{next(_numbers)}_"
        self.names: Mapping[str, str] = MappingProxyType({name: self.prefix + name for name in self._tables})
        self._lower = {name.lower(): name for name in self._tables}

    @property
    def grade(self) -> Grade:
        """Of the server; a place can be given to `evidence.examined(source=...)`."""
        return self._server.grade

    @property
    def database(self) -> QuestDb:
        """The server itself, past every planted fault: for `migrate(place.database, prefix=place.prefix)`."""
        return self._direct

    def table(self, name: str) -> Table:
        """The definition of that table; DeclarationError if there is none."""
        if name not in self._tables:
            raise DeclarationError(f"There is no table {name!r}.", remedy=f"There are {', '.join(self._tables)}.")
        return self._tables[name]

    def create(self, *names: str) -> None:
        """Makes those tables, or all of them, unless they are there."""
        for name in names or tuple(self._tables):
            table = self.table(name)
            with self._lock:
                if name not in self._made:
                    self._direct.sql(table.ddl(self.names[name]))
                    self._made.add(name)

    def rename(self, sql: str) -> str:
        """The statement with every table's name replaced by its name here; strings and comments stay as they are."""
        return _TOKENS.sub(self._renamed, sql)

    def sql(self, query: str, *, timeout: float = DEFAULT_TIMEOUT) -> Result:
        """Runs one statement that names the tables as their definition does; those it names are made before.

        Raises:
            QuestDbError: refused, unreachable, or no answer within `timeout` seconds.
        """
        if named := self._named(query):
            self.create(*named)
        return self._server.sql(self.rename(query), timeout=timeout)

    def insert(self, table: str, rows: Iterable[Mapping[str, Value]]) -> int:
        """Writes rows and returns when they are visible: how many there were.

        Args:
            rows: Column to value; what is left out is NULL. `timestamp` is an aware datetime, or nanoseconds since
                1970 as an int, and is mandatory.

        Raises:
            DeclarationError: a row has a column that the table has not, or no usable timestamp.
        """
        columns = self.table(table).names
        self.create(table)
        into = f"insert into {identifier(self.names[table])} ({', '.join(columns)}) values "
        pending: list[str] = []
        written = size = 0
        for row in rows:
            if unknown := sorted(set(row) - set(columns)):
                raise DeclarationError(f"{table} has no column {unknown[0]!r}.", remedy=f"It has {', '.join(columns)}.")
            values = [_moment(table, row.get(TIMESTAMP)), *(_text(row.get(name)) for name in columns[1:])]
            text = f"({', '.join(values)})"
            if size + len(text) > _STATEMENT and pending:
                self._direct.sql(into + ", ".join(pending))
                pending, size = [], 0
            pending.append(text)
            size += len(text.encode())
            written += 1
        if pending:
            self._direct.sql(into + ", ".join(pending))
        wait_wal_table(self._direct, self.names[table])
        return written

    def wait(self, table: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Waits until every acknowledged row of the table is visible; for rows that somebody else wrote."""
        wait_wal_table(self._direct, self.names[table], timeout=timeout)

    def close(self) -> None:
        """Drops every table under the prefix, whoever made it."""
        try:
            listed = self._direct.sql(
                f"select table_name from tables() where table_name like {literal(_like(self.prefix) + '%')}"
            )
            for (name,) in listed.rows:
                if str(name).startswith(self.prefix):
                    self._direct.sql(f"drop table if exists {identifier(str(name))}")
        except QuestDbError as error:
            if error.kind != "unreachable":  # a server that died took the tables along
                raise
        finally:
            self._made.clear()

    def _renamed(self, match: re.Match[str]) -> str:
        name = self._name(match[0])
        if name is None:
            return match[0]
        return identifier(self.names[name]) if match[0].startswith('"') else self.names[name]

    def _named(self, sql: str) -> list[str]:
        return list(dict.fromkeys(name for token in _TOKENS.findall(sql) if (name := self._name(token)) is not None))

    def _name(self, token: str) -> str | None:
        """The table that the token names, if any; the server does not distinguish case."""
        return self._lower.get(token.strip('"').lower()) if token[0] not in "'-/" else None


def _moment(table: str, value: Value) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return literal(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value // 1_000)
    raise DeclarationError(
        f"A row for {table} has no timestamp.", remedy="Give an aware datetime, or nanoseconds since 1970 as an int."
    )


def _text(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else "NULL"
    if isinstance(value, datetime):
        return literal(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return literal(value)


def _like(text: str) -> str:
    """For LIKE, where an underscore stands for any character."""
    return text.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")

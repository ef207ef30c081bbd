"""What the `questdb` fixture hands to a test: a clean place on the run's one server."""

import itertools
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ...exceptions import DeclarationError, Inconclusive
from ...model import Grade, ServiceHandle
from ...questdb_sql import DEFAULT_TIMEOUT, QuestDb, QuestDbError, Result, identifier, wait_wal_table
from . import pg
from .sdk import sdk
from .view import FaultView

if TYPE_CHECKING:
    import psycopg
    from questdb import Sender

    from .process import Instance

#: Our tables' prefix, other for every process: on a shared server no two runs meet.
_RUN = f"tradeops_{secrets.token_hex(4)}"
_numbers = itertools.count(1)
_DESIGNATED = ("timestamp", "timestamp_ns")


class Source(Protocol):
    """Where servers come from: the broker, or a worker's client of it."""

    def get(self, name: str) -> ServiceHandle: ...

    def instance(self, name: str) -> "Instance": ...


class QuestDbClient:
    """A test's access to QuestDB. Tables made with `table` are dropped by `close`.

    Args:
        source: Gives the shared server, and servers of one's own.
        may_break: For a planted fault: everything goes through a fault proxy of its own, `proxy`.

    Attributes:
        handle: The server.
        observers: Called with a table's name after each flush that the server acknowledged (`acknowledged`): where a
            planted fault acts between two flushes.
    """

    def __init__(self, source: Source, *, may_break: bool = False) -> None:
        self._source = source
        self._tables: list[str] = []
        self._view: FaultView | None = None
        self.observers: list[Callable[[str], None]] = []
        self.handle = source.get("questdb")
        with ExitStack() as undo:
            if may_break and self.handle.endpoints["http"].startswith("https:"):
                # A proxy on loopback is not whom the server's certificate names: an own server takes the place.
                running = source.instance("questdb")
                undo.callback(running.stop)
                self.handle = running.handle
            token = self.handle.endpoints.get("token", "")
            # Never through the proxy: it makes and drops tables also while the proxy misbehaves.
            self._direct = undo.enter_context(QuestDb(self.handle.endpoints["http"], token=token))
            self._database = self._direct
            if may_break:
                self._view = undo.enter_context(FaultView(self.handle.endpoints))
                self._database = undo.enter_context(QuestDb(self._endpoint("http"), token=token))
            self._undo = undo.pop_all()

    @property
    def grade(self) -> Grade:
        """Of the server; a client can be given to `evidence.examined(source=...)`."""
        return self.handle.grade

    @property
    def proxy(self) -> FaultView:
        """The fault proxy between this client and the server.

        Raises:
            DeclarationError: outside of a planted fault there is none, so that nobody breaks the shared server.
        """
        if self._view is None:
            raise DeclarationError(
                "questdb.proxy is only there for planted faults.", remedy="Use it in a function under @planted_fault."
            )
        return self._view

    def sql(self, query: str, *, timeout: float = DEFAULT_TIMEOUT) -> Result:
        """Runs one statement over HTTP.

        Raises:
            QuestDbError: refused, unreachable, or no answer within `timeout` seconds.
        """
        return self._database.sql(query, timeout=timeout)

    def table(self, name: str, *columns: str, ttl: str = "", dedup: tuple[str, ...] = ()) -> str:
        """Creates an empty table under a name that nobody else has, and returns that name.

        Args:
            columns: As in DDL: `ts timestamp`, `symbol symbol`, `price double`. The first `timestamp` (or
                `timestamp_ns`) is the designated one; default columns are `ts timestamp, value double`.
            ttl: Such as `90 days`.
            dedup: Key columns besides the designated timestamp; give `()` for none.
        """
        given = [column.split(maxsplit=1) for column in columns or ("ts timestamp", "value double")]
        designated = next((one[0] for one in given if one[1].lower() in _DESIGNATED), None)
        if designated is None:
            raise DeclarationError(f"The table {name!r} has no timestamp column.", remedy="Add 'ts timestamp'.")
        unique = f"{_RUN}_{next(_numbers)}_{name}"
        ddl = ", ".join(f"{identifier(one[0])} {one[1]}" for one in given)
        keys = ", ".join(map(identifier, (designated, *dedup)))
        self._direct.sql(
            f"create table {identifier(unique)} ({ddl}) timestamp({identifier(designated)}) partition by day"
            + (f" ttl {ttl}" if ttl else "")
            + " wal"
            + (f" dedup upsert keys({keys})" if dedup else "")
        )
        self._tables.append(unique)
        return unique

    def remake(self, table: str) -> None:
        """Drops a table made with `table` and makes it again, empty, as somebody else would: behind open senders."""
        if table not in self._tables:
            raise DeclarationError(f"{table!r} was not made by this test.", remedy="Remake only your own tables.")
        ddl = str(self._direct.sql(f"show create table {identifier(table)}").scalar())
        self._direct.sql(f"drop table {identifier(table)}")
        self._direct.sql(ddl.rstrip(";"))

    def request(self, path: str, *, timeout: float = DEFAULT_TIMEOUT) -> tuple[int, bytes]:
        """GETs a path of the server's HTTP side, such as `/ping`: status and body.

        Raises:
            QuestDbError: unreachable, or no answer within `timeout` seconds.
        """
        return self._database.request(path, timeout=timeout)

    def sender(self, **options: str | int) -> "Sender":
        """A `questdb.Sender` over HTTP, to be used in `with`: flush it yourself; nothing is repeated behind your back.

        Take a fresh one after dropping a table: on a connection that wrote to it before, the next acknowledged flush
        to a new table of the same name is lost.

        Args:
            options: More of the client's configuration, such as `request_timeout=2000` (milliseconds).

        Raises:
            Inconclusive: the `questdb` package is not installed.
        """
        sender: Sender = sdk().Sender.from_conf(self._configuration(options))
        return sender

    def acknowledged(self, table: str) -> None:
        """Says that the server acknowledged a flush to `table`; call it after each flush that a fault may follow."""
        for observer in self.observers:
            observer(table)

    def wait(self, table: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Waits until every acknowledged row of the table is visible.

        Raises:
            QuestDbError: no such table, it is suspended, or `timeout` seconds are over.
        """
        wait_wal_table(self._database, table, timeout=timeout)

    @contextmanager
    def pg(self, *, timeout: float = DEFAULT_TIMEOUT) -> "Iterator[psycopg.Connection[Any]]":
        """A `psycopg` connection; the whole `with` block has `timeout` seconds.

        Raises:
            QuestDbError: unreachable, refused, or the time is over.
            Inconclusive: the server's PG address is not known, or psycopg is not installed.
        """
        if "pg" not in self.handle.endpoints:
            raise Inconclusive("The server's PG address is not known.", remedy="Set TRADEOPS_QUESTDB_PG_DSN.")
        with pg.connect(self._endpoint("pg"), timeout=timeout) as connection:
            yield connection

    @contextmanager
    def own(self) -> "Iterator[Instance]":
        """A server of one's own, for a test that kills or breaks it: it has `kill` and `restart`."""
        running = self._source.instance("questdb")
        try:
            yield running
        finally:
            running.stop()

    def assert_healthy(self) -> None:
        """Raises unless the server answers: asked after a planted fault was undone."""
        self._database.sql("select 1")

    def close(self) -> None:
        """Drops the tables and closes every connection."""
        try:
            for table in self._tables:
                self._direct.sql(f"drop table if exists {identifier(table)}")
        except QuestDbError as error:
            if error.kind != "unreachable":  # a server that died took the tables along
                raise
        finally:
            self._tables.clear()
            self._undo.close()

    def _endpoint(self, name: str) -> str:
        return self.handle.endpoints[name] if self._view is None else self._view.endpoints[name]

    def _configuration(self, options: dict[str, str | int]) -> str:
        parts = urllib.parse.urlsplit(self._endpoint("http"))
        given: dict[str, str | int] = {
            "addr": f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 9000)}",
            "auto_flush": "off",
            # The client's own repeats double rows where the answer was lost, and hide an outage for ten seconds.
            "retry_timeout": 0,
            # Asking the server for its protocol would make an outage at the start another error than one later.
            "protocol_version": 2 if _major(self.handle.version) >= 9 else 1,
        }
        if token := self.handle.endpoints.get("token"):
            given["token"] = token
        elif parts.username:
            given["username"] = urllib.parse.unquote(parts.username)
            given["password"] = urllib.parse.unquote(parts.password or "")
        return f"{parts.scheme}::" + "".join(
            f"{key}={str(value).replace(';', ';;')};" for key, value in {**given, **options}.items()
        )


def _major(version: str) -> int:
    head = version.partition(".")[0]
    return int(head) if head.isdigit() else 0

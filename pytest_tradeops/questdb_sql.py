"""A small client of QuestDB's `/exec`: text in, columns and rows out, with a deadline on every call.

Stdlib only. Values come as JSON has them: numbers, strings, booleans, None; timestamps as ISO text with micro- or
nanoseconds and a `Z`. A NULL of a type without NULL (boolean, short, byte) comes as its default.
"""

import base64
import http.client
import json
import select
import socket
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from .exceptions import TradeopsError

DEFAULT_TIMEOUT = 10.0


class QuestDbError(TradeopsError):
    """A statement failed.

    Attributes:
        kind: `rejected` (the server's own message follows), `timeout`, `unreachable`, or `unauthorized`.
        query: The statement.
    """

    def __init__(self, message: str, *, kind: str, query: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind
        self.query = query


@dataclass(frozen=True, slots=True)
class Column:
    """A result column; `type` as the server names it, such as `TIMESTAMP` or `SYMBOL`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement answered; without columns for DDL and INSERT."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def scalar(self) -> Any:
        """The first value of the first row; None without rows."""
        return self.rows[0][0] if self.rows else None

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as mappings from column name to value."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


class QuestDb:
    """One kept-alive connection to a server's HTTP side. Thread-safe: calls wait for each other.

    Args:
        url: `http://host:port`, with `user:password@` for basic authentication.
        token: Bearer token.
        timeout: Seconds that one call may take in all, unless it says otherwise.
        tls: For https: what to trust; default what the system trusts.
    """

    def __init__(
        self, url: str, *, token: str = "", timeout: float = DEFAULT_TIMEOUT, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a QuestDB address looks like http://host:9000")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._https else 9000)
        self._path = parts.path.rstrip("/")
        self._headers = {"User-Agent": "pytest-tradeops", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        elif parts.username:
            pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        self._timeout = timeout
        self._tls = tls
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def sql(self, query: str, *, timeout: float | None = None) -> Result:
        """Runs one statement.

        Raises:
            QuestDbError: the server refused it, could not be reached, or did not answer in time.
        """
        path = "/exec?" + urllib.parse.urlencode({"query": query, "timings": "false"})
        status, body = self.request(path, timeout=timeout, query=query)
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status in (401, 403):
            raise QuestDbError("The server refuses the credentials.", kind="unauthorized", query=query)
        if not isinstance(answer, dict):
            raise QuestDbError(f"The server answered HTTP {status} and no JSON.", kind="rejected", query=query)
        if "error" in answer or status >= 400:
            raise QuestDbError(str(answer.get("error", f"HTTP {status}")), kind="rejected", query=query)
        return Result(
            tuple(Column(column["name"], column["type"]) for column in answer.get("columns", ())),
            tuple(tuple(row) for row in answer.get("dataset", ())),
        )

    def request(
        self, path: str, *, timeout: float | None = None, query: str = "", body: bytes | None = None
    ) -> tuple[int, bytes]:
        """GETs a path of the server, or POSTs `body` there: status and body of the answer.

        Raises:
            QuestDbError: it could not be reached, or did not answer in time.
        """
        limit = self._timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        with self._lock:
            try:
                return self._ask(path, body, deadline)
            except TimeoutError:
                self._drop()
                raise QuestDbError(f"No answer within {limit:g} s.", kind="timeout", query=query) from None
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                raise QuestDbError(f"Not reachable: {reason}.", kind="unreachable", query=query) from None
            except BaseException:
                self._drop()  # half an answer may still be under way
                raise

    def close(self) -> None:
        """Closes the connection; the next call opens another one."""
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _ask(self, path: str, body: bytes | None, deadline: float) -> tuple[int, bytes]:
        connection = self._connected(deadline)
        connection.request("GET" if body is None else "POST", self._path + path, body, self._headers)
        sock = connection.sock
        sock.settimeout(_left(deadline))
        response = connection.getresponse()
        parts = []
        while True:
            # A socket's time limit counts from the last byte: renewed here, so that a trickle cannot outlast it.
            if not response.isclosed():
                sock.settimeout(_left(deadline))
            part = response.read1(1 << 16)
            if not part:
                break
            parts.append(part)
        response.close()  # read1 leaves one with a known length open, and the connection busy
        if response.will_close:
            self._drop()
        return response.status, b"".join(parts)

    def _connected(self, deadline: float) -> http.client.HTTPConnection:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            # Readable while nothing was asked: the server closed it. Asking first spares a blind repeat.
            if not select.select([connection.sock], [], [], 0)[0]:
                connection.sock.settimeout(_left(deadline))
                return connection
            self._drop()
        limit = _left(deadline)
        if self._https:
            context = self._tls or ssl.create_default_context()
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=limit, context=context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=limit)
        self._connection = connection
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def wait_wal_table(database: QuestDb, table: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
    """Waits, in the server, until every acknowledged row of the table is visible to SELECT.

    Raises:
        QuestDbError: no such table, the table is suspended, or the time is over.
    """
    database.sql(f"select wait_wal_table({literal(table)})", timeout=timeout)


def identifier(name: str) -> str:
    """A table's or column's name in double quotes.

    Raises:
        ValueError: QuestDB allows no such name.
    """
    if not name or len(name) > 127 or any(character in "\"'\\`\0\n\r\ufeff" for character in name):
        raise ValueError(f"{name!r} cannot be a table or column name")
    return f'"{name}"'


def literal(text: str) -> str:
    """A string literal in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

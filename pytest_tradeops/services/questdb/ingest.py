"""Writes rows of every type over ILP and reads them back: what was acknowledged must be there, once, and exact."""

import contextlib
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...model import Finding
from ...questdb_sql import QuestDbError, identifier
from .client import QuestDbClient
from .sdk import sdk

BATCHES, ROWS = 2, 250
#: A fixed hour of a fixed day: values are the same in every run. No TTL is set on the table.
_BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_NANOS = int(_BEGIN.timestamp()) * 1_000_000_000

type Value = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Type:
    """A column type: what row `i` sends, and what `/exec` shows for it.

    Attributes:
        since: First server version that knows it.
    """

    ddl: str
    send: Value
    show: Value
    since: tuple[int, int] = (0, 0)


def _same(send: Value, ddl: str, since: tuple[int, int] = (0, 0)) -> Type:
    return Type(ddl, send, send, since)


def types() -> dict[str, Type]:
    """Column name to type, all that ILP can write; `symbol` and the designated timestamp are added by `examine`."""
    import numpy
    from questdb import TimestampMicros, TimestampNanos

    def moment(i: int, digits: int) -> str:
        nanos = _NANOS + i * 1_001_001_001
        seconds, rest = divmod(nanos, 1_000_000_000)
        stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{stamp}.{rest:09d}"[: 20 + digits] + "Z"

    return {
        "a_varchar": _same(lambda i: f"naïve \"{i}\", 'quoted' €", "varchar"),
        "a_string": _same(lambda i: f"row\t{i}", "string"),
        "a_boolean": _same(lambda i: i % 2 == 0, "boolean"),
        "a_byte": _same(lambda i: i % 256 - 128, "byte"),
        "a_short": _same(lambda i: 32_767 - i, "short"),
        "an_int": _same(lambda i: 2_147_483_647 - i, "int"),
        "a_long": _same(lambda i: 9_223_372_036_854_775_807 - i, "long"),
        "a_float": _same(lambda i: i + 0.5, "float"),
        "a_double": _same(lambda i: i * 0.1 + 1 / 3, "double"),
        "a_date": Type("date", lambda i: TimestampMicros((_NANOS + i * 1_001_001_001) // 1000), lambda i: moment(i, 3)),
        "a_timestamp": Type(
            "timestamp", lambda i: TimestampMicros((_NANOS + i * 1_001_001_001) // 1000), lambda i: moment(i, 6)
        ),
        "a_timestamp_ns": Type(
            "timestamp_ns", lambda i: TimestampNanos(_NANOS + i * 1_001_001_001), lambda i: moment(i, 9), (9, 1)
        ),
        "a_uuid": _same(lambda i: str(uuid.UUID(int=i + (7 << 120))), "uuid"),
        "an_ipv4": _same(lambda i: f"10.0.{i // 256}.{i % 256}", "ipv4"),
        "a_char": _same(lambda i: chr(ord("a") + i % 26), "char"),
        "a_long256": _same(lambda i: f"0x{i + 4096:x}", "long256"),  # an even number of digits
        "an_array": Type("double[]", lambda i: numpy.array([i, i + 0.25]), lambda i: [i, i + 0.25], (9, 0)),
    }


@dataclass(slots=True)
class Ingest:
    """What was sent and found.

    Attributes:
        sent: Rows that the server acknowledged.
        columns: How many column types were compared.
        visible: Seconds from the last acknowledgement until everything was visible.
    """

    sent: int = 0
    columns: int = 0
    visible: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def examine(client: QuestDbClient) -> Ingest:
    """Sends rows of every type in two flushes on one connection, and compares what is read back, value by value."""
    sdk()  # without the client there is nothing to send by
    from questdb import QuestDBError, TimestampNanos

    version = _version(client.handle.version)
    columns = {name: one for name, one in types().items() if one.since <= version}
    nonce = secrets.token_hex(6)
    table = client.table(
        "ingest", "ts timestamp", "n long", "nonce symbol", *(f"{name} {one.ddl}" for name, one in columns.items())
    )
    done = Ingest(columns=len(columns) + 3)
    try:
        with client.sender() as sender:
            for batch in range(BATCHES):
                for i in range(batch * ROWS, (batch + 1) * ROWS):
                    sender.row(
                        table,
                        symbols={"nonce": nonce},
                        columns={"n": i, **{name: one.send(i) for name, one in columns.items()}},
                        at=TimestampNanos(_NANOS + i * 1000),
                    )
                sender.flush()
                done.sent += ROWS
                client.acknowledged(table)
    except QuestDBError as error:
        remedy = "See the server's log for the row that it refuses."
        done.findings.append(Finding("ingest: flush failed", str(error).splitlines()[0], remedy=remedy))
        return done
    begun = time.perf_counter()
    try:
        client.wait(table)
        done.visible = time.perf_counter() - begun
        query = f"select * from {identifier(table)} where nonce = '{nonce}' order by n"  # noqa: S608 - own names
        rows = client.sql(query).dicts()
    except QuestDbError as error:
        remedy = "Look at wal_tables() for a suspended table."
        done.findings.append(Finding("ingest: acknowledged rows not visible", error.message, remedy=remedy))
        return done
    done.findings += _compare(rows, done.sent, columns)
    return done


def remake_behind_sender(client: QuestDbClient) -> None:
    """Plants a fault: after the first acknowledged flush, its table is dropped and made again.

    The sender's open connection still means the old table: the next flush is acknowledged, and its rows are in none.
    """
    acted = False

    def remake(table: str) -> None:
        nonlocal acted
        if not acted:
            acted = True
            client.remake(table)

    client.observers.append(remake)


def _compare(rows: list[dict[str, Any]], sent: int, columns: dict[str, Type]) -> list[Finding]:
    found = [row["n"] for row in rows]
    missing = sorted(set(range(sent)) - set(found))
    if missing:
        return [
            Finding(
                "ingest: acknowledged rows missing",
                f"{len(missing)} of {sent} acknowledged rows are not there, the first is row {missing[0]}.",
                remedy="Never drop a table that a sender writes to; open a fresh sender after every drop.",
            )
        ]
    if len(found) != sent:
        remedy = "Give the table dedup keys, or switch the client's own repeats off."
        message = f"{len(found)} rows were found for {sent} acknowledged ones."
        return [Finding("ingest: rows doubled", message, remedy=remedy)]
    for name, one in columns.items():
        for i, row in enumerate(rows):
            if row[name] != one.show(i):
                message = f"{name} ({one.ddl}) of row {i} is {row[name]!r}, not {one.show(i)!r}."
                return [Finding("ingest: value differs", message)]
    for i, row in enumerate(rows):
        expected = (_BEGIN + timedelta(microseconds=i)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if row["ts"] != expected:
            return [Finding("ingest: timestamp differs", f"Row {i} is dated {row['ts']}, not {expected}.")]
    return []


def _version(text: str) -> tuple[int, int]:
    with contextlib.suppress(ValueError):
        major, minor = text.split(".")[:2]
        return int(major), int(minor)
    return (0, 0)

"""Whether the server is there, well, and one and the same on both of its protocols."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...model import Finding
from ...questdb_sql import QuestDbError, identifier, literal
from .client import QuestDbClient
from .version import version_of

#: Seconds for each question. A healthy server answers in milliseconds; this much is for a machine under load.
DEADLINE = 5.0
_REMEDY = "See the server's log, and `tradeops services show` for where it runs."


@dataclass(frozen=True, slots=True)
class Liveness:
    """What was asked.

    Attributes:
        answers: How many questions were answered.
        version: As the server says; empty if it did not.
        tables: How many tables were looked at for suspension.
    """

    answers: int
    version: str
    tables: int
    findings: tuple[Finding, ...]


def examine(client: QuestDbClient, *, deadline: float = DEADLINE) -> Liveness:
    """Asks build, health and an identity marker over HTTP and PG, each within `deadline` seconds, then for suspension.

    The marker is a row with a nonce, written over HTTP and read over PG: two ports that answer may belong to two
    servers, one of them somebody else's.
    """

    def over_http() -> str:
        return version_of(str(client.sql("select build", timeout=deadline).scalar()))

    def over_pg() -> str:
        with client.pg(timeout=deadline) as connection:
            return version_of(str(_scalar(connection, "select build")))

    # Both at once: a hung server costs one deadline, not two.
    with ThreadPoolExecutor(2) as pool:
        asked = {"HTTP": pool.submit(over_http), "PG": pool.submit(over_pg)}
        findings: list[Finding] = []
        versions: dict[str, str] = {}
        for side, answer in asked.items():
            try:
                versions[side] = answer.result()
            except QuestDbError as error:
                findings.append(_finding(side, error))
    if findings:
        return Liveness(len(versions), versions.get("HTTP", ""), 0, tuple(findings))
    if len(set(versions.values())) > 1:
        message = " and ".join(f"{side} is QuestDB {version}" for side, version in versions.items())
        findings.append(_two(f"{message}."))
    findings += _attempt(lambda: _health(client, deadline))
    findings += _attempt(lambda: _identity(client, deadline))
    tables = 0
    try:
        tables, suspended = _suspended(client, deadline)
        findings += suspended
    except QuestDbError as error:
        findings.append(_finding("HTTP", error))
    return Liveness(4, versions["HTTP"], tables, tuple(findings))


def _attempt(question: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return question()
    except QuestDbError as error:
        return [_finding("HTTP", error)]


def _health(client: QuestDbClient, deadline: float) -> list[Finding]:
    status, _ = client.request("/ping", timeout=deadline)
    if status // 100 == 2:
        return []
    return [Finding("questdb: unhealthy", f"The server's health question is answered with HTTP {status}.", "", _REMEDY)]


def _identity(client: QuestDbClient, deadline: float) -> list[Finding]:
    nonce = secrets.token_hex(8)
    table = client.table("identity", "ts timestamp", "nonce varchar")
    insert = f"insert into {identifier(table)} values (now(), {literal(nonce)})"  # noqa: S608 - names of our own
    client.sql(insert, timeout=deadline)
    client.wait(table, timeout=deadline)
    with client.pg(timeout=deadline) as connection:
        try:
            found = _scalar(connection, f"select nonce from {identifier(table)}")  # noqa: S608 - a name of our own
        except _driver_error() as error:
            if connection.closed:
                raise
            return [_two(f"PG does not know the table that HTTP made: {error}.")]
    return [] if found == nonce else [_two("PG reads another marker than HTTP wrote.")]


def _suspended(client: QuestDbClient, deadline: float) -> tuple[int, list[Finding]]:
    rows = client.sql("select name, suspended, errorTag, errorMessage from wal_tables()", timeout=deadline).dicts()
    return len(rows), [
        Finding(
            "questdb: table suspended",
            f"{row['name']} takes rows and shows none{_why(row)}.",
            remedy=f"Remove the cause, then run: alter table '{row['name']}' resume wal",
        )
        for row in rows
        if row["suspended"]
    ]


def _why(row: dict[str, Any]) -> str:
    said = " ".join(str(row[name]) for name in ("errorTag", "errorMessage") if row[name])
    return f" ({said})" if said else ""


def _finding(side: str, error: QuestDbError) -> Finding:
    if error.kind == "timeout":
        message = f"The {side} port is open, but nobody answers: {error.message}"
        return Finding("questdb: hung", message, remedy="Restart the server; before that, keep a thread dump of it.")
    if error.kind == "unreachable":
        return Finding("questdb: not reachable", f"{side}: {error.message}", remedy="Start the server.")
    return Finding("questdb: refuses", f"{side}: {error.message}", remedy=_REMEDY)


def _two(message: str) -> Finding:
    return Finding(
        "questdb: two servers answer", message, remedy="Correct TRADEOPS_QUESTDB_URL or TRADEOPS_QUESTDB_PG_DSN."
    )


def _scalar(connection: Any, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _driver_error() -> type[Exception]:
    import psycopg

    return psycopg.DatabaseError

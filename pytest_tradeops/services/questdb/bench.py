"""Benchmarks QuestDB as a bot uses it: rows until they are visible, and queries over many."""

from collections.abc import Callable
from typing import Any

from ...exceptions import DeclarationError, Inconclusive
from ...questdb_sql import identifier
from .client import QuestDbClient
from .sdk import sdk

_ROUNDS = 8
_COLUMNS = ("ts timestamp", "bot symbol", "instrument symbol", "price double", "quantity double")
#: Where `query` finds the rows.
_PLACE = "{table}"


class QuestDbBench:
    """What the fixture `bench_questdb` gives to a benchmark: tables of its own on the run's server.

    Args:
        benchmark: pytest-benchmark's fixture.
        client: The test's access to QuestDB.
    """

    def __init__(self, benchmark: Any, client: QuestDbClient) -> None:
        self._benchmark = benchmark
        self._client = client

    def ingest(self, write: Callable[[Any, str], Any] | None = None, rows: int = 10_000, rounds: int = _ROUNDS) -> None:
        """Seconds from the first row until all are visible; each round fills a table of its own.

        Args:
            write: Your own code: it is given a `questdb.Sender` that is established, and the table's name, writes rows
                and flushes. The table has the columns `ts`, `bot`, `instrument`, `price`, `quantity`.
            rows: What is written without it.
        """
        writes = write or (lambda sender, table: _write(sender, table, rows))
        filled: list[str] = []

        def set_up() -> tuple[tuple[str], dict[str, Any]]:
            filled.append(self._client.table("bench", *_COLUMNS))
            return (filled[-1],), {}

        def target(table: str) -> None:
            with self._client.sender() as sender:
                writes(sender, table)
            self._client.wait(table, timeout=60)

        self._benchmark.pedantic(target, setup=set_up, rounds=rounds, warmup_rounds=1)
        found = self._benchmark.extra_info["rows"] = self._count(filled[-1])
        if not found:
            raise Inconclusive("No row came to the table that `write` was given.", remedy="Write to that table.")

    def query(self, sql: str, rows: int = 100_000, rounds: int = _ROUNDS) -> None:
        """Seconds until the whole answer of a query is there.

        Args:
            sql: With `{table}` where the rows are: one a second, with the columns of `ingest`, filled in before.
        """
        if _PLACE not in sql:
            raise DeclarationError(f"The query names no {_PLACE}.", remedy=f"Write `from {_PLACE}`.")
        table = self._client.table("bench", *_COLUMNS)
        with self._client.sender() as sender:
            _write(sender, table, rows)
        self._client.wait(table, timeout=60)
        self._benchmark.extra_info["rows"] = self._count(table)
        text = sql.replace(_PLACE, identifier(table))
        self._benchmark.pedantic(lambda: self._client.sql(text, timeout=60), rounds=rounds, warmup_rounds=2)

    def _count(self, table: str) -> int:
        return int(self._client.sql(f"select count() from {identifier(table)}").scalar())  # noqa: S608 - our own name


def _write(sender: Any, table: str, rows: int) -> None:
    at = sdk().TimestampNanos
    for number in range(rows):
        sender.row(
            table,
            symbols={"bot": "bench", "instrument": "BTCUSDT" if number % 2 else "ETHUSDT"},
            columns={"price": 100.0 + number % 97, "quantity": 0.5},
            at=at((number + 1) * 1_000_000_000),
        )
    sender.flush()

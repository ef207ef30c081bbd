"""Rows of metrics as a check reads them, once they are all there."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from .script import Traded

type Row = Mapping[str, Any]
_LOOK = 0.1
#: Samples of its equity that a bot takes and writes while a row is waited for, before that is held never to come. They
#: go the same way at their own pace, so load delays both.
_SAMPLES = 4


class Answer(Protocol):
    """What a statement answered."""

    def dicts(self) -> list[dict[str, Any]]: ...


class Tables(Protocol):
    """A database with the tables of metrics."""

    def sql(self, query: str) -> Answer: ...

    def wait(self, table: str) -> None: ...


class Rows:
    """The rows of one bot.

    Args:
        tables: Where they are.
        bot: Its name.
        seconds: How long is waited for rows that are on their way.
        ended: Whether the bot has ended, so that no more can come.
    """

    def __init__(
        self, tables: Tables, bot: str, *, seconds: float = 10.0, ended: Callable[[], bool] = lambda: False
    ) -> None:
        self._tables = tables
        self._bot = bot
        self._seconds = seconds
        self._ended = ended

    def of(self, table: str) -> list[dict[str, Any]]:
        """All rows of the table now, oldest first; `at` is the time in nanoseconds, of whole microseconds."""
        statement = f"select cast(timestamp as long) at_us, * from {table} where bot = '{self._bot}' order by timestamp"  # noqa: S608 - names of our own
        return [{**row, "at": int(row["at_us"]) * 1_000} for row in self._tables.sql(statement).dicts()]

    def until(self, table: str, complete: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The rows once they are complete, or as they are when no more are on their way.

        Later samples tell that only where the table has rows: each goes its own way, and one may still be looked at by
        the bot, or not be written to yet for another reason, while those of samples are.
        """
        return self._until(table, complete, even_of_none=False)

    def final(self, table: str) -> list[dict[str, Any]]:
        """The rows once no more are on their way: for those that must not be there."""
        return self._until(table, lambda _: False, even_of_none=True)

    def _until(
        self, table: str, complete: Callable[[list[dict[str, Any]]], bool], *, even_of_none: bool
    ) -> list[dict[str, Any]]:
        deadline = time.monotonic() + self._seconds
        began_us = time.time_ns() // 1_000
        while not complete(rows := self.of(table)):
            over = self._ended() or time.monotonic() > deadline
            if over or ((rows or even_of_none) and self._samples(began_us) >= _SAMPLES):
                self._tables.wait(table)
                return self.of(table)
            time.sleep(_LOOK)
        return rows

    def _samples(self, since_us: int) -> int:
        """How many were taken since then: what was held up before, by an outage, may come all at once."""
        statement = (
            "select count() samples from trading_risk"  # noqa: S608 - names of our own
            f" where bot = '{self._bot}' and instrument is null and timestamp > cast({since_us} as timestamp)"
        )
        return int(self._tables.sql(statement).dicts()[0]["samples"])

    def orders(self, traded: Traded) -> list[dict[str, Any]]:
        """The rows of order events, once every event that the node's bus carried has one."""
        wanted = {number(one) for one in traded.events}
        return self.until("trading_orders", lambda rows: wanted <= {order_number(one) for one in rows})


def number(event: Mapping[str, Any]) -> tuple[str, str, str]:
    """What an event of the node's and its row have in common: order, event, trade."""
    return (str(event["client_order_id"]), word(str(event["event"])), str(event.get("trade_id") or ""))


def order_number(row: Row) -> tuple[str, str, str]:
    """The same of a row."""
    return (str(row["client_order_id"]), str(row["event"]), str(row["trade_id"] or ""))


def word(event: str) -> str:
    """`pending_cancel` of `OrderPendingCancel`."""
    letters = [f"_{one.lower()}" if one.isupper() else one for one in event.removeprefix("Order")]
    return "".join(letters).lstrip("_")


def missing(rows: Sequence[Row], traded: Traded) -> list[str]:
    """The events of the node's that have no row, in words."""
    there = {order_number(one) for one in rows}
    return [f"{one['event']} of {one['client_order_id']}" for one in traded.events if number(one) not in there]


def doubled(rows: Sequence[Row], key: str) -> int:
    """How many rows there are beyond one for each value."""
    return len(rows) - len({one[key] for one in rows})

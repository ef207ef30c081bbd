"""What is said to the server: rows to write, and which tables there are. Every answer is put into one of few classes.

The client's own sender is not used for it: it repeats by itself, says of no failure that it is in doubt, and keeps its
connection through the dropping of a table, after which acknowledged rows are lost.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..questdb_sql import QuestDb, QuestDbError, literal
from . import shape
from .conf import Conf
from .shape import Shape

#: Bytes a second that a request may count on, beyond the seconds that every request has.
_THROUGHPUT = 1_000_000.0


class Down(Exception):
    """The server does not take rows now: try again later, with everything whose answer is not known.

    Attributes:
        slow: It did not answer in time, so the next request had better be small.
    """

    def __init__(self, reason: str, *, slow: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.slow = slow


@dataclass(frozen=True, slots=True)
class Answer:
    """To a write.

    Attributes:
        kind: `taken`; `refused` for what the rows themselves are; `large` when there are too many at once.
        line: Of a refusal: which row the server names, from 1; 0 if none.
    """

    kind: Literal["taken", "refused", "large"]
    message: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Present:
    """A table on the server; `newest` in nanoseconds, 0 if it has no row."""

    id: int
    suspended: bool
    newest: int


class Wire:
    """One connection to the server, used by one thread.

    Args:
        timeout: Seconds for every request, besides what its size needs.
    """

    def __init__(self, conf: Conf, timeout: float) -> None:
        self._database: QuestDb = conf.connect(timeout)
        self._timeout = timeout

    def write(self, body: bytes) -> Answer:
        """Sends rows; all of them are taken, or none.

        Raises:
            Down: nobody answers, or the answer is about the server.
        """
        limit = self._timeout + len(body) / _THROUGHPUT
        try:
            status, raw = self._database.request("/write?precision=n", body=body, timeout=limit)
        except QuestDbError as error:
            raise _down(error) from None
        if status // 100 == 2:
            return Answer("taken")
        message, line, code = _said(raw)
        if status == 413:
            return Answer("large", message)
        if status == 400 and code == "invalid":  # a full disk and the like are "internal error"
            return Answer("refused", message, line)
        if status in (401, 403):
            raise Down("the server refuses the credentials")
        self.reconnect()
        raise Down(f"the server answers HTTP {status}" + (f": {message}" if message else ""))

    def tables(self, names: Iterable[str]) -> Mapping[str, Present]:
        """Those of the tables that are there; Down if that cannot be asked."""
        listed = ", ".join(map(literal, sorted(set(names))))
        query = (
            "select table_name, id, table_suspended, table_max_timestamp from tables()"  # noqa: S608 - quoted
            f" where table_name in ({listed})"
        )
        try:
            rows = self._database.sql(query).rows
        except QuestDbError as error:
            raise _down(error) from None
        return {str(name): Present(int(number), bool(stopped), _nanos(last)) for name, number, stopped, last in rows}

    def shape(self, name: str) -> Shape | None:
        """How the table looks; None if it is not there."""
        try:
            return shape.read(self._database, [name]).get(name)
        except QuestDbError as error:
            raise _down(error) from None

    def reconnect(self) -> None:
        """The next request opens a connection of its own: an old one may still mean a table that was dropped."""
        self._database.close()

    close = reconnect


def _down(error: QuestDbError) -> Down:
    if error.kind == "timeout":
        return Down("the server does not answer in time", slow=True)
    if error.kind == "unauthorized":
        return Down("the server refuses the credentials")
    message = error.message.removeprefix("Not reachable: ").rstrip(".")
    if error.kind == "unreachable":
        return Down(f"the server is not reachable: {message}")
    return Down(f"the server refuses to list its tables: {message}")


def _said(raw: bytes) -> tuple[str, int, str]:
    """Message, line and code of an error; of one that is no JSON its first line."""
    try:
        answer = json.loads(raw)
        message = " ".join(str(answer["message"]).split())
        return message[:500], int(answer.get("line") or 0), str(answer.get("code", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        text = raw.decode(errors="replace").strip()
        return (text.splitlines()[0][:200] if text else ""), 0, ""


def _nanos(text: object) -> int:
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return 0
    return int(moment.timestamp() * 1_000_000) * 1_000

"""Kills a server in the middle of writing, again and again, and counts what it had acknowledged."""

import threading
from dataclasses import dataclass, field

from ...model import Finding
from ...questdb_sql import QuestDb, QuestDbError, identifier, wait_wal_table
from .process import Instance
from .sdk import sdk

KILLS = 2
#: Acknowledged batches before a kill, and rows in each.
BATCHES, ROWS = 40, 50
_TABLE = "durability"
_PATIENCE = 30.0


@dataclass(slots=True)
class Durability:
    """What came of it.

    Attributes:
        kills: How often the server was killed while a flush was under way or about to be.
        acknowledged: Rows that had been acknowledged, over all kills.
        lost: Those of them that were not there after the restart.
        torn: Batches without acknowledgement of which only a part was there.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    torn: int = 0
    findings: list[Finding] = field(default_factory=list)


def examine(server: Instance, *, kills: int = KILLS) -> Durability:
    """Writes without pause, kills the server with SIGKILL, restarts it on the same data, and counts; `kills` times.

    It proves durability against the death of the *process*. What a power cut takes is another question.
    """
    sdk()  # here, not in the writer's thread: a missing client makes the check inconclusive
    done = Durability()
    with QuestDb(server.handle.endpoints["http"]) as database:
        database.sql(
            f"create table {identifier(_TABLE)} (ts timestamp, lot long, n long) timestamp(ts) partition by day wal"
        )
        begin = 0
        for _ in range(kills):
            writer = _Writer(server.handle.endpoints["http"], begin)
            writer.start()
            if not writer.enough.wait(_PATIENCE):
                message = "The server acknowledged too few batches to be killed in the middle of them."
                done.findings.append(Finding("durability: writing failed", f"{message} {writer.error}".strip()))
                break
            server.kill()
            writer.join(_PATIENCE)
            server.restart()
            done.kills += 1
            database.close()
            try:
                _count(database, writer, done)
            except QuestDbError as error:
                message = f"After a kill the table cannot be read: {error.message}"
                done.findings.append(Finding("durability: table unreadable", message))
                break
            begin = writer.sent
    if done.lost:
        message = f"{done.lost} of {done.acknowledged} acknowledged rows were lost in {done.kills} kills."
        done.findings.append(Finding("durability: acknowledged rows lost", message))
    if done.torn:
        message = f"{done.torn} batches without acknowledgement were half there."
        done.findings.append(Finding("durability: batch torn", message))
    return done


class _Writer(threading.Thread):
    """Flushes small batches until the server is gone; knows which of them were acknowledged."""

    def __init__(self, http: str, begin: int) -> None:
        super().__init__(name="tradeops-writer", daemon=True)
        self._address = http.removeprefix("http://")
        self._begin = begin
        self.enough = threading.Event()
        self.acknowledged: list[int] = []
        self.sent = begin
        self.error = ""

    def run(self) -> None:
        from questdb import QuestDBError, Sender, TimestampNanos

        configuration = f"http::addr={self._address};auto_flush=off;retry_timeout=0;request_timeout=5000;"
        try:
            with Sender.from_conf(configuration + "protocol_version=2;") as sender:
                while True:
                    batch = self.sent
                    for n in range(ROWS):
                        sender.row(_TABLE, columns={"lot": batch, "n": n}, at=TimestampNanos.now())
                    self.sent += 1
                    sender.flush()
                    self.acknowledged.append(batch)
                    if batch - self._begin + 1 == BATCHES:
                        self.enough.set()  # and on: the kill must come in the middle
        except QuestDBError as error:
            self.error = str(error).splitlines()[0]


def _count(database: QuestDb, writer: _Writer, done: Durability) -> None:
    wait_wal_table(database, _TABLE, timeout=_PATIENCE)
    rows = database.sql(f"select lot, count_distinct(n) from {identifier(_TABLE)} group by lot")  # noqa: S608
    there = {int(batch): int(count) for batch, count in rows.rows}
    for batch in writer.acknowledged:
        done.lost += ROWS - min(ROWS, there.get(batch, 0))
    done.acknowledged += ROWS * len(writer.acknowledged)
    unsure = set(range(writer._begin, writer.sent)) - set(writer.acknowledged)
    done.torn += sum(0 < there.get(batch, 0) < ROWS for batch in unsure)

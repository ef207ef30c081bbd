"""MON-001: the QuestDB that checks and bots write to is alive, and keeps what it acknowledges."""

from collections.abc import Iterator

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.services.questdb import ingest, liveness
from pytest_tradeops.services.questdb.client import QuestDbClient


@pytest.mark.verification(
    id="MON-001",
    suite="monitoring",
    title="QuestDB answers on both protocols and keeps every row that it acknowledges",
    severity="critical",
    covers=("2.1.1", "2.1.4"),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "psycopg"),
)
def test_mon_001(_questdb: QuestDbClient, _evidence: Evidence) -> None:
    """Asks the server for its build, its health and an identity marker over HTTP and PG, each with a deadline.

    The marker is a row written over HTTP and read over PG, so that two ports are known to be one server. No table may
    be suspended: such a table takes rows and shows none. Then rows of every type are sent over ILP in two flushes,
    waited for on the write-ahead log, and compared value by value and timestamp by timestamp.

    Without a configured server this examines one that is started here, from the same version: it proves that this
    set-up works, and says nothing about the production server. Set TRADEOPS_QUESTDB_URL and TRADEOPS_QUESTDB_PG_DSN
    for that; everything written there goes into tables of its own, which are dropped.
    """
    alive = liveness.examine(_questdb)
    _evidence.examined(alive.answers, "questions to the server", source=_questdb)
    _evidence.report(alive.findings)
    sent = ingest.examine(_questdb)
    _evidence.examined(sent.sent, "acknowledged rows read back", source=_questdb)
    _evidence.fact(version=alive.version, column_types=sent.columns, origin=_questdb.handle.origin)
    _evidence.timing(visible=sent.visible)
    _evidence.report(sent.findings)


@planted_fault(check="MON-001", covers="2.1.1", title="a server that never answers", expects="questdb: hung")
def frozen_server(_questdb: QuestDbClient) -> Iterator[None]:
    _questdb.proxy.freeze()
    yield
    _questdb.proxy.thaw()


@planted_fault(
    check="MON-001",
    covers="2.1.4",
    title="a table dropped and made again behind an open sender",
    expects="ingest: acknowledged rows missing",
)
def table_remade_behind_the_sender(_questdb: QuestDbClient) -> None:
    ingest.remake_behind_sender(_questdb)

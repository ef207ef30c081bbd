"""MON-030: neither a server that is away nor a bot that is killed costs or doubles a row of metrics."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring import presence
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.sdk import sdk
from pytest_tradeops.subject import Subject
from pytest_tradeops.telemetry import loss_check


@pytest.mark.verification(
    id="MON-030",
    suite="monitoring",
    title="an outage of the server and the death of the bot lose and double no row, and drops are counted",
    severity="critical",
    covers=(),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_030(_subject: Subject, _questdb: QuestDbClient, _evidence: Evidence, tmp_path: Path) -> None:
    """Runs a bot's sink against a server that is away, kills the process, and counts after the next one's start.

    The bot writes rows while connections are refused, waits until they are on disk, and is killed with SIGKILL while it
    writes more. The next sink on the same spool finds them; its connections are cut while it sends, so that answers are
    lost and rows are sent twice. Then every row must be in the table once. A second sink with a spool that is too small
    must say how many rows it dropped, and that number must be what is missing in the table.

    It does not prove what a power cut takes (spools are not synced), nor that your bot's spool is on a disk that
    outlives it. docs/telemetry.md says what is promised.
    """
    presence.require(_subject.root, _subject.settings.monitoring.path)
    sdk()  # the sink encodes with it: without it there is no bot to kill
    with ExitStack() as stack:
        handle, source = _questdb.handle, _questdb.grade
        if handle.endpoints["http"].startswith("https:"):
            # An outage is made on loopback, whose name is in no certificate of that server.
            handle, source = stack.enter_context(_questdb.own()).handle, Grade.EMBEDDED
        endpoints = handle.endpoints
        done = loss_check.examine(endpoints["http"], tmp_path / "spool", token=endpoints.get("token", ""))
    _evidence.examined(done.rows, "rows of a killed bot", source=source)
    _evidence.examined(done.dropped, "dropped rows counted", source=source)
    _evidence.report(done.findings)


@planted_fault(
    check="MON-030",
    title="a spool folder that cannot be written",
    expects="metrics: rows lost",
)
def spool_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("", encoding="utf-8")

"""MON-026: the Claude dashboard shows every table of sessions, with the numbers of the recorded events."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import claude, faults
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-026",
    suite="monitoring",
    title="the Claude dashboard shows every table; durations, tool calls, errors and test-first share are right",
    severity="medium",
    covers=("7.5.1", "7.5.2", "7.5.3"),
    min_grade="embedded",
    budget="60s",
    requires=("questdb",),
)
def test_mon_026(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Writes the rows of three recorded sessions, and compares the dashboard with counts made by hand.

    Every query of every panel must run and return rows, and every table of sessions must be asked by some panel. The
    dashboard must show each session's duration, the number of tool calls, how many of them failed, and the share of
    code changes before which a test had been changed.

    The panels' own queries run as Grafana would send them, with variables and macros filled in, against tables of the
    same definition on a QuestDB that this run may write to; the time range is the last hour.

    It does not prove that hooks record every event. Fix a failure where its message points.
    """
    settings = _subject.settings.monitoring
    proof = claude.examine(opened(_subject.path(settings.path), settings.claude_dashboard), _metrics)
    proof.tell(_evidence, _metrics, drawn=False)


@planted_fault(
    check="MON-026",
    covers="7.5.1",
    title="a table is renamed",
    expects="claude-dashboard: table not found",
)
def table_is_renamed(_subject: Subject) -> None:
    """In the dashboard's queries; the tables of the run stay what they are."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.claude_dashboard)
    _subject.write(
        str(dashboard.file.relative_to(_subject.root.resolve())), faults.table_renamed(dashboard, "claude_tool_usage")
    )


@planted_fault(
    check="MON-026",
    covers="7.5.2",
    title="the error panel counts all calls",
    expects="claude-dashboard: error count wrong",
)
def error_panel_counts_all_calls(_subject: Subject) -> None:
    """Puts a constant in the place of `success`."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.claude_dashboard)
    _subject.write(str(dashboard.file.relative_to(_subject.root.resolve())), faults.all_calls_are_errors(dashboard))


@planted_fault(
    check="MON-026",
    covers="7.5.3",
    title="code-first edits count as compliant",
    expects="claude-dashboard: compliance wrong",
)
def code_first_counts_as_compliant(_subject: Subject) -> None:
    """Puts a constant in the place of `test_first`."""
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.claude_dashboard)
    _subject.write(str(dashboard.file.relative_to(_subject.root.resolve())), faults.code_first_is_compliant(dashboard))

"""SEC-021: CodeQL analyses the subject's Python on pull requests and every week, and may do nothing else."""

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security import codeql
from pytest_tradeops.security.codeql import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-021",
    suite="security",
    title="CodeQL analyses the strategies on pull requests and every week, with the least rights",
    severity="high",
    covers=("7.1.1", "7.1.2", "7.1.3"),
    min_grade="static",
    budget="30s",
    requires=("check-jsonschema", "yaml"),
)
def test_sec_021(_subject: Subject, _evidence: Evidence) -> None:
    """Reads every workflow that uses CodeQL, and computes what would come of it.

    Set-up and analysis must be steps of one job, in this order, whose conditions and needs can hold; each `if` is
    evaluated as far as an event says. Every action is pinned by a full commit id, and no job may write anything but the
    analysing one its security-events. Python must be among the languages; the files that `paths` and `paths-ignore`
    leave are counted, and those of the strategies must all be there. A pull request that changes any of them must start
    an analysis, and of a year of scheduled dates no two may lie more than seven days apart.

    It does not prove that GitHub ran it, nor that its queries find anything; reusable workflows are not followed.
    docs/codeql.md says what is computed and where the pinned commits come from.
    """
    examination = examining.examine(
        _subject.root,
        strategies=_subject.settings.strategies,
        branch=_subject.settings.default_branch,
        start=clock.today(),
    )
    _evidence.examined(len(examination.analyses), "analyses", source=Grade.STATIC)
    if examination.python:
        _evidence.examined(len(examination.read), "python files", source=Grade.STATIC)
    _evidence.fact(**examination.facts())
    _evidence.report(examining.findings(examination))


@planted_fault(
    check="SEC-021",
    covers="7.1.1",
    title="the analysis step is guarded by an impossible condition",
    expects="codeql: analysis unreachable",
)
def impossible_condition(_subject: Subject) -> None:
    for path, text in writing.impossible(_subject.root, codeql.starter(_subject.settings.default_branch)):
        _subject.write(path, text)


@planted_fault(
    check="SEC-021",
    covers="7.1.2",
    title="an ignore pattern covers the strategies",
    expects="codeql: python source excluded",
)
def strategies_ignored(_subject: Subject) -> None:
    start = codeql.starter(_subject.settings.default_branch)
    for path, text in writing.ignoring(_subject.root, start, _subject.settings.strategies):
        _subject.write(path, text)


@planted_fault(
    check="SEC-021",
    covers="7.1.3",
    title="the schedule is limited to one month",
    expects="codeql: no weekly run",
)
def one_month_only(_subject: Subject) -> None:
    for path, text in writing.one_month(_subject.root, codeql.starter(_subject.settings.default_branch)):
        _subject.write(path, text)

"""SEC-023: CI asks for advisories of everything that is locked, and shows what it finds without failing for it."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security.advisories import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-023",
    suite="security",
    title="CI asks for advisories of everything that is locked, and a finding is shown and does not block",
    severity="high",
    covers=("7.3.1", "7.3.2", "7.3.3"),
    min_grade="embedded",
    budget="60s",
    requires=("uv", "check-jsonschema", "yaml"),
)
def test_sec_023(_subject: Subject, _evidence: Evidence) -> None:
    """Finds the step of CI that asks, and runs its very command on the project's locks.

    A step counts if a pull request, a push or a schedule comes to it. It runs on a stage, where real shells meet a stub
    in the place of every other program; its asking command is run in earnest, against a service on loopback that knows
    of a weakness of one locked package. What that service was asked about must be all that the locks pin from a
    registry, the weakness must be shown, and it must not fail the step. Once more it asks a service that is out of
    order, which must fail the step, and otherwise than a weakness does. What comes from no registry, what a list leaves
    open and what is installed beside the lock is named in the evidence: nobody asks about these.

    It does not prove that OSV knows every weakness. Actions, and scanners that cannot be led to another service, are
    inconclusive.
    """
    examination = examining.examine(_subject.root, branch=_subject.settings.default_branch, python=_subject.python)
    _evidence.examined(len(examination.asks), "commands that ask", source=Grade.EMBEDDED)
    if examination.asked:
        _evidence.examined(len(examination.asked), "components", source=Grade.EMBEDDED)
    _evidence.fact(**examination.facts())
    _evidence.report(examination.findings)
    if examination.unread:
        _evidence.inconclusive(
            f"{examination.unread[0]} is a lock that is not read here, so what it pins was not looked at.",
            remedy="Lock with uv, Poetry or PDM, or remove it if nothing is installed from it.",
        )


@planted_fault(
    check="SEC-023",
    covers="7.3.1",
    title="the step is behind a condition that is never true",
    expects="osv: step never runs",
)
def never_true(_subject: Subject) -> None:
    for path, text in writing.never(_subject.root, _subject.settings.default_branch):
        _subject.write(path, text)


@planted_fault(
    check="SEC-023",
    covers="7.3.2",
    title="the path of the lock is misspelt, and the step succeeds with nothing scanned",
    expects="osv: zero components",
)
def lock_misspelt(_subject: Subject) -> None:
    for path, text in writing.misspelt(_subject.root, _subject.settings.default_branch):
        _subject.write(path, text)


@planted_fault(
    check="SEC-023",
    covers="7.3.3",
    title="an advisory fails the stage",
    expects="osv: finding blocks",
)
def finding_fails(_subject: Subject) -> None:
    for path, text in writing.failing(_subject.root, _subject.settings.default_branch):
        _subject.write(path, text)

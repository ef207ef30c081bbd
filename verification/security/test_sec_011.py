"""SEC-011: of what bandit finds, HIGH blocks, and everything less is reported."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security.ci import severities, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-011",
    suite="security",
    title="of what bandit finds, HIGH blocks, and everything less is reported",
    severity="high",
    covers=("1.2.3",),
    min_grade="embedded",
    budget="120s",
    requires=("bandit", "check-jsonschema", "yaml"),
)
def test_sec_011(_subject: Subject, _evidence: Evidence) -> None:
    """Runs each command about bandit that CI leads to, or else pre-commit, on files of LOW, MEDIUM and HIGH.

    They lie in a small repository with the subject's configuration. One command must end badly and name the HIGH file;
    none may end badly once only LOW and MEDIUM are left; and the output of all commands together must name both of
    these. Where CI runs the gate, SEC-001 is run there, and what it counts in its evidence is reported.

    It does not prove that anybody reads what is reported, nor that the step can stop a pull request: that is SEC-009's.
    """
    settings = _subject.settings
    examination = severities.examine(
        _subject.root,
        branch=settings.default_branch,
        strategies=settings.strategies,
        gitleaks=settings.security.gitleaks,
    )
    _evidence.fact(**examination.facts())
    _evidence.examined(len(examination.outcomes), "commands run on probes of each severity", source=Grade.EMBEDDED)
    _evidence.report(examination.findings)
    if examination.lacking:
        _evidence.inconclusive(" ".join(examination.lacking), remedy="Run bandit by a plain command of CI.")


@planted_fault(
    check="SEC-011",
    covers="1.2.3",
    title="the command that runs bandit always ends with zero",
    expects="bandit: HIGH did not block",
)
def always_zero(_subject: Subject) -> None:
    names = {"branch": _subject.settings.default_branch, "strategies": _subject.settings.strategies}
    for path, text in writing.exiting_zero(_subject.root, **names):
        _subject.write(path, text)

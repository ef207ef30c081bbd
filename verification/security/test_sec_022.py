"""SEC-022: GitHub has a recent analysis of the default branch by CodeQL, which ran rules."""

import os

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security.codeql import uploaded
from pytest_tradeops.security.github import asking
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-022",
    suite="security",
    title="GitHub has a recent CodeQL analysis of the default branch, and it ran rules",
    severity="high",
    covers=("7.1.4",),
    min_grade="real",
    budget="120s",
    requires=("github-token",),
)
def test_sec_022(_subject: Subject, _github: GitHubStandin, _evidence: Evidence) -> None:
    """Asks GitHub for CodeQL's analyses of the branch that it calls the default one, and for the SARIF of the newest.

    The newest analysis of each part (such as a language) must have run more than zero rules without an error, and the
    newest of all, and of Python's, must be less than eight days old. The SARIF must have the structure of version
    2.1.0 and come from CodeQL. Where code scanning is not available, or the token may not see it, it is inconclusive,
    as it is without TRADEOPS_GITHUB_TOKEN (or GITHUB_TOKEN): it then runs on a stand-in on loopback, which shows that
    it could notice and nothing about the repository.

    It does not prove that the rules find anything, nor which files they read: SEC-021 computes that from the workflow.
    docs/github.md says what the token needs.
    """
    settings = _subject.settings.security
    asked = asking.connect(settings, _subject.git, os.environ, _github, live=not _subject.is_copy)
    examination = uploaded.examine(asked, clock.now())
    _evidence.fact(repository=asked.name, **examination.facts())
    _evidence.examined(asked.client.answers, "answers of GitHub", source=asked.grade)
    _evidence.report(examination.findings())
    if not asked.is_real:
        _evidence.inconclusive(asking.LACKING, remedy=asking.REMEDY)


@planted_fault(
    check="SEC-022",
    covers="7.1.4",
    title="GitHub lists a new analysis, and it ran zero rules",
    expects="codeql: analysis examined nothing",
)
def zero_rules(_github: GitHubStandin) -> None:
    _github.analyses.add(clock.now(), rules_count=0, results_count=0)

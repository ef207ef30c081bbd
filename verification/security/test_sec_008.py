"""SEC-008: no CRITICAL alert of Dependabot is open."""

import os

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security.dependabot import alerts
from pytest_tradeops.security.github import asking
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-008",
    suite="security",
    title="no CRITICAL alert of Dependabot is open at GitHub",
    severity="critical",
    covers=("V.security.3",),
    min_grade="real",
    budget="120s",
    requires=("github-token",),
)
def test_sec_008(_subject: Subject, _github: GitHubStandin, _evidence: Evidence) -> None:
    """Reads every page of the repository's open alerts, whatever their severity, and counts them.

    Each that is CRITICAL, by its advisory or for its package, is a finding. CRITICAL ones that somebody or a rule
    dismissed are listed in the evidence with their reason. Where alerts are disabled, or the token may not read them,
    it is inconclusive and never zero, as it is without TRADEOPS_GITHUB_TOKEN (or GITHUB_TOKEN): it then runs on a
    stand-in on loopback, which shows that it could notice and nothing about the repository.

    It does not prove that GitHub knows every dependency: SEC-006 says which manifests it can see.
    docs/github.md says what the token needs.
    """
    settings = _subject.settings.security
    asked = asking.connect(settings, _subject.git, os.environ, _github, live=not _subject.is_copy)
    examination = alerts.examine(asked)
    _evidence.fact(repository=asked.name, **examination.facts())
    _evidence.examined(asked.client.answers, "answers of GitHub", source=asked.grade)
    _evidence.report(examination.findings())
    if not asked.is_real:
        _evidence.inconclusive(asking.LACKING, remedy=asking.REMEDY)


@planted_fault(
    check="SEC-008",
    covers="V.security.3",
    title="a CRITICAL alert is open, on the second page",
    expects="dependabot: open CRITICAL",
)
def critical_on_the_second_page(_github: GitHubStandin) -> None:
    _github.alerts.add("critical", package="cryptography")
    for _ in range(100):
        _github.alerts.add("medium")

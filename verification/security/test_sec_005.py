"""SEC-005: GitHub has Dependabot's alerts and security updates switched on for the repository."""

import os

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security.dependabot import enabled
from pytest_tradeops.security.github import asking
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-005",
    suite="security",
    title="Dependabot's alerts and security updates are enabled at GitHub",
    severity="high",
    covers=("1.1.1",),
    min_grade="real",
    budget="60s",
    requires=("github-token",),
)
def test_sec_005(_subject: Subject, _github: GitHubStandin, _evidence: Evidence) -> None:
    """Asks GitHub for the repository first, which proves that the token has access to it, and then for both settings.

    Disabled alerts, disabled or paused security updates and an archived repository are findings. Where GitHub answers
    404 to a token that may not know, it is inconclusive, as it is without TRADEOPS_GITHUB_TOKEN (or GITHUB_TOKEN): it
    then runs on a stand-in on loopback, which shows that it could notice and nothing about the repository.

    It does not prove that Dependabot finds anything: that depends on the manifests, which SEC-006 looks at.
    docs/github.md says what the token needs.
    """
    settings = _subject.settings.security
    asked = asking.connect(settings, _subject.git, os.environ, _github, live=not _subject.is_copy)
    examination = enabled.examine(asked)
    _evidence.fact(repository=asked.name, **examination.facts)
    _evidence.examined(asked.client.answers, "answers of GitHub", source=asked.grade)
    _evidence.report(examination.findings)
    if not asked.is_real:
        _evidence.inconclusive(asking.LACKING, remedy=asking.REMEDY)


@planted_fault(
    check="SEC-005",
    covers="1.1.1",
    title="GitHub grants access to the repository, and says that alerts are disabled",
    expects="dependabot: alerts disabled",
)
def alerts_disabled(_github: GitHubStandin) -> None:
    _github.alerts_enabled = False

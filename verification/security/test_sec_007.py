"""SEC-007: patch updates of Dependabot are merged once their checks are green, and nothing else is."""

import os

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security import automerge
from pytest_tradeops.security.automerge import at_github, examining, writing
from pytest_tradeops.security.github import asking
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-007",
    suite="security",
    title="patch updates of Dependabot are merged once their checks are green, and nothing else is",
    severity="high",
    covers=("1.1.3",),
    min_grade="real",
    budget="120s",
    requires=("check-jsonschema", "yaml", "github-token"),
)
def test_sec_007(_subject: Subject, _github: GitHubStandin, _evidence: Evidence) -> None:
    """Runs every kind of pull request through the workflows that merge for Dependabot, and asks GitHub for its guards.

    A patch and a group of patches; minor, major and mixed ones; patches of NautilusTrader and of exchanges' packages;
    and impostors, on whose pull request Dependabot acted last. Conditions are evaluated, and the script of each step
    that is reached runs with a `gh` that only writes down what it is asked. Exactly patches may be merged, with
    `--auto`. Actions are pinned by a full commit id, the job fetches no code and may write no more than it needs.

    Then GitHub says whether the repository allows auto-merge, and which checks its default branch requires: without
    one, an update is merged before any test. Without TRADEOPS_GITHUB_TOKEN (or GITHUB_TOKEN) a stand-in on loopback is
    asked in its place, and it is inconclusive. It does not prove that the required checks test anything.
    docs/github.md says what the token needs.
    """
    examination = examining.examine(_subject.root, branch=_subject.settings.default_branch)
    _evidence.fact(**examination.facts())
    _evidence.report(examining.findings(examination))
    if examination.unseen:
        _evidence.inconclusive(examination.unseen[0], remedy="Let a step of a workflow do it, on pull_request.")
    settings = _subject.settings.security
    asked = asking.connect(settings, _subject.git, os.environ, _github, live=not _subject.is_copy)
    guarded = at_github.examine(asked)
    _evidence.fact(repository=asked.name, **guarded.facts())
    _evidence.examined(asked.client.answers, "answers of GitHub", source=asked.grade)
    _evidence.report(guarded.findings())
    if not asked.is_real:
        _evidence.inconclusive(asking.LACKING, remedy=asking.REMEDY)


@planted_fault(
    check="SEC-007",
    covers="1.1.3",
    title="the condition is widened, so that a minor update reaches the merge step",
    expects="automerge: non-patch merged",
)
def condition_widened(_subject: Subject) -> None:
    for path, text in writing.widened(_subject.root, automerge.starter(_subject.settings.default_branch)):
        _subject.write(path, text)

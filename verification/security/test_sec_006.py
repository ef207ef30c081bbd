"""SEC-006: Dependabot watches every manifest of the subject, at least once a week."""

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security.dependabot import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-006",
    suite="security",
    title="Dependabot watches every manifest and lockfile, at least once a week",
    severity="high",
    covers=("1.1.2", "1.1.4"),
    min_grade="static",
    budget="30s",
    requires=("check-jsonschema", "yaml"),
)
def test_sec_006(_subject: Subject, _evidence: Evidence) -> None:
    """Validates `.github/dependabot.yml` by GitHub's schema, and holds it against the manifests in the tree.

    Every file that names dependencies (uv.lock, pyproject.toml, requirements, package.json, Dockerfiles, compose files,
    workflows and more) must be seen by an entry of its ecosystem from its true folder; `exclude-paths`, an `ignore` of
    everything, `open-pull-requests-limit: 0` and another `target-branch` leave it unwatched. From each schedule the
    runs of a year are computed: none may leave out more than seven days. An entry that leads to no manifest, which
    Dependabot answers with an error that nobody reads, is a finding.

    It does not prove that Dependabot is enabled for the repository, nor that it ran: GitHub alone knows that.
    docs/dependencies.md lists the manifests that are known.
    """
    branches = {_subject.settings.default_branch, _subject.git.origin_branch() or ""}
    examination = examining.examine(_subject.root, branches=branches, start=clock.today())
    _evidence.examined(len(examination.manifests), "manifests", source=Grade.STATIC)
    if examination.file and not examination.config.problems:
        _evidence.examined(len(examination.config.entries), "entries", source=Grade.STATIC)
    _evidence.fact(**examination.facts())
    _evidence.report(examining.findings(examination))


@planted_fault(
    check="SEC-006",
    covers="1.1.2",
    title="an entry points to a folder without a manifest, so the lockfile is unwatched",
    expects="dependabot: manifest not covered",
)
def folder_without_a_manifest(_subject: Subject) -> None:
    if not examining.examine(_subject.root, branches=(), start=clock.today()).manifests:
        _subject.write("requirements.txt", "sentry-sdk==2.30.0\n")
    _subject.write(*writing.without_its_folder(_subject.root))


@planted_fault(
    check="SEC-006",
    covers="1.1.4",
    title="an entry's interval is changed to monthly",
    expects="dependabot: gap over 7 days",
)
def monthly(_subject: Subject) -> None:
    _subject.write(*writing.monthly(_subject.root))

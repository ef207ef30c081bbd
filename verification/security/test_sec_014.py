"""SEC-014: no secret stands in the work tree or anywhere in the history, and none is hidden."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.security import gitleaks
from pytest_tradeops.security.gitleaks import examining, planting, provider
from pytest_tradeops.security.gitleaks.history import open_history
from pytest_tradeops.security.gitleaks.tree import read_tree
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-014",
    suite="security",
    title="no secret is in the work tree or in any commit, and none is hidden by an allowlist",
    severity="critical",
    covers=("1.3.3", "V.security.2"),
    min_grade="static",
    budget="120s",
    requires=("gitleaks",),
)
def test_sec_014(_subject: Subject, _evidence: Evidence) -> None:
    """Runs a gitleaks that has just found a planted token over the project's files and its whole history, twice.

    First with the built-in rules and those of this package alone, without the subject's allowlists, ignore file and
    `gitleaks:allow` comments; then as the subject has set it up. What only the first pass finds is hidden. That is
    allowed by an entry with a description, paths and a regex under condition AND, in tests and documentation only, or
    for named commits. Merges are compared with each parent, and gitleaks must have scanned as many commits as git shows
    text of. A shallow or partial clone, or an error line in the log, is no clean scan.

    It does not see commit messages, commits that no branch or tag leads to, files that git ignores, and submodules.
    A secret that was ever pushed is public: revoke it, removing it is not enough. docs/secrets.md has the steps.
    """
    # A copy has no history of its own unless a fault gave it one; its settings count for either.
    repository = GitRepo(_subject.root) if GitRepo(_subject.root).is_repository() else _subject.git
    if not repository.is_repository():
        _evidence.fail(
            "gitleaks: history missing",
            "this is not the top of a git repository, so there is no history to scan.",
            remedy="Run `git init` and commit, or verify a clone.",
        )
    security = _subject.settings.security
    binary = provider.find(security.gitleaks, _subject.root, container=security.gitleaks_image)
    history = open_history(repository.root)
    examination = examining.examine(binary, read_tree(_subject.root), history, settings=_subject.root)
    _evidence.examined(len(examination.tree.files), "files", source=Grade.STATIC)
    _evidence.examined(history.commits, "commits", source=Grade.STATIC)
    _evidence.fact(**examination.examined())
    _evidence.report(examining.findings(examination))


@planted_fault(
    check="SEC-014",
    covers="1.3.3",
    title="a secret was committed, and deleted again by the next commit",
    expects="gitleaks: tradeops-binance-secret in history",
)
def added_and_deleted_again(_subject: Subject) -> None:
    planting.new_repository(_subject.root)
    planting.commit(_subject.root, "planted/readme.txt", "a start\n", "Begin")
    planting.commit(_subject.root, "planted/keys.py", planting.key_line(), "Try the exchange")
    planting.commit(_subject.root, "planted/keys.py", None, "Remove what was tried")


@planted_fault(
    check="SEC-014",
    covers="V.security.2",
    title="an allowlist over all paths hides a key in the tree",
    expects="gitleaks: hidden by allowlist",
)
def allowlist_over_all_paths(_subject: Subject) -> None:
    planting.new_repository(_subject.root)
    planting.commit(_subject.root, "planted/readme.txt", "a start\n", "Begin")
    _subject.write("planted/keys.py", planting.key_line())
    allowed = "[[allowlists]]\ndescription = \"everything is fine here\"\npaths = ['''.*''']\n"
    _subject.write(gitleaks.CONFIG, f"[extend]\nuseDefault = true\n\n{allowed}")

"""SEC-012: a commit with a HIGH issue or a secret is refused by pre-commit's hooks, and a clean one is not."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security import precommit
from pytest_tradeops.security.precommit import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-012",
    suite="security",
    title="a commit with a HIGH issue or a secret is refused by pre-commit's hooks, and a clean one is not",
    severity="high",
    covers=("1.2.4", "1.3.4"),
    min_grade="embedded",
    budget="120s",
    requires=("pre-commit", "bandit", "gitleaks", "yaml"),
)
def test_sec_012(_subject: Subject, _evidence: Evidence) -> None:
    """Installs the scanners' hooks of `.pre-commit-config.yaml` in a small repository, and commits through git's hook.

    A shell call of HIGH severity and a made-up secret of an exchange are staged, and repaired in the work tree
    afterwards: the commit must be refused, and the hook for each must name its file. A clean strategy with the hash of
    a transaction, which only looks like a secret, must be committed. Hooks of other tools are not installed. A hook
    that would have to be fetched cannot be run here and is inconclusive.

    It does not prove that a person ran `pre-commit install`, nor that nobody commits with `--no-verify`: no machine but
    theirs knows that. What must not pass is therefore looked at again in CI; SEC-009 proves that.
    """
    examination = examining.examine(
        _subject.root, strategies=_subject.settings.strategies, gitleaks=_subject.settings.security.gitleaks
    )
    _evidence.fact(**examination.facts())
    _evidence.examined(examination.commits, "commits", source=Grade.EMBEDDED)
    _evidence.examined(examination.runs, "runs of hooks", source=Grade.EMBEDDED)
    _evidence.report(examination.findings)
    if examination.lacking:
        _evidence.inconclusive(" ".join(examination.lacking), remedy="Run `tradeops init pre-commit` for local hooks.")


@planted_fault(
    check="SEC-012",
    covers="1.2.4",
    title="the file pattern of the hook for bandit matches nothing",
    expects="pre-commit: bandit saw no files",
)
def pattern_that_matches_nothing(_subject: Subject) -> None:
    _subject.write(precommit.FILE, writing.matching_nothing(_subject.root))


@planted_fault(
    check="SEC-012",
    covers="1.3.4",
    title="the entry of the hook for secrets is replaced by a command that always succeeds",
    expects="pre-commit: secret was committed",
)
def entry_that_always_succeeds(_subject: Subject) -> None:
    _subject.write(precommit.FILE, writing.succeeding(_subject.root))

"""SEC-009: bandit and gitleaks run in CI on every pull request, and a finding of either stops it."""

import pytest

from pytest_tradeops import clock
from pytest_tradeops.exceptions import Inconclusive, TradeopsError
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.gate.catalogue import packaged
from pytest_tradeops.gate.profile import load_profile
from pytest_tradeops.security.ci import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-009",
    suite="security",
    title="bandit and gitleaks run on every pull request, and a finding of either stops it",
    severity="critical",
    covers=("1.2.1", "1.3.1"),
    min_grade="embedded",
    budget="120s",
    requires=("bandit", "gitleaks", "check-jsonschema", "yaml"),
)
def test_sec_009(_subject: Subject, _evidence: Evidence) -> None:
    """Follows every step of the workflows to the command that runs a scanner, and then executes that command.

    A step counts if a pull request that changes any strategy starts it and its failure stops the job: no
    `continue-on-error`, no `if` that never holds. Its script is run on a stage, where real shells and make meet a stub
    in the place of every other program; the scanner's stub fails, and the step must fail with it, which `|| true`,
    pipes, `set +e` and the like prevent. gitleaks must stand behind a checkout of full depth. The command itself is
    then executed in a small repository with the subject's configuration: it must end well where nothing is planted, and
    badly, naming it, for a HIGH shell call and for a secret in an old commit. Where CI runs the gate, SEC-001 and
    SEC-014 are run there instead, and the profile must require them.

    It does not prove that the step is a required status check of the branch: GitHub alone knows that; and a condition
    that depends on the run is taken to hold. An action from a marketplace, and what tox and the like start, cannot be
    followed here and is inconclusive. docs/scanners-in-ci.md says what is followed.
    """
    settings = _subject.settings

    def requires(profile: str, check: str) -> bool:
        try:
            found = load_profile(profile or settings.profile, settings.profiles, packaged().ids)
        except TradeopsError as error:
            raise Inconclusive(error.message, remedy=error.remedy) from None
        return found.requires(check, clock.today())

    examination = examining.examine(
        _subject.root,
        branch=settings.default_branch,
        strategies=settings.strategies,
        gitleaks=settings.security.gitleaks,
        requires=requires,
    )
    _evidence.fact(**examination.facts())
    _evidence.examined(examination.found.calls, "programs that CI starts", source=Grade.EMBEDDED)
    _evidence.examined(len(examination.executed), "scanners executed on planted faults", source=Grade.EMBEDDED)
    _evidence.report(examination.findings)
    if examination.lacking:
        _evidence.inconclusive(
            " ".join(examination.lacking), remedy="Run it by a plain command, such as `tradeops verify`."
        )


@planted_fault(
    check="SEC-009",
    covers="1.2.1",
    title="the step that runs bandit gains continue-on-error",
    expects="ci: bandit cannot block",
)
def bandit_may_fail(_subject: Subject) -> None:
    names = {"branch": _subject.settings.default_branch, "strategies": _subject.settings.strategies}
    for path, text in writing.tolerant(_subject.root, **names):
        _subject.write(path, text)


@planted_fault(
    check="SEC-009",
    covers="1.3.1",
    title="the checkout before gitleaks has a depth of one commit",
    expects="ci: gitleaks sees a shallow clone",
)
def one_commit_only(_subject: Subject) -> None:
    names = {"branch": _subject.settings.default_branch, "strategies": _subject.settings.strategies}
    for path, text in writing.shallow(_subject.root, **names):
        _subject.write(path, text)

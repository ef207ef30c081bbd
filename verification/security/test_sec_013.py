"""SEC-013: the subject's gitleaks configuration is loaded whole, and finds a trading bot's secrets."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security import gitleaks
from pytest_tradeops.security.gitleaks import config_check, provider
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-013",
    suite="security",
    title="gitleaks is set up to find the secrets of a trading bot, and little else",
    severity="high",
    covers=("1.3.2",),
    min_grade="static",
    budget="60s",
    requires=("gitleaks",),
)
def test_sec_013(_subject: Subject, _evidence: Evidence) -> None:
    """Has gitleaks load the subject's `.gitleaks.toml`, name its rules, and scan made-up secrets and look-alikes.

    Every rule that is built into gitleaks must be active, but for those that the file disables by name, and every rule
    of the file. Of 60 made-up secrets of twelve kinds (exchange keys, messengers, DSNs, private keys, databases) 95 %
    must be found, and at most 2 % of look-alikes such as transaction hashes and locks. All are made up anew at each run
    from one seed.

    It does not prove that every secret would be found: a value without shape, such as a short password in a variable
    of any name, has nothing to be known by. docs/secrets.md lists what is covered.
    """
    path = _subject.path(gitleaks.CONFIG)
    if not path.is_file():
        _evidence.fail(
            config_check.REASON_MISSING,
            f"there is no {gitleaks.CONFIG}, so the secrets of exchanges are looked for by general rules only.",
            where=gitleaks.CONFIG,
            remedy="Run `tradeops init config`.",
        )
    security = _subject.settings.security
    binary = provider.find(security.gitleaks, _subject.root, container=security.gitleaks_image)
    report = config_check.look_at(binary, path)
    _evidence.examined(len(report.expected), "rules", source=Grade.STATIC)
    _evidence.examined(report.trial.secrets, "made-up secrets", source=Grade.STATIC)
    _evidence.examined(report.trial.look_alikes, "look-alikes", source=Grade.STATIC)
    _evidence.fact(**report.facts(binary.version))
    _evidence.report(config_check.findings(report))


@planted_fault(
    check="SEC-013",
    covers="1.3.2",
    title="the configuration is reduced to an allowlist, which takes all rules away",
    expects="gitleaks: default rules missing",
)
def reduced_to_an_allowlist(_subject: Subject) -> None:
    _subject.write(gitleaks.CONFIG, "[allowlist]\npaths = ['''^docs/''']\n")


@planted_fault(
    check="SEC-013",
    title="the rules of the exchanges are left out, so that most keys go unseen",
    expects="gitleaks: recall below floor",
)
def only_the_defaults(_subject: Subject) -> None:
    _subject.write(gitleaks.CONFIG, "[extend]\nuseDefault = true\n")

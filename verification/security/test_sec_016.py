"""SEC-016: Sentry's alert rules are those of the subject's file, and applying them again changes nothing."""

import os

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security import sentry
from pytest_tradeops.security.sentry import alerts, alerts_check, lookup
from pytest_tradeops.standins.sentry_service import SentryService
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-016",
    suite="security",
    title="Sentry's alert rules are those of the file, and applying them again changes nothing",
    severity="high",
    covers=("1.4.5",),
    min_grade="real",
    budget="60s",
    requires=("sentry-token",),
)
def test_sec_016(_subject: Subject, _sentry_service: SentryService, _evidence: Evidence) -> None:
    """Reads the rules of the project back, and holds them against `sentry-alerts.toml`.

    Each rule of the file must be there, with its conditions, filters, actions and environment, neither turned off nor
    muted for everyone; and of the rules that were made from the file (`tradeops: ...`) there may be no more. Needs
    TRADEOPS_SENTRY_TOKEN with the scope `project:read`. Where `apply_alerts` is set in [tool.tradeops.sentry], and the
    scope is `alerts:write`, the file is applied to the project twice before, and the second time must change nothing;
    without it nothing is written to a real project.

    Without the token the file is applied twice to a strict stand-in on loopback, and the check is inconclusive. It does
    not prove that an alert reaches a person, nor that the plan of the organization allows for it: that is for a person
    to attest. `tradeops sentry alerts apply` writes the rules; docs/sentry.md says how.
    """
    examined = alerts_check.examine(
        _subject.root,
        _subject.settings.sentry,
        os.environ.get(lookup.DSN, ""),
        _sentry_service,
        live=not _subject.is_copy,
    )
    _evidence.fact(**examined.facts)
    _evidence.examined(examined.read_back, "alert rules read back", source=examined.grade)
    if examined.undo:
        _evidence.attach("sentry-alerts-undo.json", examined.undo)
    _evidence.report(examined.findings)
    if examined.stopped:
        raise examined.stopped
    if examined.lacking:
        _evidence.inconclusive("No real project was asked, only a stand-in.", remedy=f"Set {examined.lacking}.")


@planted_fault(
    check="SEC-016",
    covers="1.4.5",
    title="Sentry accepts a rule and does not keep it",
    expects="sentry: alert rule missing on read-back",
)
def rule_dropped(_subject: Subject, _sentry_service: SentryService) -> None:
    """Whatever rules the subject has; where it has none yet, those that it would start with."""
    name = _subject.settings.sentry.alerts
    if not alerts.read(_subject.path(name), name).alerts:
        _subject.write(name, sentry.alerts_starter())
    _sentry_service.rules.dropping = 1

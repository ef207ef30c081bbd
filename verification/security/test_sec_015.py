"""SEC-015: the configured DSN leads to the team's Sentry project, which stores what is sent there."""

import os

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.security.sentry import proving
from pytest_tradeops.standins.sentry_check import OneError, send_one
from pytest_tradeops.standins.sentry_service import SentryService
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-015",
    suite="security",
    title="Sentry has the project and the active key of the DSN, and an error sent there is found by its id",
    severity="high",
    covers=("1.4.1", "V.security.4"),
    min_grade="real",
    budget="120s",
    requires=("sentry_sdk", "sentry-token"),
)
def test_sec_015(_subject: Subject, _sentry_service: SentryService, _evidence: Evidence) -> None:
    """Asks Sentry's API for the project and its keys, and holds them against the DSN in `SENTRY_DSN`.

    The project must be active, one of its keys must be the DSN's, turned on and at the DSN's host. Then the subject's
    own start-up, in its own Python, sends one error, marked as a test and with a nonce, to that DSN and nowhere else,
    and the API must have an event of its id and text within a minute. The error stays in the project, in the
    environment `pytest-tradeops`. Needs TRADEOPS_SENTRY_TOKEN with the scope `project:read`, and SENTRY_DSN.

    Without them it runs on a stand-in on loopback and is inconclusive: that shows that this set-up could notice, and
    nothing about the real project. Where the server cannot be asked it is inconclusive, too. The plan tier of item
    1.4.1 is not looked at: no scope of a project's token reads it, so it remains for a person to attest.
    docs/sentry.md says how to make the token.
    """
    settings = _subject.settings.sentry

    def send(dsn: str) -> OneError:
        return send_one(
            python=_subject.python, root=_subject.root, entry=settings.entry, dsn=dsn, timeout=settings.timeout
        )

    live = not _subject.is_copy
    proven = proving.prove(settings, os.environ, _sentry_service, send, live=live, within=settings.event_timeout)
    _evidence.fact(**proven.facts)
    _evidence.examined(proven.answers, "answers of the API", source=proven.grade)
    _evidence.examined(proven.found, "events found by id", source=proven.grade)
    _evidence.report(proven.findings)
    if proven.lacking:
        _evidence.inconclusive("No real project was asked, only a stand-in.", remedy=f"Set {proven.lacking}.")


@planted_fault(
    check="SEC-015",
    covers="1.4.1",
    title="the DSN's key has been turned off",
    expects="sentry: project key inactive",
)
def key_turned_off(_sentry_service: SentryService) -> None:
    _sentry_service.active = False


@planted_fault(
    check="SEC-015",
    covers="V.security.4",
    title="the server acknowledges the event and never stores it",
    expects="sentry: event not found by id",
)
def never_stored(_sentry_service: SentryService) -> None:
    _sentry_service.drop()

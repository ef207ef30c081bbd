"""MON-025: a drawdown alert is delivered by the team's Discord webhook, and is there when it is looked for."""

import os
import secrets

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.contacts import proving, subject
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-025",
    suite="monitoring",
    title="a drawdown alert is delivered by the Discord webhook and read back by its id",
    severity="critical",
    covers=("7.4.4",),
    min_grade="real",
    budget="60s",
    requires=("yaml",),
)
def test_mon_025(_subject: Subject, _discord: DiscordInbox, _evidence: Evidence) -> None:
    """Looks at the webhook that the subject's contact point names, and sends an alert of its drawdown rule by it.

    The alert is marked as a test, carries a nonce, and is sent as Grafana would send it, except that Discord is asked
    to answer with the message. It is read back by its id, and stays in the channel. The credential is the variable that
    the contact point names, such as TRADEOPS_DISCORD_WEBHOOK_URL.

    Without it it runs on a stand-in on loopback and is inconclusive: that shows that this set-up could notice, and
    nothing about the real webhook. Where Discord cannot be reached it is inconclusive, too. docs/discord.md says how to
    make a webhook.
    """
    alerting = subject.load(_subject.root, _subject.settings.monitoring.path)
    nonce = secrets.token_hex(8)
    proven = proving.discord(alerting, os.environ, _discord, nonce, live=not _subject.is_copy)
    _evidence.fact(**proven.account.facts)
    _evidence.examined(proven.account.calls, "answers of Discord", source=proven.grade)
    _evidence.examined(proven.sent, "alerts delivered", source=proven.grade)
    _evidence.report(proven.findings)
    if proven.lacking:
        _evidence.inconclusive("No real webhook was used, only a stand-in.", remedy=f"Set {proven.lacking}.")


@planted_fault(
    check="MON-025",
    covers="7.4.4",
    title="Discord answers with success, and the message cannot be read back",
    expects="discord: message not found",
)
def message_not_there(_discord: DiscordInbox) -> None:
    _discord.faults.forget()

"""MON-014: the team's Telegram bot is in its chat, and an alert that it delivers is found there."""

import os
import secrets

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.contacts import proving, subject
from pytest_tradeops.standins.telegram import TelegramInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-014",
    suite="monitoring",
    title="the Telegram bot and its chat are the configured ones, and a delivered alert is found there",
    severity="critical",
    covers=("2.4.1", "V.monitoring.4"),
    min_grade="real",
    budget="60s",
    requires=("yaml",),
)
def test_mon_014(_subject: Subject, _telegram: TelegramInbox, _evidence: Evidence) -> None:
    """Asks Telegram for the bot and the chat that the subject's contact point names, and whether the bot may post.

    Then it sends an alert, marked as a test and with a nonce, as Grafana would send it, forwards it by the id that
    Telegram gave it, and deletes the copy. The alert stays in the chat. Credentials are the variables that the contact
    point names, such as TRADEOPS_TELEGRAM_BOT_TOKEN and TRADEOPS_TELEGRAM_CHAT_ID.

    Without them it runs on a stand-in on loopback and is inconclusive: that shows that this set-up could notice, and
    nothing about the real bot. Where Telegram cannot be reached it is inconclusive, too. docs/telegram.md says how to
    make a bot.
    """
    alerting = subject.load(_subject.root, _subject.settings.monitoring.path)
    nonce = secrets.token_hex(8)
    proven = proving.telegram(alerting, os.environ, _telegram, nonce, live=not _subject.is_copy)
    _evidence.fact(**proven.account.facts)
    _evidence.examined(proven.account.calls, "answers of the Bot API", source=proven.grade)
    _evidence.examined(proven.sent, "alerts delivered", source=proven.grade)
    _evidence.report(proven.findings)
    if proven.lacking:
        _evidence.inconclusive("No real bot was asked, only a stand-in.", remedy=f"Set {proven.lacking}.")


@planted_fault(
    check="MON-014", covers="2.4.1", title="the bot's token has been revoked", expects="telegram: token rejected"
)
def revoked_token(_telegram: TelegramInbox) -> None:
    _telegram.faults.revoke()


@planted_fault(
    check="MON-014",
    covers="V.monitoring.4",
    title="Telegram accepts the alert, and no message has its id",
    expects="telegram: message not found",
)
def message_not_there(_telegram: TelegramInbox) -> None:
    _telegram.faults.forget()

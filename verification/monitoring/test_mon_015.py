"""MON-015: every rule's alerts reach Telegram, by contact points that hold no credential."""

import secrets

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring.contacts import breaking, linking, subject
from pytest_tradeops.standins.telegram import TelegramInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-015",
    suite="monitoring",
    title="every rule's alerts reach Telegram, critical ones at once, and no credential stands in a file",
    severity="critical",
    covers=("2.4.2", "2.4.3"),
    min_grade="embedded",
    budget="30s",
    requires=("yaml",),
)
def test_mon_015(_subject: Subject, _telegram: TelegramInbox, _evidence: Evidence) -> None:
    """Reads the subject's contact points and policies as Grafana does, and sends what Grafana would send.

    A Telegram receiver must take its credentials from variables; what Grafana drops or refuses is a defect. With the
    variables set to a bot of a stand-in, a message through every receiver must arrive in the configured chat. Then the
    route of every rule is computed from its labels, and one alert per severity is sent by its route. A critical one
    must not wait for others of its group.

    It does not prove that the production token works (MON-014), nor that rules fire. Write files that pass with
    `tradeops init monitoring`; docs/telegram.md explains them.
    """
    alerting = subject.load(_subject.root, _subject.settings.monitoring.path)
    place = linking.Place(
        kind="telegram",
        environ=subject.environment(alerting, telegram=_telegram),
        arrived=lambda text: any(one.chat_id == _telegram.chat.id for one in _telegram.find(text)),
        nonce=secrets.token_hex(8),
    )
    linked = linking.examine(alerting, place)
    _evidence.fact(**linked.facts)
    _evidence.examined(linked.sent, "messages sent", source=Grade.EMBEDDED)
    _evidence.examined(linked.rules, "rules followed to their receivers", source=Grade.EMBEDDED)
    _evidence.report(linked.findings)


@planted_fault(
    check="MON-015",
    covers="2.4.2",
    title="the bot's token written into the contact point",
    expects="telegram: literal credential",
)
def token_in_the_file(_subject: Subject, _telegram: TelegramInbox) -> None:
    folder = _subject.settings.monitoring.path
    _subject.write(*breaking.literal_credential(_subject.root, folder, "telegram", "bottoken", _telegram.token))


@planted_fault(
    check="MON-015",
    covers="2.4.3",
    title="a route's matcher misspells the severity",
    expects="route: critical misses telegram",
)
def severity_misspelt(_subject: Subject) -> None:
    _subject.write(*breaking.misspelt_severity(_subject.root, _subject.settings.monitoring.path, "telegram"))

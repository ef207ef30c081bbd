"""MON-024: critical alerts reach Discord at once, as messages that it takes."""

import secrets

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring.contacts import breaking, linking, subject
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-024",
    suite="monitoring",
    title="critical alerts reach Discord at once, as messages that it takes, and warnings go their own way",
    severity="critical",
    covers=("7.4.2", "7.4.3"),
    min_grade="embedded",
    budget="30s",
    requires=("yaml",),
)
def test_mon_024(_subject: Subject, _discord: DiscordInbox, _evidence: Evidence) -> None:
    """Reads the subject's contact points and policies as Grafana does, and sends what Grafana would send.

    A Discord receiver must have its address, from a variable, under the name that Grafana reads: others are dropped.
    With the variable set to a webhook of a stand-in, a message through every receiver must be taken, with the lengths
    and the embed that Discord allows. Then the route of every rule is computed from its labels, and one alert per
    severity that has a way to Discord is sent by it. A critical one must have such a way, and must not wait.

    It does not prove that the production webhook works (MON-025), nor that rules fire. Write files that pass with
    `tradeops init monitoring`; docs/discord.md explains them.
    """
    alerting = subject.load(_subject.root, _subject.settings.monitoring.path)
    place = linking.Place(
        kind="discord",
        environ=subject.environment(alerting, discord=_discord),
        arrived=lambda text: bool(_discord.find(text)),
        nonce=secrets.token_hex(8),
    )
    linked = linking.examine(alerting, place)
    _evidence.fact(**linked.facts)
    _evidence.examined(linked.sent, "messages sent", source=Grade.EMBEDDED)
    _evidence.examined(linked.rules, "rules followed to their receivers", source=Grade.EMBEDDED)
    _evidence.report(linked.findings)


@planted_fault(
    check="MON-024",
    covers="7.4.2",
    title="the webhook's address under a key that Grafana drops",
    expects="discord: contact point has no url",
)
def address_under_a_wrong_key(_subject: Subject) -> None:
    folder = _subject.settings.monitoring.path
    _subject.write(*breaking.misspelt_key(_subject.root, folder, "discord", "url", "webhook_url"))


@planted_fault(
    check="MON-024",
    covers="7.4.3",
    title="a route's matcher expects another severity word",
    expects="route: critical misses discord",
)
def another_severity_word(_subject: Subject) -> None:
    _subject.write(*breaking.misspelt_severity(_subject.root, _subject.settings.monitoring.path, "discord"))

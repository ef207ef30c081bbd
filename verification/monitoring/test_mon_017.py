"""MON-017: who follows the guides has contact points that work."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring.contacts import guide, subject
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-017",
    suite="monitoring",
    title="the commands of the set-up guides, run in their order, lead to contact points that work",
    severity="medium",
    covers=("2.4.5",),
    min_grade="embedded",
    budget="120s",
    requires=("yaml",),
)
def test_mon_017(
    _subject: Subject, _telegram: TelegramInbox, _discord: DiscordInbox, _evidence: Evidence, tmp_path: Path
) -> None:
    """Runs the `bash` blocks of the guides in a copy of the subject, as one shell session each, against stand-ins.

    Where a command reads a variable, what the messenger would have told a newcomer is typed in. Every variable that
    is exported must be one that the contact points, or this package, read. In the end the exported variables must fill
    the subject's contact points, and a message through each of them must arrive.

    It does not prove that the texts between the commands are right. `tradeops init monitoring` writes guides that pass.
    """
    monitoring = _subject.settings.monitoring
    alerting = subject.load(_subject.root, monitoring.path)
    guides = {"telegram": monitoring.telegram_guide, "discord": monitoring.discord_guide}
    read = [guide.examine(_subject.root, page, kind, alerting) for kind, page in guides.items()]
    _evidence.report(finding for one in read for finding in one.findings)
    copy = _subject if _subject.is_copy else _subject.copy_to(tmp_path / "copy")
    environ = subject.environment(alerting, telegram=_telegram, discord=_discord)
    findings = []
    places: dict[str, Callable[[str], object]] = {"telegram": _telegram.find, "discord": _discord.find}
    for kind, arrived in places.items():
        scratch = tmp_path / f"home-{kind}"
        scratch.mkdir()
        newcomer = guide.Newcomer(environ, arrived, secrets.token_hex(8), scratch)
        followed = guide.follow(copy.root, guides[kind], kind, alerting, newcomer)
        _evidence.examined(followed.commands, f"commands of the {kind} guide", source=Grade.EMBEDDED)
        _evidence.examined(followed.sent, f"messages by what the {kind} guide sets", source=Grade.EMBEDDED)
        findings += followed.findings
    _evidence.report(findings)


@planted_fault(
    check="MON-017",
    covers="2.4.5",
    title="a guide that names a variable which nothing reads",
    expects="guide: unknown variable",
)
def variable_misnamed(_subject: Subject) -> None:
    monitoring = _subject.settings.monitoring
    alerting = subject.load(_subject.root, monitoring.path)
    _subject.write(*guide.misnamed(_subject.root, monitoring.telegram_guide, alerting, "telegram"))

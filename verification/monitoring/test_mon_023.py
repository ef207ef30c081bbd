"""MON-023: the script that sets the Discord webhook up takes a good one, refuses others, and stores nothing."""

from pathlib import Path

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring.contacts import script
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-023",
    suite="monitoring",
    title="the Discord set-up script accepts a good webhook, refuses others, and stores nothing",
    severity="medium",
    covers=("7.4.1",),
    min_grade="embedded",
    budget="120s",
)
def test_mon_023(_subject: Subject, _discord: DiscordInbox, _evidence: Evidence, tmp_path: Path) -> None:
    """Runs the subject's script in a copy of it, with a webhook of a stand-in, a revoked one and a malformed one.

    The script finds the webhook in TRADEOPS_DISCORD_WEBHOOK_URL, and on its standard input as well. It must succeed
    once, after asking, and refuse twice with a sentence and an exit code. Afterwards neither the copy, nor HOME, nor
    temporary files, nor what it printed may hold the webhook's token.

    `tradeops init monitoring` writes a script that passes; the setting is `discord_script`.
    """
    copy = _subject if _subject.is_copy else _subject.copy_to(tmp_path / "copy")
    scratch = tmp_path / "home"
    scratch.mkdir()
    tried = script.examine(
        copy.root,
        _subject.settings.monitoring.discord_script,
        _discord.url,
        asked=lambda: len(_discord.server.exchanges),
        revoke=_discord.faults.revoke,
        recover=_discord.faults.recover,
        scratch=scratch,
    )
    _evidence.examined(tried.runs, "runs of the script", source=Grade.EMBEDDED)
    _evidence.report(tried.findings)


@planted_fault(
    check="MON-023",
    covers="7.4.1",
    title="the script writes the webhook into a file",
    expects="discord: literal webhook",
)
def webhook_in_a_file(_subject: Subject) -> None:
    _subject.write(*script.stores_it(_subject.root, _subject.settings.monitoring.discord_script))

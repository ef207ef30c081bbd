"""The checks on contact points, on sound and broken subjects, and the planted faults on subjects of other shapes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.monitoring.contacts import breaking, guide, linking, script, subject
from pytest_tradeops.monitoring.contacts.points import contact_points_yaml
from pytest_tradeops.monitoring.contacts.policies import policies_yaml
from pytest_tradeops.scaffold.files import shared
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox

RULES = [
    {"uid": "dd", "title": "Drawdown", "labels": {"severity": "critical"}, "annotations": {"summary": "s"}},
    {"uid": "er", "title": "Errors", "labels": {"severity": "warning"}},
]
#: Both messengers behind one name, and no routes: everything goes to all at once.
FLAT = {
    "contactPoints": [
        {
            "name": "all",
            "receivers": [
                {"uid": "t", "type": "telegram", "settings": {"bottoken": "${BOT}", "chatid": "$CHAT"}},
                {"uid": "d", "type": "discord", "settings": {"url": "$HOOK"}},
                {"uid": "m", "type": "email", "settings": {"addresses": "a@example.org"}},
            ],
        }
    ],
    "policies": [{"receiver": "all", "group_wait": "1s"}],
}
NESTED = {
    **FLAT,
    "policies": [
        {
            "receiver": "all",
            "group_wait": "1s",
            "routes": [{"matchers": ["severity=~critical|page"], "routes": [{"match": {"severity": "critical"}}]}],
        }
    ],
}


def make(root: Path, *documents: Any) -> Path:
    folder = root / "monitoring" / subject.ALERTING
    folder.mkdir(parents=True)
    for number, one in enumerate(documents):
        text = one if isinstance(one, str) else yaml.safe_dump(one)
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return root


def ours(root: Path, *more: Any) -> Path:
    return make(root, contact_points_yaml(), policies_yaml(), {"groups": [{"folder": "F", "rules": RULES}]}, *more)


def flat(root: Path, document: dict[str, Any] = FLAT) -> Path:
    return make(root, document, {"groups": [{"folder": "F", "rules": RULES}]})


def reasons(root: Path, inbox: Any) -> list[str]:
    alerting = subject.load(root, "monitoring")
    environ = subject.environment(alerting, **{inbox.name: inbox})
    place = linking.Place(inbox.name, environ, lambda text: bool(inbox.find(text)), "nonce")
    return [one.reason for one in linking.examine(alerting, place).findings]


def plant(root: Path, planted: tuple[str, str]) -> None:
    (root / planted[0]).write_text(planted[1], encoding="utf-8")


@pytest.mark.parametrize("shape", [ours, flat, lambda root: flat(root, NESTED)])
def test_sound_files_pass(
    shape: Any, tmp_path: Path, telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox
) -> None:
    shape(tmp_path)
    assert reasons(tmp_path, telegram_inbox) == []
    assert reasons(tmp_path, discord_inbox) == []
    assert telegram_inbox.refusals == discord_inbox.refusals == ()


@pytest.mark.parametrize("shape", [ours, flat, lambda root: flat(root, NESTED)])
def test_every_planted_fault_finds_something_to_break(
    shape: Any, tmp_path: Path, telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox
) -> None:
    for number, (plan, inbox, reason) in enumerate(
        [
            (lambda root: breaking.literal_credential(root, "monitoring", "telegram", "bottoken", "1:A"), telegram_inbox, "telegram: literal credential"),
            (lambda root: breaking.misspelt_severity(root, "monitoring", "telegram"), telegram_inbox, "route: critical misses telegram"),
            (lambda root: breaking.misspelt_key(root, "monitoring", "discord", "url", "webhook_url"), discord_inbox, "discord: contact point has no url"),
            (lambda root: breaking.misspelt_severity(root, "monitoring", "discord"), discord_inbox, "route: critical misses discord"),
        ]
    ):  # fmt: skip
        root = shape(tmp_path / str(number))
        plant(root, plan(root))
        assert reason in reasons(root, inbox)


def test_where_there_is_nothing_to_break_the_fault_says_so(tmp_path: Path) -> None:
    make(tmp_path, {"apiVersion": 1})
    with pytest.raises(DeclarationError, match="there is no rule"):
        breaking.annotation(tmp_path, "monitoring", "x")
    with pytest.raises(DeclarationError, match="there is no policy tree"):
        breaking.misspelt_severity(tmp_path, "monitoring", "telegram")
    with pytest.raises(DeclarationError, match="no receiver sends to Telegram"):
        breaking.as_html(tmp_path, "elsewhere")


def test_what_is_missing_is_named(tmp_path: Path, telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    alone = make(tmp_path / "a", contact_points_yaml())
    assert reasons(alone, telegram_inbox) == ["route: no policies"]
    assert reasons(make(tmp_path / "b", contact_points_yaml(), policies_yaml()), discord_inbox) == ["route: no rules"]
    assert reasons(make(tmp_path / "c", policies_yaml()), telegram_inbox) == ["telegram: no contact point"]
    other = {"policies": [{"receiver": "gone", "group_wait": "0s"}], "groups": [{"folder": "F", "rules": RULES}]}
    assert "route: unknown receiver" in reasons(make(tmp_path / "d", contact_points_yaml(), other), telegram_inbox)
    dropped = {**FLAT, "contactPoint": []}
    assert reasons(flat(tmp_path / "e", dropped), telegram_inbox) == ["contacts: dropped by Grafana"]
    zero = {**FLAT, "policies": [{"receiver": "all", "group_interval": "0s"}]}
    assert reasons(flat(tmp_path / "f", zero), telegram_inbox) == ["contacts: refused by Grafana"]
    slow = {**FLAT, "policies": [{"receiver": "all", "group_wait": "30s"}]}
    assert reasons(flat(tmp_path / "g", slow), telegram_inbox) == ["route: critical misses telegram"]


def test_messages_that_are_refused_or_go_elsewhere_are_named(tmp_path: Path, telegram_inbox: TelegramInbox) -> None:
    flat(tmp_path)
    telegram_inbox.chat.status = "kicked"
    assert set(reasons(tmp_path, telegram_inbox)) == {"telegram: message refused"}
    telegram_inbox.chat.status = "member"
    telegram_inbox.faults.lose()
    assert set(reasons(tmp_path, telegram_inbox)) == {"telegram: message never arrived"}


KNOWN = frozenset({"TRADEOPS_TELEGRAM_BOT_TOKEN", "TRADEOPS_TELEGRAM_CHAT_ID", "TRADEOPS_DISCORD_WEBHOOK_URL"})


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("export TRADEOPS_TELEGRAM_BOT_TOKEN=x", []),
        ('read -rsp "Bot token: " TRADEOPS_TELEGRAM_BOT_TOKEN', []),
        ("export TELEGRAM_TOKEN=x", ["TELEGRAM_TOKEN"]),
        ("read -r TELEGRAM_TOKEN\nexport TELEGRAM_TOKEN", ["TELEGRAM_TOKEN"]),
        ("TELEGRAM_TOKEN=x tradeops contacts check", ["TELEGRAM_TOKEN"]),
        ('echo "${CHAT_ID}"', ["CHAT_ID"]),
        ("CHAT=$(cat chat)\nexport TRADEOPS_TELEGRAM_CHAT_ID=$CHAT", []),
        ("cd $HOME; # $NOTHING", ["NOTHING"]),
        ("# $NOTHING", []),
    ],
)
def test_variables_of_a_guide(line: str, wrong: list[str]) -> None:
    page = f"Set `$ELSEWHERE`.\n\n```bash\n{line}\n```\n\n```python\nOTHER = 1\n```\n"
    assert guide.unknown(page, KNOWN) == wrong


def follow(root: Path, page: str, inbox: TelegramInbox, scratch: Path) -> list[str]:
    (root / "guide.md").write_text(page, encoding="utf-8")
    alerting = subject.load(root, "monitoring")
    environ = subject.environment(alerting, telegram=inbox)
    newcomer = guide.Newcomer(environ, lambda text: bool(inbox.find(text)), "nonce", scratch)
    return [one.reason for one in guide.follow(root, "guide.md", "telegram", alerting, newcomer).findings]


def test_a_guide_is_followed_to_its_end(tmp_path: Path, telegram_inbox: TelegramInbox) -> None:
    flat(tmp_path)
    scratch = tmp_path / "home"
    scratch.mkdir()
    good = "```bash\nread -rsp 'Token: ' BOT\nexport BOT\n```\n\nThen\n\n```sh\nread -r CHAT\nexport CHAT\n```\n"
    assert follow(tmp_path, good, telegram_inbox, scratch) == []
    assert len(telegram_inbox.messages) == 1
    assert list(scratch.iterdir()) == [], "what the guide exported is not left lying about"
    assert follow(tmp_path, good.replace("export CHAT", "true"), telegram_inbox, scratch) == ["guide: variable not set"]
    assert follow(tmp_path, good.replace("true", "").replace("read -r CHAT", "CHAT=5"), telegram_inbox, scratch) == [
        "guide: contact point does not work"
    ]
    assert follow(tmp_path, good + "```bash\nfalse\n```\n", telegram_inbox, scratch) == ["guide: command fails"]
    alerting = subject.load(tmp_path, "monitoring")
    assert [one.reason for one in guide.examine(tmp_path, "none.md", "telegram", alerting).findings] == [
        "guide: missing"
    ]
    (tmp_path / "empty.md").write_text("no commands", encoding="utf-8")
    assert [one.reason for one in guide.examine(tmp_path, "empty.md", "telegram", alerting).findings] == [
        "guide: no commands"
    ]
    plant(tmp_path, guide.misnamed(tmp_path, "guide.md", alerting, "telegram"))
    planted = guide.examine(tmp_path, "guide.md", "telegram", alerting).findings
    assert {one.reason for one in planted} == {"guide: unknown variable"}


def tried(root: Path, text: str, inbox: DiscordInbox, name: str = "setup.sh") -> list[str]:
    root.mkdir(exist_ok=True)
    scratch = root.parent / f"{root.name}-home"
    scratch.mkdir()
    (root / name).write_text(text, encoding="utf-8")
    faults = inbox.faults
    found = script.examine(
        root, name, inbox.url, lambda: len(inbox.server.exchanges), faults.revoke, faults.recover, scratch
    )
    assert inbox.token not in str(found.findings)
    return [one.reason for one in found.findings]


def test_scripts_that_do_not_do_their_work(tmp_path: Path, discord_inbox: DiscordInbox) -> None:
    assert tried(tmp_path / "a", "exit 0", discord_inbox) == [
        "discord: script asks nobody",
        "discord: revoked webhook accepted",
        "discord: malformed webhook accepted",
    ]
    assert tried(tmp_path / "b", "echo no; exit 1", discord_inbox) == ["discord: good webhook refused"]
    silent = tried(tmp_path / "c", "exit 1", discord_inbox)
    assert silent == [
        "discord: good webhook refused",
        "discord: revoked webhook accepted",
        "discord: malformed webhook accepted",
    ]
    shown = tried(tmp_path / "d", 'echo "$TRADEOPS_DISCORD_WEBHOOK_URL"; exit 1', discord_inbox)
    assert shown == ["discord: good webhook refused", "discord: webhook shown"]
    stored = tried(tmp_path / "e", 'read -r hook; echo "$hook" > "$HOME/hook"; echo no; exit 1', discord_inbox)
    assert stored == ["discord: good webhook refused", "discord: literal webhook"]
    assert tried(tmp_path / "f", "raise SystemExit('no')", discord_inbox, "setup.py") == [
        "discord: good webhook refused"
    ]
    assert [
        one.reason
        for one in script.examine(tmp_path, "none.sh", "", lambda: 0, lambda: None, lambda: None, tmp_path).findings
    ] == ["discord: script missing"]


def test_the_fault_of_a_script_is_planted_in_python_as_well(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        '#!/usr/bin/env python\n"""Sets up."""\nfrom __future__ import annotations\n', encoding="utf-8"
    )
    (tmp_path / "setup.sh").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    assert script.stores_it(tmp_path, "setup.py")[1].splitlines()[3].startswith("import os; open(")
    assert script.stores_it(tmp_path, "setup.sh")[1].splitlines()[1].startswith("printf")
    with pytest.raises(DeclarationError):
        script.stores_it(tmp_path, "none.sh")


@pytest.mark.slow
def test_our_own_guides_and_script(tmp_path: Path, telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    ours(tmp_path)
    for path in ("docs/telegram.md", "docs/discord.md", "scripts/discord-webhook.sh"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(shared(path).read_text(encoding="utf-8"), encoding="utf-8")
    alerting = subject.load(tmp_path, "monitoring")
    environ = subject.environment(alerting, telegram=telegram_inbox, discord=discord_inbox)
    for inbox in (telegram_inbox, discord_inbox):
        page = f"docs/{inbox.name}.md"
        assert guide.examine(tmp_path, page, inbox.name, alerting).findings == []
        scratch = tmp_path / f"home-{inbox.name}"
        scratch.mkdir()
        find: Any = inbox.find
        newcomer = guide.Newcomer(environ, lambda text, find=find: bool(find(text)), "nonce", scratch)
        followed = guide.follow(tmp_path, page, inbox.name, alerting, newcomer)
        assert followed.findings == []
        assert followed.sent == 2
    text = (tmp_path / "scripts/discord-webhook.sh").read_text(encoding="utf-8")
    assert tried(tmp_path, text, discord_inbox, "scripts/discord-webhook.sh") == []

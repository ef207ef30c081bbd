"""What the messengers say about credentials, and what is said when they do not answer. No credential is ever shown."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.loopback.server import LoopbackServer, Response, Route
from pytest_tradeops.model import Grade
from pytest_tradeops.monitoring.contacts import proving
from pytest_tradeops.monitoring.contacts.accounts import Discord, Telegram, Unproven
from pytest_tradeops.monitoring.contacts.message import TemplateUnknown
from pytest_tradeops.monitoring.contacts.notify import NotSendable, Outgoing, Sender, request
from pytest_tradeops.monitoring.contacts.parse import parse
from pytest_tradeops.monitoring.contacts.points import Receiver, contact_points_yaml
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox

ALERTING = parse(contact_points_yaml())


def reasons(found: Any) -> list[str]:
    return [one.reason for one in found.findings]


def telegram(inbox: TelegramInbox, **changed: str) -> Telegram:
    values = {"token": inbox.token, "chat": inbox.chat_id, "api": inbox.url} | changed
    return Telegram(values["token"], values["chat"], api=values["api"], sender=Sender(timeout=2.0))


def test_a_bot_that_works(telegram_inbox: TelegramInbox) -> None:
    account = telegram(telegram_inbox).examine()
    assert (reasons(account), account.calls) == ([], 3)
    assert account.facts == {"bot": "tradeops_test_bot", "chat_type": "supergroup"}
    channel = telegram_inbox.add_chat("channel", status="administrator", username="alerts")
    assert reasons(telegram(telegram_inbox, chat="@alerts").examine()) == []
    channel.status = "member"
    assert reasons(telegram(telegram_inbox, chat="@alerts").examine()) == ["telegram: bot may not post"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda inbox: inbox.faults.revoke(), "telegram: token rejected"),
        (lambda inbox: setattr(inbox.chat, "status", "restricted"), "telegram: bot may not post"),
        (lambda inbox: setattr(inbox.chat, "status", "kicked"), "telegram: bot may not post"),
        (lambda inbox: setattr(inbox, "bot_id", 5), "telegram: another bot"),
        (lambda inbox: setattr(inbox.chat, "id", -7), "telegram: another chat"),
        (lambda inbox: inbox.chats.clear(), "telegram: chat not found"),
    ],
)
def test_what_is_wrong_with_a_bot(
    telegram_inbox: TelegramInbox, spoil: Callable[[TelegramInbox], object], reason: str
) -> None:
    bot = telegram(telegram_inbox)
    spoil(telegram_inbox)
    account = bot.examine()
    assert reasons(account) == [reason]
    assert telegram_inbox.token not in str(account.findings)


def test_a_malformed_token_is_not_sent_anywhere(telegram_inbox: TelegramInbox) -> None:
    for token in ("", "123:short", telegram_inbox.token + "x", telegram_inbox.token.replace(":", "")):
        assert reasons(telegram(telegram_inbox, token=token).examine()) == ["telegram: token malformed"]
    assert telegram_inbox.server.exchanges == ()


def test_silence_and_strangers_prove_nothing(telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    for prepare in (
        telegram_inbox.faults.refuse_next,
        telegram_inbox.faults.rate_limit_next,
        telegram_inbox.faults.hang_up_next,
        telegram_inbox.faults.hang_next,
    ):
        prepare()
        with pytest.raises(Unproven) as unproven:
            Telegram(telegram_inbox.token, "1", api=telegram_inbox.url, sender=Sender(timeout=0.3)).examine()
        assert telegram_inbox.token not in str(unproven.value)
    discord_inbox.faults.refuse_next(502)
    with pytest.raises(Unproven):
        Discord(discord_inbox.url, sender=Sender()).examine()
    pages = [
        Route(method, f"/{path}", lambda _, **__: Response(403, b"<html>blocked</html>"))
        for method, path in (("POST", "{bot}/getMe"), ("GET", "api/webhooks/{a}/{b}"))
    ]
    with LoopbackServer(pages) as proxy:
        with pytest.raises(Unproven, match="Something else than Telegram answers: 403 Forbidden"):
            Telegram(telegram_inbox.token, "1", api=proxy.url, sender=Sender()).examine()
        with pytest.raises(Unproven, match="Something else than Discord answers"):
            Discord(discord_inbox.url.replace(discord_inbox.server.url, proxy.url), sender=Sender()).examine()


def test_webhooks(discord_inbox: DiscordInbox) -> None:
    assert reasons(Discord(discord_inbox.url, sender=Sender()).examine()) == []
    assert reasons(Discord(discord_inbox.url[:-5] + "aaaaa", sender=Sender()).examine()) == [
        "discord: webhook rejected"
    ]
    for url in (
        "",
        "discord",
        "https://example.org/api/webhooks/1/x",
        discord_inbox.url + "/slack",
        "https://discord.com:x/",
    ):
        assert reasons(Discord(url, sender=Sender(live=True)).examine()) == ["discord: webhook malformed"]
    discord_inbox.faults.revoke()
    assert reasons(Discord(discord_inbox.url, sender=Sender()).examine()) == ["discord: webhook rejected"]


def test_an_alert_is_delivered_and_found_again(telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    one = proving.telegram(ALERTING, {}, telegram_inbox, "n-1", live=True)
    assert (reasons(one), one.sent, one.grade) == ([], 1, Grade.EMBEDDED)
    assert one.lacking == "TRADEOPS_TELEGRAM_BOT_TOKEN and TRADEOPS_TELEGRAM_CHAT_ID"
    assert [message.forwarded for message in telegram_inbox.messages] == [None], "the copy is deleted again"
    two = proving.discord(ALERTING, {}, discord_inbox, "n-1", live=True)
    assert (reasons(two), two.sent, two.lacking) == ([], 1, "TRADEOPS_DISCORD_WEBHOOK_URL")
    assert discord_inbox.await_message("n-1").embeds[0]["color"] == 0xD63232


def test_an_alert_that_is_lost_is_missed(telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    for inbox in (telegram_inbox, discord_inbox):
        inbox.faults.lose()
    assert reasons(proving.telegram(ALERTING, {}, telegram_inbox, "n", live=False)) == ["telegram: message not found"]
    assert reasons(proving.discord(ALERTING, {}, discord_inbox, "n", live=False)) == ["discord: message not found"]
    assert reasons(proving.discord(parse(""), {}, discord_inbox, "n", live=False)) == ["discord: no contact point"]


def test_credentials_that_lead_to_loopback_are_no_real_ones(telegram_inbox: TelegramInbox) -> None:
    environ = telegram_inbox.environment
    proven = proving.telegram(ALERTING, environ, telegram_inbox, "n", live=True)
    assert (proven.grade, bool(proven.lacking)) == (Grade.EMBEDDED, True)


def test_nothing_leaves_loopback_unless_it_is_told_to() -> None:
    secret = "https://discord.com/api/webhooks/123456789012345678/" + "s" * 68
    for url in (secret, "http://192.0.2.1/x", "https://localhost.example.org/"):
        with pytest.raises(NotSendable) as refused:
            Sender().send(Outgoing(url, b"", "", "here"))
        assert "s" * 68 not in str(refused.value)
    for url in ("http://discord.com/x", "ftp://127.0.0.1/x", "http://127.0.0.1:x/", "http://127.0.0.1/a b", ""):
        with pytest.raises(NotSendable):
            Sender(live=True).send(Outgoing(url, b"", "", "here"))
    assert secret not in repr(Outgoing(secret, b"", "", "here"))
    nobody = Sender(timeout=2.0).send(Outgoing("http://127.0.0.1:9/secret", b"", "", "here"))
    assert (nobody.status, nobody.ok) == (0, False)
    assert "secret" not in nobody.detail


def test_the_real_services_are_reached_by_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", f"http://ann:p%40ss@127.0.0.1:{server.getsockname()[1]}")
        seen: list[bytes] = []

        def refuse() -> None:
            connection, _ = server.accept()
            with connection:
                seen.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        found = Sender(live=True, timeout=5.0).send(Outgoing("https://api.telegram.org/botsecret/getMe", b"", "", "x"))
        thread.join(5)
    assert (found.status, found.detail) == (0, "no answer: OSError")
    assert seen[0].startswith(b"CONNECT api.telegram.org:443 ")
    assert base64.b64encode(b"ann:p@ss") in seen[0]
    assert b"secret" not in seen[0]


def test_settings_that_cannot_be_sent_by() -> None:
    alert = proving.test_alert(ALERTING, "n")
    for receiver, error in (
        (Receiver("u", "email", {"addresses": "a@example.org"}), NotSendable),
        (Receiver("u", "telegram", {"bottoken": "$NONE", "chatid": "1"}), NotSendable),
        (Receiver("u", "telegram", {"bottoken": "1:A", "chatid": "1", "parse_mode": "html5"}), NotSendable),
        (Receiver("u", "telegram", {"bottoken": "1:A", "chatid": "1", "message": "{{ .Status }}"}), TemplateUnknown),
    ):
        with pytest.raises(error):
            request(alert, receiver, {})
    named = {
        "bottoken": "1:A",
        "chatid": "1",
        "message": "fixed",
        "disable_notifications": True,
        "message_thread_id": 7,
    }
    out = request(alert, Receiver("u", "telegram", named), {})
    assert out is not None
    assert b"fixed" in out.body
    assert b'name="disable_notification"\r\n\r\ntrue' in out.body
    defaults = {"message": '{{ template "default.message" . }}', "title": '{{ template "default.title" . }}'}
    titled = request(
        alert,
        Receiver(
            "u", "discord", {"url": "http://127.0.0.1/x", **defaults, "avatar_url": "https://a.example.org/b.png"}
        ),
        {},
    )
    assert titled is not None
    body = json.loads(titled.body)
    assert body["embeds"][0]["title"].startswith("[FIRING:1]")
    assert list(body) == ["username", "content", "avatar_url", "embeds"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["contacts", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


def test_the_command_line(
    telegram_inbox: TelegramInbox,
    discord_inbox: DiscordInbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    for name in ("TRADEOPS_TELEGRAM_BOT_TOKEN", "TRADEOPS_TELEGRAM_CHAT_ID", "TRADEOPS_DISCORD_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    assert call(capsys, "check")[0] == 2
    assert call(capsys, "chats")[0] == 2
    assert "is no messenger" in call(capsys, "check", "slack")[1]
    for name, value in {**telegram_inbox.environment, **discord_inbox.environment}.items():
        monkeypatch.setenv(name, value)
    assert call(capsys, "check") == (
        0,
        "telegram: accepted (bot tradeops_test_bot, chat_type supergroup)\ndiscord: accepted (webhook_type 1)\n",
    )
    assert telegram_inbox.chat_id in call(capsys, "chats")[1]
    folder = tmp_path / "monitoring" / "provisioning" / "alerting"
    folder.mkdir(parents=True)
    (folder / "contact-points.yaml").write_text(contact_points_yaml(), encoding="utf-8")
    code, said = call(capsys, "send", "--subject", str(tmp_path))
    assert (code, said.count(": sent")) == (0, 4)
    assert len(telegram_inbox.messages) == len(discord_inbox.messages) == 2
    telegram_inbox.faults.revoke()
    code, said = call(capsys, "check", "--format", "json")
    assert code == 1
    shown = json.loads(said)
    assert [one["reason"] for one in shown["problems"]] == ["telegram: token rejected"]
    assert shown["contacts"]["discord"]["accepted"] is True
    code, said = call(capsys, "send", "telegram", "--subject", str(tmp_path))
    assert (code, said.count("refused, 401 Unauthorized")) == (1, 2)
    discord_inbox.faults.refuse_next(503)
    code, said = call(capsys, "check", "discord")
    assert code == 2
    assert "cannot be asked" in said
    for secret in (telegram_inbox.token, discord_inbox.token):
        assert secret not in said


def test_a_receiver_says_which_variables_it_wants() -> None:
    both = replace(ALERTING.receivers("telegram")[0], settings={"bottoken": "${A}", "chatid": "-100$B"})
    from pytest_tradeops.monitoring.contacts.subject import given, wanted

    assert wanted(both) == "A and B"
    assert given(both, {"A": "x", "B": "y"})
    assert not given(both, {"A": "x"})
    assert not given(replace(both, settings={"bottoken": "literal", "chatid": "5"}), {})

"""The requests are the ones that a real Grafana 9.4 sent, byte for byte."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.monitoring.alerts import Alert, Notification
from pytest_tradeops.monitoring.contacts.message import Source
from pytest_tradeops.monitoring.contacts.notify import Outgoing, Sender, request
from pytest_tradeops.monitoring.contacts.points import Receiver
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox

PAYLOADS = Path(__file__).resolve().parent.parent / "conformance" / "payloads"
LABELS = {"alertname": "lat", "grafana_folder": "Mon", "severity": "warning"}
GROUP = {"alertname": "lat", "grafana_folder": "Mon"}
TELEGRAM = Receiver("t", "telegram", {"bottoken": "111:AAA", "chatid": "-100200"})
DISCORD = Receiver("d", "discord", {"url": "http://127.0.0.1:18080/api/webhooks/123/discordtoken"})
SOURCE = Source("http://127.0.0.1:33002/")


def recorded(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def notification(status: Any, value: float, values: str) -> Notification:
    annotations = {"description": f"value_string={values}", "summary": f"PnL {value:g} below limit"}
    third = 1.0 if status == "firing" else 0.0
    alert = Alert(LABELS, annotations, status, 0.0, None, {"A": value, "B": value, "C": third}, "lat")
    return Notification(0.0, "team", status, (alert,), GROUP)


def listed(value: int, third: int) -> str:
    return ", ".join(
        f"[ var='{name}' labels={{}} value={number} ]"
        for name, number in zip("ABC", (value, value, third), strict=True)
    )


FIRING = notification("firing", 500.0, listed(500, 1))
RESOLVED = notification("resolved", 10.0, listed(10, 0))


def sent(out: Outgoing | None) -> Outgoing:
    assert out is not None
    return out


def parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Of a form; Grafana 9.4 writes those behind the first in no fixed order."""
    inner = body.removeprefix(b"--" + boundary + b"\r\n").removesuffix(b"--" + boundary + b"--\r\n")
    return sorted(inner.split(b"--" + boundary + b"\r\n"))


@pytest.mark.parametrize(("name", "given"), [("firing", FIRING), ("resolved", RESOLVED)])
def test_discord(name: str, given: Notification) -> None:
    there = recorded(f"discord_{name}")
    out = sent(request(given, DISCORD, {}, SOURCE))
    assert json.loads(out.body) == there["body"]
    assert len(out.body) == int(there["headers"]["Content-Length"])
    assert out.url.endswith(there["path"])


@pytest.mark.parametrize(("name", "given"), [("firing", FIRING), ("resolved", RESOLVED)])
def test_telegram(name: str, given: Notification) -> None:
    there = recorded(f"telegram_{name}")
    out = sent(request(given, TELEGRAM, {}, SOURCE))
    boundary = re.search(r"boundary=(\w+)", there["headers"]["Content-Type"])[1].encode()  # type: ignore[index]
    ours = out.content_type.split("boundary=")[1].encode()
    assert len(ours) == len(boundary)
    assert parts(out.body, ours) == parts(there["body"].encode(), boundary)
    assert len(out.body) == int(there["headers"]["Content-Length"])
    assert out.url == "https://api.telegram.org" + there["path"]


def test_html_goes_unescaped_and_a_linked_panel_is_named() -> None:
    there = recorded("telegram_unescaped_html")
    annotations = {
        "summary": "pnl < -100 & dd > 5% <b>x</b>",
        "__dashboardUid__": "dash1",
        "__panelId__": "4",
        "__orgId__": "1",
    }
    alert = Alert({**LABELS, "alertname": "esc"}, annotations, values={"A": 500.0, "B": 500.0, "C": 1.0}, rule="esc")
    given = Notification(0.0, "team", "firing", (alert,), {"alertname": "esc", "grafana_folder": "Mon"})
    out = sent(request(given, TELEGRAM, {}, Source("http://127.0.0.1:33008/")))
    boundary = re.search(r"boundary=(\w+)", there["headers"]["Content-Type"])[1].encode()  # type: ignore[index]
    assert parts(out.body, out.content_type.split("boundary=")[1].encode()) == parts(there["body"].encode(), boundary)


def test_the_headers_are_grafanas(telegram_inbox: TelegramInbox, discord_inbox: DiscordInbox) -> None:
    environ = telegram_inbox.environment
    receiver = Receiver("t", "telegram", {"bottoken": telegram_inbox.token, "chatid": telegram_inbox.chat_id})
    assert Sender().send(sent(request(FIRING, receiver, environ))).ok
    assert Sender().send(sent(request(FIRING, Receiver("d", "discord", {"url": discord_inbox.url}), {}))).ok
    for inbox, name in ((telegram_inbox, "telegram_firing"), (discord_inbox, "discord_firing")):
        (exchange,) = inbox.server.exchanges
        headers = exchange.request.headers
        wanted = {key.lower() for key in recorded(name)["headers"]}
        assert set(headers) == wanted
        assert headers["user-agent"] == "Grafana"
    assert telegram_inbox.await_message("PnL 500").text.startswith("**Firing**")
    assert discord_inbox.await_message("PnL 500").embeds[0]["title"] == "[FIRING:1] lat Mon (warning)"


def test_a_real_messenger_refuses_the_unescaped_message(telegram_inbox: TelegramInbox) -> None:
    alert = Alert(LABELS, {"summary": "pnl < -100"}, rule="lat")
    given = Notification(0.0, "team", "firing", (alert,), LABELS)
    receiver = Receiver("t", "telegram", {"bottoken": telegram_inbox.token, "chatid": telegram_inbox.chat_id})
    refused = Sender().send(sent(request(given, receiver, telegram_inbox.environment)))
    assert (refused.status, refused.ok) == (400, False)
    assert "can't parse entities: Unsupported start tag" in refused.detail
    plain = Receiver("t", "telegram", {**receiver.settings, "parse_mode": "None"})
    assert Sender().send(sent(request(given, plain, telegram_inbox.environment))).ok

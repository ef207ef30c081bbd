"""MON-014 and MON-025: the accounts behind the contact points, and an alert that is delivered and found again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...model import Finding, Grade
from ..alerts import Alert, Notification
from .accounts import Account, Discord, Telegram
from .message import Source
from .notify import TELEGRAM_API, TELEGRAM_API_VARIABLE, Sender, request
from .parse import Alerting
from .points import Receiver
from .subject import DiscordPlace, TelegramPlace, given, wanted


@dataclass(frozen=True, slots=True)
class Proven:
    """What is known of an account.

    Attributes:
        lacking: What to set to prove it at the real messenger; empty if that was done.
    """

    account: Account
    grade: Grade
    sent: int = 0
    lacking: str = ""

    @property
    def findings(self) -> list[Finding]:
        return self.account.findings


def telegram(
    alerting: Alerting,
    environ: Mapping[str, str],
    standin: TelegramPlace,
    nonce: str,
    *,
    live: bool,
    source: Source | None = None,
) -> Proven:
    """Reads bot and chat back, posts an alert as Grafana would, and finds it again by its id.

    Args:
        environ: Of the process: where credentials are, if it has any.
        standin: Is asked where it has none, or where `live` is not set.

    Raises:
        Unproven: Telegram cannot be asked.
    """
    receiver = _first(alerting, "telegram")
    if receiver is None:
        return _absent("telegram")
    real = live and given(receiver, environ)
    if not real:
        receiver = _with(receiver, {"bottoken": standin.token, "chatid": standin.chat_id})
        environ = {TELEGRAM_API_VARIABLE: standin.url}
    sender = Sender(live=real)
    used = receiver.filled(environ).settings
    api = environ.get(TELEGRAM_API_VARIABLE) or TELEGRAM_API
    bot = Telegram(str(used.get("bottoken")), str(used.get("chatid")), sender=sender, api=api, where=receiver.where)
    account = bot.examine()
    sent = 0
    if not account.findings:
        out = request(test_alert(alerting, nonce), receiver, environ, source)
        delivery = sender.send(out) if out else None
        sent = int(bool(delivery and delivery.ok))
        if delivery is not None and delivery.ok:
            bot.read_back(account, delivery, nonce)
        elif delivery is not None:
            _refused(account, "telegram", delivery.detail, receiver)
    grade = Grade.REAL if real and bot.genuine else Grade.EMBEDDED
    return Proven(account, grade, sent, "" if grade is Grade.REAL else wanted(_first(alerting, "telegram") or receiver))


def discord(
    alerting: Alerting,
    environ: Mapping[str, str],
    standin: DiscordPlace,
    nonce: str,
    *,
    live: bool,
    source: Source | None = None,
) -> Proven:
    """Looks at the webhook, posts a drawdown alert as Grafana would, and reads it back by its id.

    Raises:
        Unproven: Discord cannot be asked.
    """
    receiver = _first(alerting, "discord")
    if receiver is None:
        return _absent("discord")
    real = live and given(receiver, environ)
    if not real:
        receiver, environ = _with(receiver, {"url": standin.url}), {}
    sender = Sender(live=real)
    webhook = Discord(str(receiver.filled(environ).settings.get("url")), sender=sender, where=receiver.where)
    account = webhook.examine()
    sent = 0
    if not account.findings:
        out = request(test_alert(alerting, nonce), receiver, environ, source)
        # Grafana does not wait, and so is told no id; everything else of the request is its own.
        delivery = sender.send(replace(out, url=webhook.waiting)) if out else None
        sent = int(bool(delivery and delivery.ok))
        if delivery is not None and delivery.ok:
            webhook.read_back(account, delivery, nonce)
        elif delivery is not None:
            _refused(account, "discord", delivery.detail, receiver)
    grade = Grade.REAL if real and webhook.genuine else Grade.EMBEDDED
    return Proven(account, grade, sent, "" if grade is Grade.REAL else wanted(_first(alerting, "discord") or receiver))


def _first(alerting: Alerting, kind: str) -> Receiver | None:
    """The receiver of the critical alerts where there is one, as its variables are the ones to set."""
    found = alerting.receivers(kind)
    return next((one for one in found if "critical" in one.where), found[0] if found else None)


def _absent(kind: str) -> Proven:
    told = f"No contact point sends to {kind.capitalize()}."
    remedy = "Add one, or write the generated ones with `tradeops init monitoring`."
    return Proven(Account(findings=[Finding(f"{kind}: no contact point", told, remedy=remedy)]), Grade.EMBEDDED)


def _with(receiver: Receiver, settings: Mapping[str, Any]) -> Receiver:
    return replace(receiver, settings={**receiver.settings, **settings})


def test_alert(alerting: Alerting, nonce: str) -> Notification:
    """An alert of the subject's own drawdown rule, or of one that could be; it says that it is a test."""
    rules = [rule for rule in alerting.rules if rule.labels.get("severity") == "critical"]
    drawdown = [rule for rule in rules if "drawdown" in f"{rule.uid} {rule.title}".lower()]
    found = next(iter([*drawdown, *rules]), None)
    fallback = {"alertname": "Drawdown critical", "grafana_folder": "tradeops", "severity": "critical"}
    labels = found.alert_labels if found else fallback
    text = f"Test of the delivery by pytest-tradeops: nothing has happened, no action is needed. {nonce}"
    alert = Alert(labels, {"summary": text}, rule=found.uid if found else "")
    return Notification(0.0, "test", "firing", (alert,), labels)


def _refused(account: Account, kind: str, detail: str, receiver: Receiver) -> None:
    told = f"{kind.capitalize()} did not take the alert: {detail}."
    account.findings.append(Finding(f"{kind}: message refused", told, receiver.where, "Correct what it names."))

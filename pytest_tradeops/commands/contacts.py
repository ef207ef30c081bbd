"""`tradeops contacts`: whether the contact points' credentials work. Nothing is stored, no credential is shown."""

import argparse
import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..exceptions import TradeopsError
from ..model import Finding
from ..monitoring.contacts.points import DISCORD_URL, TELEGRAM_CHAT, TELEGRAM_TOKEN
from .context import Context, Verbs, add_format, add_verb, findings_json, say, say_json

if TYPE_CHECKING:
    from ..monitoring.contacts.accounts import Account, Discord, Telegram
    from ..monitoring.contacts.notify import Sender

_KINDS = ("telegram", "discord")
_VARIABLES = f"{TELEGRAM_TOKEN}, {TELEGRAM_CHAT}, {DISCORD_URL}"


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "contacts", "Try out the credentials of the contact points")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = add_verb(
        actions,
        [common],
        "check",
        "Ask Telegram and Discord whether they accept the credentials, without sending",
        description=f"Reads {_VARIABLES} from the environment. Exit 1 if a messenger refuses one of them, 2 if one "
        "could not be asked.",
    )
    check.add_argument("kinds", nargs="*", metavar="KIND", help="telegram, discord (default: those with variables set)")
    add_format(check)
    check.set_defaults(run=_check)
    chats = add_verb(actions, [common], "chats", "List the Telegram chats in which somebody wrote to the bot lately")
    chats.set_defaults(run=_chats)
    send = add_verb(
        actions,
        [common],
        "send",
        "Send a test alert through the subject's own contact points, as Grafana would",
        description="Sends one message per receiver, marked as a test. Exit 1 if one is not taken.",
    )
    send.add_argument("kinds", nargs="*", metavar="KIND", help="telegram, discord (default: both)")
    send.set_defaults(run=_send)


def _check(_: Context, options: argparse.Namespace) -> int:
    from ..monitoring.contacts.notify import Sender

    environ = os.environ
    needed: Mapping[str, tuple[str, ...]] = {"telegram": (TELEGRAM_TOKEN, TELEGRAM_CHAT), "discord": (DISCORD_URL,)}
    kinds = _known(options.kinds) or [kind for kind in _KINDS if any(environ.get(name) for name in needed[kind])]
    if not kinds:
        raise TradeopsError("No credential is set.", remedy=f"Set {_VARIABLES}, or name what to check.")
    found: dict[str, Account] = {}
    for kind in kinds:
        absent = [name for name in needed[kind] if not environ.get(name)]
        if absent:
            raise TradeopsError(f"{' and '.join(absent)} is not set.", remedy=f"See docs/{kind}.md.")
        sender = Sender(live=True, timeout=15.0)
        found[kind] = (
            _telegram(environ, sender).examine() if kind == "telegram" else _discord(environ, sender).examine()
        )
    findings = [one for account in found.values() for one in account.findings]
    if options.format == "json":
        answers = {kind: {"accepted": not one.findings, "facts": one.facts} for kind, one in found.items()}
        say_json({"contacts": answers, "problems": findings_json(findings)})
        return 1 if findings else 0
    for kind, account in found.items():
        if not account.findings:
            shown = ", ".join(f"{name} {value}" for name, value in account.facts.items())
            say(f"{kind}: accepted ({shown})")
    _say(findings)
    return 1 if findings else 0


def _chats(_: Context, __: argparse.Namespace) -> int:
    from ..monitoring.contacts.notify import Sender

    if not os.environ.get(TELEGRAM_TOKEN):
        raise TradeopsError(f"{TELEGRAM_TOKEN} is not set.", remedy="See docs/telegram.md.")
    chats = _telegram(os.environ, Sender(live=True, timeout=15.0)).chats()
    for chat in chats:
        say(f"{chat.get('id')}  {chat.get('type')}  {chat.get('title') or chat.get('first_name') or ''}")
    if not chats:
        say("Nobody wrote to the bot lately: add it to the chat and write /start there, then ask again.")
    return 0 if chats else 1


def _send(context: Context, options: argparse.Namespace) -> int:
    from ..monitoring.contacts import subject
    from ..monitoring.contacts.notify import Sender, request
    from ..monitoring.contacts.proving import test_alert

    kinds = _known(options.kinds) or list(_KINDS)
    alerting = subject.load(context.root, context.settings.monitoring.path)
    sender = Sender(live=True, timeout=15.0)
    notification = test_alert(alerting, secrets.token_hex(4))
    failed = 0
    for kind in kinds:
        receivers = alerting.receivers(kind)
        if not receivers:
            raise TradeopsError(f"No contact point sends to {kind.capitalize()}.", remedy=subject.REMEDY)
        for receiver in receivers:
            out = request(notification, receiver, os.environ)
            delivery = sender.send(out) if out else None
            if delivery is not None:
                say(f"{receiver.uid}: {'sent' if delivery.ok else f'refused, {delivery.status} {delivery.detail}'}")
                failed += not delivery.ok
    return 1 if failed else 0


def _telegram(environ: Mapping[str, str], sender: "Sender") -> "Telegram":
    from ..monitoring.contacts.accounts import Telegram
    from ..monitoring.contacts.notify import TELEGRAM_API, TELEGRAM_API_VARIABLE

    api = environ.get(TELEGRAM_API_VARIABLE) or TELEGRAM_API
    return Telegram(
        environ[TELEGRAM_TOKEN], environ.get(TELEGRAM_CHAT, ""), sender=sender, api=api, where=TELEGRAM_TOKEN
    )


def _discord(environ: Mapping[str, str], sender: "Sender") -> "Discord":
    from ..monitoring.contacts.accounts import Discord

    return Discord(environ[DISCORD_URL], sender=sender, where=DISCORD_URL)


def _known(kinds: list[str]) -> list[str]:
    wrong = [kind for kind in kinds if kind not in _KINDS]
    if wrong:
        raise TradeopsError(f"{wrong[0]!r} is no messenger that is known here.", remedy="Known: telegram, discord.")
    return list(dict.fromkeys(kinds))


def _say(findings: list[Finding]) -> None:
    for one in findings:
        say(f"{one.reason}: {one.message} {one.remedy}".rstrip())

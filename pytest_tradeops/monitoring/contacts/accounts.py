"""Whether a bot and its chat, or a webhook, are what they are configured to be, asked of the messenger itself.

What the messenger says is a finding. Where nothing answers, or something else than the messenger, it is `Unproven`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...exceptions import Inconclusive
from ...model import Finding
from .message import go_json
from .notify import TELEGRAM_API, Delivery, Outgoing, Sender

TELEGRAM_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
_WEBHOOK = re.compile(r"/api(?:/v\d{1,2})?/webhooks/\d{16,20}/[A-Za-z0-9_-]{60,80}/?")
_DISCORD_HOSTS = ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
_MAY_POST = ("creator", "member")


class Unproven(Inconclusive):
    """The messenger could not be asked, or something else answered in its place."""


@dataclass
class Account:
    """What was asked, and what is wrong.

    Attributes:
        calls: Answers that the messenger gave.
        facts: Names and kinds, no credentials and no numbers of people.
    """

    calls: int = 0
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Telegram:
    """A bot, by its token, and one chat.

    Args:
        api: Where the Bot API is.
        where: What the credentials were taken from, for messages.
    """

    def __init__(self, token: str, chat: str, *, sender: Sender, api: str = TELEGRAM_API, where: str = "") -> None:
        self._token = token
        self._chat = chat
        self._sender = sender
        self._api = api.rstrip("/")
        self._where = where

    @property
    def genuine(self) -> bool:
        """Whether it is Telegram itself that is asked."""
        return self._api == TELEGRAM_API

    def examine(self) -> Account:
        """Asks for the bot, the chat, and the bot's place in the chat.

        Raises:
            Unproven: nothing answers, or not Telegram.
        """
        account = Account()
        if not TELEGRAM_TOKEN.fullmatch(self._token):
            told = "The bot's token does not look like one: digits, a colon, 35 characters."
            return self._wrong(account, "telegram: token malformed", told, "Copy it again from @BotFather.")
        me = self._call(account, "getMe")
        if me.status in (401, 404):
            told = f"Telegram does not accept the bot's token: {me.detail}."
            return self._wrong(account, "telegram: token rejected", told, "Get it anew from @BotFather: /token.")
        bot = _result(me)
        account.facts["bot"] = str(bot.get("username", ""))
        if str(bot.get("id")) != self._token.partition(":")[0]:
            return self._wrong(account, "telegram: another bot", "The token belongs to another bot than it names.", "")
        chat = self._call(account, "getChat", chat_id=self._chat)
        found = _result(chat)
        if chat.status != 200:
            told = f"The bot does not find its chat: {chat.detail}."
            remedy = "Add the bot to the chat, and see `tradeops contacts chats` for the chat's number."
            return self._wrong(account, "telegram: chat not found", told, remedy)
        account.facts["chat_type"] = str(found.get("type", ""))
        if self._chat not in (str(found.get("id")), f"@{found.get('username')}"):
            return self._wrong(account, "telegram: another chat", "Telegram answers with another chat.", "")
        member = self._call(account, "getChatMember", chat_id=self._chat, user_id=str(bot["id"]))
        if member.status != 200 or not _may_post(_result(member), str(found.get("type"))):
            told = f"The bot may not post in the chat: {_result(member).get('status') or member.detail}."
            remedy = "Let it send messages there; in a channel it must be an administrator."
            return self._wrong(account, "telegram: bot may not post", told, remedy)
        return account

    def chats(self) -> list[dict[str, Any]]:
        """The chats in which somebody wrote to the bot lately: id, type and title of each, once.

        Raises:
            Unproven: nothing answers, or the token is not accepted.
        """
        updates = self._call(Account(), "getUpdates")
        result = updates.answer.get("result")
        if updates.status != 200 or not isinstance(result, list):
            raise Unproven(f"Telegram does not say who wrote to the bot: {updates.detail}.")
        found: dict[Any, dict[str, Any]] = {}
        for update in result:
            for value in update.values() if isinstance(update, dict) else ():
                chat = value.get("chat") if isinstance(value, dict) else None
                if isinstance(chat, dict):
                    found[chat.get("id")] = chat
        return list(found.values())

    def read_back(self, account: Account, sent: Delivery, text: str) -> None:
        """Finds a delivered message by its id: forwards it to its own chat, and deletes the copy again."""
        number = _result(sent).get("message_id")
        copy = self._call(
            account, "forwardMessage", chat_id=self._chat, from_chat_id=self._chat, message_id=str(number)
        )
        shown = _result(copy)
        if copy.status != 200 or text not in str(shown.get("text", "")):
            told = f"Telegram said that the alert was delivered, and does not find it: {copy.detail}."
            self._wrong(account, "telegram: message not found", told, "See in the chat itself whether it is there.")
            return
        # The message stays, as a proof for people; its copy only served to find it.
        self._call(account, "deleteMessage", chat_id=self._chat, message_id=str(shown.get("message_id")))

    def _call(self, account: Account, method: str, **arguments: str) -> Delivery:
        url = f"{self._api}/bot{self._token}/{method}"
        delivery = self._sender.send(Outgoing(url, go_json(arguments), "application/json", "Telegram"))
        _proven(delivery, "Telegram", "ok")
        account.calls += 1
        return delivery

    def _wrong(self, account: Account, reason: str, told: str, remedy: str) -> Account:
        account.findings.append(Finding(reason, told, self._where, remedy))
        return account


class Discord:
    """A webhook, by its address."""

    def __init__(self, url: str, *, sender: Sender, where: str = "") -> None:
        self._url = url.strip()
        self._sender = sender
        self._where = where

    @property
    def genuine(self) -> bool:
        """Whether it is Discord itself that is asked."""
        return urlsplit(self._url).hostname in _DISCORD_HOSTS

    @property
    def waiting(self) -> str:
        """The address with which Discord answers with the message, and so with its id."""
        return f"{self._url}?wait=true"

    def examine(self) -> Account:
        """Looks at the webhook, without sending.

        Raises:
            Unproven: nothing answers, or not Discord.
        """
        account = Account()
        if not _webhook(self._url):
            told = "The address does not look like that of a webhook: https://discord.com/api/webhooks/NUMBER/TOKEN."
            return self._wrong(account, "discord: webhook malformed", told, "Copy it again: Integrations, Webhooks.")
        there = self._ask(account, "GET", self._url)
        if there.status != 200:
            told = f"Discord does not know the webhook: {there.detail}."
            remedy = "Make a new one in the channel's settings: Integrations, Webhooks."
            return self._wrong(account, "discord: webhook rejected", told, remedy)
        account.facts["webhook_type"] = there.answer.get("type")
        return account

    def read_back(self, account: Account, sent: Delivery, text: str) -> None:
        """Finds a delivered message by its id."""
        found = self._ask(account, "GET", f"{self._url}/messages/{sent.answer.get('id')}")
        if found.status != 200 or text not in str(found.answer.get("content", "")):
            told = f"Discord said that the alert was delivered, and does not find it: {found.detail}."
            self._wrong(account, "discord: message not found", told, "See in the channel itself whether it is there.")

    def _ask(self, account: Account, method: str, url: str) -> Delivery:
        delivery = self._sender.send(Outgoing(url, b"", "", "Discord", method))
        _proven(delivery, "Discord", "id", "code")
        account.calls += 1
        return delivery

    def _wrong(self, account: Account, reason: str, told: str, remedy: str) -> Account:
        account.findings.append(Finding(reason, told, self._where, remedy))
        return account


def _proven(delivery: Delivery, who: str, *keys: str) -> None:
    """Nothing, if it is the messenger that answers, and answers the question."""
    if delivery.status == 429 or delivery.status >= 500 or delivery.status == 0:
        raise Unproven(f"{who} cannot be asked: {delivery.status or ''} {delivery.detail}.".replace(":  ", ": "))
    if not any(key in delivery.answer for key in keys):
        raise Unproven(f"Something else than {who} answers: {delivery.status} {delivery.detail}.")


def _result(delivery: Delivery) -> Mapping[str, Any]:
    result = delivery.answer.get("result")
    return result if isinstance(result, dict) else {}


def _may_post(member: Mapping[str, Any], chat: str) -> bool:
    status = member.get("status")
    if status == "administrator":
        return chat != "channel" or member.get("can_post_messages") is True
    if status == "restricted":
        return member.get("is_member") is True and member.get("can_send_messages") is True
    return status in _MAY_POST and (chat != "channel" or status == "creator")


def _webhook(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    known = parts.scheme == "https" and host in _DISCORD_HOSTS
    loopback = parts.scheme == "http" and host == "127.0.0.1"
    return (known or loopback) and not parts.query and bool(_WEBHOOK.fullmatch(parts.path))

"""Discord's incoming webhooks on loopback, as strict as discord.com: limits, addresses, error codes, rate limits.

A webhook can be executed, looked at, and its messages read back and deleted. Without `wait=true` Discord answers 204
and names no id. Not here: threads, editing, components. The error bodies are those of API version 8 and later.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..loopback.server import LoopbackServer, Refused, Request, Response, Served
from .anything import Anything
from .discord_limits import FILES, empty, errors, nested
from .faults import Faults, Refusing
from .forms import File, FormError, media_type, multipart, urlencoded
from .inbox import Refusal
from .messages import MessageInbox

_PATH = re.compile(r"/api(?:/v(?:[6-9]|10))?/webhooks/([^/]+)/([^/]+)(?:/messages/([^/]+))?/?")
_LARGEST_BODY = 11 << 20
_EPOCH = 1420070400.0
_BUCKET = "80c17d2f203122d936070c88c8d10f33"


@dataclass(frozen=True)
class DiscordMessage:
    """A message as its readers see it.

    Attributes:
        embeds: As they were sent.
        request: The whole message as it was sent.
    """

    id: str
    content: str
    embeds: tuple[dict[str, Any], ...] = ()
    username: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()

    def mentions(self, text: str) -> bool:
        return text in self.content or any(text in json.dumps(one, ensure_ascii=False) for one in self.embeds)

    def __str__(self) -> str:
        titles = [str(one.get("title", "")) for one in self.embeds]
        return repr((self.content or " ".join(titles))[:80])


class DiscordInbox(Served, MessageInbox[DiscordMessage]):
    """A Discord with one webhook. A context manager.

    Attributes:
        faults: What may go wrong: `rate_limit_next`, `refuse_next`, `hang_next`, `revoke`, `lose`, `forget`.
        server: The HTTP server below, with every exchange.
    """

    def __init__(self) -> None:
        methods = ("GET", "POST", "DELETE", "PATCH", "PUT")
        self.server = LoopbackServer([Anything(one, self._answer) for one in methods], max_body=_LARGEST_BODY)
        super().__init__("discord", self.server)
        self.faults = Faults(self.server)
        self.id = _snowflake()
        self.token = secrets.token_urlsafe(51)[:68]
        self.channel_id, self.guild_id = _snowflake(), _snowflake()
        self._known: dict[str, DiscordMessage] = {}

    @property
    def url(self) -> str:
        """The webhook's address, as it goes into settings."""
        return f"{self.server.url}/api/webhooks/{self.id}/{self.token}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the bot's own monitoring: the webhook, and no proxy in front of loopback."""
        return {"TRADEOPS_DISCORD_WEBHOOK_URL": self.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    def clear(self) -> None:
        """Forgets everything that was received and refused."""
        super().clear()
        self.server.clear()

    def _answer(self, request: Request) -> Response:
        try:
            fault = self.faults.take()
            if fault is not None:
                raise Refused(_fault(fault))
            return self._routed(request)
        except Refused as refused:
            body = refused.response.body.decode() or "connection closed"
            self.note(Refusal(refused.response.status, body))
            raise

    def _routed(self, request: Request) -> Response:
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise _refused(404, "404: Not Found", 0)
        webhook, token, message = found.groups()
        if not (webhook.isascii() and webhook.isdigit() and len(webhook) <= 20):
            told = f'Value "{webhook[:40]}" is not snowflake.'
            raise _invalid([(("webhook_id",), "NUMBER_TYPE_COERCE", told)])
        if webhook != self.id or self.faults.revoked:
            # A deleted webhook is unknown, whatever the token.
            raise _refused(404, "Unknown Webhook", 10015)
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            raise _refused(401, "Invalid Webhook Token", 50027)
        match request.method, message:
            case "POST", None:
                return self._execute(request)
            case "GET", None:
                return Response.json(self._webhook(), headers=_limits())
            case "GET", str(number):
                return Response.json(self._json(self._message(number)), headers=_limits())
            case "DELETE", str(number):
                one = self._message(number)
                del self._known[number]
                self.discard(one)
                return Response(204, headers=_limits())
        raise _refused(405, "405: Method Not Allowed", 0)

    def _execute(self, request: Request) -> Response:
        message, files = _body(request)
        found = errors(message)
        if found:
            raise _invalid(found)
        if len(files) > FILES:
            raise _invalid([(("files",), "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")])
        if request.query.get("thread_id"):
            raise _refused(404, "Unknown Channel", 10003)
        if message.get("thread_name"):
            raise _refused(400, "Webhooks can only create threads in forum channels", 220003)
        if empty(message, len(files)):
            raise _refused(400, "Cannot send an empty message", 50006)
        kept = DiscordMessage(
            id=_snowflake(),
            content=str(message.get("content") or "").strip(),
            embeds=tuple(message.get("embeds") or ()),
            username=str(message.get("username") or "tradeops"),
            request=message,
            files=files,
        )
        if self.faults.keeping != "lost":
            self._known[kept.id] = kept
            self.keep(kept)
        if request.query.get("wait", "").lower() in ("true", "1"):
            return Response.json(self._json(kept), headers=_limits())
        return Response(204, headers=_limits())

    def _message(self, number: str) -> DiscordMessage:
        if number not in self._known or self.faults.keeping == "unreadable":
            raise _refused(404, "Unknown Message", 10008)
        return self._known[number]

    def _webhook(self) -> dict[str, Any]:
        place = {"channel_id": self.channel_id, "guild_id": self.guild_id}
        own = {"id": self.id, "name": "tradeops", "type": 1, "token": self.token, "url": self.url}
        return {"application_id": None, "avatar": None, **place, **own}

    def _json(self, message: DiscordMessage) -> dict[str, Any]:
        files = [
            {"id": _snowflake(), "filename": one.name, "size": len(one.data), "content_type": one.media_type}
            for one in message.files
        ]
        return {
            "id": message.id,
            "type": 0,
            "content": message.content,
            "channel_id": self.channel_id,
            "author": {"id": self.id, "bot": True, "username": message.username, "discriminator": "0000"},
            "embeds": list(message.embeds),
            "attachments": files,
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "pinned": False,
            "tts": bool(message.request.get("tts")),
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "flags": 0,
            "components": [],
            "webhook_id": self.id,
        }


def _body(request: Request) -> tuple[Mapping[str, Any], tuple[File, ...]]:
    kind = media_type(request)
    try:
        if kind == "multipart/form-data":
            form = multipart(request)
            given = form.fields.get("payload_json")
            fields: Any = {name: value.decode() for name, value in form.fields.items()}
            message = _json_object(given) if given is not None else fields
            return message, tuple(form.files.values())
        if kind == "application/x-www-form-urlencoded":
            form = urlencoded(request.body)
            given = form.fields.get("payload_json")
            return _json_object(given) if given else {k: v.decode() for k, v in form.fields.items()}, ()
        if kind == "application/json":
            return _json_object(request.body), ()
    except (FormError, UnicodeDecodeError):
        raise _refused(400, "The request body contains invalid JSON.", 50109) from None
    allowed = "{'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'}"
    raise _refused(400, f'Expected "Content-Type" header to be one of {allowed}.', 50035)


def _json_object(body: bytes) -> Mapping[str, Any]:
    if not body:
        return {}
    try:
        message = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _refused(400, "The request body contains invalid JSON.", 50109) from None
    if not isinstance(message, dict):
        raise _invalid([((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")])
    return message


def _fault(fault: Refusing) -> Response:
    if fault.status == 0:
        return Response.hang_up()
    if fault.status == 429:
        after = max(fault.retry_after, 0.001)
        body = {"message": "You are being rate limited.", "retry_after": round(after, 3), "global": False}
        headers = {
            **_limits(remaining=0, after=after),
            "Retry-After": str(max(1, round(after))),
            "X-RateLimit-Scope": "user",
        }
        return Response.json(body, 429, headers)
    told = "500: Internal Server Error" if fault.status >= 500 else "refused on purpose"
    return _refused(fault.status, told, 0).response


def _limits(remaining: int = 4, after: float = 1.0) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + after:.3f}",
        "X-RateLimit-Reset-After": f"{after:.3f}",
        "X-RateLimit-Bucket": _BUCKET,
    }


def _refused(status: int, message: str, code: int) -> Refused:
    return Refused(Response.json({"message": message, "code": code}, status, _limits()))


def _invalid(found: list[tuple[tuple[str, ...], str, str]]) -> Refused:
    body = {"message": "Invalid Form Body", "code": 50035, "errors": nested(found)}
    return Refused(Response.json(body, 400, _limits()))


def _snowflake() -> str:
    """An id of Discord's kind: milliseconds since 2015, and some bits that tell two of them apart."""
    return str(int((time.time() - _EPOCH) * 1000) << 22 | secrets.randbelow(1 << 22))

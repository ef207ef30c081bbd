"""The requests that Grafana sends to Telegram and Discord for a notification, byte for byte as version 9.4 does.

HTML is not escaped, as Grafana does not: what Telegram refuses from Grafana it refuses from here.
"""

import base64
import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ...exceptions import TradeopsError
from ..alerts import Notification
from .message import Rendered, Source, cut, go_json, rendered
from .points import ContactPoint, Receiver

TELEGRAM_API = "https://api.telegram.org"
#: Where the Bot API is, if not at Telegram: a server of one's own, or a stand-in.
TELEGRAM_API_VARIABLE = "TRADEOPS_TELEGRAM_API_URL"
_LONGEST_ANSWER = 1 << 20
_TELEGRAM_LONGEST, _DISCORD_LONGEST = 4096, 2000
_FIRING, _RESOLVED = 0xD63232, 0x36A64F
_ICON = "https://grafana.com/static/assets/img/fav32.png"
_PARSE_MODES = {"markdown": "Markdown", "markdownv2": "MarkdownV2", "html": "HTML", "none": ""}
_SUPPORTED = ("telegram", "discord")


class NotSendable(TradeopsError):
    """A receiver that Grafana would not send to, or that this cannot."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. Its address is a credential, so it is not in what is printed.

    Attributes:
        shown: Which receiver it is for, for messages.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str = field(repr=False)
    shown: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one request.

    Attributes:
        status: Of HTTP; 0 without an answer.
        detail: The receiver's own words, or why there was no answer. Never a credential.
        answer: The body as JSON, empty if it is none.
    """

    status: int
    detail: str
    shown: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Grafana looks at nothing but the status: any 2xx is a success."""
        return 200 <= self.status < 300


def supported(receiver: Receiver) -> bool:
    """Whether this can send to receivers of that type."""
    return receiver.type in _SUPPORTED


def outgoing(
    notification: Notification,
    point: ContactPoint,
    environ: Mapping[str, str],
    source: Source | None = None,
) -> tuple[Outgoing, ...]:
    """The requests of all integrations of a contact point that get this notification.

    Args:
        environ: Where the variables in the settings are taken from, and `TRADEOPS_TELEGRAM_API_URL`.

    Raises:
        NotSendable: a setting is missing that Grafana does not start without, or the type is neither of the two.
        TemplateUnknown: it has a template of its own.
    """
    found = (request(notification, one, environ, source) for one in point.receivers)
    return tuple(one for one in found if one is not None)


def request(
    notification: Notification, receiver: Receiver, environ: Mapping[str, str], source: Source | None = None
) -> Outgoing | None:
    """The request to one integration; None if it is not told, since all is resolved and it wants to hear of no such."""
    source = source or Source()
    if not supported(receiver):
        raise NotSendable(f"A receiver of type {receiver.type!r} cannot be sent to from here ({receiver.where}).")
    used = receiver.filled(environ)
    if used.missing:
        raise NotSendable(
            f"A {used.type} receiver has no {used.missing[0]!r} ({receiver.where}).",
            remedy=f"Set {', '.join(receiver.variables)}." if receiver.variables else "Name a variable there.",
        )
    if not receiver.resolves:
        firing = tuple(one for one in notification.alerts if one.status == "firing")
        if not firing:
            return None
        notification = Notification(notification.at, notification.receiver, "firing", firing, notification.group_labels)
    text = rendered(notification, source)
    if used.type == "telegram":
        return _telegram(text, used, environ.get(TELEGRAM_API_VARIABLE) or TELEGRAM_API)
    return _discord(text, used, notification.status, source)


def _telegram(text: Rendered, receiver: Receiver, api: str) -> Outgoing:
    settings = receiver.settings
    message = cut(text.fill(settings.get("message"), '{{ template "default.message" . }}'), _TELEGRAM_LONGEST)
    mode = _PARSE_MODES.get(str(settings.get("parse_mode") or "html").lower())
    if mode is None:
        raise NotSendable(f"parse_mode must be Markdown, MarkdownV2, HTML or None ({receiver.where}).")
    fields = {"chat_id": str(settings["chatid"])}
    if settings.get("message_thread_id"):
        fields["message_thread_id"] = str(settings["message_thread_id"])
    if settings.get("disable_notifications") is True:
        fields["disable_notification"] = "true"
    fields["text"] = message
    fields |= {"parse_mode": mode} if mode else {}
    for name in ("disable_web_page_preview", "protect_content"):
        fields |= {name: "true"} if settings.get(name) is True else {}
    boundary = secrets.token_hex(30)
    return Outgoing(
        url=f"{api.rstrip('/')}/bot{settings['bottoken']}/sendMessage",
        body=multipart(fields, boundary),
        content_type=f"multipart/form-data; boundary={boundary}",
        shown=receiver.where or "telegram",
    )


def multipart(fields: Mapping[str, str], boundary: str) -> bytes:
    """A form as Go's `multipart.Writer` writes it."""
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return (f"{''.join(parts)}--{boundary}--\r\n").encode("utf-8", "replace")


def _discord(text: Rendered, receiver: Receiver, status: str, source: Source) -> Outgoing:
    settings = receiver.settings
    message = cut(text.fill(settings.get("message"), '{{ template "default.message" . }}'), _DISCORD_LONGEST)
    body: dict[str, Any] = {} if settings.get("use_discord_username") is True else {"username": "Grafana"}
    body["content"] = message
    body |= {"avatar_url": str(settings["avatar_url"])} if settings.get("avatar_url") else {}
    body["embeds"] = [
        {
            "title": text.fill(settings.get("title"), '{{ template "default.title" . }}'),
            "type": "rich",
            "url": source.address("/alerting/list"),
            "color": _FIRING if status == "firing" else _RESOLVED,
            "footer": {"text": f"Grafana v{source.version}", "icon_url": _ICON},
        }
    ]
    return Outgoing(str(settings["url"]), go_json(body), "application/json", receiver.where or "discord")


class Sender:
    """Sends over the wire, to loopback only unless it is told that the credentials are real ones.

    Args:
        live: Whether other hosts may be reached. Everything else is refused before a socket is opened.
        timeout: Seconds for one request.
    """

    def __init__(self, *, live: bool = False, timeout: float = 30.0) -> None:
        self._live = live
        self._timeout = timeout

    def send(self, out: Outgoing) -> Delivery:
        """One attempt. Never raises for what the other side does.

        Raises:
            NotSendable: the address is none, or not on loopback and `live` is not set.
        """
        try:
            parts = urlsplit(out.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host or not out.url.isascii() or _spaced(out.url):
            raise NotSendable(f"The address of {out.shown} is no http(s) URL.", remedy="Set the variable anew.")
        if not _loopback(host) and (not self._live or parts.scheme != "https"):
            raise NotSendable(
                f"{out.shown} is not on loopback, and nothing was sent.",
                remedy="Only checks with credentials of your own, over https, send to the real service.",
            )
        try:
            connection = self._connect(parts.scheme, host, port)
        except (ValueError, http.client.InvalidURL):
            return Delivery(0, "no answer: the address of the proxy cannot be read", out.shown)
        try:
            # The headers of Grafana, in its order.
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.putrequest(out.method, target or "/", skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", parts.netloc.rpartition("@")[2])
            connection.putheader("User-Agent", "Grafana")
            if out.body:
                connection.putheader("Content-Length", str(len(out.body)))
                connection.putheader("Content-Type", out.content_type)
            connection.putheader("Accept-Encoding", "gzip")
            connection.endheaders(out.body or None)
            response = connection.getresponse()
            return _delivery(response.status, _read(response), out)
        except (OSError, http.client.HTTPException) as error:
            return Delivery(0, _no_answer(error), out.shown)
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        """By the proxy that the environment names, as Grafana does; never to loopback."""
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        context = ssl.create_default_context()
        proxy = urlsplit("" if _loopback(host) or proxy_bypass(host) else getproxies().get("https", ""))
        if not proxy.hostname:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=self._timeout, context=context)
        headers = {}
        if proxy.username:
            pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        connection.set_tunnel(host, port, headers)
        return connection


def _read(response: http.client.HTTPResponse) -> bytes:
    body = response.read(_LONGEST_ANSWER)
    if response.getheader("Content-Encoding", "").lower() != "gzip":
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _LONGEST_ANSWER)
    except zlib.error:
        return b""


def _delivery(status: int, body: bytes, out: Outgoing) -> Delivery:
    try:
        answer = json.loads(body.decode()) if body else {}
    except (ValueError, RecursionError):
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    told = answer.get("description") or answer.get("message") or http.client.responses.get(status, "")
    errors = f" {json.dumps(answer['errors'])[:300]}" if isinstance(answer.get("errors"), dict) else ""
    return Delivery(status, f"{told}{errors}", out.shown, answer)


def _no_answer(error: Exception) -> str:
    """Without the address, which some errors quote."""
    if isinstance(error, socket.gaierror):
        return "the host's name cannot be resolved"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"no answer: {type(error).__name__}"


def _spaced(url: str) -> bool:
    return any(character.isspace() or not character.isprintable() for character in url)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""JSON over HTTP to an API that takes a token: one deadline for a call, bounded answers, no redirect, one host.

A token must reach nobody but the host that it is for. So nothing is sent in the clear except to loopback, redirects are
not followed, and a next page on another host is refused. What the other side says is repeated without the token.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from ..exceptions import ConfigError, Inconclusive
from .transport import NoAnswer, Place, Reply, exchange, is_loopback

#: Bytes of one answer; a page of events is far below.
LARGEST = 8 << 20
#: So many pages of one list are read; more are no list that a person keeps.
MAX_PAGES = 50
#: Seconds that a server may ask for with 429, once; longer is an answer by itself.
PATIENCE = 10.0
_CUT = 200
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w-]+=\"[^\"]*\")*)")
_PARAMETER = re.compile(r"([\w-]+)=\"([^\"]*)\"")

type Kind = Literal[
    "unauthorized", "forbidden", "missing", "busy", "failing", "rejected", "moved", "foreign", "timeout", "unreachable"
]


class RestError(Inconclusive):
    """A call that brought no answer to go by: nothing is known, unless the caller knows better.

    Attributes:
        kind: `unauthorized` (401), `forbidden` (403), `missing` (404, 410), `busy` (429), `failing` (5xx), `rejected`
            (any other 4xx), `moved` (3xx), `foreign` (no JSON, too large, another host), `timeout`, `unreachable`.
        status: Of the answer; 0 without one.
        data: The answer's JSON; None without one.
    """

    def __init__(self, message: str, *, kind: Kind, status: int = 0, data: Any = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind
        self.status = status
        self.data = data


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        data: JSON; None for an empty body.
        headers: Lower-case name to value.
    """

    status: int
    data: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Rest:
    """Calls to one API, each on a connection of its own.

    Args:
        base: `https://host`, or with the path that the API is mounted at; http on loopback only.
        name: Who is asked, for messages: `Sentry`.
        token: Sent as `Authorization: Bearer`, and in no message.
        token_name: The variable that it came from, for remedies.
        timeout: Seconds for one call, with whatever waiting a 429 asks for.
        sleep: Waits; a test gives its own.

    Raises:
        ConfigError: the address is none that a token may be sent to.
    """

    def __init__(
        self,
        base: str,
        *,
        name: str,
        token: str,
        token_name: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base.rstrip("/")
        self.name = name
        self._place, self._path = _place(base, name)
        self._token = token
        self._token_name = token_name
        self._headers = {"User-Agent": "pytest-tradeops", "Accept": "application/json", **(headers or {})}
        if token:
            if not token.isascii() or not token.isprintable() or " " in token:
                raise ConfigError(f"{token_name} holds characters that no token has.", remedy="Copy it anew.")
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout
        self._sleep = sleep

    @property
    def host(self) -> str:
        """Whom the token is sent to."""
        return self._place.host

    @property
    def local(self) -> bool:
        """Whether the API is on this machine."""
        return self._place.is_loopback

    def call(self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None) -> Answer:
        """One call.

        Args:
            path: From the base on, each part quoted, with a leading slash.
            body: JSON; None for none.

        Raises:
            RestError: the answer's status is not 2xx, it is no JSON, or there is none.
        """
        deadline = time.monotonic() + self._timeout
        target = path + (f"?{urlencode(query)}" if query else "")
        while True:
            reply = self._exchange(method, target, body, deadline)
            if reply.status != 429:
                return self._judged(method, path, reply)
            asked = _retry_after(reply.headers)
            if asked > min(PATIENCE, deadline - time.monotonic()):
                wait = f"asks to wait {asked:.0f} s" if asked < 1e6 else "does not say for how long"
                raise self._error(
                    f"{self.name} has had too many requests and {wait}", "busy", 429, remedy="Run again later."
                )
            self._sleep(asked)

    def pages(self, path: str, *, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """Every entry of a list, page by page, as the `Link` header leads.

        Raises:
            RestError: as `call`, and where a page is no list, the next one is elsewhere, or there is no end.
        """
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            answer = self.call("GET", path, query=query)
            if not isinstance(answer.data, list):
                raise self._foreign(f"GET {path}", "with something else than a list", answer.status)
            yield from answer.data
            cursor = self._next(answer.headers.get("link", ""))
            if cursor is None:
                return
            if cursor in seen:
                raise self._foreign(f"GET {path}", "with one page again and again", answer.status)
            seen.add(cursor)
            query = {**(query or {}), "cursor": cursor}
        raise self._foreign(f"GET {path}", f"with more than {MAX_PAGES} pages", 200)

    def clean(self, text: str) -> str:
        """`text` on one line, cut, and without the token: servers repeat what they were sent."""
        return " ".join((text.replace(self._token, "[redacted]") if self._token else text).split())[:_CUT]

    def _next(self, header: str) -> str | None:
        """The cursor of the next page; None on the last one.

        Raises:
            RestError: the next page is on another host.
        """
        for url, parameters in _LINK.findall(header):
            given: dict[str, str] = dict(_PARAMETER.findall(parameters))
            cursor = given.get("cursor")
            if given.get("rel") != "next" or given.get("results") == "false" or not cursor:
                continue
            parts = urlsplit(url)
            if parts.netloc and (parts.hostname or "").lower() != self.host:
                raise self._foreign("a list", "with a next page on another host", 200)
            return cursor
        return None

    def _exchange(self, method: str, target: str, body: Any, deadline: float) -> Reply:
        payload = None if body is None else json.dumps(body).encode()
        sent = {**self._headers, **({"Content-Type": "application/json"} if payload else {})}
        what = f"{method} {target.partition('?')[0]}"
        left = deadline - time.monotonic()
        try:
            return exchange(self._place, method, self._path + target, sent, payload, timeout=left, longest=LARGEST)
        except NoAnswer as error:
            if error.kind == "long":
                raise self._foreign(what, f"with more than {LARGEST >> 20} MB", error.status) from None
            if error.kind == "late":
                message = f"{self.name} at {self.host} did not answer {what} within {self._timeout:g} s"
                raise self._error(message, "timeout", remedy="Run again when it answers.") from None
            message = f"{self.name} cannot be reached: {self.host} {error}"
            raise self._error(message, "unreachable", remedy="Run again where it can be.") from None

    def _judged(self, method: str, path: str, reply: Reply) -> Answer:
        what, status, headers = f"{method} {path}", reply.status, reply.headers
        if 300 <= status < 400:
            host = urlsplit(headers.get("location", "")).hostname or self.host
            message = f"{self.name} at {self.host} leads {what} on to {self.clean(host)}, and the token stays here"
            raise self._error(message, "moved", status, remedy="Correct the address, or the names in it.")
        try:
            data = json.loads(reply.body.decode("utf-8")) if reply.body.strip() else None
        except (ValueError, RecursionError):
            data, broken = None, True
        else:
            broken = False
        if status < 300 and broken:
            raise self._foreign(what, "and no JSON", status)
        if status < 300:
            return Answer(status, data, headers)
        said = self.clean(words(data))
        if status == 401:
            message = f"{self.name} at {self.host} does not accept the token ({said})"
            raise self._error(message, "unauthorized", status, data, f"Make a new one, and set {self._token_name}.")
        if status == 403:
            message = f"{self.name} at {self.host} does not let this token do {what} ({said})"
            raise self._error(message, "forbidden", status, data, "Give it the scope that this needs.")
        if status in (404, 410):
            message = f"{self.name} at {self.host} does not know {path}, or not for this token ({said})"
            raise self._error(message, "missing", status, data, "Correct the names in the settings.")
        if status >= 500:
            message = f"{self.name} at {self.host} fails at {what} with HTTP {status}"
            raise self._error(message, "failing", status, data, "Run again when it is well.")
        message = f"{self.name} at {self.host} refused {what} with HTTP {status}: {said}"
        raise self._error(message, "rejected", status, data)

    def _foreign(self, what: str, how: str, status: int) -> RestError:
        message = f"{self.name} at {self.host} answered {what} {how} (HTTP {status})"
        return self._error(message, "foreign", status, remedy=f"See whether that host is {self.name}.")

    def _error(self, message: str, kind: Kind, status: int = 0, data: Any = None, remedy: str = "") -> RestError:
        return RestError(f"{message}.", kind=kind, status=status, data=data, remedy=remedy)


def words(data: Any) -> str:
    """What a refusal says for itself: `detail`, a message, or the first complaint about a field; never blank."""
    lines = (" ".join(said.split()).strip(" .;") for said in _sayings(data))
    return next(filter(None, lines), "no reason given")


def _sayings(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key in ("detail", "message", "error"):
            said = data.get(key)
            if isinstance(said, Mapping):
                said = said.get("message") or said.get("code")
            if isinstance(said, str):
                yield said
    yield "; ".join(_texts(data))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return [f"{key}: {text}" for key, one in list(value.items())[:5] for text in _texts(one)]
    return [text for one in value[:5] for text in _texts(one)] if isinstance(value, list) else []


def _place(base: str, name: str) -> tuple[Place, str]:
    try:
        parts = urlsplit(base)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or not base.isascii() or any(one.isspace() for one in base):
        raise ConfigError(f"The address of {name} is no http(s) URL.", remedy="Write it as https://host.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            f"The address of {name} holds more than a host and a path.", remedy="Leave out credentials and query."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(f"The address of {name} would send the token in the clear.", remedy="Write it as https://.")
    return Place(parts.scheme, host, port), parts.path.rstrip("/")


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; Sentry says when its window ends instead of how long that is. Endless where nothing is said."""
    for name, since in (("retry-after", 0.0), ("x-sentry-rate-limit-reset", time.time())):
        try:
            asked = float(headers.get(name, ""))
        except ValueError:
            continue  # `Retry-After` may also be a date: then it is not worth waiting for
        if asked == asked:
            return max(asked - since, 0.0)
    return float("inf")

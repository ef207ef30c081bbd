"""What an error tracker has, asked of its API: the project, its keys, an event by its id.

`flush()` of the SDK returns nothing and an id is made by the client, so neither proves that an event arrived. Only the
server does. Sentry (https://docs.sentry.io/api/) and Bugsink (`/api/canonical/0/`) answer differently; what is made of
their answers is the same.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from ...exceptions import ConfigError, Inconclusive
from ..rest import MAX_PAGES, Rest, RestError
from .dsn import Dsn, parse

TOKEN = "TRADEOPS_SENTRY_TOKEN"  # noqa: S105 - the variable's name
DSN = "SENTRY_DSN"
_TABLE = "[tool.tradeops.sentry]"
_PACE, _SLOWEST = 0.1, 2.0
#: How often an event is asked for at least, however slow each answer is.
_AT_LEAST = 3
#: Issues of Bugsink that are looked through, the last seen first: an event that came just now is in the first.
_ISSUES = 20


class Configured(Protocol):
    """Which server, and what of it; see `[tool.tradeops.sentry]`."""

    @property
    def kind(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def organization(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def token(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the server has it; `status` is `active` where events are taken."""

    id: str
    slug: str
    status: str = "active"


@dataclass(frozen=True, slots=True)
class Key:
    """One client key. `dsn` is None where the server names none that can be read."""

    public: str = field(repr=False)
    active: bool
    dsn: Dsn | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event.

    Attributes:
        event_id: 32 hex digits, as the SDK returned it.
        project: The project's number.
        text: Title, message and every exception's `Type: value`, a line each.
        raw: The event as the API has it.
    """

    event_id: str
    project: str
    text: str
    release: str
    tags: Mapping[str, str]
    raw: Mapping[str, Any] = field(repr=False)


class Lookup(Protocol):
    """What is asked of a server."""

    name: str
    rest: Rest

    def project(self) -> Project:
        """The configured project."""

    def client_keys(self) -> tuple[Key, ...]:
        """All of its client keys."""

    def event(self, event_id: str) -> Event | None:
        """The stored event of that id; None if there is none, or none yet."""


class SentryApi:
    """Sentry's own API; needs the scope `project:read`, which event look-ups take as well."""

    name = "Sentry"

    def __init__(self, rest: Rest, organization: str, project: str) -> None:
        self.rest = rest
        #: Path of the project, with a trailing slash: without it Sentry redirects.
        self.path = f"/api/0/projects/{quote(organization, safe='')}/{quote(project, safe='')}/"

    def project(self) -> Project:
        found = _mapping(self.rest.call("GET", self.path).data)
        identifier, slug = str(found.get("id", "")), str(found.get("slug", ""))
        if not identifier:
            raise _unlike(self, "a project")
        return Project(identifier, slug, str(found.get("status", "")))

    def client_keys(self) -> tuple[Key, ...]:
        return tuple(_key(_mapping(one)) for one in self.rest.pages(f"{self.path}keys/"))

    def event(self, event_id: str) -> Event | None:
        try:
            found = _mapping(self.rest.call("GET", f"{self.path}events/{_hex(event_id)}/").data)
        except RestError as error:
            if error.kind == "missing":
                return None
            raise
        entries = [_mapping(one) for one in _list(found.get("entries"))]
        values = [one for entry in entries if entry.get("type") == "exception" for one in _values(entry.get("data"))]
        release = found.get("release")
        return Event(
            event_id=_hex(str(found.get("eventID") or found.get("id") or "")),
            project=str(found.get("projectID", "")),
            text=_text(found.get("title"), found.get("message"), values),
            release=str(_mapping(release).get("version", "")) if isinstance(release, Mapping) else str(release or ""),
            tags={str(one.get("key")): str(one.get("value")) for one in map(_mapping, _list(found.get("tags")))},
            raw=found,
        )


class BugsinkApi:
    """Bugsink's API, as of version 2: an event has an id of Bugsink's own, and is found through its issue."""

    name = "Bugsink"
    _BASE = "/api/canonical/0"

    def __init__(self, rest: Rest, project: str) -> None:
        self.rest = rest
        self._named = project

    def project(self) -> Project:
        found = self._found()
        return Project(str(found["id"]), str(found.get("slug", "")))

    def client_keys(self) -> tuple[Key, ...]:
        """The one that it has; it cannot be turned off."""
        dsn = parse(str(self._found().get("dsn", "")))
        return (Key(dsn.key, True, dsn),) if dsn else ()

    def event(self, event_id: str) -> Event | None:
        wanted, number = _hex(event_id), str(self._found()["id"])
        recent = {"project": number, "sort": "last_seen", "order": "desc"}
        for seen, issue in enumerate(self._pages("/issues/", recent)):
            if seen >= _ISSUES:
                return None
            for event in self._pages("/events/", {"issue": str(issue.get("id"))}):
                if _hex(str(event.get("event_id"))) == wanted:
                    return self._detail(str(event.get("id")))
        return None

    def _detail(self, identifier: str) -> Event:
        found = _mapping(self.rest.call("GET", f"{self._BASE}/events/{quote(identifier, safe='')}/").data)
        data = _mapping(found.get("data"))
        tags = data.get("tags")
        pairs = tags.items() if isinstance(tags, Mapping) else [one[:2] for one in _list(tags) if len(_list(one)) == 2]
        logged = _mapping(data.get("logentry"))
        message = data.get("message") or logged.get("formatted") or logged.get("message")
        return Event(
            event_id=_hex(str(found.get("event_id"))),
            project=str(found.get("project", "")),
            text=_text("", message, _values(data.get("exception"))),
            release=str(data.get("release") or ""),
            tags={str(name): str(value) for name, value in pairs},
            raw=data,
        )

    def _found(self) -> Mapping[str, Any]:
        if self._named.isdigit():
            found = _mapping(self.rest.call("GET", f"{self._BASE}/projects/{self._named}/").data)
        else:
            every = self._pages("/projects/", {})
            found = next((one for one in every if self._named in (one.get("slug"), one.get("name"))), {})
            if not found:
                raise Inconclusive(
                    f"Bugsink at {self.rest.host} has no project {self._named!r}, or not for this token.",
                    remedy=f"Correct `project` in {_TABLE}.",
                )
        if "id" not in found:
            raise _unlike(self, "a project")
        return found

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Its lists come in pages of 250, each naming the next; only the cursor of that address is used."""
        for _ in range(MAX_PAGES):
            answer = _mapping(self.rest.call("GET", self._BASE + path, query=query).data)
            yield from map(_mapping, _list(answer.get("results")))
            following = dict(parse_qsl(urlsplit(str(answer.get("next") or "")).query)).get("cursor")
            if not following:
                return
            query = {**query, "cursor": following}


def lacking(configured: Configured, dsn: Dsn | None) -> str:
    """What has to be set before the server can be asked, as the end of `Set ...`; empty if nothing."""
    absent = [] if configured.token else [TOKEN]
    if dsn is None and not (configured.url or configured.organization or configured.project):
        return " and ".join([*absent, DSN])  # it may say all of that
    if configured.kind == "bugsink" or not (dsn and dsn.api):
        absent += [] if configured.url else [f"`url` in {_TABLE}"]
    if configured.kind != "bugsink" and not (configured.organization or (dsn and dsn.organization)):
        absent.append(f"`organization` in {_TABLE}")
    if not (configured.project or dsn):
        absent.append(f"`project` in {_TABLE}")
    return " and ".join(absent)


def connect(
    configured: Configured,
    dsn: Dsn | None,
    *,
    timeout: float = 20.0,
    sleep: Callable[[float], None] = time.sleep,
) -> SentryApi | BugsinkApi:
    """The server that the settings name.

    What they leave out is taken from a DSN of sentry.io. Another server's address must be given: a token is not sent
    to a host because events are.

    Raises:
        Inconclusive: something is missing, or the address is none that a token may be sent to.
    """
    absent = lacking(configured, dsn)
    if absent:
        what = "There is no token to ask with" if absent == TOKEN else "It is not said which project is to be asked"
        raise Inconclusive(f"{what}.", remedy=f"Set {absent}.")
    base = configured.url or (dsn.api if dsn else "")
    name = BugsinkApi.name if configured.kind == "bugsink" else SentryApi.name
    try:
        rest = Rest(
            base.removesuffix("/").removesuffix("/api/0"),
            name=name,
            token=configured.token,
            token_name=TOKEN,
            timeout=timeout,
            sleep=sleep,
        )
    except ConfigError as error:
        where = "" if error.message.startswith(TOKEN) else f" It is `url` in {_TABLE}, or TRADEOPS_SENTRY_URL."
        raise Inconclusive(error.message, remedy=error.remedy + where) from None
    project = configured.project or (dsn.project if dsn else "")
    if configured.kind == "bugsink":
        return BugsinkApi(rest, project)
    return SentryApi(rest, configured.organization or (dsn.organization if dsn else ""), project)


def await_event(
    lookup: Lookup, event_id: str, within: float, *, sleep: Callable[[float], None] = time.sleep
) -> Event | None:
    """The stored event, as soon as the server has it; None if it has none `within` so many seconds and three questions.

    Sentry acknowledges an event before it is stored, and answers 404 meanwhile.
    """
    deadline = time.monotonic() + within
    pace, asked = _PACE, 0
    while True:
        found = lookup.event(event_id)
        asked += 1
        left = deadline - time.monotonic()
        if found is not None or (left <= 0 and asked >= _AT_LEAST):
            return found
        sleep(min(pace, left) if left > 0 else _PACE)
        pace = min(pace * 1.5, _SLOWEST)


def _unlike(lookup: Lookup, what: str) -> RestError:
    message = f"What answers at {lookup.rest.host} is no {lookup.name}: it was asked for {what}."
    return RestError(message, kind="foreign", remedy=f"Correct `url` or `kind` in {_TABLE}.")


def _key(found: Mapping[str, Any]) -> Key:
    dsn = parse(str(_mapping(found.get("dsn")).get("public", "")))
    public = str(found.get("public") or (dsn.key if dsn else ""))
    return Key(public, found.get("isActive") is True, dsn, str(found.get("name") or found.get("label") or ""))


def _text(title: Any, message: Any, values: list[Mapping[str, Any]]) -> str:
    lines = [str(one) for one in (title, message) if isinstance(one, str) and one]
    return "\n".join([*lines, *(f"{one.get('type')}: {one.get('value')}" for one in values)])


def _hex(identifier: str) -> str:
    return quote(identifier.replace("-", "").lower(), safe="")


def _values(raw: Any) -> list[Mapping[str, Any]]:
    found = raw.get("values") if isinstance(raw, Mapping) else raw
    return [one for one in _list(found) if isinstance(one, Mapping)]


def _mapping(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []

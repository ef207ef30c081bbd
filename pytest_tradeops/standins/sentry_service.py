"""Sentry on loopback with its API: what is sent to the DSN can be asked for, as with the real one's token.

One organization with one project, whose events, keys and alert rules are as in https://docs.sentry.io/api/ . An event
is acknowledged before it is stored, so the first question for it is answered with 404. Scopes are those that the
documentation names: `project:read` reads, `alerts:write` or `project:write` changes rules. A key that was turned off is
refused with 403 and `ProjectId`, as Relay does, while the SDK still returns an id and flushes without a word:
https://github.com/mitodl/ol-infrastructure/pull/5699 . Limits are told as Sentry's middleware tells them, by the time
at which the window ends.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..loopback.server import Refused, Request, Response, Route
from .events import CapturedEvent
from .inbox import Inbox
from .sentry import SentryCapture
from .sentry_rules import IssueRules

ORGANIZATION, PROJECT = "acme", "bot"
_READ = frozenset({"project:read", "project:write", "project:admin"})
_READ_RULES = frozenset({"alerts:read", "alerts:write", *_READ})
_WRITE_RULES = frozenset({"alerts:write", "project:write", "project:admin"})
_MISSING = {"detail": "The requested resource does not exist"}
_PAGE = 100


class SentryService(SentryCapture):
    """A Sentry with its API. A context manager.

    Attributes:
        token: Is accepted; new for every server.
        scopes: What the token may do.
        active: Whether the project's key is; a key that is not is refused when events are sent, too.
        lag: How often an event is asked for in vain before it is found.
        page: Entries of a page of any list.
        rules: The project's alert rules.
    """

    kind = "sentry"

    def __init__(self) -> None:
        super().__init__()
        self.organization, self.project_slug = ORGANIZATION, PROJECT
        self.token = f"sntryu_{secrets.token_hex(32)}"
        self.scopes = {"project:read", "alerts:write"}
        self.active = True
        self.lag = 1
        self.page = _PAGE
        self.rules = IssueRules(PROJECT)
        self.limited_until = 0.0
        self._asked: dict[str, int] = {}
        self._retired = secrets.token_hex(16)
        base = "/api/0/projects/{organization}/{project}"
        listed: list[tuple[str, str, frozenset[str], Callable[..., Response]]] = [
            ("GET", "/", _READ, lambda _: Response.json(self._project())),
            ("GET", "/keys/", _READ, lambda request: self._paged(request, self._keys())),
            ("GET", "/events/{event}/", _READ, self._event),
            ("GET", "/rules/", _READ_RULES, lambda request: self._paged(request, self.rules.listed())),
            ("POST", "/rules/", _WRITE_RULES, self.rules.add),
            ("GET", "/rules/{rule}/", _READ_RULES, lambda _, rule: Response.json(self.rules.at(rule))),
            ("PUT", "/rules/{rule}/", _WRITE_RULES, lambda request, rule: self.rules.change(request, rule)),
            ("DELETE", "/rules/{rule}/", _WRITE_RULES, lambda _, rule: self.rules.delete(rule)),
        ]
        routes = [Route(method, base + path, self._guarded(scopes, do)) for method, path, scopes, do in listed]
        self.server.routes = (*self.server.routes, *routes)

    @property
    def url(self) -> str:
        return self.server.url

    def limit(self, seconds: float) -> None:
        """Answers the API's next questions with 429 for so long."""
        self.limited_until = time.time() + seconds

    def recover(self) -> None:
        super().recover()
        self.active, self.limited_until, self.rules.dropping = True, 0.0, 0

    def _authorize(self, request: Request, inbox: Inbox, header_dsn: Any) -> None:
        super()._authorize(request, inbox, header_dsn)
        if inbox is self and not self.active:
            raise Refused(Response.json({"detail": "event submission rejected with_reason: ProjectId"}, 403))

    def _guarded(self, scopes: frozenset[str], handler: Callable[..., Response]) -> Callable[..., Response]:
        def answer(request: Request, organization: str, project: str, **names: str) -> Response:
            self._allow(request, scopes)
            if not request.path.endswith("/"):
                return Response(301, b"", {"Location": f"{self.url}{request.path}/"})  # as Django does
            if organization not in (self.organization, "1") or project not in (self.project_slug, self.project):
                return Response.json(_MISSING, 404)
            with self.server.changed:
                return handler(request, **names)

        return answer

    def _allow(self, request: Request, scopes: frozenset[str]) -> None:
        given = request.headers.get("authorization", "")
        if not given:
            raise Refused(Response.json({"detail": "Authentication credentials were not provided."}, 401))
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Refused(Response.json({"detail": "Invalid token"}, 401))
        if time.time() < self.limited_until:
            told = "You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds"
            reset = {"X-Sentry-Rate-Limit-Reset": str(int(self.limited_until) + 1)}
            raise Refused(Response.json({"detail": told}, 429, reset))
        if not scopes & self.scopes:
            raise Refused(Response.json({"detail": "You do not have permission to perform this action."}, 403))

    def _project(self) -> dict[str, Any]:
        team = {"id": "1", "slug": "trading", "name": "trading"}
        return {
            "id": self.project,
            "slug": self.project_slug,
            "name": self.project_slug,
            "platform": "python",
            "status": "active",
            "organization": {"id": "1", "slug": self.organization},
            "teams": [team],
        }

    def _keys(self) -> list[dict[str, Any]]:
        """The one that is used, behind one that was retired."""
        return [self._key(self._retired, "Old", False), self._key(self.public_key, "Default", self.active)]

    def _key(self, public: str, name: str, active: bool) -> dict[str, Any]:
        dsn = self.dsn.replace(self.public_key, public)
        return {
            "id": public,
            "name": name,
            "label": name,
            "public": public,
            "projectId": int(self.project),
            "isActive": active,
            "rateLimit": None,
            "dsn": {"public": dsn},
        }

    def _event(self, _: Request, event: str) -> Response:
        found = next((one for one in self.events if one.event_id == event.replace("-", "").lower()), None)
        self._asked[event] = self._asked.get(event, 0) + 1
        if found is None or self._asked[event] <= self.lag:
            return Response.json({"detail": "Event not found"}, 404)
        return Response.json(_as_stored(found, self.project))

    def _paged(self, request: Request, entries: Sequence[Any]) -> Response:
        try:
            start = int(request.query.get("cursor", "0:0:0").split(":")[1])
        except (ValueError, IndexError):
            return Response.json({"detail": "Invalid cursor parameter."}, 400)
        more = start + self.page < len(entries)
        link = ", ".join(
            f'<{self.url}{request.path}?cursor=0:{at}:{back}>; rel="{name}"; results="{str(there).lower()}"; '
            f'cursor="0:{at}:{back}"'
            for name, at, back, there in (
                ("previous", max(start - self.page, 0), 1, start > 0),
                ("next", start + self.page, 0, more),
            )
        )
        return Response.json(list(entries[start : start + self.page]), headers={"Link": link})


def _as_stored(event: CapturedEvent, project: str) -> dict[str, Any]:
    """An event in the shape of the API, which differs from what the SDK sent."""
    values = [
        {
            "type": one.type,
            "value": one.value,
            "module": one.module,
            "stacktrace": {
                "frames": [{"function": frame.function, "filename": frame.filename} for frame in one.frames]
            },
        }
        for one in event.exceptions
    ]
    tags = {**event.tags, "level": event.level or "error"}
    tags |= {name: value for name, value in (("environment", event.environment), ("release", event.release)) if value}
    return {
        "id": event.event_id,
        "eventID": event.event_id,
        "projectID": project,
        "title": event.message,
        "message": "" if values else event.message,
        "type": "error" if values else "default",
        "platform": "python",
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
        "entries": [{"type": "exception", "data": {"values": values}}] if values else [],
        "release": {"version": event.release} if event.release else None,
        "context": dict(event.extra),
    }

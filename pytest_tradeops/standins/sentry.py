"""Sentry on loopback: a real DSN that takes what an unmodified SDK sends over HTTP, as strictly as Sentry's Relay.

It stores nothing, groups nothing and shows nothing; it proves what left the process, not what Sentry would make of it.
"""

import re
import secrets
from typing import Any

from ..loopback.server import LoopbackServer, Refused, Request, Response, Route, Served
from .encoding import EncodingRefused, decode
from .envelope import Envelope, EnvelopeError, Item, load_json, parse
from .inbox import Inbox, Refusal
from .limits import MAX_ENVELOPE, offender

PROTOCOL = 7
_RATE_LIMITED = "Sentry dropped data due to a quota or internal rate limit being reached."


class SentryCapture(Served, Inbox):
    """A Sentry server with two projects; itself is the first one. A context manager.

    Attributes:
        elsewhere: A second project with its own DSN: where an event lands that was sent to a wrong DSN.
        server: The HTTP server below, with every exchange.
    """

    def __init__(self) -> None:
        self.server = LoopbackServer(
            [
                Route("POST", "/api/{project}/envelope/", self._envelope),
                Route("POST", "/api/{project}/store/", self._store),
            ],
            max_body=MAX_ENVELOPE,
        )
        super().__init__(self.server, "1", secrets.token_hex(16))
        self.elsewhere = Inbox(self.server, "2", secrets.token_hex(16))
        self._fault: Response | None = None

    # What may go wrong with a real server. Each stays until `recover`.

    def refuse(self, status: int) -> None:
        """Answers every request with that status."""
        self._fault = Response.json({"detail": f"refused on purpose with {status}"}, status)

    def rate_limit(self, seconds: int) -> None:
        """Answers 429 and tells the SDK to send nothing of any category for so long."""
        headers = {"Retry-After": str(seconds), "X-Sentry-Rate-Limits": f"{seconds}::organization"}
        self._fault = Response.json({"detail": _RATE_LIMITED}, 429, headers)

    def drop(self) -> None:
        """Acknowledges everything and keeps nothing, as a server that loses events after it took them."""
        self._fault = Response.json({})

    def hang_up(self) -> None:
        """Closes every connection without an answer."""
        self._fault = Response.hang_up()

    def recover(self) -> None:
        """Ends the fault."""
        self._fault = None

    def summary(self) -> str:
        """One sentence on what did arrive, here and elsewhere."""
        parts = [super().summary()]
        if self.elsewhere.envelopes:
            parts.append(f"at another DSN: {self.elsewhere.summary()}")
        lost = [one.request.path for one in self.server.exchanges if one.response.status in (404, 405)]
        if lost:
            parts.append(f"no such path: {', '.join(sorted(set(lost))[:3])}")
        return "; ".join(parts)

    def clear(self) -> None:
        """Forgets everything that was received and refused, in both projects."""
        super().clear()
        self.elsewhere.clear()
        self.server.clear()

    def _envelope(self, request: Request, project: str) -> Response:
        inbox = self._inbox(project)
        try:
            body = self._body(request)
            envelope = parse(body)
            self._authorize(request, inbox, envelope.headers.get("dsn"))
            return self._keep(inbox, envelope, body)
        except EnvelopeError as error:
            return _refusal(inbox, 400, "invalid event envelope", str(error))
        except Refused as refused:
            inbox.note(Refusal(refused.response.status, refused.response.body.decode()))
            raise

    def _store(self, request: Request, project: str) -> Response:
        """The endpoint of SDKs before envelopes: one event, bare."""
        inbox = self._inbox(project)
        try:
            self._authorize(request, inbox, None)
            body = self._body(request)
            event = load_json(body, "event")
            if not isinstance(event, dict):
                raise EnvelopeError("the event is not a JSON object")
            headers = {"event_id": event.get("event_id") or secrets.token_hex(16)}
            return self._keep(inbox, Envelope(headers, (Item({"type": "event"}, body),)), body)
        except EnvelopeError as error:
            return _refusal(inbox, 400, "invalid JSON data", str(error))
        except Refused as refused:
            inbox.note(Refusal(refused.response.status, refused.response.body.decode()))
            raise

    def _keep(self, inbox: Inbox, envelope: Envelope, raw: bytes) -> Response:
        too_large = offender(envelope.items)
        if too_large:
            return _refusal(inbox, 413, f"envelope exceeded size limits for type '{too_large}'")
        for item in envelope.items:
            if item.type in ("event", "transaction") and not isinstance(item.json(), dict):
                raise EnvelopeError(f"the {item.type} is not a JSON object")
        fault = self._fault
        if fault is not None:
            if fault.status != 200:
                inbox.note(Refusal(fault.status, fault.body.decode() or "connection closed"))
            return Response.json(_answer(envelope)) if fault.status == 200 else fault
        inbox.keep(envelope, raw)
        return Response.json(_answer(envelope))

    def _inbox(self, project: str) -> Inbox:
        for inbox in (self, self.elsewhere):
            if project == inbox.project:
                return inbox
        raise Refused(Response.json({"detail": f"no such project: {project}"}, 404))

    def _body(self, request: Request) -> bytes:
        try:
            return decode(request.body, request.headers.get("content-encoding", ""), MAX_ENVELOPE)
        except EncodingRefused as error:
            raise Refused(Response.json({"detail": str(error)}, error.status)) from None

    def _authorize(self, request: Request, inbox: Inbox, header_dsn: Any) -> None:
        key, version = _credentials(request)
        if header_dsn is not None:
            given, project = _parts(header_dsn)
            if project != inbox.project:
                raise Refused(Response.json({"detail": "the envelope's dsn names another project"}, 400))
            if key is not None and key != given:
                raise Refused(Response.json({"detail": "the envelope's dsn and the request's key differ"}, 400))
            key = given
        if key is None:
            raise Refused(Response.json({"detail": "missing authorization information"}, 401))
        if version is not None and version != str(PROTOCOL):
            raise Refused(Response.json({"detail": f"unsupported protocol version ({version[:10]})"}, 400))
        if not secrets.compare_digest(key.encode(), inbox.public_key.encode()):
            raise Refused(Response.json({"detail": "event submission rejected with_reason: ProjectId"}, 403))


def _credentials(request: Request) -> tuple[str | None, str | None]:
    """Key and protocol version from the header or the query; None where they are not given."""
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization")
    if header is None:
        return request.query.get("sentry_key"), request.query.get("sentry_version")
    if "sentry_key" in request.query:
        raise Refused(Response.json({"detail": "multiple authorization payloads detected"}, 401))
    scheme, _, rest = header.strip().partition(" ")
    pairs = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme.lower() != "sentry" or "sentry_key" not in pairs:
        raise Refused(Response.json({"detail": "bad x-sentry-auth header"}, 401))
    return pairs["sentry_key"], pairs.get("sentry_version")


def _parts(dsn: Any) -> tuple[str, str]:
    """Public key and project of a DSN."""
    found = re.fullmatch(r"https?://(\w+)(?::\w*)?@[^@\s]+/(\d+)", dsn) if isinstance(dsn, str) else None
    if found is None:
        raise Refused(Response.json({"detail": "the envelope's dsn is not a DSN"}, 400))
    return found[1], found[2]


def _answer(envelope: Envelope) -> dict[str, str]:
    """Sentry names the event's id, and nothing where there was no event."""
    return {"id": envelope.event_id} if envelope.event_id else {}


def _refusal(inbox: Inbox, status: int, detail: str, cause: str = "") -> Response:
    inbox.note(Refusal(status, f"{detail}: {cause}" if cause else detail))
    return Response.json({"detail": detail, "causes": [cause]} if cause else {"detail": detail}, status)

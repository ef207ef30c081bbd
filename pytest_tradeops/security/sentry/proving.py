"""SEC-015: the project behind the configured DSN, and an error that is sent there and found again by its id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...model import Finding, Grade
from .dsn import Dsn, parse
from .lookup import DSN, Configured, Event, Key, Lookup, Project, await_event, connect, lacking

#: Seconds; a stand-in has an event at once, or never.
_STANDIN_PATIENCE = 1.0


class Place(Configured, Protocol):
    """A stand-in: which project of it is asked, and the DSN that leads there."""

    @property
    def dsn(self) -> str: ...


class Sent(Protocol):
    """What became of one error that the subject's own start-up was to send.

    `event_id` is what the SDK returned; `nonce` stands in the error's text; `findings` say why nothing was sent.
    """

    @property
    def event_id(self) -> str | None: ...
    @property
    def nonce(self) -> str: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...


#: Sends one error to a DSN.
type Send = Callable[[str], Sent]


@dataclass
class Proven:
    """What is known of the project.

    Attributes:
        answers: How many things the API was asked for and told.
        found: Events that were found by their id.
        lacking: What to set to ask the real server; empty if it was asked.
        facts: Names, no keys.
    """

    grade: Grade
    lacking: str = ""
    answers: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def prove(
    configured: Configured, environ: Mapping[str, str], standin: Place, send: Send, *, live: bool, within: float
) -> Proven:
    """Reads project and keys, holds them against the DSN, sends an error and looks it up.

    Args:
        environ: Of the process: `SENTRY_DSN` is the DSN that is configured.
        standin: Is asked where the token or the DSN is missing, or where `live` is not set.
        within: Seconds until a sent event must be found.

    Raises:
        Inconclusive: the server cannot be asked, or does not let the token ask.
    """
    given = environ.get(DSN, "").strip()
    dsn = parse(given)
    if live and given and dsn is None:
        return Proven(Grade.STATIC, findings=[_malformed()])
    absent = [lacking(configured, dsn)]
    absent = [one for one in (*absent, "" if given or DSN in absent[0] else DSN) if one]
    real = live and not absent and dsn is not None
    if not real:
        configured, given = standin, standin.dsn
        within = min(within, _STANDIN_PATIENCE)
    used = parse(given)
    if used is None:
        return Proven(Grade.STATIC, findings=[_malformed()])
    lookup = connect(configured, used)
    local = lookup.rest.local or not real
    proven = Proven(Grade.EMBEDDED if local else Grade.REAL)
    # A server on this machine is nobody's production, whoever it is.
    proven.lacking = "" if not local else " and ".join(absent) or "the address of a server elsewhere"
    _examine(proven, lookup, used)
    if not proven.findings:
        _send(proven, lookup, given, send, within)
    return proven


def _examine(proven: Proven, lookup: Lookup, dsn: Dsn) -> None:
    project = lookup.project()
    keys = lookup.client_keys()
    proven.answers = 1 + len(keys)
    proven.facts |= {"server": lookup.name, "project": project.slug or project.id, "keys": len(keys)}
    proven.findings += _about(lookup.name, project, keys, dsn)


def _about(server: str, project: Project, keys: tuple[Key, ...], dsn: Dsn) -> list[Finding]:
    shown = f"the project {project.slug or project.id!r}"
    if project.id != dsn.project:
        told = f"{DSN} leads to the project {dsn.project} of {dsn.host}, but {shown} is number {project.id}."
        return [Finding("sentry: DSN of another project", told, DSN, "Correct the DSN, or `project`.")]
    if project.status not in ("", "active"):
        told = f"{server} has {shown} as {project.status!r}."
        return [Finding("sentry: project not active", told, remedy="Restore the project, or use another.")]
    ours = [key for key in keys if key.public == dsn.key]
    if not ours:
        told = f"None of the {len(keys)} keys of {shown} is the one in {DSN}."
        return [Finding("sentry: key unknown", told, DSN, "Copy the DSN anew from the project's settings.")]
    key = ours[0]
    if not key.active:
        told = f"The key {key.name!r} of {shown} is turned off: {server} refuses every event that is sent with it."
        return [Finding("sentry: project key inactive", told, DSN, "Turn it on, or take the DSN of another key.")]
    if key.dsn is not None and not key.dsn.same(dsn):
        told = f"The key is right, but {server} has it at {key.dsn.host}, and {DSN} sends to {dsn.host}."
        return [Finding("sentry: DSN differs", told, DSN, "Copy the DSN anew from the project's settings.")]
    return []


def _send(proven: Proven, lookup: Lookup, dsn: str, send: Send, within: float) -> None:
    sent = send(dsn)
    if sent.findings:
        proven.findings += sent.findings
        return
    if not sent.event_id:
        told = "The SDK took the error, but returned no id: it was dropped before it was sent."
        remedy = "Look for a sample rate, a before_send or an integration that drops events."
        proven.findings.append(Finding("sentry: event dropped", told, DSN, remedy))
        return
    event = await_event(lookup, sent.event_id, within)
    if event is None:
        told = f"An error was sent, and {lookup.name} has no event of its id within {within:g} s."
        remedy = "Look at the project's quota, rate limits and inbound filters, and at the way to the server."
        proven.findings.append(Finding("sentry: event not found by id", told, DSN, remedy))
        return
    proven.found = 1
    proven.facts |= {"release": event.release, "tags": sorted(event.tags)}
    proven.findings += _content(lookup.name, event, sent)


def _content(server: str, event: Event, sent: Sent) -> list[Finding]:
    if event.event_id != sent.event_id or sent.nonce not in event.text:
        told = f"{server} has an event of that id, and it is not the one that was sent."
        return [Finding("sentry: another event", told, DSN, "See who answers in the server's place.")]
    return []


def _malformed() -> Finding:
    told = f"{DSN} is no DSN: it must be https://KEY@HOST/NUMBER."
    return Finding("sentry: DSN malformed", told, DSN, "Copy it anew from the project's settings.")

"""The whole examination behind SEC-002: two probes and a search, as findings and facts; and SEC-015's one error."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..model import Finding
from .canaries import Canaries
from .dsn_literals import scan
from .locked import locked_version
from .sentry import SentryCapture
from .sentry_probe import Sent, send, send_plain
from .sentry_verdict import literals, not_sent, not_started, with_dsn, without_dsn


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        events: How many events arrived at the given DSN.
        secrets: How many planted secrets were looked for in them.
        facts: The same on every run of the same subject.
    """

    findings: tuple[Finding, ...]
    events: int = 0
    secrets: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def examine(
    *, python: Path, root: Path, files: list[str] | None, entry: str, timeout: float, capture: SentryCapture
) -> Examination:
    """Starts the subject's error tracking twice, with a DSN and with an empty one, and searches its sources.

    Args:
        files: The project's own files, relative to `root`; None for all below it.
        timeout: Seconds for each of the two.

    Raises:
        Inconclusive: the subject's Python cannot be started.
    """
    planted = Canaries.new()

    def probe(dsn: str) -> Sent:
        return send(python=python, root=root, entry=entry, capture=capture, dsn=dsn, planted=planted, timeout=timeout)

    sent = probe(capture.dsn)
    broken = not_started(sent, entry)
    if broken:
        return Examination((broken,))
    lock = locked_version(root, "sentry-sdk")
    findings = with_dsn(sent, capture, planted, lock, entry)
    events = capture.events

    capture.clear()
    silent = probe("")
    broken = not_started(silent, entry)
    findings += [broken] if broken else without_dsn(silent, capture, entry)

    read, places = scan(root, files)
    findings += literals(places)
    return Examination(
        tuple(findings),
        events=len(events),
        secrets=len(planted.planted),
        facts={
            "entry": entry,
            "sdk": sent.sdk,
            "lock": lock.file,
            "release": events[0].release if events else "",
            "sources": read,
        },
    )


@dataclass(frozen=True, slots=True)
class OneError:
    """What became of one error.

    Attributes:
        event_id: What the SDK returned for it; None if nothing was sent.
        nonce: Stands in its text.
        findings: Why nothing was sent to the DSN.
    """

    event_id: str | None
    nonce: str
    findings: tuple[Finding, ...] = ()


def send_one(*, python: Path, root: Path, entry: str, dsn: str, timeout: float) -> OneError:
    """Lets the subject's own start-up send one harmless error to the DSN, wherever that is.

    Raises:
        Inconclusive: the subject's Python cannot be started.
    """
    sent = send_plain(python=python, root=root, entry=entry, dsn=dsn, timeout=timeout)
    broken = not_started(sent, entry) or not_sent(sent, entry)
    return OneError(sent.event_id, sent.nonce, (broken,) if broken else ())

"""Judges one probe of a subject's error tracking: what was said by the child against what arrived. No I/O."""

from collections.abc import Iterable

from ..model import Finding
from .canaries import Canaries
from .events import CapturedEvent
from .locked import Locked
from .sentry import SentryCapture
from .sentry_probe import Sent

_INIT = "Run `tradeops init strategies` to get a start-up that passes."
_NOT_STARTED = {
    "entry missing": ("sentry: entry missing", "Set [tool.tradeops.sentry] entry, or run `tradeops init strategies`."),
    "entry shadowed": ("sentry: entry shadowed", "Add __init__.py to its folders, or rename the package."),
    "entry fails": ("sentry: entry fails", "Make the entry callable without arguments and with SENTRY_DSN alone."),
    "sdk missing": ("sentry: sdk not installed", "Add sentry-sdk to the project's dependencies and sync its .venv."),
    "sdk too old": ("sentry: sdk older than 2.0", "Upgrade sentry-sdk to 2.0 or later."),
    "capture fails": ("sentry: capture fails", "See whether capture_exception and flush work in the subject."),
    "timed out": ("sentry: probe timed out", "Raise [tool.tradeops.sentry] timeout, or make the start-up faster."),
    "crashed": ("sentry: probe crashed", "Run the entry by hand in the subject's Python."),
}
_SAYS = {
    "entry missing": "The start-up {entry!r} does not exist",
    "entry shadowed": "The start-up {entry!r} is not what Python imports under that name",
    "entry fails": "The start-up {entry!r} raised",
    "sdk missing": "sentry_sdk cannot be imported in the subject's Python",
    "sdk too old": "sentry_sdk in the subject's Python is older than 2.0",
    "capture fails": "Capturing an error raised",
    "timed out": "Starting error tracking and capturing one error took too long",
    "crashed": "The process ended before it could report",
}


def not_started(sent: Sent, entry: str) -> Finding | None:
    """Why the error tracking could not be started or used; None if it could."""
    if sent.state == "started":
        return None
    reason, remedy = _NOT_STARTED[sent.state]
    says = _SAYS[sent.state].format(entry=entry)
    return Finding(reason, f"{says}: {sent.error}." if sent.error else f"{says}.", entry, remedy)


def not_sent(sent: Sent, entry: str) -> Finding | None:
    """Why a started SDK does not send to the DSN of the environment; None if it does."""
    if sent.dsn == "other":
        where = sent.host or "another DSN"
        return _not_from_environment(f"With SENTRY_DSN set, the SDK sends to {where} instead.", entry)
    if sent.dsn == "none":
        message = "SENTRY_DSN was set, but the SDK was not initialised with it."
        return Finding("sentry: not initialised", message, entry, _INIT)
    return None


def with_dsn(sent: Sent, capture: SentryCapture, planted: Canaries, lock: Locked, entry: str) -> list[Finding]:
    """Everything that is wrong after a run with the DSN in the environment."""
    stray = [event for event in capture.elsewhere.events if _is_ours(event, sent)]
    astray = not_sent(sent, entry)
    if astray:
        return [astray]
    if stray:
        return [_not_from_environment("With SENTRY_DSN set, the SDK sends to another DSN instead.", entry)]
    ours = [event for event in capture.events if _is_ours(event, sent)]
    if not ours:
        message = f"An error was captured{_returned(sent)} and flushed, but {capture.summary()}."
        remedy = "Look for a sample rate, a before_send or an integration that drops events."
        return [Finding("sentry: event never arrived", message, entry, remedy)]
    return [
        *_exactly_one(ours, capture.events, entry),
        *_content(ours[0], sent, entry),
        *_leaks(capture, planted, entry),
        *_version(ours[0], lock),
    ]


def without_dsn(sent: Sent, capture: SentryCapture, entry: str) -> list[Finding]:
    """Everything that is wrong after a run with an empty DSN variable. `capture` held nothing before it."""
    if sent.dsn != "none" or capture.envelopes or capture.elsewhere.envelopes:
        where = sent.host or "a DSN of its own"
        return [_not_from_environment(f"With SENTRY_DSN empty, the SDK still sends to {where}.", entry)]
    if sent.reached:
        message = f"With SENTRY_DSN empty, the start-up tried to reach {', '.join(sent.reached)}."
        return [Finding("sentry: network without DSN", message, entry, "Do nothing where SENTRY_DSN is empty.")]
    return []


def literals(places: Iterable[str]) -> list[Finding]:
    """One finding per DSN in the sources; the DSN itself is not repeated."""
    remedy = "Move it to the environment variable SENTRY_DSN, and rotate the key."
    return [Finding("sentry: DSN in source", "A Sentry DSN stands in the source.", one, remedy) for one in places]


def _is_ours(event: CapturedEvent, sent: Sent) -> bool:
    return event.mentions(sent.nonce) or (sent.event_id is not None and event.event_id == sent.event_id)


def _returned(sent: Sent) -> str:
    return ", an id was returned," if sent.event_id else ""


def _not_from_environment(message: str, entry: str) -> Finding:
    return Finding("sentry: DSN not from environment", message, entry, "Read the DSN from SENTRY_DSN and nowhere else.")


def _exactly_one(ours: list[CapturedEvent], events: tuple[CapturedEvent, ...], entry: str) -> list[Finding]:
    found = []
    if len(ours) > 1:
        message = f"One error was captured, and {len(ours)} events arrived for it."
        found.append(Finding("sentry: event arrived twice", message, entry, "Initialise the SDK once."))
    others = [event for event in events if event not in ours]
    if others:
        message = f"Besides the captured error, {len(others)} more arrived: {'; '.join(map(str, others[:3]))}."
        found.append(Finding("sentry: unexpected event", message, entry, "Send nothing at start-up."))
    return found


def _content(event: CapturedEvent, sent: Sent, entry: str) -> list[Finding]:
    found = []
    frames = [frame for one in event.exceptions for frame in one.frames]
    if not any(one.type == "TradeopsProbeError" and one.frames for one in event.exceptions) or not any(
        frame.function == "sign_an_order" for frame in frames
    ):
        message = f"The event arrived with {len(frames)} traceback lines, none of them the one that raised."
        found.append(Finding("sentry: traceback missing", message, entry, "Keep the stack trace in before_send."))
    if not event.release:
        remedy = "Set `release=` from SENTRY_RELEASE or the project's version."
        found.append(Finding("sentry: release missing", "The event names no release.", entry, remedy))
    if not event.mentions(sent.nonce):
        message = "The event's exception text was removed or changed beyond recognition."
        found.append(Finding("sentry: message lost", message, entry, "Mask secrets, keep the rest of the text."))
    return found


def _leaks(capture: SentryCapture, planted: Canaries, entry: str) -> list[Finding]:
    pairs = [*zip(capture.envelopes, capture.raw, strict=True)]
    pairs += [*zip(capture.elsewhere.envelopes, capture.elsewhere.raw, strict=True)]
    places = sorted({leak for envelope, raw in pairs for leak in planted.leaks(envelope, raw)})
    remedy = "Scrub by name (recursively) and by shape in before_send and before_breadcrumb; see docs/sentry.md."
    return [Finding("sentry: canary in event", f"A planted secret arrived: {one}.", entry, remedy) for one in places]


def _version(event: CapturedEvent, lock: Locked) -> list[Finding]:
    if not lock.versions:
        why = f"{lock.file} does not pin it" if lock.file else "there is no lock file"
        message = f"sentry-sdk {event.sdk_version} runs, but it is not pinned: {why}."
        return [Finding("sentry: sdk not locked", message, lock.file, "Add sentry-sdk and lock it, as with `uv lock`.")]
    if event.sdk_version not in lock.versions:
        message = f"sentry-sdk {event.sdk_version} sent the event, but {' or '.join(lock.versions)} is locked."
        return [Finding("sentry: sdk differs from lock", message, lock.file, "Sync the environment with the lock.")]
    return []

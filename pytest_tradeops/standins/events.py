"""A received Sentry event as a typed view: what tests assert on, whatever shape the SDK chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback.

    Attributes:
        vars: Local variables as the SDK sent them; empty when it sends none.
    """

    function: str
    filename: str
    module: str
    line: int | None
    in_app: bool
    vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CapturedException:
    """One exception of a chain.

    Attributes:
        frames: Outermost call first, as in a Python traceback.
    """

    type: str
    value: str
    module: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class CapturedEvent:
    """An event that arrived.

    Attributes:
        event_id: 32 hex digits in lower case, without dashes; equals what `capture_exception` returned.
        message: Of a captured message; of an exception, its `Type: value`.
        exceptions: The chain, oldest cause first; empty for messages.
        sdk_name: Such as `sentry.python`.
        sdk_version: The version of the SDK that sent it.
        raw: The whole event.
    """

    event_id: str
    message: str
    level: str
    exceptions: tuple[CapturedException, ...]
    release: str
    environment: str
    tags: Mapping[str, str]
    extra: Mapping[str, Any]
    sdk_name: str
    sdk_version: str
    raw: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.level or 'event'} {self.message or '(no message)'!r} [{self.event_id[:8]}]"

    def mentions(self, text: str) -> bool:
        """Whether the message or an exception's text holds `text`."""
        return text in self.message or any(text in f"{one.type}: {one.value}" for one in self.exceptions)


def view(raw: Mapping[str, Any], envelope_id: str | None = None) -> CapturedEvent:
    """The typed view of an event's JSON; fields of an unexpected shape come out empty instead of raising.

    Args:
        envelope_id: The envelope's event id, for an event that carries none.
    """
    exceptions = tuple(_exception(one) for one in _values(raw.get("exception")))
    logged = _mapping(raw.get("logentry"))
    message = _text(raw.get("message")) or _text(logged.get("formatted")) or _text(logged.get("message"))
    if not message and exceptions:
        message = f"{exceptions[-1].type}: {exceptions[-1].value}"
    sdk = _mapping(raw.get("sdk"))
    return CapturedEvent(
        event_id=(_text(raw.get("event_id")) or envelope_id or "").replace("-", "").lower(),
        message=message,
        level=_text(raw.get("level")),
        exceptions=exceptions,
        release=_text(raw.get("release")),
        environment=_text(raw.get("environment")),
        tags=_tags(raw.get("tags")),
        extra=_mapping(raw.get("extra")),
        sdk_name=_text(sdk.get("name")),
        sdk_version=_text(sdk.get("version")),
        raw=raw,
    )


def _exception(raw: Mapping[str, Any]) -> CapturedException:
    frames = _mapping(raw.get("stacktrace")).get("frames")
    return CapturedException(
        type=_text(raw.get("type")),
        value=_text(raw.get("value")),
        module=_text(raw.get("module")),
        frames=tuple(_frame(one) for one in frames if isinstance(one, Mapping)) if isinstance(frames, list) else (),
    )


def _frame(raw: Mapping[str, Any]) -> Frame:
    line = raw.get("lineno")
    return Frame(
        function=_text(raw.get("function")),
        filename=_text(raw.get("filename")),
        module=_text(raw.get("module")),
        line=line if isinstance(line, int) else None,
        in_app=raw.get("in_app") is True,
        vars=_mapping(raw.get("vars")),
    )


def _values(raw: Any) -> list[Mapping[str, Any]]:
    """Sentry's lists come bare or as `{"values": [...]}`."""
    found = raw.get("values") if isinstance(raw, Mapping) else raw
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _tags(raw: Any) -> dict[str, str]:
    pairs = raw.items() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else ()
    return {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2}


def _mapping(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""

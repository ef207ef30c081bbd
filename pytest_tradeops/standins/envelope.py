"""Sentry's envelope format: bytes to headers and items, and back. Pure, and linear in the bytes given.

Format: https://develop.sentry.dev/sdk/data-model/envelopes/ . A line of JSON headers, then items; each item is a line
of JSON headers with at least `type`, a payload of `length` bytes (or, without `length`, up to the end of the line),
and a newline, which the last item may omit.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: No SDK comes near; without a bound a small body could become a million objects.
MAX_ITEMS = 1000
#: An item's or the envelope's header line, in bytes.
MAX_HEADER = 64 << 10


class EnvelopeError(ValueError):
    """The bytes are not an envelope, or one beyond the bounds; the message is one phrase for the answer's `detail`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part of an envelope.

    Attributes:
        headers: As received; `type` is always there.
        payload: The bytes, not interpreted.
    """

    headers: Mapping[str, Any]
    payload: bytes = b""

    @property
    def type(self) -> str:
        """`event`, `transaction`, `session`, `log`, ...; may be a type that nobody knows."""
        return str(self.headers["type"])

    def json(self) -> Any:
        """The payload as JSON.

        Raises:
            EnvelopeError: it is not.
        """
        return load_json(self.payload, f"payload of the item {self.type!r}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one request carried."""

    headers: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Item, ...] = ()

    @property
    def event_id(self) -> str | None:
        """32 hex digits in lower case, without dashes; None where the envelope names no event."""
        text = self.headers.get("event_id")
        return text.replace("-", "").lower() if isinstance(text, str) else None


def parse(data: bytes, *, max_items: int = MAX_ITEMS) -> Envelope:
    """The envelope in `data`.

    Raises:
        EnvelopeError: the bytes break the format; never anything else, whatever the bytes are.
    """
    if not data:
        raise EnvelopeError("empty request body")
    headers, at = _header(data, 0, "envelope header")
    items: list[Item] = []
    while at < len(data):
        if len(items) >= max_items:
            raise EnvelopeError(f"more than {max_items} items")
        item, at = _item(data, at)
        items.append(item)
    return Envelope(headers, tuple(items))


def serialize(headers: Mapping[str, Any], items: Iterable[Item]) -> bytes:
    """The bytes of an envelope; `length` is added where an item's headers lack it."""
    lines = [json.dumps(dict(headers)).encode()]
    for item in items:
        lines.append(json.dumps({"length": len(item.payload), **item.headers}).encode())
        lines.append(item.payload)
    return b"\n".join(lines) + b"\n"


def load_json(data: bytes, what: str) -> Any:
    """Strict JSON in UTF-8: no NaN, no other encodings that Python would guess.

    Raises:
        EnvelopeError: naming `what`.
    """
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError(f"invalid JSON in the {what}: {str(error)[:80]}") from None


def _item(data: bytes, at: int) -> tuple[Item, int]:
    headers, at = _header(data, at, "item header")
    kind = headers.get("type")
    if not isinstance(kind, str) or not kind:
        raise EnvelopeError("an item header lacks its type")
    length = headers.get("length")
    if length is None:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
    elif isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise EnvelopeError("an item's length is not a whole number")
    else:
        end = at + length
        if end > len(data):
            raise EnvelopeError(f"unexpected end of file: {length} bytes announced, {len(data) - at} left")
        if end < len(data) and data[end] != 0x0A:
            raise EnvelopeError("missing newline after header or payload")
    return Item(headers, data[at:end]), end + 1


def _header(data: bytes, at: int, what: str) -> tuple[dict[str, Any], int]:
    end = data.find(b"\n", at, at + MAX_HEADER)
    if end < 0:
        end = len(data)
        if end - at >= MAX_HEADER:
            raise EnvelopeError(f"the {what} is longer than {MAX_HEADER} bytes")
    headers = load_json(data[at:end], what)
    if not isinstance(headers, dict):
        raise EnvelopeError(f"the {what} is not a JSON object")
    # At the very end of the data there is no newline to step over, and no payload either.
    return headers, min(end + 1, len(data))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

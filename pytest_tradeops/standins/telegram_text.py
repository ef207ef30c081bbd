"""What Telegram makes of a message's text: entities in UTF-16 units, links, trimming, and the reasons of refusals."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

#: Characters of a message, after its entities are parsed.
LONGEST = 4096
#: Bytes of a message, before they are.
LONGEST_RAW = 1 << 15
SPACES = b" \t\r\n\0\v"

_USER = re.compile(r"tg://user/?\?id=(\d{1,18})")
_ORDER = ("blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention", "bold", "italic")
_CONTROL = {code: " " for code in range(32) if code not in (10, 13)} | {13: None}


class EntityError(ValueError):
    """The text is refused; the message is Telegram's own, without its prefix."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted part of a text. Offset and length in UTF-16 code units, as Telegram counts."""

    type: str
    offset: int
    length: int
    extra: dict[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        return {"offset": self.offset, "length": self.length, "type": self.type, **self.extra}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as it is shown, and its entities."""

    text: str
    entities: tuple[Entity, ...] = ()


def units(byte: int) -> int:
    """UTF-16 code units that a character begins with this byte of UTF-8; 0 inside of a character."""
    return 0 if byte & 0xC0 == 0x80 else 2 if byte >= 0xF0 else 1


def link(url: str, offset: int, length: int) -> Entity | None:
    """The entity of a link: a mention for `tg://user?id=...`, nothing for what is no link."""
    user = _USER.match(url)
    if user:
        return Entity("text_mention", offset, length, {"user": {"id": int(user[1]), "is_bot": False}})
    checked = _checked(url)
    return Entity("text_link", offset, length, {"url": checked}) if checked else None


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme in ("tg", "ton", "tonsite"):
        return url.strip()
    if parts.scheme not in ("http", "https") or "." not in host.strip(".") or re.search(r"[\s<>\"]", host):
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def ordered(entities: list[Entity]) -> tuple[Entity, ...]:
    """As Telegram lists them: by offset, the longer first."""

    def place(one: Entity) -> tuple[int, int, int]:
        return one.offset, -one.length, _ORDER.index(one.type) if one.type in _ORDER else len(_ORDER)

    return tuple(sorted(entities, key=place))


def cleaned(formatted: Formatted) -> Formatted:
    """The text as it is stored: control characters become spaces, white space around it goes.

    Entities in what is cut off at the ends are shortened or dropped.
    """
    # Every character is replaced by one, `\\r` aside: entities around those are counted again.
    text, entities = formatted.text, list(formatted.entities)
    while "\r" in text:
        at = _utf16(text[: text.index("\r")])
        text = text.replace("\r", "", 1)
        entities = [_without(one, at) for one in entities]
    text = text.translate(_CONTROL)
    text = text.rstrip(" \n")
    end = _utf16(text)
    entities = [Entity(one.type, one.offset, min(one.length, end - one.offset), one.extra) for one in entities]
    entities = [one for one in entities if one.length > 0]
    start = len(text) - len(text.lstrip(" \n"))
    start = min([start, *(one.offset for one in entities)])
    moved = (Entity(one.type, one.offset - start, one.length, one.extra) for one in entities)
    return Formatted(text[start:], tuple(moved))


def _without(entity: Entity, at: int) -> Entity:
    if at < entity.offset:
        return Entity(entity.type, entity.offset - 1, entity.length, entity.extra)
    inside = at < entity.offset + entity.length
    return Entity(entity.type, entity.offset, entity.length - inside, entity.extra)


def _utf16(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)

"""Telegram's HTML: a handful of tags, four named references, and an error for everything else that looks like a tag."""

import re
from dataclasses import dataclass
from typing import Any

from .telegram_text import SPACES, Entity, EntityError, Formatted, link, ordered, units

_TYPES = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
}
_TAGS = frozenset({*_TYPES, "a", "tg-emoji", "tg-time", "pre", "code", "blockquote"})
_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*))(;?)")
_NAMED = {b"lt": 60, b"gt": 62, b"amp": 38, b"quot": 34}
_TOKEN = re.compile(rb"[A-Za-z0-9.\-]*")
_NAME_ENDS = b"=>/\"'" + SPACES


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    date: int
    offset: int
    start: int


def parse_html(text: str) -> Formatted:
    """The text without its tags, and what they mark.

    Raises:
        EntityError: such as `Unsupported start tag "100" at byte offset 6`. Offsets are in bytes of UTF-8.
    """
    return _Html(text).run()


class _Html:
    def __init__(self, text: str) -> None:
        self.raw = text.encode()
        self.out = bytearray()
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def at(self, index: int) -> int:
        """The byte there; 0 behind the end, which ends everything, as in C."""
        return self.raw[index] if index < len(self.raw) else 0

    def run(self) -> Formatted:
        index = 0
        while index < len(self.raw):
            byte = self.raw[index]
            if byte == 0x26:
                code, after = _reference(self.raw, index)
                if code:
                    self.offset += 2 if code > 0xFFFF else 1
                    self.out += chr(code).encode("utf-8", "surrogatepass")
                    index = after
                    continue
            if byte != 0x3C:
                self.offset += units(byte)
                self.out.append(byte)
                index += 1
            elif self.at(index + 1) == 0x2F:
                index = self._end(index)
            else:
                index = self._start(index)
        if self.open:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        try:
            return Formatted(self.out.decode(), ordered([_plain(one) for one in self.entities]))
        except UnicodeDecodeError:
            raise EntityError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            ) from None

    def _start(self, begin: int) -> int:
        index = begin + 1
        while self.at(index) not in SPACES and self.at(index) != 0x3E:
            index += 1
        if self.at(index) == 0:
            raise EntityError(f"Unclosed start tag at byte offset {begin}")
        tag = _lower(self.raw[begin + 1 : index])
        if tag not in _TAGS:
            raise EntityError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument, date = "", 0
        while self.at(index) != 0x3E:
            index = self._skip(index)
            if self.at(index) == 0x3E:
                break
            name, value, index = self._attribute(index, tag, begin)
            if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "format")}:
                argument = value or ""
            elif (tag, name) == ("code", "class") and (value or "").startswith("language-"):
                argument = (value or "")[9:]
            elif (tag, name) == ("span", "class") and (value or "").startswith("tg-"):
                argument = (value or "")[3:]
            elif (tag, name) == ("blockquote", "expandable"):
                argument = "1"
            elif (tag, name) == ("tg-time", "unix"):
                date = int(found[0]) if (found := re.match(r"\d{1,9}", value or "")) else 0
        if tag == "span" and argument != "spoiler":
            raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, argument, date, self.offset, len(self.out)))
        return index + 1

    def _attribute(self, index: int, tag: str, begin: int) -> tuple[str, str | None, int]:
        """Name, value (None without one) and where it ends."""
        start = index
        while self.at(index) not in _NAME_ENDS:
            index += 1
        name = self.raw[start:index].decode("utf-8", "replace")
        if not name:
            raise EntityError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        index = self._skip(index)
        if self.at(index) != 0x3D:
            if self.at(index) == 0:
                raise EntityError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return name, None, index
        index = self._skip(index + 1)
        if self.at(index) == 0:
            raise EntityError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        quote = self.at(index)
        if quote not in b"\"'":
            token = _TOKEN.match(self.raw, index)
            end = token.end() if token else index
            if self.at(end) not in SPACES and self.at(end) != 0x3E:
                raise EntityError(f"Unexpected end of name token at byte offset {index}")
            value, index = _lower(self.raw[index:end]), end
        else:
            value, index = self._quoted(index + 1, quote)
        if self.at(index) == 0:
            raise EntityError(f"Unclosed start tag at byte offset {begin}")
        return name, value, index

    def _quoted(self, index: int, quote: int) -> tuple[str, int]:
        value = bytearray()
        while self.at(index) not in (quote, 0):
            if self.at(index) == 0x26:
                code, after = _reference(self.raw, index)
                if code:
                    value += chr(code).encode("utf-8", "replace")
                    index = after
                    continue
            value.append(self.at(index))
            index += 1
        return value.decode("utf-8", "replace"), index + (self.at(index) == quote)

    def _end(self, begin: int) -> int:
        if not self.open:
            raise EntityError(f"Unexpected end tag at byte offset {begin}")
        index = begin + 2
        while self.at(index) not in SPACES and self.at(index) != 0x3E:
            index += 1
        tag = _lower(self.raw[begin + 2 : index])
        index = self._skip(index)
        if self.at(index) != 0x3E:
            raise EntityError(f"Unclosed end tag at byte offset {begin}")
        opened = self.open[-1]
        if tag and tag != opened.tag:
            raise EntityError(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"')
        if self.offset > opened.offset:
            self._close(opened)
        self.open.pop()
        return index + 1

    def _close(self, opened: _Open) -> None:
        offset, length = opened.offset, self.offset - opened.offset
        entity: Entity | None
        if opened.tag in _TYPES:
            entity = Entity(_TYPES[opened.tag], offset, length)
        elif opened.tag == "a":
            shown = self.out[opened.start :].decode("utf-8", "replace")
            entity = link(opened.argument or shown, offset, length)
        elif opened.tag == "blockquote":
            entity = Entity("expandable_blockquote" if opened.argument else "blockquote", offset, length)
        elif opened.tag == "tg-emoji":
            if not re.fullmatch(r"-?[0-9]{1,19}", opened.argument) or int(opened.argument) == 0:
                raise EntityError("Invalid custom emoji identifier specified")
            entity = Entity("custom_emoji", offset, length, {"custom_emoji_id": opened.argument})
        elif opened.tag == "tg-time":
            extra: dict[str, Any] = {"unix_time": opened.date, "date_time_format": opened.argument}
            entity = Entity("date_time", offset, length, extra) if opened.date else None
        else:
            entity = self._code(opened, offset, length)
        if entity is not None:
            self.entities.append(entity)

    def _code(self, opened: _Open, offset: int, length: int) -> Entity:
        """`pre` around `code`, or the other way round, are one block with a language."""
        inner = self.entities[-1] if self.entities else None
        if inner is not None and (inner.offset, inner.length) == (offset, length):
            languages = (inner.extra.get("language"), opened.argument)
            if opened.tag == "pre" and inner.type == "code" and languages[0]:
                self.entities.pop()
                return Entity("pre", offset, length, {"language": languages[0]})
            if opened.tag == "code" and inner.type == "pre" and languages[1]:
                self.entities.pop()
                return Entity("pre", offset, length, {"language": languages[1]})
        if opened.tag == "pre":
            return Entity("pre", offset, length)
        return Entity("code", offset, length, {"language": opened.argument} if opened.argument else {})

    def _skip(self, index: int) -> int:
        while self.at(index) and self.at(index) in SPACES:
            index += 1
        return index


def _plain(entity: Entity) -> Entity:
    """`code` alone has no language."""
    return Entity("code", entity.offset, entity.length) if entity.type == "code" else entity


def _lower(raw: bytes) -> str:
    return raw.lower().decode("utf-8", "replace")


def _reference(raw: bytes, index: int) -> tuple[int, int]:
    """The code point of a character reference and where it ends; 0 for what is none, which stays as it is."""
    match = _REFERENCE.match(raw, index)
    if match is None:
        return 0, index
    hexadecimal, decimal, name, _ = match.groups()
    if name is not None:
        return _NAMED.get(name, 0), match.end()
    digits = hexadecimal if hexadecimal is not None else decimal
    # Together with `&#` or `&#x` it has fewer than ten characters, or it is none.
    too_long = len(digits) + (3 if hexadecimal is not None else 2) >= 10
    code = 0 if too_long or not digits else int(digits, 16 if hexadecimal is not None else 10)
    return (code if code < 0x10FFFF else 0), match.end()

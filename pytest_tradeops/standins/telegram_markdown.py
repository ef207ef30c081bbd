"""Telegram's two Markdowns: the legacy one, and MarkdownV2, where nearly every punctuation mark must be escaped."""

import re
from dataclasses import dataclass

from .telegram_text import SPACES, Entity, EntityError, Formatted, link, ordered, units

_RESERVED = b"_*[]()~`>#+-=|{}.!\n"
#: Telegram's own name of an entity, for its messages, and the one of its API.
_API = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
}
_EMOJI = re.compile(r"tg://emoji/?\?id=(\d{1,19})")
_TIME = re.compile(r"tg://time/?\?unix=(\d{1,9})(?:&format=(\w*))?")


@dataclass(frozen=True, slots=True)
class _Open:
    type: str
    argument: str
    offset: int
    place: int
    start: int


class _Source:
    """Bytes that end in zeros, as in C, and what is made of them."""

    def __init__(self, text: str) -> None:
        self.raw = text.encode()
        self.out = bytearray()
        self.offset = 0
        self.entities: list[Entity] = []

    def at(self, index: int) -> int:
        return self.raw[index] if index < len(self.raw) else 0

    def keep(self, byte: int) -> None:
        self.offset += units(byte)
        self.out.append(byte)

    def language(self, index: int) -> tuple[str, int]:
        """What stands behind three backticks, and where the code begins: one line break is not part of it."""
        end = index
        while self.at(end) not in SPACES and self.at(end) != 0x60:
            end += 1
        language = ""
        if end != index and end < len(self.raw) and self.at(end) != 0x60:
            language, index = self.raw[index:end].decode("utf-8", "replace"), end
        if self.at(index) in b"\n\r" and self.at(index):
            second = self.at(index + 1)
            index += 2 if second and second in b"\n\r" and second != self.at(index) else 1
        return language, index

    def done(self) -> Formatted:
        return Formatted(self.out.decode("utf-8", "replace"), ordered(self.entities))


def parse_markdown(text: str) -> Formatted:
    """Legacy Markdown.

    Raises:
        EntityError: `Can't find end of the entity starting at byte offset N`.
    """
    source = _Source(text)
    at = source.at
    index = 0
    while index < len(source.raw):
        byte = source.raw[index]
        if byte == 0x5C and at(index + 1) and at(index + 1) in b"_*`[":
            source.keep(at(index + 1))
            index += 2
        elif byte not in b"_*`[":
            source.keep(byte)
            index += 1
        else:
            index = _legacy(source, index)
    return source.done()


def _legacy(source: _Source, begin: int) -> int:
    at, byte = source.at, source.raw[begin]
    end = 0x5D if byte == 0x5B else byte
    index, language = begin + 1, ""
    block = byte == 0x60 and at(index) == at(index + 1) == 0x60
    if block:
        language, index = source.language(index + 2)
    offset, start = source.offset, len(source.out)
    while index < len(source.raw) and (at(index) != end or (block and not at(index + 1) == at(index + 2) == 0x60)):
        source.keep(at(index))
        index += 1
    if index >= len(source.raw):
        raise EntityError(f"Can't find end of the entity starting at byte offset {begin}")
    length = source.offset - offset
    entity: Entity | None = None
    if byte == 0x5B:
        url = source.out[start:].decode("utf-8", "replace")
        # An empty text is no link, and what stands in brackets behind it stays.
        if length and at(index + 1) == 0x28:
            closing = source.raw.find(b")", index + 2)
            closing = len(source.raw) if closing < 0 else closing
            url, index = source.raw[index + 2 : closing].decode("utf-8", "replace"), closing
        entity = link(url, offset, length) if length else None
    elif length:
        name = {0x5F: "italic", 0x2A: "bold"}.get(byte, "pre" if block else "code")
        entity = Entity(name, offset, length, {"language": language} if language else {})
    if entity is not None:
        source.entities.append(entity)
    return index + (3 if block else 1)


def parse_markdown_v2(text: str) -> Formatted:
    """MarkdownV2.

    Raises:
        EntityError: such as `Character '.' is reserved and must be escaped with the preceding '\\'`.
    """
    return _V2(text).run()


class _V2(_Source):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.open: list[_Open] = []
        self.quoting = False
        self.line_start = True

    def run(self) -> Formatted:
        index = 0
        while index < len(self.raw):
            byte = self.raw[index]
            if byte == 0x5C and 0 < self.at(index + 1) <= 126:
                self.keep(self.at(index + 1))
                if self.raw[index + 1] != 0x0D:
                    self.line_start = self.raw[index + 1] == 0x0A
                index += 2
                continue
            code = bool(self.open) and self.open[-1].type in ("Code", "Pre", "PreCode")
            if byte not in (b"`" if code else _RESERVED):
                if units(byte) and byte != 0x0D:
                    self.line_start = False
                self.keep(byte)
                index += 1
            elif self._ends(index, byte):
                index = self._end(index, byte)
            else:
                index = self._begin(index, byte)
        self._end_of_text()
        if self.open:
            self._unended()
        return self.done()

    def _ends(self, index: int, byte: int) -> bool:
        if not self.open:
            return False
        following = self.at(index + 1)
        if self.quoting and byte == 0x0A and following != 0x3E:
            return True
        match self.open[-1].type:
            case "Bold":
                return byte == 0x2A
            case "Italic":
                return byte == 0x5F and following != 0x5F
            case "Underline":
                return byte == 0x5F and following == 0x5F
            case "Code":
                return byte == 0x60
            case "Pre" | "PreCode":
                return byte == 0x60 and following == self.at(index + 2) == 0x60
            case "TextUrl" | "CustomEmoji":
                return byte == 0x5D
            case "Strikethrough":
                return byte == 0x7E
            case "Spoiler":
                return byte == following == 0x7C
        return False

    def _begin(self, index: int, byte: int) -> int:
        place, following, argument = index, self.at(index + 1), ""
        if byte == 0x0A:
            self.keep(byte)
            self.line_start = True
            return index + 1
        if byte == 0x3E and self.line_start and self.quoting:
            return index + 1
        double = following == byte and byte in b"_|"
        kind = {0x5F: "Underline" if double else "Italic", 0x2A: "Bold", 0x7E: "Strikethrough", 0x5B: "TextUrl"}.get(
            byte
        )
        if byte == 0x60:
            kind = "Code"
            if following == self.at(index + 2) == 0x60:
                argument, index = self.language(index + 3)
                kind, index = ("PreCode" if argument else "Pre"), index - 1
        elif byte == 0x7C and double:
            kind = "Spoiler"
        elif byte == 0x21 and following == 0x5B:
            kind, index = "CustomEmoji", index + 1
        elif byte == 0x3E and self.line_start:
            kind, self.quoting = "BlockQuote", True
        if kind is None:
            raise EntityError(f"Character '{chr(byte)}' is reserved and must be escaped with the preceding '\\'")
        self.open.append(_Open(kind, argument, self.offset, place, len(self.out)))
        return index + (2 if double else 1)

    def _end(self, index: int, byte: int) -> int:
        expandable = False
        if byte == 0x0A and self.open[-1].type != "BlockQuote":
            last = self.open[-1]
            gap = index - last.place
            empty = gap == 2 or (gap == 3 and self.out[-1:] == b"\r")
            if last.type != "Spoiler" or not empty:
                self._unended()
            self.open.pop()
            if not self.open or self.open[-1].type != "BlockQuote":
                self._unended()
            expandable = True
        opened = self.open[-1]
        length = self.offset - opened.offset
        entity: Entity | None = None
        if opened.type == "BlockQuote":
            self.quoting = False
            self.keep(byte)
            self.line_start = True
            kind = "expandable_blockquote" if expandable else "blockquote"
            entity = Entity(kind, opened.offset, self.offset - opened.offset)
        elif opened.type in ("TextUrl", "CustomEmoji"):
            url, index = self._address(index, opened)
            entity = link(url, opened.offset, length) if opened.type == "TextUrl" else _tg(url, opened.offset, length)
        else:
            entity = Entity(
                _API[opened.type], opened.offset, length, {"language": opened.argument} if opened.argument else {}
            )
            index += {"Underline": 1, "Spoiler": 1, "Pre": 2, "PreCode": 2}.get(opened.type, 0)
        if entity is not None and (length or opened.type == "BlockQuote"):
            self.entities.append(entity)
        self.open.pop()
        return index + 1

    def _address(self, index: int, opened: _Open) -> tuple[str, int]:
        """The URL in round brackets behind the text, and where they close; without them, the text itself."""
        if self.at(index + 1) != 0x28:
            if opened.type == "CustomEmoji":
                raise EntityError("The entity must contain a tg://emoji or tg://time URL")
            return self.out[opened.start :].decode("utf-8", "replace"), index
        begin = index = index + 2
        url = bytearray()
        while index < len(self.raw) and self.at(index) != 0x29:
            escaped = self.at(index) == 0x5C and 0 < self.at(index + 1) <= 126
            url.append(self.at(index + escaped))
            index += 1 + escaped
        if self.at(index) != 0x29:
            raise EntityError(f"Can't find end of a URL at byte offset {begin}")
        return url.decode("utf-8", "replace"), index

    def _end_of_text(self) -> None:
        """A quotation may last until the end; two bars there make it expandable."""
        if not self.quoting:
            return
        kind = "blockquote"
        if self.open[-1].type == "Spoiler" and self.open[-1].place == len(self.raw) - 2:
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open and self.open[-1].type == "BlockQuote":
            opened = self.open.pop()
            if self.offset > opened.offset:
                self.entities.append(Entity(kind, opened.offset, self.offset - opened.offset))

    def _unended(self) -> None:
        last = self.open[-1]
        raise EntityError(f"Can't find end of {last.type} entity at byte offset {last.place}")


def _tg(url: str, offset: int, length: int) -> Entity:
    emoji, time = _EMOJI.match(url), _TIME.match(url)
    if emoji and int(emoji[1]):
        return Entity("custom_emoji", offset, length, {"custom_emoji_id": emoji[1]})
    if time:
        return Entity("date_time", offset, length, {"unix_time": int(time[1]), "date_time_format": time[2] or ""})
    raise EntityError("Invalid tg://emoji or tg://time URL specified")

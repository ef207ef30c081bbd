"""Makes any text fit to be shown: whatever a subject wrote, it can neither steer a terminal nor break a file."""

import re
import unicodedata

#: Complete escape sequences. An unterminated one loses its escape character only: it must not swallow what follows.
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # window title, hyperlinks
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # device strings
    r"|\x9b[0-?]*[ -/]*[@-~]"
)

#: Control characters, lone surrogates, marks that reverse the reading direction, and what XML forbids.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

CUT = "..."
#: A word of more characters is cut in two: to leave it out would take away what the line is about.
_LONGEST_WORD = 24


def clean(text: str) -> str:
    """`text` with tabs and newlines only, every other unfit character replaced by U+FFFD, escape sequences removed."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _UNFIT.sub("\ufffd", text)


def encodable(text: str) -> str:
    """`text` that UTF-8 can carry: lone surrogates replaced, everything else kept."""
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str, limit: int = 0) -> str:
    """`text` as one clean line of single blanks, of at most `limit` characters if that is positive."""
    # Far more than any limit asks for, far less than a megabyte to split.
    if limit:
        text = text[: limit * 8]
    line = " ".join(clean(text).split())
    if not limit or len(line) <= limit:
        return line
    place = max(limit - len(CUT), 0)
    return _whole_words(line[:place], line[place:]) + CUT


def block(text: str, limit: int) -> str:
    """Clean text with its lines, of at most `limit` characters; says how much was left out."""
    if len(text) <= limit:
        return clean(text)
    return f"{clean(text[:limit])}\n{CUT} {len(text) - limit} characters more"


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return len(text) if text.isascii() else sum(_cells(char) for char in text)


def fit(text: str, columns: int) -> str:
    """`text` as one clean line of at most `columns` terminal columns, cut with `...`, between words where it can be."""
    line = one_line(text, columns * 2)
    if cells(line) <= columns:
        return line
    return _whole_words(*_take(line, columns - len(CUT))) + CUT


def wrap(text: str, columns: int, lines: int) -> list[str]:
    """`text` on at most `lines` lines of `columns` terminal columns; the last is cut with `...`."""
    words = one_line(text, columns * (lines + 1)).split(" ")
    out: list[str] = []
    while words and len(out) < lines - 1:
        line, rest = _take(words.pop(0), columns)
        if rest:  # a word longer than a line, such as an address
            words.insert(0, rest)
        while not rest and words and cells(line) + 1 + cells(words[0]) <= columns:
            line += " " + words.pop(0)
        out.append(line)
    return [*out, fit(" ".join(words), columns)] if words else out


def natural(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key for ids: `2.9.1` before `2.10.1`."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"[.\-]", identifier))


def _take(text: str, columns: int) -> tuple[str, str]:
    """`text` divided where `columns` are full; at least one character is taken."""
    for place, char in enumerate(text):
        columns -= _cells(char)
        if columns < 0 and place:
            return text[:place], text[place:]
    return text, ""


def _whole_words(head: str, rest: str) -> str:
    """`head` without the part of a word that goes on in `rest`, unless that is most of a long word such as a path."""
    if rest[:1].strip() and head:
        shorter = head.rpartition(" ")[0].rstrip()
        if len(head) - len(shorter) <= max(_LONGEST_WORD, len(head) // 4) and shorter:
            head = shorter
    return head.rstrip(" ,;:")


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

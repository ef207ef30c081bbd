"""The little Markdown that records and indexes need: headings, fenced blocks, code spans, links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t](.*))?")
_CLOSING = re.compile(r"(?:^|(?<=[ \t]))#+$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"\[(?:[^\[\]]*)\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown text in parts.

    Attributes:
        title: The first heading of level one; empty without one.
        preamble: What stands between it and the first heading of level two.
        sections: Heading of level two to its text, fenced blocks included; of equal headings the first counts.
        fences: Info string and content of every fenced block.
        prose: The whole text with the lines of fenced blocks left empty, so that line numbers stay.
    """

    title: str = ""
    preamble: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    fences: tuple[tuple[str, str], ...] = ()
    prose: str = ""


def parse(text: str) -> Document:
    """Any text in parts; an unclosed fence reaches to the end, as in every renderer."""
    title = ""
    fences: list[tuple[str, list[str]]] = []
    parts: list[tuple[str, list[str]]] = [("", [])]
    prose: list[str] = []
    fence = ""
    for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"):
        match = _FENCE.fullmatch(line)
        if fence:
            prose.append("")
            parts[-1][1].append(line)
            if match and not match[2].strip() and match[1].startswith(fence):
                fence = ""
            else:
                fences[-1][1].append(line)
            continue
        if match and not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
            fences.append((match[2].strip(), []))
            prose.append("")
            parts[-1][1].append(line)
            continue
        prose.append(line)
        heading = _HEADING.fullmatch(line)
        words = _CLOSING.sub("", (heading[2] or "").strip()).strip() if heading else ""
        if heading and heading[1] == "#" and not title and len(parts) == 1:
            title = words
            parts[0] = ("", [])
        elif heading and heading[1] == "##":
            parts.append((words, []))
        else:
            parts[-1][1].append(line)
    sections: dict[str, str] = {}
    for name, lines in parts[1:]:
        sections.setdefault(name, "\n".join(lines))
    return Document(
        title=title,
        preamble="\n".join(parts[0][1]),
        sections=sections,
        fences=tuple((info, "\n".join(lines)) for info, lines in fences),
        prose="\n".join(prose),
    )


def has_content(text: str) -> bool:
    """Whether anything is left without comments and white space."""
    return bool(_COMMENT.sub("", text).strip())


def without_code(text: str) -> str:
    """The text without fenced blocks and code spans."""
    return _SPAN.sub("", parse(text).prose)


def code_spans(text: str) -> list[tuple[str, int]]:
    """Every code span outside fenced blocks, stripped, with its line from 1."""
    return [
        (match[2].strip(), number)
        for number, line in enumerate(parse(text).prose.split("\n"), 1)
        for match in _SPAN.finditer(line)
    ]


def links(text: str) -> list[tuple[str, int]]:
    """Every inline link's target outside code, with its line from 1."""
    return [
        (match[1], number)
        for number, line in enumerate(parse(text).prose.split("\n"), 1)
        for match in _LINK.finditer(_SPAN.sub("", line))
    ]

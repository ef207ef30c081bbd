"""Parses architecture decision records: any text gives a record, or named findings, never an exception.

A record is `ADR-NNN-slug.md`: a heading `# ADR-NNN: title`, then a list with Status, Date, Supersedes and Superseded
by, then the sections of `SECTIONS`. A fenced block opened by `toml claims` holds what checks recompute.
"""

import enum
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from ..model import Finding
from . import markdown

#: Section to the headings that are read as it, lower case; the common formats call the same thing by other names.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Context": ("context", "context and problem statement"),
    "Decision": ("decision", "decision outcome"),
    "Alternatives": ("alternatives", "alternatives considered", "considered options", "options considered"),
    "Consequences": ("consequences",),
}
INDEX, TEMPLATE = "README.md", "template.md"
FILE_NAME = re.compile(r"(ADR-[0-9]{3})-[a-z0-9]+(?:-[a-z0-9]+)*\.md")
RECORD_ID = re.compile(r"\bADR-[0-9]{3}\b")
_TITLE = re.compile(r"(ADR-[0-9]{3})\s*[^\w\s]?\s*(.*)")
FIELD = re.compile(r"[-*+]?\s*(Status|Date|Supersedes|Superseded by)\s*:\s*(.*)", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NONE = frozenset({"", "-", "none", "nothing", "n/a"})
#: What a person still has to write. Code is left out: workflow files and message templates use the same braces.
PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")


class AdrError(TradeopsError):
    """A record, or its block of claims, is missing or cannot be read."""


class Status(enum.StrEnum):
    """Where a decision stands."""

    PROPOSED = "Proposed"
    ACCEPTED = "Accepted"
    SUPERSEDED = "Superseded"
    DEPRECATED = "Deprecated"


@dataclass(frozen=True, slots=True)
class Record:
    """One decision.

    Attributes:
        id: `ADR-001`, the same in file name and heading.
        supersedes: Ids of the records that it replaces.
        superseded_by: Ids of the records that replace it; empty if none does.
        sections: Heading to text, in order, as written.
        file: The file's name.
        text: The whole text.
    """

    id: str
    title: str
    status: Status
    date: date
    supersedes: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    text: str = ""


def parse_record(file: str, text: str) -> tuple[Record | None, tuple[Finding, ...]]:
    """The record, None if its head cannot be read, and everything that is wrong with it. None comes with findings."""
    document = markdown.parse(text)
    findings: list[Finding] = []

    def wrong(reason: str, message: str, remedy: str) -> None:
        findings.append(Finding(f"adr: {reason}", message, file, remedy))

    name = FILE_NAME.fullmatch(file)
    if name is None:
        wrong("file name malformed", f"{file!r} is not a record's file name.", "Name it ADR-001-some-words.md.")
    title = _TITLE.fullmatch(document.title)
    if title is None or not title[2].strip():
        wrong("heading malformed", "The first heading does not name the record.", "Write `# ADR-001: The decision`.")
    elif name is not None and title[1] != name[1]:
        wrong("heading differs from file name", f"The heading says {title[1]}.", f"Make both say {name[1]}.")
    fields = fields_of(document.preamble)
    status, superseded_by = _status(fields)
    if status is None:
        wrong(
            "status unknown",
            f"The status is {fields.get('status', '')!r}.",
            "Write `- Status:` with Proposed, Accepted, Superseded by ADR-NNN, or Deprecated.",
        )
    elif status is Status.SUPERSEDED and not superseded_by:
        wrong("successor not named", "The record is superseded by nothing.", "Write `- Status: Superseded by ADR-NNN`.")
    day = parse_date(fields.get("date", ""))
    if day is None:
        wrong("date malformed", f"The date is {fields.get('date', '')!r}.", "Write `- Date: 2026-11-23`.")
    if fields.get("supersedes", "").lower() not in _NONE and not RECORD_ID.search(fields["supersedes"]):
        wrong("supersession malformed", "`Supersedes` names no record.", "Write `none`, or ids such as ADR-001.")
    for section in SECTIONS:
        body = section_text(document.sections, section)
        if body is None:
            wrong("section missing", f"The section {section!r} is missing.", f"Add `## {section}`.")
        elif not markdown.has_content(body):
            wrong("section empty", f"The section {section!r} is empty.", "Write it, or drop the record.")
    for placeholder in PLACEHOLDER.findall(markdown.without_code(text)):
        wrong(
            "placeholder left", f"{' '.join(placeholder.split())} was not filled in.", "Replace it by what was decided."
        )
    try:
        claims_of(text, file)
    except AdrError as error:
        wrong("claims malformed", error.message, error.remedy)
    if name is None or title is None or status is None or day is None:
        return None, tuple(findings)
    supersedes = tuple(dict.fromkeys(RECORD_ID.findall(fields.get("supersedes", ""))))
    record = Record(name[1], title[2].strip(), status, day, supersedes, superseded_by, document.sections, file, text)
    return record, tuple(findings)


def parse_date(text: str) -> date | None:
    """The ISO day, `2026-11-23` and no other spelling."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def section_text(sections: Mapping[str, str], name: str) -> str | None:
    """The text of a section of `SECTIONS` under whatever heading; None if it is missing."""
    return next((text for heading, text in sections.items() if heading.lower() in SECTIONS[name]), None)


def claims_of(text: str, where: str) -> dict[str, Any] | None:
    """The claims in a record's text; None without a block.

    Raises:
        AdrError: the block is not TOML, or there are two.
    """
    blocks = [body for info, body in markdown.parse(text).fences if info.split()[:2] == ["toml", "claims"]]
    if len(blocks) > 1:
        raise AdrError(f"{where} has {len(blocks)} blocks of claims.", remedy="Join them into one.")
    try:
        return tomllib.loads(blocks[0]) if blocks else None
    except (ValueError, RecursionError) as error:  # the decode error, and numbers or nesting beyond Python's limits
        raise AdrError(f"The claims in {where} are not valid TOML: {error}.", remedy="Correct the block.") from None


def read_claims(adr_dir: Path, record_id: str, shown: str = "") -> dict[str, Any]:
    """The claims of a record, as TOML's own types.

    Args:
        shown: What to call the folder in an error, such as `docs/adr` as it is configured; its name where not given.

    Raises:
        AdrError: the folder, the record or its block is missing, there are two, or it is not TOML.
    """
    remedy = "Run `tradeops init adr` and write the record."
    shown = shown or adr_dir.name
    if not adr_dir.is_dir():
        raise AdrError(f"There is no folder {shown!r} with decision records.", remedy=remedy)
    files = sorted(file for file in adr_dir.glob("*.md") if file.name.startswith(f"{record_id}-"))
    if not files:
        raise AdrError(f"{shown} has no record {record_id}.", remedy=remedy)
    if len(files) > 1:
        raise AdrError(f"{record_id} is in {', '.join(file.name for file in files)}.", remedy="Renumber all but one.")
    claims = claims_of(files[0].read_text(encoding="utf-8", errors="replace"), files[0].name)
    if claims is None:
        raise AdrError(
            f"{files[0].name} has no block of claims.", remedy="Add a fenced block that opens with ```toml claims."
        )
    return claims


def fields_of(preamble: str) -> dict[str, str]:
    """Field name in lower case to its text; the first of a name counts."""
    fields: dict[str, str] = {}
    for line in preamble.split("\n"):
        match = FIELD.fullmatch(line.replace("**", "").strip())
        if match:
            fields.setdefault(match[1].lower(), match[2].strip())
    return fields


def _status(fields: Mapping[str, str]) -> tuple[Status | None, tuple[str, ...]]:
    """The status, and the successors' ids, which may stand in the status or in their own field."""
    word = fields.get("status", "").lower()
    inline = RECORD_ID.findall(fields["status"]) if word.startswith("superseded by") else []
    successors = tuple(dict.fromkeys((*inline, *RECORD_ID.findall(fields.get("superseded by", "")))))
    if inline:
        return Status.SUPERSEDED, successors
    return next((status for status in Status if status.lower() == word), None), successors

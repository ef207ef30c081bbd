"""Makes records from the template: to prove that it is refused unfilled and accepted filled, and to plant faults."""

from collections.abc import Collection, Iterator
from datetime import date

from ..exceptions import DeclarationError
from ..model import Finding
from . import markdown
from .adr import FIELD, INDEX, PLACEHOLDER, SECTIONS, TEMPLATE, Status, fields_of, parse_record, section_text
from .adr_folder import AdrFolder

#: What stands for the heading and the fields in `leave`.
HEAD = ""
_WORDS = "This was written by a person."


def fill(template: str, record_id: str, day: date, *, supersedes: str = "none", leave: Collection[str] = ()) -> str:
    """A record made from the template: heading, fields, placeholders and empty sections are filled in.

    Args:
        leave: Sections to leave as they are; `HEAD` for heading and fields.
    """
    document = markdown.parse(template)
    values = {
        "status": Status.ACCEPTED.value,
        "date": day.isoformat(),
        "supersedes": supersedes,
        "superseded by": "none",
    }
    parts: list[str] = []
    if HEAD in leave:
        parts.append(f"# {document.title}\n{document.preamble}")
    else:
        lines = []
        for line in document.preamble.split("\n"):
            match = FIELD.fullmatch(line.replace("**", "").strip())
            lines.append(f"- {match[1]}: {values[match[1].lower()]}" if match else PLACEHOLDER.sub(_WORDS, line))
        if supersedes != "none" and "supersedes" not in fields_of(document.preamble):
            lines.insert(1, f"- Supersedes: {supersedes}")  # a template need not mention what few records have
        parts.append("\n".join((f"# {record_id}: {_WORDS}", *lines)))
    for name, text in document.sections.items():
        filled = text if name in leave else PLACEHOLDER.sub(_WORDS, text)
        if name not in leave and not markdown.has_content(filled):
            filled = f"\n{_WORDS}\n{filled}"
        parts.append(f"## {name}\n{filled}")
    return "\n".join(parts)


def without_section(template: str, name: str) -> str:
    """The template without a section of `SECTIONS`, under whatever heading.

    Raises:
        DeclarationError: it has no such section.
    """
    document = markdown.parse(template)
    kept = {heading: text for heading, text in document.sections.items() if heading.lower() not in SECTIONS[name]}
    if len(kept) == len(document.sections):
        raise DeclarationError(f"The template has no section {name!r}.", remedy="Plant the fault otherwise.")
    return "\n".join(
        (f"# {document.title}\n{document.preamble}", *(f"## {heading}\n{text}" for heading, text in kept.items()))
    )


def template_findings(template: str | None, day: date) -> tuple[int, tuple[Finding, ...]]:
    """How many records were made from the template and parsed, and what is wrong with it.

    One record is filled in and must be accepted. For each part one record leaves that part as it is, and must be
    refused: nobody can forget a section.
    """
    if template is None:
        return 0, (
            Finding("adr: template missing", f"The folder has no {TEMPLATE}.", TEMPLATE, "Run `tradeops init adr`."),
        )
    document = markdown.parse(template)
    lacking = [name for name in SECTIONS if section_text(document.sections, name) is None]
    if lacking:
        return 0, tuple(
            Finding("adr: template lacks section", f"It has no section {name!r}.", TEMPLATE, f"Add `## {name}`.")
            for name in lacking
        )
    known = {heading for headings in SECTIONS.values() for heading in headings}
    parts = (HEAD, *(name for name in document.sections if name.lower() in known))
    return len(parts) + 1, tuple(_trial(template, parts, day))


def _trial(template: str, parts: Collection[str], day: date) -> Iterator[Finding]:
    name, file = "ADR-999", "ADR-999-trial.md"
    _, wrong = parse_record(file, fill(template, name, day))
    for finding in wrong:
        yield Finding(
            "adr: template refused when filled",
            f"A record made from it is refused: {finding.message}",
            TEMPLATE,
            finding.remedy,
        )
    for part in parts:
        _, wrong = parse_record(file, fill(template, name, day, leave={part}))
        if not wrong:
            yield Finding(
                "adr: template accepted unfilled",
                f"A record that leaves {part or 'heading and fields'!r} as it is would be accepted.",
                TEMPLATE,
                "Put a placeholder in double braces there.",
            )


def plan_one_sided(folder: AdrFolder) -> dict[str, str]:
    """File name to text: a record that replaces the newest one, which knows nothing of it, and the index that lists it.

    Raises:
        DeclarationError: there is no record, index or template, or no number left.
    """
    if not folder.records or folder.index is None or folder.template is None:
        raise DeclarationError("The folder has no records, index or template.", remedy="Run `tradeops init adr`.")
    old = max(folder.records, key=lambda record: record.id)
    number = int(old.id[4:]) + 1
    if number > 999:
        raise DeclarationError("Every number is taken.", remedy="Plant the fault otherwise.")
    new = f"ADR-{number:03d}"
    file = f"{new}-successor.md"
    return {
        file: fill(folder.template, new, old.date, supersedes=old.id),
        INDEX: f"{folder.index.rstrip()}\n\n- [{new}]({file})\n",
    }

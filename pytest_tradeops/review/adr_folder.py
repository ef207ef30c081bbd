"""A folder of decision records as a whole: numbering, dates, supersession, and an index that is complete."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ..model import Finding
from . import markdown
from .adr import INDEX, RECORD_ID, SECTIONS, TEMPLATE, Record, Status, parse_record


@dataclass(frozen=True, slots=True)
class AdrFolder:
    """What is in the folder.

    Attributes:
        records: Those whose head can be read, by file name.
        index: Text of `README.md`; None without one.
        template: Text of `template.md`; None without one.
        findings: What is wrong with single records.
    """

    records: tuple[Record, ...] = ()
    index: str | None = None
    template: str | None = None
    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = field(default=())


def read_folder(folder: Path) -> AdrFolder:
    """Reads every file that looks like a record, also a misnamed one; other files are nobody's business here."""
    files = sorted(file.name for file in folder.glob("*.md") if file.name not in (INDEX, TEMPLATE))
    files = [name for name in files if name[:3].lower() == "adr" or name[:1].isdigit()]
    parsed = [parse_record(name, _text(folder / name) or "") for name in files]
    return AdrFolder(
        records=tuple(record for record, _ in parsed if record is not None),
        index=_text(folder / INDEX),
        template=_text(folder / TEMPLATE),
        findings=tuple(finding for _, findings in parsed for finding in findings),
        files=tuple(files),
    )


def folder_findings(folder: AdrFolder, *, today: date, committed: Mapping[str, date]) -> tuple[Finding, ...]:
    """Everything that is wrong with the folder.

    Args:
        today: A UTC day; no record may be dated later.
        committed: File name to the day of its first commit, for those that git knows.
    """
    return (
        *folder.findings,
        *_numbering(folder),
        *_dates(folder, today, committed),
        *_supersession(folder),
        *_index(folder),
        *_extra_sections(folder),
    )


def _numbering(folder: AdrFolder) -> Iterator[Finding]:
    """A number stands for one record; one that was left out needs a word in the index, so that nobody looks for it."""
    by_id: dict[str, list[str]] = {}
    for record in folder.records:
        by_id.setdefault(record.id, []).append(record.file)
    for record_id, files in by_id.items():
        if len(files) > 1:
            yield Finding(
                "adr: number twice", f"{record_id} is {' and '.join(files)}.", files[-1], "Renumber the newer one."
            )
    explained = set(RECORD_ID.findall(markdown.parse(folder.index or "").prose))
    for number in range(1, max((int(one[4:]) for one in by_id), default=0)):
        missing = f"ADR-{number:03d}"
        if missing not in by_id and missing not in explained:
            yield Finding(
                "adr: gap in numbering",
                f"There is no {missing}, and the index does not say why.",
                INDEX,
                f"Add the record, or a line to {INDEX} that says what {missing} is kept for.",
            )


def _dates(folder: AdrFolder, today: date, committed: Mapping[str, date]) -> Iterator[Finding]:
    for record in folder.records:
        if record.date > today:
            yield Finding(
                "adr: date in the future", f"{record.id} is dated {record.date}.", record.file, "Correct the date."
            )
        first = committed.get(record.file)
        # One day of tolerance: the author's evening may be the next day in UTC, and the other way round.
        if first is not None and record.date > first + timedelta(days=1):
            yield Finding(
                "adr: date after its commit",
                f"{record.id} is dated {record.date}, but was committed on {first}.",
                record.file,
                "Write the day on which the record was written; a later change of mind is a record of its own.",
            )


def _supersession(folder: AdrFolder) -> Iterator[Finding]:
    by_id = {record.id: record for record in folder.records}
    pairs = {(new.id, old): new for new in folder.records for old in new.supersedes}
    pairs.update({(new, old.id): old for old in folder.records for new in old.superseded_by})
    for (new_id, old_id), source in sorted(pairs.items()):
        new, old = by_id.get(new_id), by_id.get(old_id)
        if new is None or old is None:
            absent = new_id if new is None else old_id
            yield Finding("adr: supersession of nothing", f"There is no {absent}.", source.file, "Correct the id.")
        elif new_id <= old_id:
            yield Finding(
                "adr: supersession backwards", f"{new_id} cannot replace {old_id}.", source.file, "Swap the ids."
            )
        elif new.status is Status.PROPOSED:
            if new_id in old.superseded_by:
                yield Finding(
                    "adr: superseded by a proposal", f"{new_id} is not accepted yet.", old.file, "Accept it first."
                )
        elif old.status is not Status.SUPERSEDED or new_id not in old.superseded_by or old_id not in new.supersedes:
            yield Finding(
                "adr: supersession one-sided",
                f"{new_id} and {old_id} ({old.status}) do not agree that the one replaces the other.",
                old.file,
                f"Write `Status: Superseded by {new_id}` in {old_id} and `Supersedes: {old_id}` in {new_id}.",
            )


def _index(folder: AdrFolder) -> Iterator[Finding]:
    if folder.index is None:
        yield Finding("adr: index missing", f"The folder has no {INDEX}.", INDEX, "Run `tradeops init adr`.")
        return
    targets = {target.partition("#")[0].removeprefix("./"): line for target, line in markdown.links(folder.index)}
    for record in folder.records:
        if record.file not in targets:
            yield Finding(
                "adr: not in index", f"{INDEX} does not link to {record.file}.", INDEX, "Add a line with its link."
            )
    for target, line in targets.items():
        if target[:4] == "ADR-" and target not in folder.files:
            yield Finding("adr: index link dead", f"There is no {target}.", f"{INDEX}:{line}", "Correct the link.")
    for number, text in enumerate(markdown.parse(folder.index).prose.split("\n"), 1):
        named = [status for status in Status if status.value in text]
        for record in folder.records:
            if f"({record.file}" in text and named and record.status not in named:
                yield Finding(
                    "adr: index status differs",
                    f"The index calls {record.id} {named[0]}, the record says {record.status}.",
                    f"{INDEX}:{number}",
                    "Copy the record's status into the index.",
                )


def _extra_sections(folder: AdrFolder) -> Iterator[Finding]:
    """The project's own sections; those of `SECTIONS` are looked for when a record is parsed."""
    known = {heading for headings in SECTIONS.values() for heading in headings}
    own = [name for name in markdown.parse(folder.template or "").sections if name.lower() not in known]
    for record in folder.records:
        present = {name.lower() for name in record.sections}
        for name in own:
            if name.lower() not in present:
                yield Finding(
                    "adr: section missing",
                    f"{record.id} lacks the template's section {name!r}.",
                    record.file,
                    f"Add `## {name}`, or take it out of {TEMPLATE}.",
                )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None

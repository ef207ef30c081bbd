"""One scan held against a baseline."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ...model import Finding
from ..bandit import BanditReport
from .file import Entry, parse
from .key import Key, Source, key_of
from .matching import Match, match

REASON_BEYOND = "bandit: finding beyond baseline"
REASON_STALE = "bandit: stale baseline entry"
REASON_EXPIRED = "bandit: baseline entry expired"


@dataclass(frozen=True, slots=True)
class Excused:
    """What a baseline does for one scan.

    Attributes:
        accepted: Number of an issue to the entry that excuses it.
        pending: The same of entries that the base revision does not have yet.
        remark: Why the base revision has none, if the work tree has; else empty.
    """

    accepted: Mapping[int, Entry]
    pending: Mapping[int, Entry]
    remark: str = ""


def keys(root: Path, folder: str, report: BanditReport) -> dict[int, Key]:
    """The key of each issue, hidden by a comment or not, by its number in `report.issues`.

    Args:
        root: The subject's folder.
        folder: The scanned folder, relative to it.
    """
    return _keys(root, folder, report, range(len(report.issues)))


def high(root: Path, folder: str, report: BanditReport) -> dict[int, Key]:
    """The same of those of HIGH severity, which are the ones that block."""
    wanted = [number for number, issue in enumerate(report.issues) if issue.severity == "HIGH"]
    return _keys(root, folder, report, wanted)


def _keys(root: Path, folder: str, report: BanditReport, wanted: Iterable[int]) -> dict[int, Key]:
    sources: dict[str, Source] = {}
    found = {}
    for number in wanted:
        issue = report.issues[number]
        if issue.file not in sources:
            sources[issue.file] = _source(root / folder / issue.file)
        found[number] = key_of(sources[issue.file], issue.test, f"{folder}/{issue.file}", issue.line)
    return found


def hold(folder: str, report: BanditReport, found: Mapping[int, Key], entries: Iterable[Entry]) -> Match:
    """Matches what `high` found in a report with a baseline's entries."""
    files = (key_of(Source(b""), "", f"{folder}/{name}", 1).file for name in report.files)
    return match(found, entries, files)


def findings(report: BanditReport, folder: str, matched: Match, name: str, today: date) -> list[Finding]:
    """What is wrong between a report and the baseline it was held against: one to one, or a finding for the odd one.

    Args:
        name: The baseline's file, for messages.
    """
    found = []
    for number in matched.beyond:
        issue = report.issues[number]
        found.append(
            Finding(
                REASON_BEYOND,
                f"{issue.test}: {issue.text}",
                f"{folder}/{issue.file}:{issue.line}",
                f"Rewrite the line, or own it: `tradeops baseline create --merge` adds it to {name}.",
            )
        )
    for entry in matched.stale:
        found.append(
            Finding(
                REASON_STALE,
                f"{entry.key.rule} in {entry.key.file}, {entry.key.within}, is not found any more.",
                entry.where,
                "Remove the entry, or run `tradeops baseline create --merge`.",
            )
        )
    for entry in matched.accepted.values():
        if not entry.counts(today):
            found.append(
                Finding(
                    REASON_EXPIRED,
                    f"{entry.key.rule} in {entry.key.file} was owned by {entry.owner} until {entry.expires}.",
                    entry.where,
                    "Repair what it stands for, or renew it with `tradeops baseline create --merge`.",
                )
            )
    return found


def excused(
    root: Path, folder: str, report: BanditReport, name: str, base: Callable[[], tuple[str | None, str]], today: date
) -> Excused:
    """What does not block: the issues whose entry stands in the work tree and in the base revision.

    Args:
        name: The baseline's file, relative to the subject.
        base: Its text at the base revision, else why there is none; asked only if there is something to excuse.
    """
    file = root / name
    found = high(root, folder, report) if file.is_file() else {}
    if not found:
        return Excused({}, {})
    text, why = base()
    mine, _ = parse(file.read_text(encoding="utf-8", errors="replace"), today, name=name)
    theirs, _ = parse(text or "", today, name=name)
    accepted = hold(folder, report, found, counting(mine, theirs, today)).accepted
    present = hold(folder, report, found, (entry for entry in mine if entry.counts(today))).accepted
    pending = {number: entry for number, entry in present.items() if number not in accepted}
    return Excused(accepted, pending, f"ignored: {why}" if why else "")


def counting(mine: Iterable[Entry], base: Iterable[Entry], today: date) -> list[Entry]:
    """The entries of the work tree that the base revision has, too, and that have expired in neither.

    What a change adds does not count for the change itself, and what it removes ends at once.
    """
    known = Counter(entry.key for entry in base if entry.counts(today))
    counted = []
    for entry in mine:
        if entry.counts(today) and known[entry.key] > 0:
            known[entry.key] -= 1
            counted.append(entry)
    return counted


def _source(file: Path) -> Source:
    try:
        return Source(file.read_bytes())
    except OSError:  # it was there a moment ago: then the key differs, and the finding is new
        return Source(b"")

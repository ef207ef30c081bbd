"""Runs bandit over a folder and reads its JSON report, never its exit code alone.

bandit ends with 0 for a folder that does not exist, for a file it cannot parse and for one that it was told to leave
out. Here each of these has a name, and the subject's own settings do not take part: no `.bandit`, no excluded
folders, and the interpreter does not look for modules beside the scanned code. The trading rules of `rules/` take part:
bandit finds them as plugins of this interpreter's own environment.
"""

import errno
import importlib.metadata
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..exceptions import Inconclusive
from ..model import Finding
from .fan_out import Task, cores, merged, run_tasks, shares
from .folder import SCANNED as SCANNED
from .folder import Listing, list_folder

#: What the system says of a file that cannot be opened; anything else that bandit gives is about what is in it.
_NOT_READ = frozenset(map(os.strerror, (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP, errno.EIO)))
_READABLE = "Correct its rights or where the link leads, or move it out of the folder."
_VALID = "Make it valid Python for the version that runs this check, or move it out of the folder."
_QUOTING = frozenset({"B105", "B106", "B107"})
REASON_MISSING = "bandit: strategies missing"
REASON_NOTHING = "bandit: nothing scanned"
REASON_UNPARSED = "bandit: file not parsed"
REASON_SKIPPED = "bandit: file skipped"
REASON_NOSEC = "bandit: HIGH suppressed by nosec"


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One thing that bandit reports.

    Attributes:
        file: Relative to the scanned folder, with `/`.
        line: From 1.
        test: bandit's test id, such as `B602`.
        severity: `HIGH`, `MEDIUM`, `LOW` or `UNDEFINED`; `confidence` likewise.
        suppressed: A `# nosec` comment hides it from an ordinary run.
        name: The test's name, such as `subprocess_popen_with_shell_equals_true`.
        link: The page that explains it; bandit gives its start page for tests that are not its own.
        cwe: Number of the weakness, 0 if there is none.
    """

    file: str
    line: int
    test: str
    severity: str
    confidence: str
    text: str
    suppressed: bool = False
    name: str = ""
    link: str = ""
    cwe: int = 0


@dataclass(frozen=True, slots=True)
class BanditReport:
    """What one scan said.

    Attributes:
        files: Every file that bandit read, relative to the folder.
        loc: Lines that are neither empty nor comments, of all read files.
        nosec: Issues hidden by a bare `# nosec`; `skipped_tests`: those hidden by one that names its test.
        errors: File to the reason why bandit gave it up.
        unlisted: Python files in the folder that bandit does not mention at all.
        refused: File to the reason why bandit was not given it: no regular file, or too large.
        closed: Folders that cannot be read; `.` is the scanned one itself.
        not_scanned: Suffix to the number of files that may hold code but are not Python source.
    """

    version: str
    files: tuple[str, ...]
    loc: int
    nosec: int
    skipped_tests: int
    issues: tuple[Issue, ...]
    errors: tuple[tuple[str, str], ...]
    unlisted: tuple[str, ...]
    not_scanned: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, str], ...] = ()
    closed: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """JSON values, the same for the same tree."""
        return {
            "bandit": self.version,
            "files": len(self.files),
            "lines of code": self.loc,
            "issues": dict(sorted(Counter(one.severity for one in self.issues if not one.suppressed).items())),
            "suppressed by nosec": self.nosec + self.skipped_tests,
            "suppressed by a nosec that names its test": self.skipped_tests,
            "not scanned": dict(self.not_scanned),
        }


def scan(folder: Path, *, timeout: float = 120.0, workers: int | None = None) -> BanditReport:
    """Scans every Python file under `folder`, linked folders included (each real folder once).

    Args:
        timeout: Seconds.
        workers: How many processes may scan a large tree at a time; default as many as there are processors.

    Raises:
        Inconclusive: bandit is not installed, crashed, took longer than `timeout` seconds, or wrote no usable report.
    """
    listing = list_folder(folder)
    python = listing.python
    try:
        version = importlib.metadata.version("bandit")
    except importlib.metadata.PackageNotFoundError:
        raise Inconclusive(
            "bandit is not installed.", remedy="Run `pip install 'pytest-tradeops[security]'`."
        ) from None
    audit, plain = _both(folder, listing, timeout, workers or cores())
    visible = Counter(_issues(plain))
    issues = []
    for issue in _issues(audit):
        visible[issue] -= 1
        issues.append(replace(issue, suppressed=visible[issue] < 0))
    metrics = plain["metrics"].values()
    errors = {_relative(one["filename"]): str(one["reason"]) for one in (*audit["errors"], *plain["errors"])}
    listed = {_relative(name) for name in audit["metrics"]} & {_relative(name) for name in plain["metrics"]}
    return BanditReport(
        version=version,
        files=tuple(sorted(listed)),
        loc=sum(int(one["loc"]) for one in metrics),
        nosec=sum(int(one["nosec"]) for one in metrics),
        skipped_tests=sum(int(one["skipped_tests"]) for one in metrics),
        issues=tuple(sorted(issues)),
        errors=tuple(sorted(errors.items())),
        unlisted=tuple(name for name in python if name not in listed and name not in errors),
        not_scanned=tuple(sorted(listing.others.items())),
        refused=listing.refused,
        closed=listing.closed,
    )


def findings(
    report: BanditReport, folder: str = "strategies", accepted: Collection[int] = frozenset()
) -> list[Finding]:
    """What speaks against the scanned code; empty if bandit read everything and found nothing of HIGH severity.

    Args:
        folder: Its name inside the subject, for the places.
        accepted: Numbers of issues that a baseline accounts for.
    """
    found = unread(report, folder)
    for number, issue in enumerate(report.issues):
        if issue.severity == "HIGH" and number not in accepted:
            found.append(
                Finding(
                    REASON_NOSEC if issue.suppressed else f"bandit: {issue.test} HIGH",
                    f"{issue.test}: {issue.text}" if issue.suppressed else issue.text,
                    f"{folder}/{issue.file}:{issue.line}",
                    f"Rewrite the line; {_explained(issue.test)} explains {issue.test}.",
                )
            )
    return found


def unread(report: BanditReport, folder: str = "strategies") -> list[Finding]:
    """Why the report does not speak for all of the code: files that were not read, or no code at all."""
    found = [
        Finding(
            REASON_UNPARSED,
            f"bandit gave the file up: {reason}.",
            f"{folder}/{name}",
            _READABLE if reason in _NOT_READ else _VALID,
        )
        for name, reason in report.errors
    ]
    found += [
        Finding(
            REASON_SKIPPED,
            "bandit did not read this Python file.",
            f"{folder}/{name}",
            "Put the file itself, not a link to it, into the folder.",
        )
        for name in report.unlisted
    ]
    found += [
        Finding(
            REASON_SKIPPED,
            f"bandit was not given this: {reason}.",
            f"{folder}/{name}",
            "Put Python files of a usual size into the folder, and nothing else that is named like one.",
        )
        for name, reason in report.refused
    ]
    found += [
        Finding(
            REASON_SKIPPED,
            "this folder cannot be read, so nothing in it was scanned.",
            folder if name == "." else f"{folder}/{name}",
            "Correct its rights.",
        )
        for name in report.closed
    ]
    if report.loc == 0 and "." not in report.closed:
        found.append(
            Finding(
                REASON_NOTHING,
                "there is no line of Python code in the folder.",
                folder,
                "Put the strategies there, or name their folder as `strategies` in [tool.tradeops].",
            )
        )
    return found


def _explained(test: str) -> str:
    return "docs/trading-rules.md of pytest-tradeops" if test.startswith("T") else "https://bandit.readthedocs.io"


def _both(folder: Path, listing: Listing, timeout: float, workers: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What bandit says without regard to comments, and what it says with them."""
    sets = _sets(folder, listing, workers)
    # Only a comment can hide an issue, so of a file without the word a second run would say the same.
    mention = tuple(name for name in listing.python if _mentions_nosec(folder / name))
    again = shares({f"./{name}": _size(folder / name) for name in mention}, workers) if mention else []
    tasks = [*(Task(one, ignore_nosec=True) for one in sets), *(Task(one, ignore_nosec=False) for one in again)]
    reports = run_tasks(folder, tasks, timeout, workers)
    audit, hiding = merged(reports[: len(sets)]), merged(reports[len(sets) :])
    repeated = frozenset(mention)
    plain = {
        "metrics": {name: one for name, one in audit["metrics"].items() if _relative(name) not in repeated},
        "errors": hiding["errors"],
        "results": [one for one in audit["results"] if _relative(one["filename"]) not in repeated],
    }
    plain["metrics"].update(hiding["metrics"])
    plain["results"].extend(hiding["results"])
    return audit, plain


def _sets(folder: Path, listing: Listing, workers: int) -> list[tuple[str, ...]]:
    """What each run is given: all as folders if one run does it, else files by name."""
    names = (*listing.python, *listing.dangling)
    if not names:
        return []
    sets = shares({f"./{name}": _size(folder / name) for name in names}, workers)
    return [listing.targets] if len(sets) == 1 else sets


def _issues(report: dict[str, Any]) -> Iterator[Issue]:
    for one in report["results"]:
        yield Issue(
            file=_relative(one["filename"]),
            line=int(one["line_number"]),
            test=str(one["test_id"]),
            severity=str(one["issue_severity"]),
            confidence=str(one["issue_confidence"]),
            text=_without_value(str(one["test_id"]), str(one["issue_text"])),
            name=str(one.get("test_name", "")),
            link=str(one.get("more_info", "")),
            cwe=int((one.get("issue_cwe") or {}).get("id", 0)),
        )


def _without_value(test: str, text: str) -> str:
    """bandit's tests for passwords quote the password."""
    return text.partition(":")[0] + "." if test in _QUOTING else text


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _mentions_nosec(file: Path) -> bool:
    try:
        return b"nosec" in file.read_bytes()
    except OSError:  # bandit reports the unreadable file itself
        return False


def _relative(name: str) -> str:
    return Path(name).as_posix()

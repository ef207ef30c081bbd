"""`tradeops bandit`: what bandit finds in the strategies, as text, JSON or SARIF, and what the baseline says of it."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import clock
from ..exceptions import TradeopsError
from ..gate.report.write import put_text
from ..gate.waivers import base_baseline
from ..gitrepo import GitRepo
from .context import Context, Verbs, add_format, add_verb, counted, findings_json, patience, say, say_json

if TYPE_CHECKING:
    from ..security.bandit import BanditReport

_DESCRIPTION = (
    "Scans the strategies folder as SEC-001 does, trading rules included; or files, wherever they are; or what is "
    "staged. Exit 1 if there is a finding of HIGH severity that the baseline of the base revision does not account "
    "for, or a file that was not read."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [common], "bandit", "Say what bandit finds in the strategies", description=_DESCRIPTION)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="Scan these instead of the strategies")
    parser.add_argument(
        "--staged", action="store_true", help="Scan the Python files that are staged, as the next commit will have them"
    )
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="Write the findings as SARIF 2.1.0, too")
    add_format(parser)
    parser.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    if not options.files and not options.staged:
        return _run(context, options, context.root, context.settings.strategies, scan(context))
    if options.files and options.staged:
        raise TradeopsError("FILE and --staged exclude each other.", remedy="Name files, or take what is staged.")
    from .. import processes
    from ..security import bandit
    from ..security.chosen import lay_out_named, lay_out_staged
    from ..security.folder import LARGEST

    with processes.scratch("tradeops-files-") as place:
        if options.staged:
            chosen = lay_out_staged(context.root, place, bandit.SCANNED)
        else:
            chosen = lay_out_named(context.root, options.files, place, LARGEST, bandit.SCANNED)
        if not chosen.files:
            say("Nothing is staged that bandit reads.")
            return 0
        _copy_baseline(context, place, chosen.files)
        with patience(f"scanning {counted(len(chosen.files), 'file')}"):
            report = bandit.scan(place)
        return _run(context, options, place, ".", report)


def _run(context: Context, options: argparse.Namespace, root: Path, folder: str, report: "BanditReport") -> int:
    """Says what a report of `folder` holds, which lies below `root`: the subject, or chosen files of it."""
    from ..security import bandit, baseline, sarif
    from ..security.settings import SecuritySettings

    settings = context.settings
    name = settings.security.baseline

    def base() -> tuple[str | None, str]:
        return base_baseline(GitRepo(context.root), name, SecuritySettings().baseline, settings.default_branch)

    excused = baseline.excused(root, folder, report, name, base, clock.today())
    keys = baseline.keys(root, folder, report)
    against = bandit.findings(report, folder, excused.accepted)
    if root != context.root:  # of chosen files, each may be an empty one
        against = [one for one in against if one.reason != bandit.REASON_NOTHING]
    if options.sarif:
        text = json.dumps(sarif.log(report, folder, keys, excused), indent=2) + "\n"
        write(options.sarif, str(options.sarif), text, "Name another file.")
    issues = []
    for number, issue in enumerate(report.issues):
        entry = excused.accepted.get(number) or excused.pending.get(number)
        issues.append(
            {
                "rule": issue.test,
                "severity": issue.severity,
                "path": keys[number].file,
                "line": issue.line,
                "within": keys[number].within,
                "text": issue.text,
                "nosec": issue.suppressed,
                "baseline": "accepted" if number in excused.accepted else "pending" if entry else "",
                "owner": entry.owner if entry else "",
                "expires": entry.expires.isoformat() if entry else "",
            }
        )
    if options.format == "json":
        say_json({"examined": report.facts(), "issues": issues, "against": findings_json(against)})
        return 1 if against else 0
    unread = {one.reason for one in bandit.unread(report, folder)}
    for one in issues:
        say(f"{one['path']}:{one['line']}: {one['rule']} {one['severity']}: {one['text']}{_notes(one)}")
    for finding in (one for one in against if one.reason in unread):
        say(f"{finding.where}: {finding.message} {finding.remedy}")
    say(f"Examined: {counted(len(report.files), 'file')}, {counted(report.loc, 'line')}; {len(against)} block.")
    return 1 if against else 0


def _copy_baseline(context: Context, place: Path, files: Sequence[str]) -> None:
    """The entries of the chosen files: one of another file would excuse what looks as if it had moved here."""
    from ..security import baseline

    name = context.settings.security.baseline
    try:
        text = (context.root / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    entries, _ = baseline.parse(text, clock.today(), name=name)
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(baseline.render([one for one in entries if one.key.file in files]), encoding="utf-8")


def _notes(issue: Mapping[str, Any]) -> str:
    notes = ["hidden by nosec"] * bool(issue["nosec"])
    if issue["baseline"]:
        merged = ", once that is merged" * (issue["baseline"] == "pending")
        notes.append(f"in the baseline, {issue['owner']} until {issue['expires']}{merged}")
    return f" ({'; '.join(notes)})" if notes else ""


def scan(context: Context) -> "BanditReport":
    """What bandit says of the strategies.

    Raises:
        TradeopsError: there is no such folder.
        Inconclusive: as `security.bandit.scan`.
    """
    from ..security import bandit

    folder = context.settings.strategies
    if not (context.root / folder).is_dir():
        remedy = "Run `tradeops init strategies`, or name yours as `strategies` in [tool.tradeops]."
        raise TradeopsError(f"There is no folder {folder}/.", remedy=remedy)
    with patience(f"scanning {folder}/"):
        return bandit.scan(context.root / folder)


def write(file: Path, name: str, text: str, remedy: str) -> None:
    """Writes a file that was asked for, whole or not at all; TradeopsError with the remedy if it cannot be written."""
    try:
        file.parent.stat()  # a folder that is not there was more likely mistyped than meant
        put_text(file, text)
    except OSError as error:
        raise TradeopsError(f"{name} cannot be written: {error.strerror}.", remedy=remedy) from None

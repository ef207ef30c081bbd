"""`tradeops baseline create`: records bandit's present findings of HIGH severity, so that only new ones block."""

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from .. import clock
from ..exceptions import TradeopsError
from .bandit import scan, write
from .context import Context, Verbs, add_verb, say

if TYPE_CHECKING:
    from ..security.bandit import BanditReport
    from ..security.baseline import Entry

_DESCRIPTION = (
    "Scans the strategies folder with bandit and writes one entry for each finding of HIGH severity into the baseline "
    "(tradeops-bandit-baseline.toml). Entries count once they are merged."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "baseline", "Own what bandit finds today, so that only new findings block")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = add_verb(actions, [common], "create", "Record the present findings", description=_DESCRIPTION)
    create.add_argument("--owner", required=True, help="Who sees to it that they are repaired")
    create.add_argument("--reason", required=True, help="Why they may stay until then")
    create.add_argument("--expires", required=True, metavar="DATE", help="Last day, such as 2026-12-31")
    existing = create.add_mutually_exclusive_group()
    existing.add_argument(
        "--merge", action="store_true", help="Keep the file's entries; renew expired, add new, drop stale ones"
    )
    existing.add_argument("--force", action="store_true", help="Write the file anew")
    create.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    from ..security import baseline
    from ..security.baseline import Entry

    today = clock.today()
    owner, reason, expires = (
        _text(options.owner, "owner"),
        _text(options.reason, "reason"),
        _day(options.expires, today),
    )
    folder, name = context.settings.strategies, context.settings.security.baseline
    file = context.root / name
    if file.exists() and not (options.merge or options.force):
        raise TradeopsError(f"{name} exists.", remedy="Add to it with --merge, or write it anew with --force.")
    old = _entries(file, name, today) if options.merge and file.exists() else []
    report = _scan(context)
    found = baseline.high(context.root, folder, report)
    matched = baseline.hold(folder, report, found, old)
    kept = {number: entry for number, entry in matched.accepted.items() if entry.counts(today)}
    entries = [
        replace(kept[number], key=key) if number in kept else Entry(key, owner, reason, expires)
        for number, key in found.items()
    ]
    if not entries and not file.exists():
        say(f"bandit finds nothing of HIGH severity in {folder}/, so {name} is not needed and was not written.")
        return 0
    write(file, name, baseline.render(entries), "Correct its place.")
    new = len(entries) - len(kept)
    until = f", owned by {owner} until {expires}" if new else ""
    also = [f"kept {len(kept)}"] * bool(kept) + [f"dropped {len(matched.stale)} whose finding is gone"] * bool(
        matched.stale
    )
    what = "1 finding" if new == 1 else f"{new} findings"
    say(f"Recorded {what} of HIGH severity in {folder}/ in {name}{until}{''.join(f'; {one}' for one in also)}.")
    return 0


def _scan(context: Context) -> "BanditReport":
    from ..security import bandit

    report = scan(context)
    for finding in bandit.unread(report, context.settings.strategies):
        raise TradeopsError(f"{finding.where}: {finding.message}", remedy=finding.remedy)
    return report


def _entries(file: Path, name: str, today: date) -> list["Entry"]:
    from ..security import baseline

    entries, problems = baseline.parse(_read(file, name), today, name=name)
    for problem in problems:
        raise TradeopsError(f"{problem.where}: {problem.message}", remedy=problem.remedy)
    return entries


def _read(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise TradeopsError(f"{name} cannot be read: {error.strerror}.", remedy="Correct its permissions.") from None


def _text(value: str, what: str) -> str:
    if not value.strip():
        raise TradeopsError(f"--{what} is empty.", remedy=f"An entry without {what} does not count.")
    return value.strip()


def _day(value: str, today: date) -> date:
    from ..security.baseline import latest

    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise TradeopsError(f"--expires {value} is no date.", remedy="Write it like 2026-12-31.") from None
    if day <= today:
        raise TradeopsError(f"--expires {day} is not in the future.", remedy="Name a later day.")
    if day > latest(today):
        raise TradeopsError(f"--expires {day} is more than a year away.", remedy=f"Name {latest(today)} or earlier.")
    return day

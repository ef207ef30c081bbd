"""`tradeops waivers lint`: whether the waiver file of the work tree can be used."""

import argparse

from .. import clock
from ..gate.waivers import Waiver, WaiverBook, parse
from .context import Context, Verbs, add_format, add_verb, findings_json, say, say_json


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "waivers", "Look at the waiver file")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    lint = add_verb(
        actions,
        [common],
        "lint",
        "Say what is wrong with the waiver file",
        description="Reads the work tree's file; exit 1 if anything is wrong. The gate goes by the base revision's.",
    )
    add_format(lint)
    lint.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    name, today = context.settings.waivers, clock.today()
    path = context.root / name
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    waivers, problems = parse(text, context.catalogue.ids, today, name=name)
    notes = WaiverBook(tuple(waivers)).notes(today)
    if options.format == "json":
        say_json(
            {
                "problems": findings_json(problems),
                "waivers": [{**_json(waiver), "counts": waiver.counts(today)} for waiver in waivers],
                "notes": list(notes),
            }
        )
        return 1 if problems else 0
    for problem in problems:
        say(f"{problem.where}: {problem.message} {problem.remedy}")
    for note in notes:
        say(note)
    if not problems:
        say(
            f"{name}: {_count(len(waivers))}, nothing wrong."
            if path.is_file()
            else f"There is no {name}: nothing is waived."
        )
    return 1 if problems else 0


def _json(waiver: Waiver) -> dict[str, str]:
    return {
        "check": waiver.check,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
    }


def _count(number: int) -> str:
    return "1 waiver" if number == 1 else f"{number} waivers"

"""`tradeops explain`: what one check proves, how it is proven to notice, and how to run it."""

import argparse
import textwrap

from ..gate.catalogue import CatalogueEntry
from ..gate.checklist import items
from ..gate.profile import load_profile, packaged
from .context import Context, Verbs, add_format, add_verb, say, say_json
from .listing import describe


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [common], "explain", "Say what a check proves, and what it does not")
    parser.add_argument("check", metavar="ID", help="Such as SEC-001")
    add_format(parser)
    parser.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    entry = context.entry(options.check)
    profiles = required_by(context, entry)
    if options.format == "json":
        say_json({**describe(context, entry), "required_by": profiles})
    else:
        for line in _lines(context, entry, profiles):
            say(line)
    return 0


def required_by(context: Context, entry: CatalogueEntry) -> list[str]:
    """The profiles that require the check."""
    own = context.settings.profiles
    ids = context.catalogue.ids
    return [name for name in (*packaged(), *own) if entry.spec.id in load_profile(name, own, ids).required]


def _lines(context: Context, entry: CatalogueEntry, profiles: list[str]) -> list[str]:
    spec = entry.spec
    texts = {item.id: item.text for item in items()}
    lines = [f"{spec.id}: {spec.title}", ""]
    lines += textwrap.dedent(entry.doc).splitlines() or ["(This check has no explanation.)"]
    lines += ["", "Covers"]
    lines += [f"  {item}  {texts.get(item, '(not in the checklist)')}" for item in spec.covers] or [
        "  nothing of the checklist"
    ]
    lines += ["", "Proves that it would notice"]
    lines += [f"  {fault.title}  ->  {fault.expects}" for fault in entry.faults] or [
        "  nothing: it has no planted fault"
    ]
    lines += [
        "",
        f"Severity    {spec.severity}",
        f"Grade       {spec.min_grade.label} or higher",
        f"Budget      {spec.budget:g} s",
        f"Needs       {', '.join(spec.requires) or 'nothing beyond the base package'}",
        f"Required by {', '.join(profiles) or 'no profile'}",
        f"Run it      pytest {context.nodeid(entry)} --tradeops-faults with",
    ]
    return lines

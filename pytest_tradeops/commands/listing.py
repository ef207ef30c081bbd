"""`tradeops list`: every check, or every checklist item with the checks that cover it."""

import argparse
from itertools import groupby

from ..config import suggestion
from ..exceptions import TradeopsError
from ..gate.catalogue import CatalogueEntry
from ..gate.checklist import item_ids, items
from ..scaffold.reference import reference
from .context import Context, Verbs, add_format, add_verb, say, say_json, table, warn


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [common], "list", "List the checks, or the checklist items they cover")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--by-spec", action="store_true", help="Every checklist item with its checks, and those without"
    )
    choice.add_argument("--covers", nargs="+", metavar="ITEM", help="Only the ids of the checks that cover 1.4.2 ...")
    choice.add_argument("--suite", metavar="SUITE", help="Only the checks of a suite")
    add_format(parser, "markdown")
    parser.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    for problem in context.catalogue.problems():
        warn(f"{problem.where}: {problem.message}")
    if options.format == "markdown":
        if options.by_spec or options.covers or options.suite:
            raise TradeopsError("--format markdown writes the whole reference.", remedy="Leave out the other options.")
        say(reference(context.catalogue).rstrip())
        return 0
    if options.covers:
        return _covers(context, options)
    if options.by_spec:
        return _by_spec(context, options)
    entries = list(context.catalogue)
    if options.suite:
        suites = {entry.spec.suite for entry in entries}
        if options.suite not in suites:
            raise TradeopsError(f"No check is in a suite {options.suite!r}.", remedy=suggestion(options.suite, suites))
        entries = [entry for entry in entries if entry.spec.suite == options.suite]
    if options.format == "json":
        say_json([describe(context, entry) for entry in entries])
    else:
        head = ("ID", "SUITE", "SEVERITY", "GRADE", "FAULTS", "TITLE")
        say(table([head, *(_row(entry) for entry in entries)]))
    return 0


def describe(context: Context, entry: CatalogueEntry) -> dict[str, object]:
    """A check as a JSON object."""
    spec = entry.spec
    return {
        "id": spec.id,
        "suite": spec.suite,
        "title": spec.title,
        "severity": spec.severity,
        "covers": list(spec.covers),
        "min_grade": spec.min_grade.label,
        "budget_seconds": spec.budget,
        "requires": list(spec.requires),
        "nodeid": context.nodeid(entry),
        "line": entry.line,
        "doc": entry.doc,
        "faults": [
            {"title": fault.title, "expects": fault.expects, "covers": fault.covers, "function": fault.name}
            for fault in entry.faults
        ],
    }


def _row(entry: CatalogueEntry) -> tuple[str, ...]:
    spec = entry.spec
    return (spec.id, spec.suite, spec.severity, spec.min_grade.label, str(len(entry.faults)), spec.title)


def _covers(context: Context, options: argparse.Namespace) -> int:
    ids: dict[str, None] = {}
    lacking = []
    for item in options.covers:
        if item not in item_ids():
            remedy = "`tradeops list --by-spec` shows every item."
            raise TradeopsError(f"The checklist has no item {item!r}.", remedy=remedy)
        found = [entry.spec.id for entry in context.catalogue.covering(item)]
        ids.update(dict.fromkeys(found))
        if not found:
            lacking.append(item)
            warn(f"no check covers {item}.")
    if options.format == "json":
        say_json(list(ids))
    else:
        for check in ids:
            say(check)
    return 1 if lacking else 0


def _by_spec(context: Context, options: argparse.Namespace) -> int:
    checks = {item.id: [entry.spec.id for entry in context.catalogue.covering(item.id)] for item in items()}
    if options.format == "json":
        say_json(
            [
                {"item": item.id, "section": item.section, "text": item.text, "checks": checks[item.id]}
                for item in items()
            ]
        )
        return 0
    for section, members in groupby(items(), key=lambda item: item.section):
        say(section)
        for item in members:
            say(f"  {item.id:<15}{', '.join(checks[item.id]) or '-':<18}{item.text}")
        say()
    covered, checks_known = sum(1 for found in checks.values() if found), len(context.catalogue)
    say(f"{covered} of {len(checks)} items are covered by {checks_known} checks; {len(checks) - covered} are not.")
    return 0

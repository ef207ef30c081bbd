"""`tradeops new check`: a first check of the adopter's own, with its planted fault."""

import argparse

from ..scaffold.check import new_check
from .context import Context, Verbs, add_verb, say


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "new", "Write the start of something")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    check = add_verb(
        kinds, [common], "check", "Write an example of a check with its planted fault, to be replaced by your own"
    )
    check.add_argument("check", metavar="ID", help="3-8 capitals of your own, a dash, three digits: ACME-001")
    check.add_argument("--title", metavar="T", help="One line, positive, answerable by yes or no")
    check.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    written = new_check(context.root, options.check, options.title, context.catalogue.ids)
    suite = written[0].parent
    for path in written:
        say(f"wrote {path.relative_to(context.root)}")
    missing = not any(suite.is_relative_to(context.root / path) for path in context.settings.checks)
    say(
        f"\nIts body is an example: replace what is marked REPLACE in {written[0].name}. Until then {options.check} is "
        "inconclusive, and a profile that requires it is HOLD."
    )
    file = written[0].relative_to(context.root)
    say(f"\nRun it with its planted fault:\n\n  pytest {file} --tradeops-faults with -rs\n")
    say("Require it for a promotion, in pyproject.toml:\n")
    if missing:
        checks = [*context.settings.checks, "verification"]
        say(f"  [tool.tradeops]\n  checks = {checks!r}\n".replace("'", '"'))
    say(f'  [tool.tradeops.profiles.mine]\n  extends = "local"\n  required = ["{options.check}"]\n')
    say("and judge by it: tradeops verify --profile mine")
    return 0

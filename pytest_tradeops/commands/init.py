"""`tradeops init`: the files that a subject carries."""

import argparse

from ..scaffold import PARTS
from .context import Context, Verbs, add_format, add_verb

_DESCRIPTION = (
    "Writes the starter files: config ([tool.tradeops] in pyproject.toml), strategies (a small reference bot and its "
    "smoke tests), adr (decision records), monitoring (dashboards, and what Grafana is provisioned from), ci (a "
    "workflow that runs the gate, and staging behind it), codeql, advisories and auto-merge (a workflow each), "
    "pre-commit (hooks of the scanners), sentry-alerts (whom Sentry tells of what), dependabot (updates of what is "
    "found). A file that is there stays as it is."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [common], "init", "Write the files that the checks need", description=_DESCRIPTION)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--dry-run", action="store_true", help="Only say what would be written")
    mode.add_argument(
        "--check", action="store_true", help="Write nothing; exit 1 if anything is missing or has drifted"
    )
    mode.add_argument("--force", action="store_true", help="Overwrite edited files, keeping each as .bak")
    add_format(parser)
    parser.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    from .init_files import run

    return run(context, options)

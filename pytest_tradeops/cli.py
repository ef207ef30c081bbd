"""The `tradeops` command: parses, dispatches, and turns every error that a person caused into one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .commands import (
    advisories,
    bandit,
    baseline,
    contacts,
    dashboards,
    db,
    doctor,
    explain,
    init,
    listing,
    monitoring,
    new,
    secrets,
    sentry,
    services,
    venue,
    verify,
    waivers,
)
from .commands.context import Context
from .exceptions import TradeopsError

#: A user's mistake; the same number that argparse ends with.
USAGE = 2

_EPILOG = "`tradeops VERB --help` explains a verb. Running checks one by one: pytest -m \"verification(id='SEC-001')\""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; returns the exit code.

    Args:
        arguments: Without the program's name; default `sys.argv[1:]`.
    """
    parser = build_parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, rest = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    options = parser.parse_args(own)
    if rest and not getattr(options, "passes_on", False):
        parser.error(f"`tradeops {options.verb}` passes nothing on, so `--` has no meaning here")
    options.rest = rest
    try:
        code = options.run(Context(options.subject), options)
        sys.stdout.flush()
    except TradeopsError as error:
        sys.stderr.write(f"tradeops: {error}\n")
        return USAGE
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return int(code)


def build_parser() -> argparse.ArgumentParser:
    """The parser with every verb."""
    parser = argparse.ArgumentParser(
        prog="tradeops",
        description="May this build of a trading bot be promoted, and how do we know?",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="Show the version and end")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--subject", type=Path, default=Path(), metavar="DIR", help="Folder of the bot (default: the current one)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for module in (
        verify,
        listing,
        explain,
        doctor,
        new,
        waivers,
        secrets,
        bandit,
        baseline,
        advisories,
        sentry,
        services,
        venue,
        db,
        contacts,
        monitoring,
        dashboards,
        init,
    ):
        module.add(verbs, common)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs more than `tradeops list`."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        from importlib import metadata

        sys.stdout.write(f"pytest-tradeops {metadata.version('pytest-tradeops')}\n")
        parser.exit()

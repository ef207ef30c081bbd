"""The `tradeops` command: parses, dispatches, and turns every error that a person caused into one sentence."""

import argparse
import errno
import io
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
from .commands.parser import Parser
from .exceptions import TradeopsError

#: A user's mistake; the same number that argparse ends with.
USAGE = 2

_EPILOG = "`tradeops VERB --help` explains a verb. Running checks one by one: pytest -m \"verification(id='SEC-001')\""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; returns the exit code.

    Args:
        arguments: Without the program's name; default `sys.argv[1:]`.
    """
    _escape_unwritable()
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
        _close_output()  # the reader, such as `head`, has seen enough
        return 0
    except OSError as error:
        place = error.filename2 or error.filename
        sys.stderr.write(f"tradeops: {f'{place}: ' if place else ''}{error.strerror or error}. {_remedy(error)}\n")
        _close_output()
        return USAGE
    except UnicodeEncodeError as error:
        sys.stderr.write(f"tradeops: A name or text cannot be written in {error.encoding}. Set PYTHONUTF8=1.\n")
        return USAGE
    except KeyboardInterrupt:
        return 130
    return int(code)


def _escape_unwritable() -> None:
    """Where the terminal knows only ASCII, a folder's name or a text from a file must not end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _close_output() -> None:
    """Python's own flush at exit must not complain of what nobody takes."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make room there; TMPDIR names another folder for what is passing."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "Correct its rights."
    return "Look whether it is there, and what else uses it."


def build_parser() -> argparse.ArgumentParser:
    """The parser with every verb."""
    parser = Parser(
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

"""What every verb starts from: the subject's folder, its settings and the checks that apply to it."""

import argparse
import contextlib
import json
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..config import suggestion
from ..exceptions import TradeopsError
from ..gate import catalogue
from ..gate.catalogue import Catalogue, CatalogueEntry
from ..model import Finding
from ..settings import Settings, load_settings

type Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

#: Seconds for which nobody needs to be told what is going on.
_MOMENT = 1.0
#: Node ids of packaged checks start with it; they are no paths of the subject.
PACKAGED = "tradeops/"


@dataclass
class Context:
    """The subject as the command line named it; everything is read at its first use."""

    folder: Path

    @cached_property
    def root(self) -> Path:
        """The subject's folder, absolute."""
        if not self.folder.is_dir():
            raise TradeopsError(f"{self.folder} is not a folder.", remedy="Correct --subject.")
        return self.folder.resolve()

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.root)

    @cached_property
    def own(self) -> Catalogue:
        """The subject's own checks; their files are relative to the subject."""
        return catalogue.read_tree([self.root / path for path in self.settings.checks], root=self.root)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The packaged checks and the subject's own."""
        return catalogue.packaged().joined(self.own)

    def entry(self, check: str) -> CatalogueEntry:
        """The check of that id, whatever its case.

        Raises:
            TradeopsError: there is none.
        """
        found = self.catalogue.get(check.upper())
        if found is None:
            raise TradeopsError(f"No check is called {check!r}.", remedy=_nearest(check.upper(), self.catalogue.ids))
        return found

    def nodeid(self, entry: CatalogueEntry) -> str:
        """What to hand to pytest to run this check alone."""
        return entry.nodeid if self.own.get(entry.spec.id) else PACKAGED + entry.nodeid


def add_verb(
    verbs: Verbs, parents: Sequence[argparse.ArgumentParser], name: str, summary: str, **more: Any
) -> argparse.ArgumentParser:
    """A verb's parser; its help page repeats the summary."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, parents=list(parents), help=summary, description=more.pop("description", summary + "."), **more
    )
    parser.set_defaults(parser=parser)  # the innermost verb's remains
    return parser


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """`--format`, with `text` and `json` and what the verb adds."""
    parser.add_argument("--format", choices=("text", "json", *more), default="text", help="Default: text")


def say(text: str = "") -> None:
    """Writes a line to the standard output."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Writes a line to the standard error."""
    sys.stderr.write(f"tradeops: {text}\n")


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@contextlib.contextmanager
def patience(doing: str) -> Iterator[None]:
    """Says what takes so long, once it takes longer than a moment and where a person looks."""
    timer = threading.Timer(_MOMENT, warn, (f"{doing} ...",))
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def say_json(value: Any) -> None:
    """Writes JSON for a program to read."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as JSON objects."""
    return [
        {"reason": one.reason, "message": one.message, "where": one.where, "remedy": one.remedy} for one in findings
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, two spaces apart; the last is not padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _nearest(word: str, known: Collection[str]) -> str:
    letters, _, number = word.partition("-")
    padded = f"{letters}-{number.zfill(3)}"
    found = f"Did you mean {padded!r}?" if padded in known else suggestion(word, known)
    return found if found.startswith("Did you mean") else "`tradeops list` shows every check."

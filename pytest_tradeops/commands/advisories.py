"""`tradeops advisories` and `tradeops sbom`: known weaknesses of what the lock pins, and the list of what that is."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import Inconclusive
from .bandit import write
from .context import Context, Verbs, add_format, add_verb, counted, patience, say, say_json, warn

if TYPE_CHECKING:
    from ..locks import Pin
    from ..security.advisories.audit import Advisory, Audit
    from ..security.advisories.lock import Lock

#: So many that were not asked for are named one by one.
_NAMED = 10
_DESCRIPTION = (
    "Asks OSV for advisories of everything that the lock pins, all extras and groups included. A finding is shown and "
    "does not fail: exit 0 unless --strict is given. Exit 2 if the advisories could not be had or nothing is pinned."
)
_SBOM = (
    "Writes a CycloneDX 1.5 list of everything that the lock pins, and of what is installed beside it, without network."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(
        verbs, [common], "advisories", "Say which locked packages are known as weak", description=_DESCRIPTION
    )
    _add_lock(parser)
    parser.add_argument(
        "--database", type=Path, metavar="PATH", help="Records of OSV's format in a folder or archive; no network then"
    )
    parser.add_argument("--strict", action="store_true", help="Exit 1 if there is a finding")
    add_format(parser)
    parser.set_defaults(run=run)
    parser = add_verb(verbs, [common], "sbom", "Write the bill of materials", description=_SBOM)
    _add_lock(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="Default: the standard output")
    parser.set_defaults(run=run_sbom)


def run(context: Context, options: argparse.Namespace) -> int:
    from ..security.advisories import audit

    lock = _lock(context, options)
    outside: tuple[Pin, ...] = ()
    try:
        outside = _outside(context, lock)
    except Inconclusive as error:  # the question is about the lock; what else there is only goes with the answer
        warn(str(error))
    asking = f"asking for advisories of {counted(len(lock.known), 'package')}"
    with _service(context, options.database) as service, patience(asking):
        if options.database is None:
            audit.prove(service)
        answer = audit.audit(lock, service)
    if options.format == "json":
        say_json(
            {
                "examined": {"components": answer.components, "lock": lock.name},
                "findings": [_json(one) for one in answer.advisories],
                "retired": dict(answer.retired),
                "not asked for": [*(str(one) for one in (*lock.foreign, *outside)), *lock.loose],
            }
        )
    else:
        for line in _lines(answer, lock, outside):
            say(line)
    _tell_github(answer, lock, outside)
    return 1 if answer.advisories and options.strict else 0


def run_sbom(context: Context, options: argparse.Namespace) -> int:
    from ..security.advisories import sbom

    lock = _lock(context, options)
    outside = _outside(context, lock)
    with patience("writing down what the lock pins"):
        document = sbom.build(lock, outside)
    if options.output is None:
        say(sbom.text(document).rstrip("\n"))
        return 0
    write(options.output, str(options.output), sbom.text(document), "Name another file.")
    say(f"Wrote {len(document['components'])} components to {options.output}, {len(outside)} of them outside the lock.")
    return 0


def _add_lock(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lock", type=Path, action="append", metavar="FILE", help="Instead of what the subject has")


def _lock(context: Context, options: argparse.Namespace) -> "Lock":
    from ..security.advisories import lock

    named: list[Path] = options.lock or []
    return lock.read(*(file.resolve() for file in named)) if named else lock.find(context.root)


def _outside(context: Context, lock: "Lock") -> "tuple[Pin, ...]":
    from ..security.advisories import installed
    from ..subject import open_subject

    return installed.outside(lock, open_subject(context.root, context.settings).python)


@contextlib.contextmanager
def _service(context: Context, place: Path | None) -> Iterator[str]:
    """Address of what is asked: a database of one's own on loopback, a configured service, or OSV's."""
    from ..security import advisories
    from ..security.advisories import database, service

    if place is None:
        yield context.settings.security.osv or advisories.SERVICE
        return
    with service.Service(database.load(place)) as served:
        yield served.url


def _lines(answer: "Audit", lock: "Lock", outside: "tuple[Pin, ...]") -> Iterator[str]:
    for one in answer.advisories:
        yield str(one)
    for name, status in answer.retired.items():
        yield f"{name}: its registry calls the project {status}."
    open_ = [f"{name} (any version)" for name in lock.loose]
    rest = [*open_, *(str(one) for one in (*lock.foreign, *outside))]
    if rest:
        named = ", ".join(rest[:_NAMED]) + (f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else "")
        yield f"Not asked for, because they are outside the lock or from no registry: {named}."
    packages, found = counted(answer.components, "package"), counted(len(answer.advisories), "finding")
    yield f"Examined: {packages} of {lock.name}; {found}."


def _tell_github(answer: "Audit", lock: "Lock", outside: "tuple[Pin, ...]") -> None:
    """In GitHub's CI a finding stands at the run and in its summary: since it does not fail, it must be seen."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for one in answer.advisories:
            warning = str(one).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
            sys.stderr.write(f"::warning title=advisory::{warning}\n")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        lines = "\n".join(f"- {line}" for line in _lines(answer, lock, outside))
        with contextlib.suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"## Advisories\n\n{lines}\n")


def _json(one: "Advisory") -> dict[str, object]:
    return {
        "package": one.name,
        "version": one.version,
        "id": one.identity,
        "aliases": list(one.aliases),
        "summary": one.summary,
        "fixed": list(one.fixed),
    }

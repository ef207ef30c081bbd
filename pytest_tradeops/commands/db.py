"""`tradeops db`: the tables of metrics on a server, and their definition."""

import argparse
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..exceptions import TradeopsError
from ..model import Finding
from .context import Context, Verbs, add_format, add_verb, say, say_json, table

if TYPE_CHECKING:
    from ..questdb_sql import QuestDb

_URL, _TOKEN = "TRADEOPS_QUESTDB_URL", "TRADEOPS_QUESTDB_TOKEN"
#: Something is not as it should be; 2 is an error.
_FINDINGS = 1
_ONE = "1 table is not as defined; it was not touched."
_DESCRIPTION = f"""\
See and migrate the tables of metrics.
The server is the one that {_URL} names (http://host:9000), with {_TOKEN} if it wants a token.
Exit code: 0 all is as defined, 1 it is not, 2 it could not be found out or done."""


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(
        verbs,
        [],
        "db",
        "See and migrate the tables of metrics",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    migrate = add_verb(actions, [common], "migrate", "Bring the server's tables to this package's version")
    migrate.add_argument("--dry-run", action="store_true", help="Show the statements and run none")
    migrate.set_defaults(run=_migrate)
    status = add_verb(actions, [common], "status", "Compare the server's tables with their definition")
    status.set_defaults(run=_status)
    schema = add_verb(actions, [common], "schema", "Print the definition of every table; needs no server")
    schema.set_defaults(run=_schema)
    for one in (migrate, status):
        one.add_argument("--prefix", default="", help="Before every table's name (default: none)")
    for one in (migrate, status, schema):
        add_format(one)


def _migrate(context: Context, options: argparse.Namespace) -> int:
    from ..telemetry.migrations import migrate

    with _server(context, options.prefix) as database:
        done = migrate(database, prefix=options.prefix, dry_run=options.dry_run)
    if options.format == "json":
        say_json(done.as_dict())
        return _FINDINGS if done.findings else 0
    if options.dry_run and done.statements:
        say("\n".join(done.statements))
    _say(done.findings)
    ran, are = ("would be", "would be") if options.dry_run else ("were", "are")
    if done.findings:
        count = len({one.where for one in done.findings})
        say(f"{count} tables are not as defined; they were not touched." if count > 1 else _ONE)
    elif done.statements:
        say(f"{len(done.statements)} statements {ran} run; the tables {are} of version {done.after}.")
    else:
        say(f"Nothing to do: all {done.tables} tables are of version {done.after}.")
    return _FINDINGS if done.findings else 0


def _status(context: Context, options: argparse.Namespace) -> int:
    from ..telemetry.migrations import status

    with _server(context, options.prefix) as database:
        found = status(database, prefix=options.prefix)
    if options.format == "json":
        say_json(found.as_dict())
        return 0 if found.current else _FINDINGS
    rows = [("TABLE", "STATE", "ROWS", "TTL")]
    rows += [(one.name, one.state, "-" if one.rows is None else str(one.rows), one.ttl or "-") for one in found.tables]
    say(table(rows))
    _say(found.findings)
    if found.version > found.wanted:
        say(f"The server's tables are of version {found.version}, newer than this package's {found.wanted}.")
    elif not found.current:
        at = f"version {found.version}" if found.version else "no version"
        say(f"The server is at {at}, this package at {found.wanted}: run `tradeops db migrate`.")
    else:
        say(f"All tables are as defined, version {found.version}.")
    return 0 if found.current else _FINDINGS


def _schema(_: Context, options: argparse.Namespace) -> int:
    from ..telemetry.tables import SCHEMA, TABLES

    if options.format == "json":
        say_json({"version": SCHEMA, "tables": [one.as_dict() for one in TABLES.values()]})
    else:
        say("\n\n".join(f"-- {one.doc}\n{one.ddl()}" for one in TABLES.values()))
    return 0


def _say(findings: tuple[Finding, ...]) -> None:
    for one in findings:
        say(f"{one.where}: {one.message}")
    for remedy in dict.fromkeys(one.remedy for one in findings):
        say(f"  {remedy}")


@contextmanager
def _server(context: Context, prefix: str) -> "Iterator[QuestDb]":
    """The configured server; every refusal of it is one sentence with its place, and without what is secret in it."""
    from ..questdb_sql import QuestDb, QuestDbError, identifier

    settings = context.settings.services
    if not settings.questdb_url:
        raise TradeopsError(
            f"{_URL} is not set, so there is no server to ask.",
            remedy="Set it to the server's HTTP address, such as http://127.0.0.1:9000.",
        )
    try:
        identifier(prefix + "a")
    except ValueError:
        raise TradeopsError(f"No table's name can begin with {prefix!r}.", remedy="Correct --prefix.") from None
    try:
        parts = urllib.parse.urlsplit(settings.questdb_url)
        place = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 9000)}"
        database = QuestDb(settings.questdb_url, token=settings.questdb_token)
    except ValueError:
        raise TradeopsError(f"{_URL} is no http address.", remedy="Write it as http://host:9000.") from None
    with database:
        try:
            yield database
        except QuestDbError as error:
            raise _sentence(place, error) from None


def _sentence(place: str, error: Exception) -> TradeopsError:
    kind, message = getattr(error, "kind", ""), str(error).rstrip(".")
    if kind == "unauthorized":
        return TradeopsError(f"The QuestDB at {place} refuses the credentials.", remedy=f"Correct {_TOKEN}.")
    if kind == "rejected":
        return TradeopsError(f"The QuestDB at {place} refuses: {message}.", remedy="What was done so far stays.")
    detail = message.removeprefix("Not reachable: ")
    return TradeopsError(f"The QuestDB at {place} does not answer: {detail}.", remedy=f"Start it, or correct {_URL}.")

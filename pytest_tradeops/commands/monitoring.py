"""`tradeops monitoring`: what proves dashboards and alert rules before a Grafana has them."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import TradeopsError
from ..redaction import Redactor
from . import rules
from .context import Context, Verbs, add_format, add_verb, say, say_json, warn

if TYPE_CHECKING:
    from ..monitoring.lint import Report
    from ..questdb_sql import QuestDb

#: The same number that a user's mistake ends with: nothing was proven.
_NOTHING = 2


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "monitoring", "Examine dashboards and alert rules")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_lint(actions, common)
    rules.add(actions, common)


def _add_lint(actions: Verbs, common: argparse.ArgumentParser) -> None:
    lint = add_verb(
        actions,
        [common],
        "lint",
        "Find what is wrong with dashboards, rules, contact points and data sources",
        description="Reads Grafana's JSON and YAML, whoever wrote it, and runs every query on a QuestDB with tables of "
        "the subject's shape: a configured server, else one of its own. Exit 0 without findings, 1 with findings, 2 if "
        "there was nothing to examine. docs/monitoring-lint.md explains every kind.",
    )
    lint.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="Files, or folders with such files")
    lint.add_argument(
        "--schema", action="append", default=[], type=Path, metavar="PATH", help="SQL files, or folders, with tables"
    )
    lint.add_argument(
        "--context", action="append", default=[], type=Path, metavar="FILE", help="Only refer to it: do not examine it"
    )
    lint.add_argument(
        "--datasource", action="append", default=[], metavar="UID", help="A data source that no file provisions"
    )
    lint.add_argument("--budget", default="30s", metavar="TIME", help="For a critical alert (default: 30s)")
    lint.add_argument("--no-database", action="store_true", help="Examine only what needs no QuestDB")
    add_format(lint)
    lint.set_defaults(run=_lint)


def _lint(context: Context, options: argparse.Namespace) -> int:
    from ..monitoring.lint.duration import seconds
    from ..monitoring.lint.engine import Options, lint, nothing_examined
    from ..services.broker import Broker

    budget = seconds(options.budget)
    if budget is None:
        raise TradeopsError(f"--budget {options.budget} is no time.", remedy="Write it like 30s.")
    _must_exist([*options.paths, *options.schema, *options.context])
    settings = context.settings.services
    # A container takes longer to start than everything else here; what it would answer is the same.
    broker = Broker(dataclasses.replace(settings, providers=_quick(settings.providers)))
    described: list[str] = []

    def connect() -> "QuestDb":
        from ..questdb_sql import QuestDb

        handle = broker.get("questdb")
        described.append(f"QuestDB {handle.version} ({handle.provider})")
        return QuestDb(handle.endpoints["http"], token=handle.endpoints.get("token", ""))

    try:
        report = lint(
            options.paths,
            None if options.no_database else connect,
            Options(
                schema=(*options.schema, *_subject_schema(context)),
                context=options.context,
                data_sources=options.datasource,
                budget=budget,
                server=bool(settings.questdb_url) and "remote" in settings.providers,
            ),
            without="--no-database was given" if options.no_database else "",
        )
    finally:
        broker.close()
    report.database = "".join(described[:1])
    if options.format == "json":
        say_json(Redactor({}).data(report.as_dict()))
    else:
        _say(report)
    if nothing_examined(report):
        warn(f"{_list(options.paths)}: nothing there is a dashboard, rule, contact point or data source for QuestDB.")
        return _NOTHING
    return 1 if report.findings else 0


def _quick(providers: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in providers if one != "container") or tuple(providers)


def _must_exist(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise TradeopsError(f"{path} does not exist.", remedy="Name a file or a folder that does.")


def _subject_schema(context: Context) -> list[Path]:
    """The subject's folder, where it is one of a project: its SQL defines its tables."""
    root = context.root
    return [root] if (root / "pyproject.toml").is_file() or (root / ".git").exists() else []


def _list(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths[:3])) + (" ..." if len(paths) > 3 else "")


def _say(report: "Report") -> None:
    redact = Redactor({}).text
    for one in report.findings:
        say(f"{one.file}: {one.where}" if one.where else one.file)
        say(redact(f"  {one.kind}: {one.message} {one.remedy}"))
    if report.findings:
        say()
    files = len({one.file for one in report.findings})
    number = len(report.findings)
    shown = f"{number} finding{'s' if number != 1 else ''}"
    say(f"{shown} in {files} file{'s' if files != 1 else ''}." if number else "Nothing found.")
    if report.examined:
        say("Examined: " + ", ".join(f"{count} {what}" for what, count in report.examined.items()) + ".")
    if report.tables and report.examined.get("queries"):
        say(f"Tables: {report.tables}.{f' Queries ran on {report.database}.' if report.database else ''}")
    if report.undecided:
        reason = next(iter(report.undecided.values()))
        say(f"Not examined, because {reason.rstrip('.')}: {', '.join(report.undecided)}.")
    for sentence in report.skipped:
        say(f"Left out: {redact(sentence)}")

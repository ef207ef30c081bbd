"""The lint as a whole: what is read, in which order it is examined, and what runs without a database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...exceptions import Inconclusive
from ...questdb_sql import QuestDb, QuestDbError
from . import alerting, boards, chain, latency, outages, probing, querying, routes, shapes, sources
from .finding import Report
from .kinds import KINDS
from .latency import BUDGET
from .load import folders_above, load
from .material import Material
from .probing import Behaviour
from .schema import Schema, schema
from .scratch import QUERY_TIMEOUT, Scratch, server_tables
from .sources import Sources


@dataclass(frozen=True, slots=True)
class Options:
    """How to lint.

    Attributes:
        schema: SQL files, or folders of them, that define tables; beside those next to the given paths.
        context: Files that define what is referred to, without being examined themselves.
        data_sources: Uids of data sources that exist although no file provisions them.
        budget: Seconds that a critical alert may take.
        server: A running server's tables count as the subject's.
        query_timeout: Seconds until a query without an answer is reported.
    """

    schema: Sequence[Path] = ()
    context: Sequence[Path] = ()
    data_sources: Sequence[str] = ()
    budget: float = BUDGET
    server: bool = False
    query_timeout: float = QUERY_TIMEOUT


def lint(
    paths: Iterable[Path],
    connect: Callable[[], QuestDb] | None = None,
    options: Options | None = None,
    *,
    without: str = "no QuestDB was asked for",
) -> Report:
    """Examines files and folders.

    Args:
        connect: Gives the QuestDB that queries run on, and is called only if there are any. They run on tables of
            the lint's own, under a prefix of its own, dropped at the end. The connection is closed.
        without: Why there is no database; kinds that need one are then reported as not examined.
    """
    given, options = list(paths), options or Options()
    report = Report()
    material = load(given, report, [*folders_above(given), *options.context])
    known = Sources(material, options.data_sources)
    shapes.examine(material, report)
    boards.examine(material, report)
    sources.examine(material, known, report)
    alerting.examine(material, report)
    chain.examine(material, report)
    routes.examine(material, report)
    latency.examine(material, report, options.budget)
    behaviour: Mapping[int, Behaviour] = {}
    beside = [one if one.is_dir() else one.parent for one in given]
    if any(True for _ in material.queries()):
        database, reason = _connected(connect, without)
        if database is None:
            found = schema([*options.schema, *beside])
            querying.examine(material, found, known, None, report)
        else:
            with database:
                found, behaviour, reason = _on_database(database, material, known, options, beside, report)
        report.tables = found.describe()
        if reason:
            report.undecided.update({name: reason for name, kind in KINDS.items() if kind.needs == "questdb"})
    outages.examine(material, behaviour, report)
    report.findings.sort(key=lambda one: (one.file, one.where, one.kind, one.message))
    return report


def _connected(connect: Callable[[], QuestDb] | None, without: str) -> tuple[QuestDb | None, str]:
    if connect is None:
        return None, without
    try:
        return connect(), ""
    except Inconclusive as error:
        return None, str(error)


def _on_database(
    database: QuestDb, material: Material, known: Sources, options: Options, beside: Sequence[Path], report: Report
) -> tuple[Schema, Mapping[int, Behaviour], str]:
    behaviour: Mapping[int, Behaviour] = {}
    tables = server_tables(database) if options.server else {}
    found = schema([*options.schema, *beside], server=tables, server_name="the running server")
    scratch = Scratch(database, found, timeout=options.query_timeout)
    try:
        querying.examine(material, found, known, scratch, report)
        behaviour = probing.examine(material, scratch, report)
    except QuestDbError as error:
        # What was found up to here stands; the rest is said to be missing.
        return found, behaviour, f"QuestDB gave up: {error.message.rstrip('.')}"
    finally:
        scratch.close()
    return found, behaviour, ""


def nothing_examined(report: Report) -> bool:
    """Whether there was neither anything of ours nor a file that should have been."""
    ours = ("dashboards", "panels", "rules", "contact points", "policy trees", "data sources", "queries")
    return not report.findings and not any(report.examined.get(one) for one in ours)

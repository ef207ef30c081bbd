"""Each query: its text first, then on QuestDB, with tables of the subject's shape."""

import difflib
import time
from collections.abc import Sequence

from ...questdb_sql import QuestDbError, Result
from ..sql import MacroError, TimeRange
from .finding import Report
from .macros import expanded, used, without
from .material import Material, Panel, Query, text
from .results import panel_result, rule_result
from .schema import Schema
from .scratch import Scratch
from .sources import Sources
from .sqltext import first_statement, named_tables, statements, tokens, writes
from .variables import guessed

_HOURS = 6 * 3600
#: The server takes a request line of about 32 KB, counted after quoting for a URL.
MAX_SQL = 16_000
#: More would take minutes.
MAX_QUERIES = 3_000
_FORMATS = ("time_series", "table")
#: Of PostgreSQL's data source; what else the page knows, such as logs, is another data source's.
_GUESSES = ("x", "1", "1m", "timestamp")


def examine(material: Material, schema: Schema, sources: Sources, scratch: Scratch | None, report: Report) -> None:
    """Every query of a panel, of a variable and of a rule."""
    now = time.time_ns()
    for board in material.dashboards:
        for panel in board.panels:
            _panel(panel, schema, sources, scratch, report, now)
    for panel in material.library:
        _panel(panel, schema, sources, scratch, report, now)
    for rule in material.examined_rules():
        for node in rule.nodes:
            query = node.query
            if query is None or not sources.is_ours(query.source):
                _foreign(query, report)
                continue
            if _examined(query, schema, report):
                answer = _run(query, scratch, report, now) if scratch is not None else None
                if answer is not None:
                    rule_result(rule, node, query, answer, report)


def _panel(panel: Panel, schema: Schema, sources: Sources, scratch: Scratch | None, report: Report, now: int) -> None:
    for query in panel.queries:
        if not sources.is_ours(query.source):
            _foreign(query, report)
            continue
        if _examined(query, schema, report) and scratch is not None:
            answer = _run(query, scratch, report, now)
            if answer is not None:
                panel_result(panel, query, answer, schema, report)


def _foreign(query: Query | None, report: Report) -> None:
    if query is not None:
        report.count("queries of other databases")
        name = query.source.uid or query.source.name
        report.skip(f"{query.place.file}: queries on the data source `{name}` are not for QuestDB.")


def _examined(query: Query, schema: Schema, report: Report) -> bool:
    """What the text alone shows; whether it can be run."""
    report.count("queries")
    _format(query, report)
    if len(query.sql) > MAX_SQL:
        report.skip(f"{query.place.file}: {query.place.where} is longer than {MAX_SQL:,} characters.")
        return False
    parts = statements(query.sql)
    if not parts:
        report.add("query-empty", query.place, "The query has no SQL.")
        return False
    if len(parts) > 1:
        report.add("statement-several", query.place, f"It has {len(parts)} statements, and only the first is answered.")
    for part in parts:
        if verb := writes(part):
            report.add("statement-writes", query.place, f"It begins with {verb.upper()}, which does not read.")
            return False
    try:
        sql = expanded(query, _span(query, time.time_ns()), 60_000)
    except MacroError as error:
        report.add("macro-unknown", query.place, f"Grafana answers: {error.message}.")
        return False
    return _tables(query, sql, schema, report)


def _format(query: Query, report: Report) -> None:
    given = query.format
    if query.plugin:
        if isinstance(given, str) and given != "":
            message = f"`format` is the text `{given[:40]}`; QuestDB's own data source wants a number: 0 or 1."
            report.add("format-invalid", query.place, message, "Write 0 for time series, 1 for a table.")
        return
    if given is None or given == "":
        return
    if given not in _FORMATS:
        shown = (
            f"the text `{text(given)[:40]}`" if isinstance(given, str) else f"`{text(given) or type(given).__name__}`"
        )
        message = f"`format` is {shown}; PostgreSQL's data source knows table and time_series."
        report.add("format-invalid", query.place, message)


def _tables(query: Query, sql: str, schema: Schema, report: Report) -> bool:
    unknown = []
    for named in named_tables(first_statement(sql)):
        if "$" in named.name:
            continue
        if schema.find(named.name) is None and not _is_system(named.name) and named.name not in unknown:
            unknown.append(named.name)
    if not unknown:
        return True
    by_variable = guessed(query.variables, query.sql) if query.variables is not None else []
    if by_variable and any(name in _GUESSES for name in unknown):
        report.skip(f"{query.place.file}: a table is named by a variable whose values are not in the file.")
        return False
    for name in unknown:
        near = difflib.get_close_matches(name.lower(), schema.tables, n=1, cutoff=0.75)
        hint = f" Did you mean `{near[0]}`?" if near else f" Known are those of {schema.describe()}."
        # Once for each file: where the definition was not given, everything in it names the table.
        report.add_once("table-unknown", query.place, f"There is no table `{name}`.{hint}")
    report.count("queries on unknown tables")
    return False


def _is_system(name: str) -> bool:
    return name.lower().startswith(("sys.", "telemetry", "pg_", "information_schema", "_query_trace"))


def _span(query: Query, now: int) -> TimeRange:
    start, end = query.span_s or (_HOURS, 0)
    return TimeRange(now - int(start * 10**9), now - int(end * 10**9))


def _run(query: Query, scratch: Scratch, report: Report, now: int) -> Result | None:
    if report.examined.get("queries run", 0) >= MAX_QUERIES:
        report.skip(f"Only the first {MAX_QUERIES:,} queries were run.")
        return None
    guesses: Sequence[str] = ("",)
    if query.variables is not None and guessed(query.variables, query.sql):
        guesses = _GUESSES
    first: tuple[str, QuestDbError] | None = None
    for guess in guesses:
        sql = first_statement(expanded(query, _span(query, now), 60_000, guess or "x"))
        for named in named_tables(sql):
            if scratch.shape(named.name) is None and named.name.lower() in scratch.refused:
                reason = scratch.refused[named.name.lower()]
                message = f"QuestDB refuses the definition of `{named.name}`: {reason}."
                report.add("table-unknown", query.place, message, "Correct the definition of the table.")
                return None
        try:
            answer = scratch.sql(sql)
        except QuestDbError as error:
            if error.kind not in ("rejected", "timeout"):
                raise
            first = first or (sql, error)
            continue
        report.count("queries run")
        return answer
    if first is not None:
        report.count("queries run")
        _refused(query, *first, scratch, report, now)
    return None


def _refused(query: Query, sql: str, error: QuestDbError, scratch: Scratch, report: Report, now: int) -> None:
    if error.kind == "timeout":
        report.add("query-slow", query.place, f"{error.message.rstrip('.')}, on tables without rows.")
        return
    said = scratch.plain(error.message)
    macros = used(query.sql)
    if macros and _passes_without(query, scratch, now):
        shown = ", ".join(f"$__{name}" for name in macros)
        message = f"QuestDB refuses what becomes of {shown}: {said}."
        report.add("macro-rejected", query.place, message)
    elif said.startswith("Invalid column") and (name := said.partition(":")[2].strip()).startswith("$"):
        _left(query, name, report)
    elif said.startswith("Invalid column"):
        name = said.partition(":")[2].strip()
        columns = _columns(sql, scratch)
        near = difflib.get_close_matches(name.rpartition(".")[2], columns, n=1, cutoff=0.7)
        hint = f" Did you mean `{near[0]}`?" if near else f" There are {', '.join(columns[:30])}." if columns else ""
        report.add("column-unknown", query.place, f"There is no column `{name}`.{hint}")
    else:
        report.add("query-fails", query.place, f"QuestDB answers: {said}.{_misspelt(sql, said)}")


def _left(query: Query, name: str, report: Report) -> None:
    """A `$name` that reached the database as it stands."""
    if not any(one.where == query.place.where and one.file == query.place.file for one in report.findings):
        message = f"`{name}` is sent as it stands: a macro of Grafana's PostgreSQL data source has parentheses."
        report.add("macro-unknown", query.place, message)


def _misspelt(sql: str, said: str) -> str:
    found = tokens(sql)
    if said.startswith("table does not exist") and found and found[0].low in said.lower():
        return f" It takes the first word, `{found[0].text}`, for a table: is SELECT misspelt?"
    return ""


def _columns(sql: str, scratch: Scratch) -> list[str]:
    names: list[str] = []
    for named in named_tables(sql):
        shape = scratch.shape(named.name)
        names += list(shape.columns) if shape is not None else []
    return list(dict.fromkeys(names))


def _passes_without(query: Query, scratch: Scratch, now: int) -> bool:
    bare = Query(
        *(query.place, query.ref, without(query.sql), query.format, query.source),
        plugin=query.plugin,
        span_s=query.span_s,
        variables=query.variables,
    )
    try:
        scratch.sql(first_statement(expanded(bare, _span(query, now), 60_000)))
    except (QuestDbError, MacroError):
        return False
    return True

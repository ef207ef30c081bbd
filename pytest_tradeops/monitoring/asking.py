"""Asks what an opened dashboard asks: every panel's queries, variables and macros filled in, on a real server."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..questdb_sql import DEFAULT_TIMEOUT, QuestDbError, Result
from .frames import Field, Frame, FrameError, read
from .intervals import calculate
from .panels import DashboardView, PanelView, Query, VariableView
from .sql import MacroError, TimeRange, expand

#: Grafana's own, where neither the panel nor the data source says how short a bucket may be.
_SHORTEST_MS = 60_000
_SCREEN = 1_600  # pixels over the 24 columns of a dashboard


class Database(Protocol):
    """A server, or the metrics' own place on one."""

    def sql(self, query: str, *, timeout: float = DEFAULT_TIMEOUT) -> Result: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query of a panel came back with.

    Attributes:
        sql: As it reached the database.
        columns: Column to the type that the server names; also of a result without rows.
        frames: None without rows.
        error: Why there are none, in the words of Grafana or of the server; empty if all is well.
        interval_ms: What `$__interval` stood for.
    """

    panel: PanelView
    query: Query
    sql: str
    columns: Mapping[str, str]
    frames: tuple[Frame, ...]
    error: str
    interval_ms: int

    @property
    def rows(self) -> int:
        return sum(len(one) for one in self.frames)

    @property
    def numbers(self) -> tuple[Field, ...]:
        """Its columns of numbers."""
        return tuple(one for frame in self.frames for one in frame.all_of("number"))

    @property
    def times(self) -> tuple[int, ...]:
        """Nanoseconds, of the first column of times; empty if there is none."""
        return next((one.values for frame in self.frames for one in frame.all_of("time")), ())

    @property
    def name(self) -> str:
        """For messages: the panel's title and the query's letter."""
        return f"{self.panel.title or 'untitled panel'} ({self.query.ref})" if self.query.ref else self.panel.title


def ask(dashboard: DashboardView, database: Database, span: TimeRange) -> list[Answer]:
    """One answer for each query that the dashboard makes when it is opened; hidden ones make none.

    Raises:
        QuestDbError: the server cannot be reached, or does not answer in time.
    """
    variables = resolve(dashboard.variables, database, span)
    return [
        _ask(panel, query, database, span, variables)
        for panel in dashboard.panels
        for query in panel.queries
        if not query.hidden and query.sql.strip()
    ]


def ask_query(dashboard: DashboardView, panel: PanelView, query: Query, database: Database, span: TimeRange) -> Answer:
    """The answer to one query alone."""
    return _ask(panel, query, database, span, resolve(dashboard.variables, database, span))


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the variables stand for: values, which are formatted where they are used, and texts, which are not."""

    values: Mapping[str, str | Sequence[str]]
    texts: Mapping[str, str]

    def fill(self, sql: str) -> str:
        """The statement with the texts in it."""
        for name, text in self.texts.items():
            pattern = rf"\$\{{{name}(?::\w+)?\}}|\[\[{name}(?::\w+)?\]\]|\${name}(?!\w)"
            sql = re.sub(pattern, lambda _, text=text: text, sql)  # type: ignore[misc]
        return sql


def resolve(variables: Sequence[VariableView], database: Database, span: TimeRange) -> Resolved:
    """What each variable stands for when the dashboard is opened; those with a query are asked for."""
    values: dict[str, str | Sequence[str]] = {}
    texts: dict[str, str] = {}
    for one in variables:
        if one.all_chosen and one.all_value:
            texts[one.name] = one.all_value  # Grafana puts it in as it is, quotes and all
            continue
        chosen = one.chosen
        if one.sql and (one.all_chosen or not chosen):
            sql = expand(Resolved(values, texts).fill(one.sql), span, _SHORTEST_MS, values)
            found = tuple(str(row[0]) for row in database.sql(sql).rows if row and row[0] is not None)
            chosen = found if one.all_chosen else found[:1]
        values[one.name] = list(chosen) if one.several else chosen[0] if chosen else ""
    return Resolved(values, texts)


def _ask(panel: PanelView, query: Query, database: Database, span: TimeRange, variables: Resolved) -> Answer:
    grid = panel.raw.get("gridPos") or {}
    points = panel.raw.get("maxDataPoints") or max(int(grid.get("w", 12) / 24 * _SCREEN), 100)
    interval = calculate(span.from_ns, span.to_ns, min_ms=panel.minimum_ms or _SHORTEST_MS, max_points=int(points))
    sql, error = query.sql, ""
    columns: Mapping[str, str] = {}
    frames: tuple[Frame, ...] = ()
    try:
        sql = expand(variables.fill(query.sql), span, interval, variables.values)
        result = database.sql(sql)
        columns = {column.name: column.type for column in result.columns}
        frames = tuple(read(result, query.format))
    except QuestDbError as problem:
        if problem.kind != "rejected":
            raise
        error = str(problem)
    except (MacroError, FrameError) as problem:
        error = str(problem)
    return Answer(panel, query, sql, columns, frames, error, interval)

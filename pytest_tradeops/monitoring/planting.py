"""Breaks a copy of a dashboard's JSON, ours or anybody's, by what its queries are and not by their wording."""

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..exceptions import DeclarationError
from ..questdb_sql import identifier
from .asking import Database, ask_query
from .panels import DashboardView, PanelView, Query
from .sql import TimeRange

#: Strings and comments are passed over whole.
_TOKENS = re.compile(r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|"[^"]*"|[A-Za-z_][A-Za-z_0-9$]*""", re.DOTALL)

#: Given a panel and one of its queries: the query's new text, or None to leave it as it is.
type Change = Callable[[PanelView, Query], str | None]


def with_queries(dashboard: DashboardView, change: Change) -> str:
    """The dashboard's JSON with changed queries.

    Raises:
        DeclarationError: the change applies to none of them.
    """
    edits = {
        (*query.place, "rawSql"): sql
        for panel in dashboard.panels
        for query in panel.queries
        if (sql := change(panel, query)) is not None and sql != query.sql
    }
    return edited(dashboard, edits)


def edited(dashboard: DashboardView, edits: Mapping[tuple[str | int, ...], Any]) -> str:
    """The dashboard's JSON with other values at these places.

    Raises:
        DeclarationError: there is nothing to edit.
    """
    if not edits:
        raise DeclarationError(
            f"{dashboard.file.name} has nothing that this fault could break.",
            remedy="Plant another one in a check of your own.",
        )
    document = copy.deepcopy(json.loads(dashboard.file.read_text(encoding="utf-8")))
    for place, value in edits.items():
        at = document
        for step in place[:-1]:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        at[place[-1]] = value
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def mentions(sql: str, name: str) -> bool:
    """Whether the statement names it, outside of strings and comments."""
    return any(_plain(token) == name.lower() for token in _TOKENS.findall(sql))


def replaced(sql: str, name: str, by: str) -> str:
    """The statement with an identifier replaced, outside of strings and comments; aliases of that name stay."""
    parts, end, before = [], 0, ""
    for match in _TOKENS.finditer(sql):
        token = match[0]
        parts.append(sql[end : match.start()])
        parts.append(by if _plain(token) == name.lower() and before != "as" else token)
        end, before = match.end(), token.lower()
    return "".join([*parts, sql[end:]])


def _plain(token: str) -> str:
    return "" if token[0] in "'-/" else token.strip('"').lower()


class Around:
    """Puts another SELECT around a query, which needs its columns: they are asked for."""

    def __init__(self, dashboard: DashboardView, database: Database, span: TimeRange) -> None:
        self._dashboard = dashboard
        self._database = database
        self._span = span

    def columns(self, panel: PanelView, query: Query) -> Mapping[str, str]:
        """Name to type; empty if the query fails."""
        return ask_query(self._dashboard, panel, query, self._database, self._span).columns

    def scaled(self, panel: PanelView, query: Query, factor: str, only: Iterable[str] | None = None) -> str | None:
        """The query with its columns of numbers, or those of them, multiplied: `factor` is SQL such as `/ 100.0`."""
        columns = self.columns(panel, query)
        names = set(columns if only is None else only)
        chosen = [
            f"{quoted} {factor} AS {quoted}" if name in names and is_number(kind) else quoted
            for name, kind in columns.items()
            for quoted in (identifier(name),)
        ]
        return self._wrapped(query, ", ".join(chosen), columns)

    def merged(self, panel: PanelView, query: Query) -> str | None:
        """The query without what tells its series apart: their numbers are added up at each time."""
        columns = self.columns(panel, query)
        if "time" not in columns or not any(map(is_text, columns.values())):
            return None
        sums = [f"sum({identifier(name)}) AS {identifier(name)}" for name, kind in columns.items() if is_number(kind)]
        return f'SELECT "time", {", ".join(sums)} FROM (\n{_bare(query.sql)}\n) GROUP BY "time" ORDER BY "time"'

    def _wrapped(self, query: Query, chosen: str, columns: Mapping[str, str]) -> str | None:
        if not any(map(is_number, columns.values())):
            return None
        order = ' ORDER BY "time"' if "time" in columns else ""
        return f"SELECT {chosen} FROM (\n{_bare(query.sql)}\n){order}"


def is_number(kind: str) -> bool:
    """Whether the server's type is one of numbers."""
    return kind.upper() in ("DOUBLE", "FLOAT", "LONG", "INT", "SHORT", "BYTE") or kind.upper().startswith("DECIMAL")


def is_text(kind: str) -> bool:
    """Whether the server's type is text."""
    return kind.upper() in ("STRING", "SYMBOL", "VARCHAR", "CHAR")


def _bare(sql: str) -> str:
    return sql.strip().rstrip(";").rstrip()

"""Macros of both data sources that lead to QuestDB, and the same text without them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..sql import MacroError, TimeRange, expand, rfc3339
from .material import Query
from .variables import put_all, values

_CALL = re.compile(r"\$__(\w+)\s*\(")
_BARE = re.compile(r"\$__(\w+)")
#: What QuestDB's own data source expands.
_PLUGIN = ("timeFilter", "fromTime", "toTime", "sampleByInterval", "conditionalAll")
_INTERVALS = ("interval", "interval_ms")


def expanded(query: Query, span: TimeRange, interval_ms: int, unknown: str = "x") -> str:
    """What reaches the database.

    Raises:
        MacroError: the data source would refuse it.
    """
    sql = query.sql
    variables: Mapping[str, str | list[str]] | None = None
    if query.variables is not None:
        sql = put_all(sql, query.variables)
        variables = values(query.variables, unknown)
    if not query.plugin:
        return expand(sql, span, interval_ms, variables)
    sql = _plugin(sql, span, interval_ms)
    # Its dashboard variables are those of every data source.
    return expand(sql, span, interval_ms, variables)


def _plugin(sql: str, span: TimeRange, interval_ms: int) -> str:
    start, end = (f"cast('{rfc3339(one // 1000 * 1000)}' as timestamp)" for one in (span.from_ns, span.to_ns))

    def called(name: str, arguments: str) -> str | None:
        match name:
            case "timeFilter":
                return f"{arguments} >= {start} AND {arguments} <= {end}"
            case "fromTime":
                return start
            case "toTime":
                return end
            case "sampleByInterval":
                return f"{max(interval_ms // 1000, 1)}s"
            case "conditionalAll":
                return "1=1"
        return None

    sql = _calls(sql, called)

    def bare(match: re.Match[str]) -> str:
        name = match[1]
        known = called(name, "") if name in ("fromTime", "toTime", "sampleByInterval") else None
        if known is not None:
            return known
        if name in (*_INTERVALS, "from", "to", "range", "range_s", "range_ms"):
            return match[0]
        raise MacroError(f'interpolation failed: unknown macro "__{name}"')

    return _BARE.sub(bare, sql)


def plugin_text(sql: str, from_ns: int, to_ns: int) -> str:
    """A text for QuestDB's own data source with its macros put in.

    Raises:
        MacroError: it has none of that name.
    """
    return _plugin(sql, TimeRange(from_ns, to_ns), 10_000)


def without(sql: str) -> str:
    """The text with every macro replaced by something harmless: tells a macro's failure from that of the rest."""

    def harmless(name: str, arguments: str) -> str:
        column = arguments.partition(",")[0].strip() or "1"
        match name:
            case "timeFilter" | "unixEpochFilter" | "unixEpochNanoFilter":
                return "1=1"
            case "time" | "timeEpoch" | "timeGroupAlias" | "unixEpochGroupAlias":
                return f'{_outermost(arguments)} AS "time"'
            case "timeGroup" | "unixEpochGroup":
                return _outermost(arguments) or column
        return "1"

    return _calls(sql, harmless)


def used(sql: str) -> list[str]:
    """Names of the macros that are called, without the intervals."""
    return [name for name in dict.fromkeys(_CALL.findall(sql)) if name not in _INTERVALS]


def _outermost(arguments: str) -> str:
    """The first argument, parentheses inside of it respected."""
    depth = 0
    for index, character in enumerate(arguments):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            return arguments[:index].strip()
    return arguments.strip()


def _calls(sql: str, replace: Callable[[str, str], Any]) -> str:
    """Replaces `$__name(...)`, with balanced parentheses; where the replacement is None the call stays."""
    out, at = [], 0
    while match := _CALL.search(sql, at):
        end, depth = match.end(), 1
        while end < len(sql) and depth:
            depth += (sql[end] == "(") - (sql[end] == ")")
            end += 1
        new = replace(match[1], sql[match.end() : end - 1].strip()) if not depth else None
        if new is None:
            out.append(sql[at : match.end()])
            at = match.end()
        else:
            out += [sql[at : match.start()], new]
            at = end
    return "".join([*out, sql[at:]])

"""A query's text as Grafana sends it: macros of its PostgreSQL data source, intervals, and a dashboard's variables.

The order is Grafana's: the browser puts the variables in, then the server the intervals, then the data source its
macros. Alert rules know no variables. Behaviour and messages are those of Grafana 9.4.
"""

import json
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..exceptions import TradeopsError
from .intervals import interval_text, parse_interval, plain

_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Values = Mapping[str, str | Sequence[str]]


class MacroError(TradeopsError):
    """Grafana would not expand the query; the message is its own."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What a query looks at: nanoseconds since 1970, both ends included."""

    from_ns: int
    to_ns: int


def expand(
    sql: str, span: TimeRange, interval_ms: int = 10_000, variables: Values | None = None, *, timescale: bool = False
) -> str:
    """The text that reaches the database.

    Args:
        interval_ms: What `$__interval` stands for; `intervals.calculate` gives Grafana's choice.
        variables: A dashboard's variables; a list is one of several values. With them the browser's own variables
            (`$__from`, `$__range`, ...) are known too. None for an alert rule: Grafana replaces none there.
        timescale: The data source is told that it has TimescaleDB.

    Raises:
        MacroError: an unknown macro, or one without what it needs.
    """
    if variables is not None:
        sql = with_variables(sql, span, variables)
    sql = sql.replace("$__interval_ms", str(interval_ms)).replace("$__interval", interval_text(interval_ms))
    sql = sql.replace("$__unixEpochFrom()", str(span.from_ns // 10**9))
    sql = sql.replace("$__unixEpochTo()", str(span.to_ns // 10**9))
    whole = sql

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name == "__timeGroup":
            # Older dashboards wrote no alias: a comma right behind the first call of this text asks for one.
            end = whole.index(match[0]) + len(match[0])
            if whole[end : end + 1] == ",":
                name = "__timeGroupAlias"
        return _macro(name, [argument.strip(" ") for argument in match[2].split(",")], span, timescale)

    return _MACRO.sub(replaced, sql)


def rfc3339(nanoseconds: int) -> str:
    """As Go prints RFC3339Nano in UTC: no trailing zeros in the fraction."""
    seconds, rest = divmod(nanoseconds, 10**9)
    text = f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{text}{fraction}Z"


def _macro(name: str, arguments: list[str], span: TimeRange, timescale: bool) -> str:
    column = arguments[0]
    start, end = rfc3339(span.from_ns), rfc3339(span.to_ns)
    match name:
        case "__time":
            return f'{column} AS "time"'
        case "__timeEpoch":
            return f'extract(epoch from {column}) as "time"'
        case "__timeFilter":
            return f"{column} BETWEEN '{start}' AND '{end}'"
        case "__timeFrom":
            return f"'{start}'"
        case "__timeTo":
            return f"'{end}'"
        case "__timeGroup":
            seconds = _seconds(name, arguments)
            if timescale:
                return f"time_bucket('{seconds:.3f}s',{column})"
            return f"floor(extract(epoch from {column})/{plain(seconds)})*{plain(seconds)}"
        case "__unixEpochFilter":
            return f"{column} >= {span.from_ns // 10**9} AND {column} <= {span.to_ns // 10**9}"
        case "__unixEpochNanoFilter":
            return f"{column} >= {span.from_ns} AND {column} <= {span.to_ns}"
        case "__unixEpochNanoFrom":
            return str(span.from_ns)
        case "__unixEpochNanoTo":
            return str(span.to_ns)
        case "__unixEpochGroup":
            every = plain(_seconds(name, arguments))
            return f"floor(({column})/{every})*{every}"
        case "__timeGroupAlias" | "__unixEpochGroupAlias":
            return _macro(name.removesuffix("Alias"), arguments, span, timescale) + ' AS "time"'
        case _:
            raise MacroError(f'interpolation failed: unknown macro "{name}"')


def _seconds(name: str, arguments: list[str]) -> float:
    if len(arguments) < 2:
        raise MacroError(f"interpolation failed: macro {name} needs time column and interval and optional fill value")
    interval = parse_interval(arguments[1].strip("'"))
    if interval is None:
        raise MacroError(f"interpolation failed: error parsing interval {arguments[1]}")
    if len(arguments) == 3 and arguments[2] not in ("NULL", "previous"):
        try:
            float(arguments[2])
        except ValueError:
            raise MacroError(f"interpolation failed: error parsing fill value {arguments[2]}") from None
    return interval


def with_variables(sql: str, span: TimeRange, variables: Values) -> str:
    """What the browser sends to Grafana: variables put in, macros left for the data source."""
    start, end = span.from_ns // 10**6, span.to_ns // 10**6
    own = {
        "__from": str(start),
        "__to": str(end),
        "__range": f"{round((end - start) / 1000)}s",
        "__range_s": str(round((end - start) / 1000)),
        "__range_ms": str(end - start),
    }

    def replaced(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[4]
        style = match[3] or match[5] or ""
        if name in variables:
            return _formatted(variables[name], style)
        if name not in own:
            return match[0]
        if style.startswith("date"):
            return _date(span.from_ns if name == "__from" else span.to_ns, style)
        return own[name]

    return _VARIABLE.sub(replaced, sql)


def _date(nanoseconds: int, style: str) -> str:
    if style == "date:seconds":
        return str(nanoseconds // 10**9)
    if style in ("date", "date:iso"):
        whole, rest = divmod(nanoseconds // 10**6, 1000)
        return f"{_EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
    raise MacroError(f"date format {style.removeprefix('date:')!r} is not known here: use date, date:iso, date:seconds")


def _formatted(value: str | Sequence[str], style: str) -> str:
    values = [value] if isinstance(value, str) else list(value)
    match style:
        case "":  # the data source's own: one value without quotes, several as literals
            return value.replace("'", "''") if isinstance(value, str) else ",".join(map(_quoted, values))
        case "raw" | "csv":
            return ",".join(values)
        case "sqlstring":
            return ",".join(map(_quoted, values))
        case "singlequote":
            return ",".join("'" + one.replace("'", "\\'") + "'" for one in values)
        case "doublequote":
            return ",".join('"' + one.replace('"', '\\"') + '"' for one in values)
        case "pipe":
            return "|".join(values)
        case "json":
            return json.dumps(value if isinstance(value, str) else values)
        case "text":
            return " + ".join(values)
        case "percentencode":
            return urllib.parse.quote(values[0] if len(values) == 1 else "{" + ",".join(values) + "}", safe="")
        case "regex":
            escaped = [re.sub(r"([\\^$*+?.()|[\]{}/])", r"\\\1", one) for one in values]
            return escaped[0] if len(escaped) == 1 else "(" + "|".join(escaped) + ")"
        case _:  # an unknown format is Grafana's glob
            return values[0] if len(values) == 1 else "{" + ",".join(values) + "}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""Reads dashboards in Grafana's classic JSON, ours or anybody's: what their panels ask for and how they show it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..exceptions import TradeopsError
from .frames import Format

#: Of data sources that this package can ask; anything else, such as Prometheus, is another matter.
SQL_SOURCES = frozenset({"postgres", "grafana-postgresql-datasource"})
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|w|M|y)")
_RELATIVE = re.compile(r"now(?:-(\d+)(ms|s|m|h|d|w|M|y))?(?:/\w)?")


class DashboardError(TradeopsError):
    """A file is no dashboard, or not the one that was looked for."""


@dataclass(frozen=True, slots=True)
class Query:
    """One target of a panel.

    Attributes:
        place: Keys and indices from the dashboard's JSON down to the target, to edit it by.
    """

    ref: str
    sql: str
    format: Format
    hidden: bool
    place: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PanelView:
    """One panel, wherever it stands.

    Attributes:
        thresholds: The values of its steps, without the base one.
        draws_thresholds: Whether it draws them as lines or areas.
        minimum_ms: The shortest bucket, in milliseconds.
        place: Keys and indices from the dashboard's JSON down to the panel.
        raw: Its JSON.
    """

    title: str
    kind: str
    unit: str
    thresholds: tuple[float, ...]
    draws_thresholds: bool
    minimum_ms: int
    queries: tuple[Query, ...]
    place: tuple[str | int, ...]
    raw: Mapping[str, Any]

    def unit_of(self, column: str) -> str:
        """The unit of that column: an override by name, else the panel's."""
        for override in self.raw.get("fieldConfig", {}).get("overrides", ()):
            matcher = override.get("matcher", {})
            if matcher.get("id") == "byName" and matcher.get("options") == column:
                for one in override.get("properties", ()):
                    if one.get("id") == "unit":
                        return str(one.get("value"))
        return self.unit


@dataclass(frozen=True, slots=True)
class VariableView:
    """One template variable, with what it stands for when the dashboard is opened.

    Attributes:
        sql: Its query; empty if it has none.
        all_value: The text that All stands for, as it is; empty: the list of all values.
        all_chosen: Whether All is chosen.
        chosen: The values that the file carries.
        several: Whether it may have several values, so that each is put into quotes.
    """

    name: str
    sql: str
    all_value: str
    all_chosen: bool
    chosen: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class DashboardView:
    """One dashboard file.

    Attributes:
        file: Where it was read from.
        refresh_ms: How often it asks again when it is open; 0 for never.
        range_ms: How far back it looks.
        raw: Its JSON.
    """

    file: Path
    uid: str
    title: str
    refresh_ms: int
    range_ms: int
    panels: tuple[PanelView, ...]
    variables: tuple[VariableView, ...]
    raw: Mapping[str, Any]


def read_dashboard(file: Path) -> DashboardView:
    """The dashboard in that file; one wrapped as Grafana's API answers it is unwrapped.

    Raises:
        DashboardError: it cannot be read, or is no classic dashboard.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DashboardError(f"{file.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise DashboardError(f"{file.name} is no JSON: {error}.", remedy="Correct it.") from None
    return view(document, file)


def view(document: Any, file: Path) -> DashboardView:
    """The dashboard that this JSON describes.

    Raises:
        DashboardError: it is no classic dashboard.
    """
    wrapped = isinstance(document, dict) and isinstance(document.get("dashboard"), dict)
    prefix: tuple[str | int, ...] = ("dashboard",) if wrapped else ()
    raw = document["dashboard"] if wrapped else document
    if not isinstance(raw, dict) or not isinstance(raw.get("panels", raw.get("rows")), list):
        raise DashboardError(
            f"{file.name} is no dashboard in Grafana's classic JSON.", remedy="Export it with the classic schema."
        )
    try:
        return DashboardView(
            file=file,
            uid=str(raw.get("uid") or ""),
            title=str(raw.get("title") or ""),
            refresh_ms=duration_ms(raw.get("refresh")),
            range_ms=_range_ms(raw.get("time")),
            panels=tuple(_panel(one, place) for one, place in _panels(raw, prefix)),
            variables=tuple(_variable(one) for one in raw.get("templating", {}).get("list", ())),
            raw=raw,
        )
    except (AttributeError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise DashboardError(
            f"{file.name} is not built as a dashboard is: {type(error).__name__}: {error}.", remedy="Correct it."
        ) from None


def duration_ms(text: Any) -> int:
    """Milliseconds of `5s`, `1m` or `>10s`; 0 for anything else."""
    match = _DURATION.fullmatch(text.removeprefix(">").strip()) if isinstance(text, str) else None
    return int(match[1]) * _unit_ms(match[2]) if match else 0


def _unit_ms(unit: str) -> int:
    return {"M": 2_592_000_000, "y": 31_536_000_000}.get(unit) or _MILLISECONDS[unit]


def _range_ms(time: Any) -> int:
    start = time.get("from") if isinstance(time, dict) else None
    match = _RELATIVE.fullmatch(start) if isinstance(start, str) else None
    return int(match[1]) * _unit_ms(match[2]) if match and match[1] else 6 * 3_600_000


def _panels(
    raw: Mapping[str, Any], prefix: tuple[str | int, ...]
) -> Iterator[tuple[dict[str, Any], tuple[str | int, ...]]]:
    """Every panel with its place: top level, inside of collapsed rows, and the rows of old dashboards."""
    for index, panel in enumerate(raw.get("panels") or ()):
        place = (*prefix, "panels", index)
        if panel.get("type") != "row":
            yield panel, place
        yield from _panels({"panels": panel.get("panels")}, place)
    for index, row in enumerate(raw.get("rows") or ()):
        yield from _panels({"panels": row.get("panels")}, (*prefix, "rows", index))


def _panel(raw: dict[str, Any], place: tuple[str | int, ...]) -> PanelView:
    defaults = raw.get("fieldConfig", {}).get("defaults", {})
    steps = defaults.get("thresholds", {}).get("steps") or ()
    style = defaults.get("custom", {}).get("thresholdsStyle", {}).get("mode", "off")
    return PanelView(
        title=str(raw.get("title") or ""),
        kind=str(raw.get("type") or ""),
        unit=str(defaults.get("unit") or ""),
        thresholds=tuple(float(one["value"]) for one in steps if one.get("value") is not None),
        draws_thresholds=style != "off",
        minimum_ms=duration_ms(raw.get("interval")),
        queries=tuple(_queries(raw, place)),
        place=place,
        raw=raw,
    )


def _queries(raw: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[Query]:
    for index, target in enumerate(raw.get("targets") or ()):
        source = target.get("datasource") or raw.get("datasource")
        kind = source.get("type") if isinstance(source, dict) else None
        sql = target.get("rawSql")
        if isinstance(sql, str) and (kind is None or kind in SQL_SOURCES):
            yield Query(
                ref=str(target.get("refId") or ""),
                sql=sql,
                format=cast("Format", target.get("format") or "time_series"),
                hidden=bool(target.get("hide")),
                place=(*place, "targets", index),
            )


def _variable(raw: dict[str, Any]) -> VariableView:
    query = raw.get("query")
    sql = query.get("query") or query.get("rawSql") if isinstance(query, dict) else query
    value = raw.get("current", {}).get("value")
    values = [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]
    options = [str(one["value"]) for one in raw.get("options") or () if one.get("value") not in (None, "$__all")]
    include_all = bool(raw.get("includeAll"))
    chosen = tuple(one for one in values if one != "$__all")
    kind = raw.get("type")
    if kind in ("custom", "interval", "constant", "textbox") and not chosen:
        chosen = tuple(options) or tuple(part.strip() for part in str(sql or "").split(",") if part.strip())[:1]
    return VariableView(
        name=str(raw["name"]),
        sql=str(sql or "") if kind == "query" else "",
        all_value=str(raw.get("allValue") or ""),
        all_chosen=include_all and (values == ["$__all"] or not values),
        chosen=chosen,
        several=bool(raw.get("multi")) or include_all,
    )


def find(folder: Path, uid: str) -> DashboardView:
    """The dashboard of that uid, among the folder's files.

    Raises:
        DashboardError: there is none, or two have it.
    """
    files = sorted(folder.glob("**/*.json")) if folder.is_dir() else []
    views = [one for file in files if (one := _readable(file)) is not None]
    found = [one for one in views if one.uid == uid]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one.file.name for one in found)
        raise DashboardError(f"{names} have the uid {uid!r} in common.", remedy="Give each a uid of its own.")
    raise DashboardError(
        f"No dashboard under {folder.name}/ has the uid {uid!r}{_others(views)}.",
        remedy="Run `tradeops init monitoring`, or name yours in [tool.tradeops.monitoring].",
    )


def _readable(file: Path) -> DashboardView | None:
    try:
        return read_dashboard(file)
    except DashboardError:
        return None


def _others(views: Sequence[DashboardView]) -> str:
    return f" (there are {', '.join(sorted(one.uid for one in views)[:12])})" if views else ""

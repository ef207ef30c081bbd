"""Dashboards and panels, as far as it takes no database: identity, queries, variables, thresholds."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

from .dashboards import VARIABLE, WITHOUT_DATA
from .finding import Report
from .material import Dashboard, Material, Panel, Query, mapping, sequence, text, together

_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::\w+)?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::[^}]+)?\}")
#: What Grafana itself defines.
_BUILT_IN = re.compile(r"__\w+|timeFilter|interval|\d+")
#: Panels whose queries come from elsewhere: from another panel, from plugins, or from nothing.
_OTHERS = frozenset({*WITHOUT_DATA, "canvas", "nodeGraph", "traces", "flamegraph", "datagrid", "xychart", "debug", ""})


def examine(material: Material, report: Report) -> None:
    """Each dashboard by itself, then all of them together."""
    for board in material.dashboards:
        report.count("dashboards")
        _identity(board, report)
        for panel in board.panels:
            _panel(panel, report)
    for panel in material.library:
        _panel(panel, report)
    _twice(material, report)


def _identity(board: Dashboard, report: Report) -> None:
    if not text(board.value.get("title")).strip():
        report.add("dashboard-title-missing", board.place, "The dashboard has no title.")
    uid = text(board.value.get("uid"))
    if uid and not _UID.fullmatch(uid):
        reason = f"has {len(uid)} characters" if len(uid) > 40 else "has other characters than letters, digits, - and _"
        report.add("dashboard-uid-invalid", board.place, f"The uid `{uid[:60]}` {reason}.")


def _twice(material: Material, report: Report) -> None:
    for key in ("uid", "title"):
        groups: dict[tuple[str, str], list[Dashboard]] = defaultdict(list)
        for board in material.dashboards:
            value = text(board.value.get(key)).strip()
            # A folder of files is one provider's as a rule; titles may be equal in different folders.
            folder = str(PurePath(board.place.file).parent) if key == "title" else ""
            if value:
                groups[value, folder].append(board)
        for (value, _), boards in groups.items():
            for one in boards[1:]:
                if not together(boards[0].place.file, one.place.file):
                    continue
                message = f"The {key} `{value}` is also that of {boards[0].place.file}."
                report.add(f"dashboard-{key}-duplicate", one.place, message)


def _panel(panel: Panel, report: Report) -> None:
    if panel.queries:
        report.count("variables" if panel.type == VARIABLE else "panels")
    elif panel.foreign:
        report.count("panels of other data sources")
    targets = sequence(panel.value.get("targets"))
    if not targets and _wants_data(panel):
        report.add("panel-without-query", panel.place, "The panel has no query.")
    seen: set[str] = set()
    for target in map(mapping, targets):
        ref = text(target.get("refId"))
        if ref and ref in seen and panel.queries:
            report.add("refid-duplicate", panel.place, f"Two of its queries have the refId {ref}.")
        seen.add(ref)
    for query in panel.queries:
        for name in dict.fromkeys(undefined(query)):
            message = f"The variable `${name}` is not defined in the dashboard."
            report.add("variable-undefined", query.place, message)
    if panel.queries:
        _thresholds(panel, report)


def _wants_data(panel: Panel) -> bool:
    if panel.type in _OTHERS or "libraryPanel" in panel.value:
        return False
    # An old panel without a type of its own, or one from a plugin, may not need any.
    return panel.type in (
        "timeseries",
        "graph",
        "stat",
        "singlestat",
        "gauge",
        "bargauge",
        "table",
        "barchart",
        "piechart",
    )


def undefined(query: Query) -> Iterator[str]:
    """Names of variables in a panel's query that are neither the dashboard's nor Grafana's."""
    if query.variables is None:
        return
    for match in _VARIABLE.finditer(query.bare):
        name = match[1] or match[2] or match[3]
        if name not in query.variables and not _BUILT_IN.fullmatch(name):
            yield name


def _thresholds(panel: Panel, report: Report) -> None:
    """Steps of thresholds beyond what the unit can be."""
    defaults = mapping(mapping(panel.value.get("fieldConfig")).get("defaults"))
    if text(defaults.get("unit")) != "percentunit":
        return
    thresholds = mapping(defaults.get("thresholds"))
    steps = [mapping(one).get("value") for one in sequence(thresholds.get("steps"))]
    numbers = [one for one in steps if isinstance(one, int | float) and not isinstance(one, bool)]
    if set(numbers) <= {0, 80}:  # what every new panel has, whatever its unit
        return
    # Up to 2 there may be somebody who wants to see 200 %.
    if text(thresholds.get("mode")) != "percentage" and numbers and max(numbers) > 2:
        most = max(numbers)
        message = f"The unit is percentunit, in which 1 is 100 %; a threshold stands at {most:g}, which is {most:.0%}."
        report.add("panel-threshold-unit", panel.place, message)

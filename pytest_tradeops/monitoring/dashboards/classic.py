"""Grafana's classic dashboard JSON, as 9.4 reads it and later versions migrate it."""

import json
from typing import Any

from .model import ColumnStyle, Dashboard, Panel, Step, Target, Variable

#: Of Grafana 9.4; what is newer migrates it when it loads the file.
SCHEMA_VERSION = 37
TAG = "tradeops"
DATASOURCE_UID = "questdb"
#: Grafana below 10 knows no other name, and later ones read it as an alias.
DATASOURCE_TYPE = "postgres"
DATASOURCE_TYPE_FROM_10 = "grafana-postgresql-datasource"

type Json = dict[str, Any]


def datasource_type(grafana: str) -> str:
    """The PostgreSQL data source's type in that version of Grafana; an empty version stands for any."""
    major = grafana.strip().removeprefix("v").partition(".")[0]
    return DATASOURCE_TYPE_FROM_10 if major.isdigit() and int(major) >= 10 else DATASOURCE_TYPE


def to_json(dashboard: Dashboard, *, grafana: str = "") -> str:
    """The text of the dashboard's file; ends with a line feed."""
    return json.dumps(to_dict(dashboard, grafana=grafana), indent=2, ensure_ascii=False) + "\n"


def to_dict(dashboard: Dashboard, *, grafana: str = "") -> Json:
    """The dashboard as Grafana's JSON; `id` is null, because the server gives it."""
    source = {"type": datasource_type(grafana), "uid": DATASOURCE_UID}
    return {
        "id": None,
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "style": "dark",
        "timezone": "utc",
        "weekStart": "",
        "refresh": dashboard.refresh,
        "time": {"from": dashboard.since, "to": "now"},
        "timepicker": {},
        "liveNow": False,
        "annotations": {"list": []},
        "links": [_link()],
        "templating": {"list": [_variable(one, source) for one in dashboard.variables]},
        "panels": _panels(dashboard.panels, source),
    }


def _panels(panels: tuple[Panel, ...], source: Json) -> list[Json]:
    """Each at its place: a row is as high as its highest panel, and a panel that does not fit begins the next."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > 24:
            x, y, height = 0, y + height, 0
        grid = {"h": panel.height, "w": panel.width, "x": x, "y": y}
        placed.append(_panel(panel, number, grid, source))
        x, height = x + panel.width, max(height, panel.height)
    return placed


def _panel(panel: Panel, number: int, grid: Json, source: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": grid,
        "datasource": source,
        "interval": panel.interval,
        "targets": [_target(one, index, source) for index, one in enumerate(panel.targets)],
        "fieldConfig": {
            "defaults": _defaults(panel),
            "overrides": [_override(name, style) for name, style in panel.columns.items()],
        },
        "options": _options(panel),
    }


def _target(target: Target, index: int, source: Json) -> Json:
    return {
        "refId": chr(ord("A") + index),
        "datasource": source,
        "editorMode": "code",
        "format": target.format,
        "rawQuery": True,
        "rawSql": target.sql,
    }


def _defaults(panel: Panel) -> Json:
    optional = {"decimals": panel.decimals, "min": panel.minimum, "max": panel.maximum}
    by_threshold = bool(panel.steps) and panel.kind != "timeseries"
    return {
        "unit": panel.unit,
        "noValue": panel.no_data,
        **{name: value for name, value in optional.items() if value is not None},
        "color": {"mode": "thresholds" if by_threshold else "palette-classic"},
        "thresholds": _thresholds(panel.base, panel.steps),
        "mappings": [],
        "custom": _drawing(panel),
    }


def _thresholds(base: str, steps: tuple[Step, ...]) -> Json:
    shown = [{"color": one.colour, "value": one.value} for one in steps]
    return {"mode": "absolute", "steps": [{"color": base, "value": None}, *shown]}


def _drawing(panel: Panel) -> Json:
    if panel.kind == "table":
        return {"align": "auto", "displayMode": "auto", "filterable": True}
    if panel.kind != "timeseries":
        return {}
    return {
        "drawStyle": "bars" if panel.bars else "line",
        "lineInterpolation": "stepAfter" if panel.step else "linear",
        "lineWidth": 1 if panel.bars else 2,
        "fillOpacity": 70 if panel.bars else 8,
        "gradientMode": "none",
        "showPoints": "auto",
        "pointSize": 5,
        "spanNulls": panel.span_ms or False,
        "axisPlacement": "auto",
        "axisLabel": "",
        "scaleDistribution": {"type": "linear"},
        "stacking": {"mode": "normal" if panel.bars else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if panel.lines else "off"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    }


def _override(name: str, style: ColumnStyle) -> Json:
    properties: list[Json] = []
    if style.unit:
        properties.append({"id": "unit", "value": style.unit})
    if style.decimals is not None:
        properties.append({"id": "decimals", "value": style.decimals})
    if style.width is not None:
        properties.append({"id": "custom.width", "value": style.width})
    if style.steps:
        properties.append({"id": "thresholds", "value": _thresholds("text", style.steps)})
        properties.append({"id": "custom.displayMode", "value": "color-text"})
        properties.append({"id": "color", "value": {"mode": "thresholds"}})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


def _options(panel: Panel) -> Json:
    match panel.kind:
        case "timeseries":
            return {
                "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull"]},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case "table":
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}}
    shown: Json = {
        "orientation": "horizontal" if panel.kind == "bargauge" else "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": panel.rows},
    }
    match panel.kind:
        case "stat":
            return {**shown, "textMode": "auto", "colorMode": "value", "graphMode": "area", "justifyMode": "auto"}
        case "gauge":
            return {**shown, "showThresholdLabels": False, "showThresholdMarkers": True}
        case _:
            return {**shown, "displayMode": "gradient", "showUnfilled": True, "minVizWidth": 0, "minVizHeight": 10}


def _variable(variable: Variable, source: Json) -> Json:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": source,
        "query": variable.sql,
        "definition": variable.sql,
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "multi": True,
        "includeAll": True,
        "allValue": "'*'",
        "options": [],
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "skipUrlSync": False,
    }


def _link() -> Json:
    return {
        "title": "TradeOps",
        "type": "dashboards",
        "tags": [TAG],
        "asDropdown": True,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "",
        "url": "",
    }

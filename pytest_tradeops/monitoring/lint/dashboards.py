"""Reads dashboards of classic JSON, schema versions from the first to the newest, and the new resource format."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .finding import Place, Report
from .material import (
    POSTGRES,
    QUESTDB_PLUGIN,
    Dashboard,
    Panel,
    Query,
    Reference,
    mapping,
    names_another,
    reference,
    sequence,
    text,
)

_SQL_TYPES = (*POSTGRES, QUESTDB_PLUGIN)
#: What a variable's query stands under; no panel is called so.
VARIABLE = "(variable)"
#: Panels that ask for no data of their own.
WITHOUT_DATA = frozenset({"row", "text", "dashlist", "news", "alertlist", "welcome", "gettingstarted", "pluginlist"})


def is_dashboard(value: Mapping[str, Any]) -> bool:
    """Whether it looks like classic JSON of a dashboard."""
    if isinstance(value.get("panels"), list):
        return any(key in value for key in ("title", "schemaVersion", "templating", "time", "uid", "annotations"))
    rows = sequence(value.get("rows"))
    return any(isinstance(mapping(row).get("panels"), list) for row in rows)


def dashboard(
    value: Mapping[str, Any], place: Place, report: Report, provisioned: Mapping[str, str] | None = None
) -> Dashboard:
    """The dashboard with its panels, rows opened.

    Args:
        provisioned: Uid or name of each known data source to its type; the default one's under the empty name.
    """
    variables = {
        text(mapping(one).get("name")): mapping(one)
        for one in sequence(mapping(value.get("templating")).get("list"))
        if text(mapping(one).get("name"))
    }
    inputs = {
        text(mapping(one).get("name")): mapping(one)
        for one in sequence(value.get("__inputs"))
        if text(mapping(one).get("type")) == "datasource"
    }
    # What an import asks for is known by its plugin id.
    types = {
        **(provisioned or {}),
        **{name: text(one.get("pluginId")) for name, one in inputs.items()},
        **{name: text(one.get("query")) for name, one in variables.items() if one.get("type") == "datasource"},
    }
    constants = {
        text(mapping(one).get("name")): mapping(one)
        for one in sequence(value.get("__inputs"))
        if text(mapping(one).get("type")) == "constant"
    }
    known = {**constants, **inputs, **variables}
    panels = []
    for found in _panels(value):
        made = _panel(found, place, known, types)
        if "libraryPanel" in found and not made.queries:
            shown = text(mapping(found.get("libraryPanel")).get("name")) or "a library panel"
            report.skip(f"{place.file}: {shown} is a library panel, whose queries are not in this file.")
            continue
        panels.append(made)
    panels += _variables(variables, known, types, place)
    return Dashboard(place, value, known, tuple(panels), is_import=bool(inputs))


def _variables(
    variables: Mapping[str, Any], known: Mapping[str, Any], types: Mapping[str, str], place: Place
) -> Iterator[Panel]:
    """Queries that fill variables, each as a panel of its own kind."""
    for name, value in variables.items():
        asked = value.get("query")
        sql = _sql(asked) or text(asked.get("query")) if isinstance(asked, Mapping) else text(asked)
        source = reference(value.get("datasource"))
        here = place.at(f'variable "{name}"')
        if text(value.get("type")) == "query" and sql and _type(source, types) in _SQL_TYPES:
            plugin = _type(source, types) == QUESTDB_PLUGIN
            query = Query(here, "", sql, 1 if plugin else "table", source, plugin=plugin, variables=known)
            yield Panel(here, {"type": VARIABLE}, (query,))


def library_panel(value: Mapping[str, Any], place: Place, provisioned: Mapping[str, str] | None = None) -> Panel:
    """A library panel as it is exported."""
    return _panel(mapping(value.get("model")), place, {}, provisioned or {}, any_variable=True)


def modern(spec: Mapping[str, Any], uid: str) -> dict[str, Any]:
    """Classic JSON of what the resource `dashboard.grafana.app/v2` says, as far as queries and panels go."""
    panels = []
    for name, element in mapping(spec.get("elements")).items():
        inner = mapping(mapping(element).get("spec"))
        config = mapping(inner.get("vizConfig"))
        targets = []
        for one in sequence(mapping(mapping(inner.get("data")).get("spec")).get("queries")):
            asked = mapping(mapping(one).get("spec"))
            query = mapping(asked.get("query"))
            source = mapping(query.get("datasource")) or mapping(asked.get("datasource"))
            type_ = text(query.get("group") or query.get("kind") or source.get("type"))
            targets.append(
                {
                    **mapping(query.get("spec")),
                    "refId": asked.get("refId"),
                    "datasource": {"type": type_, "uid": text(source.get("name") or source.get("uid"))},
                }
            )
        panels.append(
            {
                "id": inner.get("id"),
                "title": inner.get("title") or name,
                "type": text(config.get("group") or config.get("kind")),
                "fieldConfig": mapping(mapping(config.get("spec")).get("fieldConfig")),
                "targets": targets,
            }
        )
    variables = []
    for one in sequence(spec.get("variables")):
        type_ = text(mapping(one).get("kind")).removesuffix("Variable").lower()
        variables.append({"type": type_, **mapping(mapping(one).get("spec"))})
    return {"uid": uid, "title": spec.get("title"), "panels": panels, "templating": {"list": variables}}


def _panels(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every panel, also those in rows, old (`rows`) and new (a row panel's `panels`)."""
    left = [mapping(one) for one in sequence(value.get("panels"))]
    for row in sequence(value.get("rows")):
        left += [mapping(one) for one in sequence(mapping(row).get("panels"))]
    while left:
        panel = left.pop(0)
        left = [mapping(one) for one in sequence(panel.get("panels"))] + left
        if panel and text(panel.get("type")) not in WITHOUT_DATA:
            yield panel


def _panel(
    value: Mapping[str, Any],
    place: Place,
    variables: Mapping[str, Any],
    types: Mapping[str, str],
    *,
    any_variable: bool = False,
) -> Panel:
    title = text(value.get("title"))
    number = text(value.get("id"))
    here = place.at(f"panel {number}".strip() + (f' "{title}"' if title else ""))
    own = reference(value.get("datasource"))
    queries, foreign = [], 0
    for index, target in enumerate(mapping(one) for one in sequence(value.get("targets"))):
        given = reference(target.get("datasource"))
        # A panel's own data source wins over that of its queries, unless it is mixed.
        source = given if own.is_default or own.is_built_in else own
        source = own if source.is_default else source
        ref = text(target.get("refId"))
        if not _is_sql(source, target, types):
            foreign += not source.is_built_in
            continue
        plugin = _type(source, types) == QUESTDB_PLUGIN
        at = here.at(f"query {ref or index + 1}")
        sql = _sql(target)
        queries.append(
            Query(
                *(at, ref, sql, target.get("format"), source),
                plugin=plugin,
                variables=None if any_variable else variables,
            )
        )
    return Panel(here, value, tuple(queries), foreign)


def _sql(target: Mapping[str, Any]) -> str:
    return text(target.get("rawSql")) or text(target.get("rawQuery")) * isinstance(target.get("rawQuery"), str)


def _type(source: Reference, types: Mapping[str, str]) -> str:
    if source.type and not source.type.startswith("$"):
        return source.type
    name = source.uid or source.name
    if not source.is_variable:
        return types.get(name, "")
    return types.get(re.sub(r"^\$\{?|\}$|^\[\[|\]\]$", "", name).partition(":")[0], "")


def _is_sql(source: Reference, target: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    if source.is_built_in and not (source.uid or source.name).lower().startswith(("default", "-- mixed")):
        return False
    type_ = _type(source, types)
    if type_ and type_ != "datasource":
        return type_ in _SQL_TYPES
    return "rawSql" in target and "expr" not in target and not names_another(source)

"""Keys that Grafana drops, values of the wrong shape, organisations that are not there."""

from collections.abc import Mapping
from typing import Any

from .finding import Place, Report
from .material import Material, mapping, sequence, text
from .spelling import meant

_ALERTING = frozenset(
    {
        *("apiVersion", "groups", "deleteRules", "contactPoints", "deleteContactPoints", "policies", "resetPolicies"),
        *("templates", "deleteTemplates", "muteTimes", "deleteMuteTimes"),
    }
)
_SOURCES = frozenset({"apiVersion", "datasources", "deleteDatasources", "prune"})
_PROVIDERS = frozenset({"apiVersion", "providers"})
_LISTS = frozenset({*_ALERTING, *_SOURCES, *_PROVIDERS} - {"apiVersion", "prune"})

_GROUP = frozenset({"orgId", "name", "folder", "folderUid", "folderUID", "interval", "rules"})
_RULE = frozenset(
    {
        *("uid", "title", "condition", "data", "dasboardUid", "dashboardUid", "panelId", "noDataState", "execErrState"),
        *("for", "keepFiringFor", "missing_series_evals_to_resolve", "annotations", "labels", "isPaused"),
        *("notification_settings", "record", "guid"),
    }
)
_NODE = frozenset({"refId", "queryType", "relativeTimeRange", "datasourceUid", "model"})
_POINT = frozenset({"orgId", "name", "receivers"})
_RECEIVER = frozenset({"uid", "type", "settings", "secureSettings", "disableResolveMessage", "version"})


def examine(material: Material, report: Report) -> None:
    """Every document that is to be examined."""
    for document in material.documents:
        if document.context:
            continue
        value, place = document.value, document.place
        _top(value, place, report)
        for one in sequence(value.get("groups")):
            group = mapping(one)
            here = place.at(f'group "{text(group.get("name"))}"')
            _shape(one, dict, here, "A group", report)
            _org(group, here, report)
            rules = group.get("rules")
            _shape(rules, list, here, "`rules`", report)
            if any("data" in mapping(rule) or "condition" in mapping(rule) for rule in sequence(rules)):
                _keys(group, _GROUP, here, report)
        for one in sequence(value.get("contactPoints")):
            here = place.at(f'contact point "{text(mapping(one).get("name"))}"')
            _shape(one, dict, here, "A contact point", report)
            _org(mapping(one), here, report)
            _keys(mapping(one), _POINT, here, report)
            for number, receiver in enumerate(sequence(mapping(one).get("receivers")), 1):
                within = here.at(f"receiver {number}")
                _shape(receiver, dict, within, "A receiver", report)
                _keys(mapping(receiver), _RECEIVER, within, report)
        for one in sequence(value.get("policies")):
            _org(mapping(one), place.at("policy tree"), report)
        for one in sequence(value.get("datasources")):
            _org(mapping(one), place.at(f'data source "{text(mapping(one).get("name"))}"'), report)
    for rule in material.examined_rules():
        if not rule.from_api:
            _keys(rule.value, _RULE, rule.place, report)
            for node in rule.nodes:
                _keys(node.value, _NODE, node.place, report)
        for key in ("labels", "annotations"):
            given = rule.value.get(key)
            if given is not None:
                _shape(given, dict, rule.place, f"`{key}`", report)


def _top(value: Mapping[str, Any], place: Place, report: Report) -> None:
    kinds = [keys for keys in (_ALERTING, _SOURCES, _PROVIDERS) if set(value) & (keys - {"apiVersion"})]
    known = frozenset().union(*kinds) if kinds else _ALERTING | _SOURCES | _PROVIDERS
    _keys({key: one for key, one in value.items() if not text(key).startswith("x-")}, known, place, report)
    for key in sorted(_LISTS & set(value)):
        if value[key] is not None and key not in ("prune",):
            _shape(value[key], list, place, f"`{key}`", report)


def _keys(value: Mapping[str, Any], known: frozenset[str], place: Place, report: Report) -> None:
    for key in value:
        name = text(key)
        if name in known:
            continue
        near = meant(name, known)
        hint = f" Grafana's key is `{near}`." if near else ""
        report.add("key-dropped", place, f"The key `{name}` is dropped: Grafana knows none of that name here.{hint}")


def _org(value: Mapping[str, Any], place: Place, report: Report) -> None:
    given = text(value.get("orgId"))
    if given not in ("", "1", "0") and "$" not in given:
        report.add("org-foreign", place, f"orgId is {given}: where there is no such organisation, nothing is loaded.")


def _shape(value: Any, wanted: type, place: Place, what: str, report: Report) -> None:
    if value is not None and not isinstance(value, wanted):
        shape = "a list" if wanted is list else "a mapping"
        report.add("key-type", place, f"{what} is not {shape}.")
    elif value is None and wanted is dict:
        report.add("key-type", place, f"{what} is empty.")

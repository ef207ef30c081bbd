"""Reads alert rules: of provisioning files, of exports, and in the two shapes of the HTTP API."""

import json
from collections.abc import Mapping
from typing import Any

from .finding import Place
from .material import (
    EXPRESSION,
    POSTGRES,
    QUESTDB_PLUGIN,
    Node,
    Query,
    Reference,
    Rule,
    mapping,
    names_another,
    reference,
    sequence,
    text,
)

#: What queries of other data sources have, where nothing names their type.
_OTHERS = ("expr", "query", "target", "queries", "metricName", "queryText", "scenarioId", "namespace", "azureMonitor")


def rules_of(
    group: Mapping[str, Any], place: Place, context: bool = False, types: Mapping[str, str] | None = None
) -> list[Rule]:
    """The rules of one entry of `groups`; those of Prometheus in it are left out."""
    here = place.at(f'group "{text(group.get("name"))}"')
    return [
        rule(mapping(one), group, here, number, context=context, types=types)
        for number, one in enumerate(sequence(group.get("rules")), 1)
        if not ("expr" in mapping(one) and "data" not in mapping(one))
    ]


def api_rules(
    values: list[Any], place: Place, context: bool = False, types: Mapping[str, str] | None = None
) -> list[Rule]:
    """A list of rules as `GET /api/v1/provisioning/alert-rules` answers."""
    found = [mapping(one) for one in values]
    return [
        rule(one, {}, place, number, from_api=True, context=context, types=types)
        for number, one in enumerate(found, 1)
        if isinstance(one.get("data"), list) and "condition" in one
    ]


def api_group(
    value: Mapping[str, Any], place: Place, context: bool = False, types: Mapping[str, str] | None = None
) -> list[Rule]:
    """A group as `GET /api/v1/provisioning/folder/:uid/rule-groups/:group` answers."""
    here = place.at(f'group "{text(value.get("title"))}"')
    return [
        rule(mapping(one), value, here, number, from_api=True, context=context, types=types)
        for number, one in enumerate(sequence(value.get("rules")), 1)
        if "data" in mapping(one)
    ]


def rule(
    value: Mapping[str, Any],
    group: Mapping[str, Any],
    place: Place,
    number: int,
    *,
    from_api: bool = False,
    context: bool = False,
    types: Mapping[str, str] | None = None,
) -> Rule:
    """One rule; `number` names it where it has neither uid nor title, `types` are those of data sources by uid."""
    label = text(value.get("uid")) or text(value.get("title"))
    here = place.at(f'rule "{label}"' if label else f"rule {number}")
    nodes = tuple(
        _node(mapping(one), here, index, types or {}) for index, one in enumerate(sequence(value.get("data")), 1)
    )
    return Rule(here, value, group, nodes, from_api, context)


def _node(value: Mapping[str, Any], place: Place, number: int, types: Mapping[str, str]) -> Node:
    model = _model(value.get("model"))
    ref = text(value.get("refId"))
    source = text(value.get("datasourceUid"))
    within = reference(model.get("datasource"))
    # What is provisioned under that uid decides, whatever the copy in the model says.
    within = Reference(within.uid or source, types.get(source) or within.type, within.name)
    here = place.at(f"query {ref or number}")
    node = Node(here, ref, source, model, value)
    if source in EXPRESSION or not _is_sql(within, model):
        return node
    span = mapping(value.get("relativeTimeRange"))
    start, end = _number(span.get("from")), _number(span.get("to"))
    query = Query(
        *(here, ref, text(model.get("rawSql")), model.get("format"), Reference(source, within.type)),
        plugin=within.type == QUESTDB_PLUGIN,
        span_s=(start, end),
    )
    return Node(here, ref, source, model, value, query)


def _is_sql(source: Reference, model: Mapping[str, Any]) -> bool:
    if source.type:
        return source.type in (*POSTGRES, QUESTDB_PLUGIN)
    if names_another(source):
        return False
    return "rawSql" in model or not any(key in model for key in _OTHERS)


def _model(value: Any) -> Mapping[str, Any]:
    """The model; some tools write it as JSON in a string."""
    if isinstance(value, str):
        try:
            return mapping(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return mapping(value)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0

"""Sentry's issue alert rules, stored as strictly as Sentry stores them. Called by `sentry_service`.

Taken from Sentry's sources: `api/endpoints/project_rules.py` (creating, limits, exact duplicates, answers),
`project_rule_details.py` (changing, and 202 for deleting), `api/serializers/rest_framework/rule.py` (what is refused,
and in which words) and `api/serializers/models/rule.py` (what is read back), and from
https://docs.sentry.io/api/alerts/ .
"""

import itertools
import secrets
from collections.abc import Mapping
from typing import Any

from ..loopback.http import Refused, Request, Response

_INTERVALS = ("1m", "5m", "15m", "1h", "1d", "1w", "30d")
_TEXT = ("eq", "ne", "sw", "ew", "co", "nc", "is", "ns")
_C, _F = "sentry.rules.conditions", "sentry.rules.filters"
#: Node id to its fields that must be given, each with the values it may have; None for any.
CONDITIONS: dict[str, dict[str, tuple[str, ...] | None]] = {
    f"{_C}.first_seen_event.FirstSeenEventCondition": {},
    f"{_C}.regression_event.RegressionEventCondition": {},
    f"{_C}.reappeared_event.ReappearedEventCondition": {},
    f"{_C}.every_event.EveryEventCondition": {},
    f"{_C}.high_priority_issue.NewHighPriorityIssueCondition": {},
    f"{_C}.high_priority_issue.ExistingHighPriorityIssueCondition": {},
    f"{_C}.event_frequency.EventFrequencyCondition": {"value": None, "interval": _INTERVALS},
    f"{_C}.event_frequency.EventUniqueUserFrequencyCondition": {"value": None, "interval": _INTERVALS},
    f"{_C}.event_frequency.EventFrequencyPercentCondition": {"value": None, "interval": ("5m", "10m", "30m", "1h")},
}
FILTERS: dict[str, dict[str, tuple[str, ...] | None]] = {
    f"{_F}.age_comparison.AgeComparisonFilter": {
        "comparison_type": ("older", "newer"),
        "value": None,
        "time": ("minute", "hour", "day", "week"),
    },
    f"{_F}.issue_occurrences.IssueOccurrencesFilter": {"value": None},
    f"{_F}.assigned_to.AssignedToFilter": {"targetType": ("Unassigned", "Team", "Member")},
    f"{_F}.latest_release.LatestReleaseFilter": {},
    f"{_F}.latest_adopted_release_filter.LatestAdoptedReleaseFilter": {
        "oldest_or_newest": ("oldest", "newest"),
        "older_or_newer": ("older", "newer"),
        "environment": None,
    },
    f"{_F}.issue_category.IssueCategoryFilter": {"value": None},
    f"{_F}.level.LevelFilter": {"match": ("eq", "gte", "lte"), "level": ("50", "40", "30", "20", "10", "0")},
    f"{_F}.event_attribute.EventAttributeFilter": {"attribute": None, "match": _TEXT},
    f"{_F}.tagged_event.TaggedEventFilter": {"key": None, "match": _TEXT},
}
ACTIONS: dict[str, dict[str, tuple[str, ...] | None]] = {
    "sentry.mail.actions.NotifyEmailAction": {"targetType": ("IssueOwners", "Team", "Member")},
    "sentry.rules.actions.notify_event.NotifyEventAction": {},
    "sentry.rules.actions.notify_event_service.NotifyEventServiceAction": {"service": None},
    "sentry.rules.actions.notify_event_sentry_app.NotifyEventSentryAppAction": {"sentryAppInstallationUuid": None},
}
#: Slack, PagerDuty and so on: which of them an organization has, and what these want, is not known here.
_INTEGRATIONS = "sentry.integrations."
#: What Sentry makes for a new project by itself: `receivers/rules.py`.
DEFAULT: dict[str, Any] = {
    "name": "Send a notification for high priority issues",
    "actionMatch": "any",
    "filterMatch": "all",
    "frequency": 30,
    "conditions": [
        {"id": f"{_C}.high_priority_issue.NewHighPriorityIssueCondition"},
        {"id": f"{_C}.high_priority_issue.ExistingHighPriorityIssueCondition"},
    ],
    "actions": [{"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners"}],
}
_KINDS = {"conditions": CONDITIONS, "filters": FILTERS, "actions": ACTIONS}
_REQUIRED = ("name", "actionMatch", "conditions", "actions", "frequency")
_MATCHES = ("all", "any", "none")
MAX_FAST = 500
_NOT_FILLED = "Ensure at least one action is enabled and all required fields are filled in."


class IssueRules:
    """The rules of one project, at first the one that Sentry makes for every new one.

    Attributes:
        stored: Id to rule, as it is read back.
        environments: Names that a rule may be limited to: Sentry knows those of events that it has seen. None: any.
        dropping: So many of the next rules are accepted and answered, and are not there.
    """

    def __init__(self, project: str) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.environments: set[str] | None = None
        self.dropping = 0
        self._project = project
        self._numbers = itertools.count(1001)
        self._keep(self._checked(DEFAULT))

    def listed(self) -> list[dict[str, Any]]:
        """The newest first."""
        return sorted(self.stored.values(), key=lambda one: -int(one["id"]))

    def add(self, request: Request) -> Response:
        """A new rule: 200 with the rule, or 400 with the complaints per field."""
        rule = self._checked(_body(request))
        if len(self.stored) >= MAX_FAST:
            told = f"You may not exceed {MAX_FAST} rules with this type of condition per project."
            return Response.json({"conditions": [told]}, 400)
        twin = next((one for one in self.stored.values() if _content(one) == _content(rule)), None)
        if twin is not None:
            told = f"This rule is an exact duplicate of '{twin['name']}' in this project and may not be created."
            return Response.json({"name": [told], "ruleId": [int(twin["id"])]}, 400)
        return Response.json(self._keep(rule))

    def change(self, request: Request, identifier: str) -> Response:
        """All of a rule anew."""
        self.at(identifier)
        rule = self._checked(_body(request))
        twins = [one for key, one in self.stored.items() if key != identifier and _content(one) == _content(rule)]
        if twins:
            told = f"This rule is an exact duplicate of '{twins[0]['name']}' in this project and may not be created."
            return Response.json({"name": [told], "ruleId": [int(twins[0]["id"])]}, 400)
        self.stored[identifier] = {"id": identifier, **rule}
        return Response.json(self.stored[identifier])

    def delete(self, identifier: str) -> Response:
        self.at(identifier)
        del self.stored[identifier]
        return Response(202)

    def at(self, identifier: str) -> dict[str, Any]:
        """The rule of that id.

        Raises:
            Refused: 404.
        """
        if identifier not in self.stored:
            raise Refused(Response.json({"detail": "The requested resource does not exist"}, 404))
        return self.stored[identifier]

    def _keep(self, rule: dict[str, Any]) -> dict[str, Any]:
        rule = {"id": str(next(self._numbers)), **rule}
        if self.dropping:
            self.dropping -= 1
        else:
            self.stored[rule["id"]] = rule
        return rule

    def _checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The rule as it will be read back.

        Raises:
            Refused: 400, with a list of complaints for each field.
        """
        wrong: dict[str, list[str]] = {name: ["This field is required."] for name in _REQUIRED if name not in given}
        name = given.get("name")
        if "name" in given and (not isinstance(name, str) or not name.strip()):
            wrong["name"] = ["This field may not be blank."]
        elif isinstance(name, str) and len(name) > 256:
            wrong["name"] = ["Ensure this field has no more than 256 characters."]
        for field in ("actionMatch", "filterMatch"):
            if field in given and given[field] not in _MATCHES:
                wrong[field] = [f'"{given[field]}" is not a valid choice.']
        wrong |= _frequency(given)
        nodes = {field: _nodes(given[field], field, wrong) for field in _KINDS if field in given}
        if given.get("actions") == []:
            wrong["actions"] = ["You must add an action for this alert to fire."]
        if nodes.get("filters") and not given.get("filterMatch"):
            told = "Must select a filter match (all, any, none) if filters are supplied."
            wrong.setdefault("filterMatch", [told])
        environment = given.get("environment")
        if environment is not None and self.environments is not None and environment not in self.environments:
            wrong["environment"] = ["This environment has not been created."]
        if wrong:
            raise Refused(Response.json(wrong, 400))
        return {
            "conditions": nodes["conditions"],
            "filters": nodes.get("filters", []),
            "actions": [{**one, "uuid": secrets.token_hex(16)} for one in nodes["actions"]],
            "actionMatch": given["actionMatch"],
            "filterMatch": given.get("filterMatch") or "all",
            "frequency": int(given["frequency"]),
            "name": str(name),
            "dateCreated": "2026-11-01T00:00:00.000000Z",
            "owner": given.get("owner"),
            "createdBy": None,
            "environment": environment,
            "projects": [self._project],
            "status": "active",
            "snooze": False,
        }


def _frequency(given: Mapping[str, Any]) -> dict[str, list[str]]:
    value = given.get("frequency", 30)
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdigit())):
        return {"frequency": ["A valid integer is required."]}
    if int(value) < 5:
        return {"frequency": ["Ensure this value is greater than or equal to 5."]}
    return {"frequency": ["Ensure this value is less than or equal to 43200."]} if int(value) > 43200 else {}


def _nodes(given: Any, field: str, wrong: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The nodes as they are read back: each with a name for people, and with its form's defaults."""
    if not isinstance(given, list):
        wrong[field] = [f'Expected a list of items but got type "{type(given).__name__}".']
        return []
    found = []
    for node in given:
        complaint = _complaint(node, _KINDS[field])
        if complaint:
            wrong.setdefault(field, []).append(complaint)
        else:
            found.append({**node, **_defaults(node), "name": node["id"].rpartition(".")[2]})
    return found


def _complaint(node: Any, known: Mapping[str, Mapping[str, tuple[str, ...] | None]]) -> str:
    if not isinstance(node, dict):
        return f"Incorrect type. Expected a mapping, but got {type(node).__name__}"
    if "id" not in node:
        return "Missing attribute 'id'"
    if known is ACTIONS and str(node["id"]).startswith(_INTEGRATIONS):
        return ""
    if not isinstance(node["id"], str) or node["id"] not in known:
        return f"Invalid node. Could not find '{node['id']}'"
    for field, choices in known[node["id"]].items():
        value = node.get(field)
        if value in (None, ""):
            return _NOT_FILLED
        if choices and str(value) not in choices:
            return f"Select a valid choice. {value} is not one of the available choices."
        if field == "value" and not str(value).isdigit():
            return "Enter a whole number."
    if node.get("targetType") in ("Team", "Member") and not str(node.get("targetIdentifier", "")).isdigit():
        return f"You need to specify a {node['targetType']}."
    return ""


def _defaults(node: Mapping[str, Any]) -> dict[str, Any]:
    """What the forms add."""
    found: dict[str, Any] = {}
    if "event_frequency" in node["id"]:
        found["comparisonType"] = node.get("comparisonType") or "count"
        found["value"] = int(node["value"])
    if node["id"].startswith("sentry.mail"):
        found["targetIdentifier"] = node.get("targetIdentifier") or ""
        found["fallthroughType"] = node.get("fallthroughType") or "ActiveMembers"
    return found


def _content(rule: Mapping[str, Any]) -> Any:
    """What makes two rules exact duplicates: everything but names, owners and dates."""
    nodes = {
        field: [{key: value for key, value in one.items() if key not in ("uuid", "name")} for one in rule[field]]
        for field in _KINDS
    }
    return nodes, rule["actionMatch"], rule["filterMatch"], rule["frequency"], rule["environment"]


def _body(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except ValueError as error:
        raise Refused(Response.json({"detail": f"JSON parse error - {str(error)[:80]}"}, 400)) from None
    if not isinstance(found, dict):
        told = f"Invalid data. Expected a dictionary, but got {type(found).__name__}."
        raise Refused(Response.json({"non_field_errors": [told]}, 400))
    return found

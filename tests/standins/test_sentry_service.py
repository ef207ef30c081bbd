"""Sentry's stand-in with its API: who may ask, what is refused and in which words, and what is read back."""

import copy
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_tradeops.standins.sentry_rules import DEFAULT, MAX_FAST
from pytest_tradeops.standins.sentry_service import SentryService

PROJECT = "/api/0/projects/acme/bot/"
MAIL = {"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners"}
RULE: dict[str, Any] = {
    "name": "one",
    "actionMatch": "any",
    "filterMatch": "all",
    "conditions": [{"id": "sentry.rules.conditions.every_event.EveryEventCondition"}],
    "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"}],
    "actions": [MAIL],
    "frequency": 30,
}


@pytest.fixture
def service() -> Iterator[SentryService]:
    with SentryService() as found:
        yield found


def ask(service: SentryService, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=10)
    given = service.token if token is None else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    connection.request(method, path, text, headers)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    return answer.status, json.loads(raw) if raw else None


def test_who_may_ask_what(service: SentryService) -> None:
    assert ask(service, "GET", PROJECT)[0] == 200
    assert ask(service, "GET", PROJECT, token="") == (401, {"detail": "Authentication credentials were not provided."})
    assert ask(service, "GET", PROJECT, token="x") == (401, {"detail": "Invalid token"})
    assert ask(service, "GET", "/api/0/projects/acme/other/")[0] == 404
    assert ask(service, "GET", PROJECT[:-1])[0] == 301
    service.scopes = {"project:read"}
    assert ask(service, "POST", f"{PROJECT}rules/", RULE) == (
        403,
        {"detail": "You do not have permission to perform this action."},
    )
    assert ask(service, "GET", f"{PROJECT}rules/")[0] == 200


def test_a_rule_is_read_back_with_what_sentry_adds(service: SentryService) -> None:
    status, made = ask(service, "POST", f"{PROJECT}rules/", RULE)
    assert status == 200
    assert ask(service, "GET", f"{PROJECT}rules/{made['id']}/") == (200, made)
    assert [one["name"] for one in ask(service, "GET", f"{PROJECT}rules/")[1]] == ["one", DEFAULT["name"]]
    (action,) = made["actions"]
    assert len(action["uuid"]) == 32
    assert action["fallthroughType"] == "ActiveMembers"
    status, changed = ask(service, "PUT", f"{PROJECT}rules/{made['id']}/", {**RULE, "frequency": 60})
    assert (status, changed["frequency"], changed["id"]) == (200, 60, made["id"])
    assert ask(service, "DELETE", f"{PROJECT}rules/{made['id']}/") == (202, None)
    assert ask(service, "DELETE", f"{PROJECT}rules/{made['id']}/")[0] == 404


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda rule: rule.pop(key)


def put(**more: Any) -> Callable[[dict[str, Any]], object]:
    return lambda rule: rule.update(more)


NODE = "sentry.rules.conditions.event_frequency.EventFrequencyCondition"


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        (without("name"), "name", "This field is required."),
        (without("frequency"), "frequency", "This field is required."),
        (put(name=" "), "name", "This field may not be blank."),
        (put(name="x" * 257), "name", "no more than 256"),
        (put(actionMatch="some"), "actionMatch", "not a valid choice"),
        (put(filterMatch=None), "filterMatch", "not a valid choice"),
        (without("filterMatch"), "filterMatch", "Must select a filter match"),
        (put(frequency=4), "frequency", "greater than or equal to 5"),
        (put(frequency=43201), "frequency", "less than or equal to 43200"),
        (put(frequency=True), "frequency", "A valid integer"),
        (put(actions=[]), "actions", "You must add an action"),
        (put(actions={}), "actions", "Expected a list"),
        (put(actions=["mail"]), "actions", "Expected a mapping, but got str"),
        (put(actions=[{}]), "actions", "Missing attribute 'id'"),
        (put(actions=[{"id": []}]), "actions", "Invalid node"),
        (put(actions=[{**MAIL, "targetType": "Everyone"}]), "actions", "Select a valid choice"),
        (put(actions=[{**MAIL, "targetType": "Team"}]), "actions", "You need to specify a Team"),
        (put(conditions=[{"id": "sentry.rules.conditions.Nothing"}]), "conditions", "Could not find"),
        (put(conditions=[MAIL]), "conditions", "Could not find"),
        (put(conditions=[{"id": NODE, "interval": "1h"}]), "conditions", "all required fields are filled in"),
        (put(conditions=[{"id": NODE, "value": 1, "interval": "2h"}]), "conditions", "Select a valid choice"),
        (put(conditions=[{"id": NODE, "value": "x", "interval": "1h"}]), "conditions", "whole number"),
        (put(environment="nowhere"), "environment", "has not been created"),
    ],
)
def test_what_sentry_refuses_is_refused_in_its_words(
    service: SentryService, change: Callable[[dict[str, Any]], object], field: str, told: str
) -> None:
    service.rules.environments = {"production"}
    rule = copy.deepcopy(RULE)
    change(rule)
    status, answer = ask(service, "POST", f"{PROJECT}rules/", rule)
    assert status == 400
    assert list(answer) == [field]
    assert told in answer[field][0]
    assert len(service.rules.stored) == 1


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "\ud83d".encode("utf-8", "replace").decode()])
def test_what_is_no_rule_at_all_is_refused(service: SentryService, body: str) -> None:
    assert ask(service, "POST", f"{PROJECT}rules/", body)[0] == 400


def test_an_exact_duplicate_is_refused_whatever_it_is_called(service: SentryService) -> None:
    _, made = ask(service, "POST", f"{PROJECT}rules/", RULE)
    status, answer = ask(service, "POST", f"{PROJECT}rules/", {**RULE, "name": "two"})
    assert (status, answer["ruleId"]) == (400, [int(made["id"])])
    assert "exact duplicate of 'one'" in answer["name"][0]
    _, other = ask(service, "POST", f"{PROJECT}rules/", {**RULE, "name": "two", "frequency": 60})
    assert ask(service, "PUT", f"{PROJECT}rules/{other['id']}/", {**RULE, "name": "two"})[0] == 400
    assert ask(service, "PUT", f"{PROJECT}rules/{made['id']}/", {**RULE, "name": "renamed"})[0] == 200


def test_there_is_a_last_rule(service: SentryService) -> None:
    service.rules.stored = {
        str(at): {**DEFAULT, "id": str(at), "filters": [], "environment": None} for at in range(MAX_FAST)
    }
    assert "may not exceed 500" in ask(service, "POST", f"{PROJECT}rules/", RULE)[1]["conditions"][0]


def test_lists_come_in_pages(service: SentryService) -> None:
    service.page = 1
    ask(service, "POST", f"{PROJECT}rules/", RULE)
    assert [one["name"] for one in ask(service, "GET", f"{PROJECT}rules/")[1]] == ["one"]
    assert ask(service, "GET", f"{PROJECT}rules/?cursor=0:1:0")[1][0]["name"] == DEFAULT["name"]
    assert ask(service, "GET", f"{PROJECT}rules/?cursor=0:2:0")[1] == []
    assert ask(service, "GET", f"{PROJECT}rules/?cursor=x")[0] == 400


def test_a_dropped_rule_is_answered_and_is_not_there(service: SentryService) -> None:
    service.rules.dropping = 1
    status, made = ask(service, "POST", f"{PROJECT}rules/", RULE)
    assert status == 200
    assert ask(service, "GET", f"{PROJECT}rules/{made['id']}/")[0] == 404
    service.recover()
    assert ask(service, "POST", f"{PROJECT}rules/", RULE)[0] == 200

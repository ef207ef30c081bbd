"""The file with alert rules: what is read, what is refused and where, and what counts as a difference."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security import sentry
from pytest_tradeops.security.sentry import alerts
from pytest_tradeops.standins.sentry_rules import ACTIONS, CONDITIONS, FILTERS

ONE = """
[[alert]]
name = "one"
conditions = [{ id = "sentry.rules.conditions.event_frequency.EventFrequencyCondition", value = 5, interval = "1m" }]
filters = [{ id = "sentry.rules.filters.level.LevelFilter", match = "gte", level = "40" }]
actions = [{ id = "sentry.mail.actions.NotifyEmailAction", targetType = "Team", targetIdentifier = 7 }]
environment = "production"
owner = "team:7"
frequency = "1h"
condition_match = "all"
"""


def one() -> alerts.Alert:
    file = alerts.parse(ONE)
    assert file.problems == ()
    return file.alerts[0]


def stored() -> dict[str, Any]:
    """The rule as Sentry has it."""
    rule: dict[str, Any] = copy.deepcopy(dict(one().payload))
    rule["conditions"][0] |= {"name": "The issue is seen ...", "comparisonType": "count", "value": "5"}
    rule["filters"][0] |= {"name": "The event's level ..."}
    rule["actions"][0] |= {"uuid": "u", "fallthroughType": "ActiveMembers", "targetIdentifier": "7", "tags": ""}
    return {**rule, "id": "1", "status": "active", "snooze": False, "projects": ["bot"], "createdBy": None}


def test_a_rule_becomes_what_sentry_takes() -> None:
    alert = one()
    assert (alert.name, alert.line) == ("tradeops: one", 2)
    assert alert.payload["name"] == "tradeops: one"
    assert (alert.payload["frequency"], alert.payload["actionMatch"], alert.payload["filterMatch"]) == (
        60,
        "all",
        "all",
    )
    assert (alert.payload["environment"], alert.payload["owner"]) == ("production", "team:7")


def test_the_file_that_init_writes_is_sound_and_uses_what_sentry_knows() -> None:
    file = alerts.parse(sentry.alerts_starter())
    assert file.problems == ()
    assert len(file.alerts) == 3
    for alert in file.alerts:
        for kind, known in (("conditions", CONDITIONS), ("filters", FILTERS), ("actions", ACTIONS)):
            assert all(node["id"] in known for node in alert.payload[kind])


def changed(old: str, new: str) -> str:
    assert old in ONE
    return ONE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[alert]", "is not valid TOML"),
        ("alert = 1", "has no list of alerts"),
        ("alert = [1]", "alert 1: it is no table"),
        ("[[rule]]\nname = 'x'", "has an unknown key 'rule'"),
        (changed('name = "one"', 'nme = "one"'), "unknown key 'nme'. Did you mean 'name'?"),
        (changed('"one"', '""'), "line 2: `name` is no text"),
        (changed('"one"', '"a\\u0000b"'), "`name` is no text"),
        (changed('"one"', f'"{"x" * 300}"'), "`name` is longer than 246 characters"),
        (changed('"one"', '"tradeops: one"'), "which is added by itself"),
        (changed('"1h"', '"1m"'), "not between 5m and 720h"),
        (changed('"1h"', '"90s"'), "no duration such as 30m"),
        (changed('"1h"', '"often"'), "no duration such as 30m"),
        (changed('= "all"', '= "some"'), "`condition_match` is none of"),
        (changed('"production"', '" "'), "`environment` is no text"),
        (changed('"team:7"', '"me"'), "`owner` is no team:NUMBER"),
        (changed('{ id = "sentry.mail', '{ di = "sentry.mail'), "`actions`, number 1: no table with an `id`"),
        (changed("value = 5", "value = 2026-01-01"), "a value that JSON does not have"),
        (changed("value = 5", "value = nan"), "a value that JSON does not have"),
        (changed("value = 5", 'uuid = "x"'), "`name` and `uuid` are Sentry's own"),
        ("[[alert]]\nname = 'x'\nactions = []", "neither conditions nor filters"),
        ("[[alert]]\nname = 'x'\nactions = []", "nobody would be told"),
        ("[[alert]]\nname = 'x'\nactions = 1", "`actions` is no list"),
        (ONE + ONE, "the name of 'one' stands there twice"),
        (ONE + ONE.replace('"one"', '"two"'), "the content of 'two' stands there twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, told: str) -> None:
    file = alerts.parse(text, "sentry-alerts.toml")
    assert file.alerts == ()
    assert any(told in one for one in file.problems), file.problems
    assert all(one.startswith("sentry-alerts.toml") for one in file.problems)


@pytest.mark.parametrize("kind", ["absent", "folder", "binary", "huge", "loop"])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "sentry-alerts.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    elif kind == "huge":
        path.write_text("#" * 2_000_000)
    elif kind == "loop":
        path.symlink_to(path)
    (problem,) = alerts.read(path, "sentry-alerts.toml").problems
    assert problem.startswith("sentry-alerts.toml ")


@given(st.text(max_size=200) | st.text(max_size=40).map(lambda text: f"[[alert]]\n{text}"))
def test_no_text_breaks_the_reading(text: str) -> None:
    alerts.parse(text)


TOML: Any = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*alerts._KNOWN, "other"]), TOML))
def test_no_entry_breaks_the_reading(entry: dict[str, Any]) -> None:
    problems = list(alerts._problems(entry))
    assert problems or alerts._alert(entry, 1).payload["actions"]


def test_what_sentry_adds_is_no_difference() -> None:
    assert alerts.differences(one(), stored()) == []


@pytest.mark.parametrize(
    ("path", "value", "fields"),
    [
        (("frequency",), 30, ["frequency"]),
        (("actionMatch",), "any", ["actionMatch"]),
        (("filterMatch",), "any", ["filterMatch"]),
        (("environment",), None, ["environment"]),
        (("owner",), None, ["owner"]),
        (("conditions", 0, "value"), 6, ["conditions"]),
        (("conditions", 0, "comparisonType"), "percent", ["conditions"]),
        (("filters",), [], ["filters"]),
        (("filters", 0, "level"), "50", ["filters"]),
        (("actions", 0, "targetIdentifier"), "8", ["actions"]),
        (("actions", 0, "fallthroughType"), "NoOne", ["actions"]),
        (("actions", 0, "note"), "by hand", ["actions"]),
        (("actions",), None, ["actions"]),
        (("actions",), "x", ["actions"]),
        (("status",), "disabled", ["status"]),
    ],
)
def test_what_somebody_changed_is_one(path: tuple[Any, ...], value: Any, fields: list[str]) -> None:
    rule = stored()
    inner: Any = rule
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert alerts.differences(one(), rule) == fields


def test_a_rule_that_is_muted_for_everyone_is_not_as_in_the_file() -> None:
    assert alerts.differences(one(), {**stored(), "snooze": True, "snoozeForEveryone": True}) == ["snooze"]
    assert alerts.differences(one(), {**stored(), "snooze": True, "snoozeForEveryone": False}) == []


def test_what_is_sent_to_restore_a_rule_is_the_rule() -> None:
    payload = alerts.restored(stored())
    assert "uuid" not in payload["actions"][0]
    assert alerts.differences(alerts.Alert("tradeops: one", payload), stored()) == []
    assert set(payload) == set(one().payload)

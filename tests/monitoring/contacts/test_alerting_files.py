"""What is read from provisioning files, what is complained of, and what variables become."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.exceptions import CheckFailed, ConfigError
from pytest_tradeops.monitoring.contacts import subject
from pytest_tradeops.monitoring.contacts.interpolate import interpolated, variables
from pytest_tradeops.monitoring.contacts.parse import parse, read
from pytest_tradeops.monitoring.contacts.points import contact_points_yaml
from pytest_tradeops.monitoring.contacts.routing import Matcher
from pytest_tradeops.monitoring.contacts.tree import seconds


def refused(text: str) -> list[str]:
    return [one.message for one in parse(text).problems if one.kind == "refused"]


def receiver(**fields: Any) -> str:
    given_fields = {"uid": "u", "type": "telegram", "settings": {"bottoken": "$T", "chatid": "$C"}} | fields
    point = {"name": "p", "receivers": [{name: value for name, value in given_fields.items() if value is not None}]}
    return yaml.safe_dump({"apiVersion": 1, "contactPoints": [point]})


def policy(**fields: Any) -> str:
    return yaml.safe_dump({"apiVersion": 1, "policies": [{"receiver": "p"} | fields]})


def test_our_own_contact_points_hold_no_credential() -> None:
    found = parse(contact_points_yaml())
    assert found.problems == ()
    assert [one.name for one in found.points] == [
        f"{kind}-{severity}" for severity in ("critical", "warning") for kind in ("telegram", "discord")
    ]
    for one in found.receivers():
        assert one.literals == one.missing == one.dropped == ()
        assert one.resolves
    environ = {"TRADEOPS_TELEGRAM_BOT_TOKEN": "1:A", "TRADEOPS_TELEGRAM_CHAT_ID": "-5"}
    assert found.receivers("telegram")[0].filled(environ).settings["chatid"] == "-5"
    assert "1:A" not in repr(found.receivers("telegram")[0].filled(environ))
    assert found.receivers("discord")[0].filled(environ).missing == ("url",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (receiver(uid=None), "no uid is set"),
        (receiver(uid=" "), "no uid is set"),
        (receiver(type=None), "no type is set"),
        (receiver(settings=None), "no settings are set"),
        (receiver(settings={"chatid": "1"}), "a receiver of type telegram has no 'bottoken'"),
        (receiver(settings={"bottoken": "$T", "chatid": -100}), "chatid is a number; put it in quotes"),
        (receiver(type="discord", settings={"webhook": "x"}), "a receiver of type discord has no 'url'"),
        ("contactPoints: [{receivers: []}]", "no name is set"),
        ("contactPoints: 5", "contactPoints is no list"),
        (policy(receiver=None), "root route must specify a default receiver"),
        (policy(object_matchers=[["a", "=", "b"]]), "root route must not have any matchers"),
        (policy(group_interval="0s"), "group_interval cannot be zero"),
        (policy(repeat_interval="0"), "repeat_interval cannot be zero"),
        (policy(group_wait="soon"), "group_wait: not a valid duration string: 'soon'"),
        (policy(group_by=["...", "a"]), "cannot have wildcard group_by (`...`) and other other labels at the same time"),
        (policy(routes=[{"object_matchers": [["a", "~", "b"]]}]), "unsupported match type '~' in matcher"),
        (policy(routes=[{"object_matchers": [["a", "=~", "("]]}]), "'(' is no regular expression"),
        (policy(routes=[{"matchers": ["severity"]}]), "bad matcher format: severity"),
    ],
)  # fmt: skip
def test_what_grafana_does_not_start_with(text: str, message: str) -> None:
    assert message in refused(text)


def test_what_grafana_drops_is_named() -> None:
    found = parse(receiver(type="discord", settings={"url": "$U", "webhook_url": "$W"}, disableResolve=True))
    assert [one.kind for one in found.problems] == ["dropped", "dropped"]
    assert "'disableResolve'" in found.problems[0].message
    assert "'webhook_url'" in found.problems[1].message
    assert (
        parse("contactpoints: []\n").problems[0].message
        == "the key 'contactpoints' is dropped: Grafana knows none such"
    )
    assert parse(policy(matchers=None, group_wiat="1s")).problems[0].kind == "dropped"


def test_every_spelling_of_a_matcher() -> None:
    routes = [
        {"match": {"severity": "critical"}},
        {"match_re": {"severity": "crit.*"}},
        {"matchers": ['severity = "critical"', "team!~a|b"]},
        {"object_matchers": [["severity", "!=", "x"], ["n", "=", 5], ["b", "=", True]]},
    ]
    found = parse(policy(routes=routes))
    assert found.problems == ()
    assert found.policy is not None
    assert [one.matchers for one in found.policy.routes] == [
        (Matcher("severity", "=", "critical"),),
        (Matcher("severity", "=~", "crit.*"),),
        (Matcher("severity", "=", "critical"), Matcher("team", "!~", "a|b")),
        (Matcher("severity", "!=", "x"), Matcher("n", "=", "5"), Matcher("b", "=", "true")),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0.0), (0, 0.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1d", 86400.0), ("1y2w", 365 * 86400.0 + 14 * 86400.0)],
)
def test_durations(text: object, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "5", 5, "1.5h", "1m1h", "-1s", "1 s", None, True, "s", "\u0661s"])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="not a valid duration string"):
        seconds(text)


def test_variables() -> None:
    assert variables("$A ${B} $__env{C} $$D $__file{/e} x$") == ("A", "B", "C")
    assert variables({"a": ["$A", {"b": "${B}"}], "c": 5}) == ("A", "B")
    environ = {"A": "1", "B": "2", "C": "$A"}
    assert interpolated("$A-${B}-$__env{C}-$$A-$__file{/e}-$NONE.", environ) == "1-2-$A-$A-$__file{/e}-."
    assert interpolated({"$A": ["$A", 5]}, environ) == {"$A": ["1", 5]}


def test_literal_credentials() -> None:
    literal = parse(receiver(settings={"bottoken": "1:A", "chatid": "$C"})).receivers()[0]
    assert literal.literals == ("bottoken",)
    kept = parse(receiver(settings={"bottoken": "$__file{/run/token}", "chatid": "5"})).receivers()[0]
    assert kept.literals == ()
    assert parse(receiver(type="slack", settings={"url": "https://x"})).receivers()[0].literals == ("url",)


def test_a_folder_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(policy(receiver="second"), encoding="utf-8")
    (tmp_path / "a.yml").write_text(policy(receiver="first") + receiver().partition("\n")[2], encoding="utf-8")
    (tmp_path / "c.json").write_text(
        json.dumps(
            {
                "groups": [
                    {"folder": "F", "rules": [{"uid": "r", "title": "T", "labels": {"severity": "critical", "n": 1}}]}
                ]
            }
        ),
        encoding="utf-8",
    )
    (tmp_path / "notes.txt").write_text(": not yaml", encoding="utf-8")
    found = read(tmp_path, "shown")
    assert found.files == ("a.yml", "b.yaml", "c.json")
    assert found.policy is not None
    assert found.policy.receiver == "second", "the last tree replaces the others"
    assert found.rules[0].alert_labels == {"severity": "critical", "n": "1", "alertname": "T", "grafana_folder": "F"}
    assert found.point("p") is not None
    assert found.point("q") is None
    assert read(tmp_path / "none").files == ()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for text in ("a: [", "- 1", "2025-99-99: x\n? {a: b}: c"):
        with pytest.raises(ConfigError):
            parse(text)
    folder = tmp_path / "monitoring" / subject.ALERTING
    with pytest.raises(CheckFailed, match="contacts: files missing"):
        subject.load(tmp_path, "monitoring")
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckFailed, match="contacts: unreadable"):
        subject.load(tmp_path, "monitoring")


TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["...", "10s", "telegram", "$A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "contactPoints",
                    "policies",
                    "groups",
                    "rules",
                    "receivers",
                    "routes",
                    "settings",
                    "receiver",
                    "name",
                    "uid",
                    "type",
                    "object_matchers",
                    "matchers",
                    "match",
                    "group_by",
                    "group_wait",
                    "labels",
                    "title",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["contactPoints", "policies", "groups"]), TREE, max_size=3))
def test_no_shape_of_file_breaks_the_reader(document: dict[str, Any]) -> None:
    found = parse(json.dumps(document))
    assert all(one.message and one.where for one in found.problems)
    for one in found.receivers():
        _ = one.literals, one.missing, one.dropped, one.filled({"A": "b"})

"""Where an alert goes, compared with Alertmanager's rule written down once more, and with its documented cases."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring.contacts.parse import parse
from pytest_tradeops.monitoring.contacts.policies import policies_yaml
from pytest_tradeops.monitoring.contacts.routing import Matcher, Policy, Route, Routing

NAMES, VALUES = ("severity", "team"), ("", "critical", "warning", "a.b")
LABELS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=2)
MATCHER = st.builds(
    Matcher,
    st.sampled_from(NAMES),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from([*VALUES, "crit.*", "a|critical", ".+", ""]),
)


def policies(children: st.SearchStrategy[tuple[Policy, ...]]) -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        receiver=st.none() | st.sampled_from(["x", "y", "z"]),
        matchers=st.lists(MATCHER, max_size=2).map(tuple),
        goes_on=st.booleans(),
        group_by=st.none() | st.just(("team",)) | st.just(("...",)),
        group_wait=st.none() | st.just(1.0),
        group_interval=st.none() | st.just(2.0),
        repeat_interval=st.none() | st.just(3.0),
        routes=children,
    )


NODE = st.recursive(policies(st.just(())), lambda one: policies(st.lists(one, max_size=3).map(tuple)), max_leaves=8)
ROOT = NODE.map(lambda node: replace(node, receiver="root", matchers=()))


def numbered(node: Policy, where: str = "r") -> Policy:
    routes = tuple(numbered(child, f"{where}.{index}") for index, child in enumerate(node.routes))
    return replace(node, where=where, routes=routes)


def holds(matcher: Matcher, labels: dict[str, str]) -> bool:
    found = labels.get(matcher.name, "")
    hit = (
        re.search(f"^(?:{matcher.value})\\Z", found) is not None if "~" in matcher.operator else found == matcher.value
    )
    return not hit if "!" in matcher.operator else hit


def alertmanager(node: Policy, labels: dict[str, str]) -> list[str]:
    """Route.Match of Alertmanager, in places instead of routes."""
    if not all(holds(one, labels) for one in node.matchers):
        return []
    found: list[str] = []
    for child in node.routes:
        matches = alertmanager(child, labels)
        found += matches
        if matches and not child.goes_on:
            break
    return found or [node.where]


@settings(deadline=None)
@given(ROOT.map(numbered), LABELS)
def test_an_alert_takes_the_ways_that_alertmanager_takes(root: Policy, labels: dict[str, str]) -> None:
    assert [one.where for one in Routing(root).route(labels)] == alertmanager(root, labels)


@settings(deadline=None)
@given(ROOT.map(numbered), LABELS)
def test_every_route_is_complete_and_inherits_from_the_nodes_above(root: Policy, labels: dict[str, str]) -> None:
    by_place = {node.where: node for node in root.walk()}
    for route in Routing(root).route(labels):
        assert route.receiver
        assert route.matched == (route.where != "r")
        steps = route.where.split(".")
        above = [by_place[".".join(steps[:length])] for length in range(len(steps), 0, -1)]

        def nearest(name: str, default: object, above: list[Policy] = above) -> object:
            return next((getattr(node, name) for node in above if getattr(node, name) is not None), default)

        assert route.receiver == nearest("receiver", "")
        assert route.group_by == nearest("group_by", ())
        assert route.group_wait == nearest("group_wait", 30.0)
        assert route.group_interval == nearest("group_interval", 300.0)
        assert route.repeat_interval == nearest("repeat_interval", 14400.0)


@settings(deadline=None)
@given(ROOT.map(numbered), LABELS)
def test_a_route_that_matches_nothing_changes_nothing(root: Policy, labels: dict[str, str]) -> None:
    never = Policy("never", (Matcher("severity", "=", "x"), Matcher("severity", "!=", "x")), where="never")
    assert Routing(replace(root, routes=(never, *root.routes))).route(labels) == Routing(root).route(labels)


@pytest.mark.parametrize(
    ("matcher", "labels", "matches"),
    [
        (Matcher("team", "=", ""), {}, True),
        (Matcher("team", "!=", "a"), {}, True),
        (Matcher("severity", "=~", "crit"), {"severity": "critical"}, False),
        (Matcher("severity", "=~", "crit.*|page"), {"severity": "critical"}, True),
        (Matcher("severity", "=~", "a|b"), {"severity": "ab"}, False),
        (Matcher("severity", "!~", "crit.*"), {}, True),
        (Matcher("severity", "=~", ".+"), {}, False),
        (Matcher("severity", "=~", "a.b"), {"severity": "a\nb"}, False),
    ],
)
def test_matchers(matcher: Matcher, labels: dict[str, str], matches: bool) -> None:
    assert matcher.matches(labels) is matches


def test_groups() -> None:
    labels = {"alertname": "a", "severity": "critical"}
    assert Route("x", ("alertname", "team")).group(labels) == {"alertname": "a"}
    assert Route("x").group(labels) == {}
    assert Route("x", ("...",)).group(labels) == labels


def test_our_own_tree_sends_critical_alerts_at_once_and_forgets_nothing() -> None:
    found = parse(policies_yaml())
    assert found.problems == ()
    assert found.policy is not None
    routing = Routing(found.policy)

    def receivers(**labels: str) -> dict[str, float]:
        return {one.receiver: one.group_wait for one in routing.route(labels)}

    assert receivers(severity="critical") == {"telegram-critical": 0.0, "discord-critical": 0.0}
    assert receivers(severity="warning") == {"telegram-warning": 30.0, "discord-warning": 30.0}
    assert receivers() == {"telegram-warning": 30.0}
    for name in ("DatasourceNoData", "DatasourceError"):
        for severity in ("critical", "warning"):
            found_waits = receivers(alertname=name, severity=severity)
            assert found_waits == {"telegram-critical": 1.0, "discord-critical": 1.0}
    critical = routing.route({"severity": "critical"})
    assert all(one.each and one.group_interval == 10.0 and one.repeat_interval > 0 for one in critical)

"""Notifications: groups, waits, repeats, and what is never told."""

from dataclasses import replace

import pytest

from pytest_tradeops.monitoring.evaluator.dispatch import Dispatcher, OneRoute, Posted

ROUTE = OneRoute("team", ("alertname",), group_wait=30.0, group_interval=60.0, repeat_interval=600.0)


def alert(name: str, at: float, *, ends: float = 1e9, starts: float | None = None) -> Posted:
    labels = {"alertname": "a", "s": name, "__alert_rule_uid__": "u"}
    return Posted(labels, {"__value_string__": "x", "summary": "s"}, at if starts is None else starts, ends, at)


def told(dispatcher: Dispatcher, until: float) -> list[tuple[float, str, list[str]]]:
    return [
        (one.at, one.status, [f"{each.labels['s']} {each.status}" for each in one.alerts])
        for one in dispatcher.advance(until)
    ]


def test_a_group_waits_then_keeps_its_rhythm_then_repeats() -> None:
    dispatcher = Dispatcher(ROUTE)
    dispatcher.post(alert("x", 0))
    dispatcher.post(alert("y", 10))
    assert told(dispatcher, 29.9) == []
    assert told(dispatcher, 30) == [(30, "firing", ["x firing", "y firing"])]
    dispatcher.post(alert("z", 31))
    assert told(dispatcher, 89.9) == []  # a new alert of an old group waits for group_interval
    assert told(dispatcher, 90) == [(90, "firing", ["x firing", "y firing", "z firing"])]
    assert told(dispatcher, 690) == []
    assert [at for at, _, _ in told(dispatcher, 800)] == [750]


def test_a_resolve_is_told_with_what_still_fires() -> None:
    dispatcher = Dispatcher(ROUTE)
    dispatcher.post(alert("x", 0))
    dispatcher.post(alert("y", 0))
    told(dispatcher, 30)
    dispatcher.post(alert("x", 40, ends=40, starts=0))
    assert told(dispatcher, 90) == [(90, "firing", ["x resolved", "y firing"])]
    dispatcher.post(alert("y", 100, ends=100, starts=0))
    assert told(dispatcher, 400) == [(150, "resolved", ["y resolved"])]


def test_an_end_without_a_beginning_is_never_told() -> None:
    dispatcher = Dispatcher(ROUTE)
    dispatcher.post(alert("x", 0))
    dispatcher.post(alert("x", 20, ends=20, starts=0))  # over before group_wait was
    assert told(dispatcher, 1000) == []


def test_an_alert_that_nobody_renews_ends_by_itself() -> None:
    dispatcher = Dispatcher(OneRoute())
    dispatcher.post(alert("x", 0.05, ends=90, starts=0))
    assert [(at, status) for at, status, _ in told(dispatcher, 200)] == [(0.05, "firing"), (90.05, "resolved")]


def test_what_is_private_stays_here() -> None:
    dispatcher = Dispatcher(OneRoute())
    dispatcher.post(alert("x", 0))
    (sent,) = dispatcher.advance(1)
    assert sent.group_labels == {"alertname": "a", "s": "x"}
    assert sent.alerts[0].labels == {"alertname": "a", "s": "x"}
    assert sent.alerts[0].annotations == {"summary": "s"}
    assert sent.receiver == "default"


def test_an_alert_that_ends_before_it_begins_is_refused() -> None:
    dispatcher = Dispatcher(OneRoute())
    dispatcher.post(alert("x", 5, ends=1))
    assert dispatcher.advance(1000) == []


@pytest.mark.parametrize("interval", [0.0, 1.0])
def test_no_interval_is_no_endless_loop(interval: float) -> None:
    dispatcher = Dispatcher(replace(OneRoute(), group_interval=interval))
    dispatcher.post(alert("x", 0))
    assert len(dispatcher.advance(3)) == 1

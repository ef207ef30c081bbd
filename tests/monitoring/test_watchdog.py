"""The look from outside: rules that are no longer evaluated."""

import math

from pytest_tradeops.monitoring.watchdog import Watch, frozen, last_evaluations

ANSWER = {
    "status": "success",
    "data": {
        "groups": [
            {"rules": [{"name": "a", "lastEvaluation": "2026-11-23T12:30:00Z"}]},
            {"rules": [{"name": "b", "lastEvaluation": "0001-01-01T00:00:00Z"}, {"name": "c"}]},
        ]
    },
}


def test_what_grafana_says_of_its_rules() -> None:
    assert last_evaluations(ANSWER) == {"a": 1795437000.0, "b": None, "c": None}
    assert last_evaluations(None) == {}


def test_which_rules_are_frozen() -> None:
    assert frozen({"a": 100.0, "b": 40.0, "c": None}, 101.0, 60.0) == {"b": 61.0, "c": math.inf}


def test_news_comes_once_when_rules_freeze_and_once_when_they_thaw() -> None:
    watch = Watch(60.0)
    assert watch.look({"a": 1000.0}, 1010.0) is None
    assert watch.sentences == ()
    news = watch.look({"a": 1000.0}, 1070.0)
    assert news is not None
    assert (news.status, watch.sentences) == ("firing", ("a was last evaluated 70 s ago.",))
    assert news.alerts[0].labels == {"alertname": "EvaluationFrozen", "severity": "critical"}
    assert watch.look({"a": 1000.0}, 1100.0) is None
    news = watch.look({"a": 1120.0}, 1130.0)
    assert news is not None
    assert (news.status, news.alerts[0].starts_at, news.alerts[0].ends_at) == ("resolved", 1070.0, 1130.0)


def test_no_answer_and_no_rules_are_as_bad() -> None:
    assert Watch(60.0).look(None, 0.0) is not None
    assert Watch(60.0).look({}, 0.0) is not None

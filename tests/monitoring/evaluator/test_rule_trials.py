"""Unit tests for alert rules: rows, time, and what a rule does then."""

from pathlib import Path

import pytest

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.rules import parse_rules
from pytest_tradeops.monitoring.rules.builtin import rules_yaml
from pytest_tradeops.monitoring.testing import AlertRules, read_rules

SAMPLE = {"bot": "A", "mode": "live", "venue": "BINANCE", "currency": "USDT"}


def risk(drawdown: float | None) -> dict[str, object]:
    return {**SAMPLE, "drawdown_pct": drawdown}


@pytest.fixture
def rules(metrics: MetricsPlace) -> AlertRules:
    return AlertRules(parse_rules(rules_yaml()), metrics)


def test_an_alert_from_its_beginning_to_its_end(rules: AlertRules) -> None:
    trial = rules.rule("drawdown-critical")
    assert trial.with_rows("trading_risk", risk(9.0)).after("10s").is_silent()
    assert trial.with_rows("trading_risk", risk(11.0)).after("10s").is_firing(bot="A")
    assert not trial.is_firing(bot="B")
    assert trial.with_rows("trading_risk", risk(1.0)).after("20s").is_silent()
    firing, resolved = trial.notifications
    assert (firing.status, resolved.status) == ("firing", "resolved")
    (alert,) = firing.alerts
    assert alert.labels == {
        **SAMPLE, "alertname": "Drawdown above 10 percent", "grafana_folder": "TradeOps", "severity": "critical",
    }  # fmt: skip
    assert (
        alert.annotations["summary"] == "Drawdown of A at BINANCE is 11 percent of its peak in USDT; the limit is 10."
    )
    assert alert.values == {"A": 11.0, "B": 11.0, "C": 1.0}
    told, ended = trial.told(), trial.told("resolved", bot="A")
    assert told is not None
    assert ended is not None
    assert told < ended


def test_an_answer_shows_how_it_came_about(rules: AlertRules) -> None:
    trial = rules.rule("drawdown-critical").with_rows("trading_risk", risk(11.0)).after("10s")
    said = repr(trial.is_silent())
    assert said.startswith("<no: drawdown-critical is silent at 10 s")
    assert "0 s  firing     ok      bot:A" in said
    assert "sent to default: firing" in said


def test_rows_that_repeat_and_stop(rules: AlertRules) -> None:
    beat = {"bot": "A", "mode": "live", "connected": True}
    trial = rules.rule("connection-lost")
    trial.with_rows("heartbeats", {**beat, "component": "x"}, {**beat, "component": "y"}, every="5s")
    assert trial.after("60s").is_silent()
    trial.stops("heartbeats", component="x").after("30s")
    assert trial.is_firing(component="x")
    assert trial.is_silent(component="y")
    trial.leap("2h").after("20s")
    assert trial.now == 7310.0
    assert trial.is_firing(component="x")
    assert trial.is_silent(component="y")


def test_pending_and_broken(metrics: MetricsPlace) -> None:
    text = rules_yaml().replace("for: 0s", "for: 20s")
    trial = AlertRules(parse_rules(text), metrics).rule("drawdown-warning").with_rows("trading_risk", risk(7.0))
    assert trial.after("10s").is_pending(bot="A")
    assert trial.after("10s").is_firing(bot="A")
    broken = rules_yaml().replace("drawdown_pct\n", "drawdown_prc\n")
    trial = AlertRules(parse_rules(broken), metrics).rule("drawdown-critical").after("0s")
    assert trial.is_broken()
    assert trial.view.last_error == "failed to execute query A: db query error: pq: Invalid column: drawdown_prc"
    assert not trial.is_silent()


def test_newer_behaviour_is_by_documentation(metrics: MetricsPlace) -> None:
    text = rules_yaml().replace("for: 0s", "for: 0s\n        keepFiringFor: 30s")
    groups = parse_rules(text)
    states = {}
    for version in ("9.4", "13"):
        trial = AlertRules(groups, metrics, version=version).rule("drawdown-critical")
        bot = {**risk(11.0), "bot": version}
        trial.with_rows("trading_risk", bot).after("0s")
        trial.with_rows("trading_risk", {**bot, "drawdown_pct": 1.0}).after("10s")
        states[version] = next(one.state for one in trial.view.instances if one.labels["bot"] == version)
    assert states == {"9.4": "Normal", "13": "Recovering"}


def test_mistakes_are_told_in_a_sentence(rules: AlertRules, metrics: MetricsPlace, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"There is no rule 'nope'\. There are drawdown-critical, "):
        rules.rule("nope")
    with pytest.raises(DeclarationError, match="'soon' is no duration"):
        rules.rule("error-rate").after("soon")
    with pytest.raises(DeclarationError, match="The evaluator does not know Grafana 10"):
        AlertRules(rules.groups, metrics, version="10").rule("error-rate")
    with pytest.raises(DeclarationError, match=r"has no alert rules\. Run: tradeops init monitoring"):
        read_rules(tmp_path)

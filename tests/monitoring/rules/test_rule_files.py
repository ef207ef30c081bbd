"""Provisioning files of alert rules: what Grafana refuses, what it drops in silence, and our own."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring.evaluator.pipeline import build
from pytest_tradeops.monitoring.evaluator.semantics import MEASURED
from pytest_tradeops.monitoring.rules import RuleError, parse_rules
from pytest_tradeops.monitoring.rules.builtin import rules_yaml
from pytest_tradeops.monitoring.rules.model import parse_duration
from pytest_tradeops.questdb_sql import Result

RULE = """\
apiVersion: 1
groups:
  - name: g
    folder: F
    interval: 10s
    rules:
      - uid: one
        title: One
        condition: B
        for: 1m30s
        labels: {severity: warning, where: $PLACE, price: $$5}
        annotations: {summary: "{{ $values.A }} at ${PLACE} for $$5"}
        data:
          - refId: A
            datasourceUid: questdb
            relativeTimeRange: {from: 60, to: 0}
            model: {rawSql: "select 1 as v", format: table}
          - refId: B
            datasourceUid: __expr__
            model: {type: threshold, expression: A, conditions: [{evaluator: {type: gt, params: [0]}}]}
"""


def test_a_rule_with_its_defaults() -> None:
    (group,) = parse_rules(RULE, environment={"PLACE": "here"})
    (rule,) = group.rules
    assert (group.name, group.folder, group.interval, group.org) == ("g", "F", 10.0, 1)
    assert (rule.wait, rule.no_data, rule.error) == (90.0, "NoData", "Alerting")
    assert rule.labels == {"severity": "warning", "where": "here", "price": "$5"}
    assert rule.annotations == {"summary": "{{ $values.A }} at here for $$5"}
    assert rule.query("A").span == (60.0, 0.0)
    assert rule.query("A").sql == "select 1 as v"
    assert [one.ref_id for one in rule.expressions] == ["B"]


def test_a_label_with_a_template_is_eaten_by_the_environment() -> None:
    """As in Grafana: `$labels` is an unknown variable, so `{{ $labels.s }}` becomes `{{ .s }}`."""
    text = RULE.replace("where: $PLACE", 'where: "{{ $labels.s }}"')
    assert parse_rules(text)[0].rules[0].labels["where"] == "{{ .s }}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("condition: B", "", "no condition set"),
        ("for: 1m30s", "", "not a valid duration string for `for`"),
        ("for: 1m30s", "for: soon", "not a valid duration string for `for`"),
        ("interval: 10s", "", "not a valid duration string for the interval"),
        ("interval: 10s", "interval: 15s", "should be non-zero and divided exactly by 10s"),
        ("interval: 10s", "interval: 0s", "should be non-zero and divided exactly by 10s"),
        ("- uid: one", "- uid: ''", "no UID set"),
        ("title: One", "", "rule has no title set"),
        ("folder: F", "", "rule group has no folder set"),
        ("- name: g", "- name: ' '", "rule group has no name set"),
        ("relativeTimeRange: {from: 60, to: 0}", "", "invalid relative time range"),
        ("relativeTimeRange: {from: 60, to: 0}", "relativeTimeRange: {from: 60s, to: 0}", "invalid duration 60s"),
        ("for: 1m30s", "for: 0s\n        noDataState: Ok", "unknown NoData state option Ok"),
        ("for: 1m30s", "for: 0s\n        execErrState: NoData", "unknown Error state option NoData"),
        ("apiVersion: 1", "apiVersion: [", "not YAML, line"),
        ("    rules:", "    rules: 5\n    other:", "rules is no list"),
    ],
)
def test_what_ends_grafana_at_its_start(old: str, new: str, message: str) -> None:
    assert old in RULE
    with pytest.raises(RuleError) as refused:
        parse_rules(RULE.replace(old, new), file="rules.yaml")
    assert message in str(refused.value)
    assert str(refused.value).startswith("rules.yaml")


def test_two_rules_of_one_title_in_a_folder() -> None:
    again = textwrap.indent(textwrap.dedent(RULE[RULE.index("      - uid") :]), "      ").replace(
        "uid: one", "uid: two"
    )
    with pytest.raises(RuleError, match="two rules in folder 'F' have the title 'One'"):
        parse_rules(RULE + again)


def test_what_grafana_drops_in_silence_is_kept_for_a_linter() -> None:
    text = RULE.replace("for: 1m30s", "for: 1m\n        executionErrorState: OK\n        keepFiringFor: 2m")
    (rule,) = parse_rules(text)[0].rules
    assert (rule.unknown, rule.newer, rule.keep_firing) == (("executionErrorState",), ("keepFiringFor",), 120.0)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_rules_or_refused(text: str) -> None:
    try:
        parse_rules(text)
    except RuleError as error:
        assert "\n" not in str(error).split(": ", 1)[0]  # noqa: PT017 - both ends are right


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_durations(seconds: int) -> None:
    assert parse_duration(f"{seconds}s") == seconds
    assert parse_duration(f"{seconds // 60}m{seconds % 60}s") == seconds


def test_our_rules_are_rules_that_grafana_takes() -> None:
    groups = parse_rules(rules_yaml())
    rules = {rule.uid: rule for group in groups for rule in group.rules}
    assert set(rules) == {
        "drawdown-warning", "drawdown-critical", "error-rate", "position-max", "connection-lost", "pipeline-dead",
    }  # fmt: skip
    for rule in rules.values():
        assert not rule.unknown
        assert "$__" not in rule.query("A").sql
        assert not set("<>&") & set(rule.annotations["summary"])  # Telegram's HTML
        build(rule, lambda _: Result(), MEASURED, ["questdb"])


def test_the_committed_file_is_the_generated_one() -> None:
    committed = Path(__file__).parents[3] / "monitoring" / "provisioning" / "alerting" / "rules.yaml"
    assert committed.read_text(encoding="utf-8") == rules_yaml()

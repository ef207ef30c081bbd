"""MON-029: a dead metrics pipeline, a hung database or a frozen evaluation raises an alert."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import faults, watchdog
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-029",
    suite="monitoring",
    title="metrics that stop, a database that fails and one that hangs are each noticed",
    severity="critical",
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_029(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Stops every heartbeat, lets every query fail, and lets every query hang.

    The watchdog's rule must fire within a minute of the last heartbeat and two days later, and somebody must be told
    when queries fail. A hung database freezes rules without a word, so no rule can tell of it: there the age of the
    last evaluation must be beyond `frozen_after`, which `tradeops monitoring watch` looks at from outside. It
    evaluates the subject's own rule file as Grafana 9.4 does, on a virtual clock over a QuestDB that this run may
    write to; a Grafana is not asked, and whether a message arrives is for MON-015 and MON-016. It does not prove that
    `watch` runs anywhere. Fix a failure where its message points.
    """
    settings = _subject.settings.monitoring
    folder = _subject.path(settings.path)
    proof = watchdog.examine(folder, settings.watchdog_rule, settings.frozen_after, _metrics)
    _evidence.fact(rule=proof.rule.uid, **proof.facts)
    _evidence.examined(proof.evaluations, "evaluations of the rule", source=_metrics)
    _evidence.report(proof.findings)


@planted_fault(
    check="MON-029",
    title="the limit of the watchdog is beyond any age",
    expects="watchdog: dead pipeline not noticed",
)
def limit_out_of_reach(_subject: Subject) -> None:
    settings = _subject.settings.monitoring
    file, text = faults.broken(_subject.path(settings.path), settings.watchdog_rule, faults.threshold_of(1e15))
    _subject.write(f"{settings.path}/{file}", text)

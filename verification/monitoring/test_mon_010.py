"""MON-010: a drawdown above ten percent is critical, and the message leaves within the budget."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import drawdown, faults
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-010",
    suite="monitoring",
    title="the critical alert of a drawdown fires above 10 percent only, in time, and ends with it",
    severity="critical",
    covers=("2.3.2",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_010(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Evaluates the rule at 9.9, 10.0 and 10.1 percent, at almost nothing, and on a sample without a drawdown.

    Only 10.1 may fire, with the severity critical, and it must end when the equity recovers. From interval, `for` and
    the waits of the routes that its labels take, the message must leave within 30 s of the row in the worst case. It
    evaluates the subject's own rule file as Grafana 9.4 does, on a virtual clock over a QuestDB that this run may
    write to; a Grafana is not asked, and whether a message arrives is for MON-015 and MON-016. Fix a failure where
    its message points; docs/evaluator.md shows how to test a rule.
    """
    settings = _subject.settings.monitoring
    folder = _subject.path(settings.path)
    proof = drawdown.examine(folder, settings.drawdown_critical_rule, 10.0, "critical", _metrics)
    drawdown.examine_delay(proof, folder)
    _evidence.fact(rule=proof.rule.uid, **proof.facts)
    _evidence.examined(proof.evaluations, "evaluations of the rule", source=_metrics)
    _evidence.report(proof.findings)


@planted_fault(
    check="MON-010",
    covers="2.3.2",
    title="the threshold is removed, so any drawdown fires",
    expects="drawdown-critical: no threshold",
)
def threshold_removed(_subject: Subject) -> None:
    settings = _subject.settings.monitoring
    file, text = faults.broken(_subject.path(settings.path), settings.drawdown_critical_rule, faults.without_threshold)
    _subject.write(f"{settings.path}/{file}", text)

"""MON-009: a drawdown above five percent warns, one of five does not."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import drawdown, faults
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-009",
    suite="monitoring",
    title="the warning of a drawdown fires above 5 percent, never at or below it, and ends with it",
    severity="high",
    covers=("2.3.1",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_009(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Evaluates the rule at 4.9, 5.0 and 5.1 percent, at almost nothing, and on a sample without a drawdown.

    Only 5.1 may fire, with the severity warning, and it must end when the equity recovers; a NULL must not fire. It
    evaluates the subject's own rule file as Grafana 9.4 does, on a virtual clock over a QuestDB that this run may
    write to; a Grafana is not asked, and whether a message arrives is for MON-015 and MON-016. Fix a failure where
    its message points; docs/evaluator.md shows how to test a rule.
    """
    settings = _subject.settings.monitoring
    proof = drawdown.examine(_subject.path(settings.path), settings.drawdown_warning_rule, 5.0, "warning", _metrics)
    _evidence.fact(rule=proof.rule.uid, **proof.facts)
    _evidence.examined(proof.evaluations, "evaluations of the rule", source=_metrics)
    _evidence.report(proof.findings)


@planted_fault(
    check="MON-009",
    covers="2.3.1",
    title="a threshold of 0.05 against a query in percent",
    expects="drawdown-warning: fires below limit",
)
def threshold_in_fractions(_subject: Subject) -> None:
    settings = _subject.settings.monitoring
    file, text = faults.broken(_subject.path(settings.path), settings.drawdown_warning_rule, faults.threshold_of(0.05))
    _subject.write(f"{settings.path}/{file}", text)

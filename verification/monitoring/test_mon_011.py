"""MON-011: more than one error in a hundred orders warns, and an idle hour does not."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import error_rate, faults
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-011",
    suite="monitoring",
    title="the error rate warns above 1 percent, never at or below it, and an idle bot is silent",
    severity="high",
    covers=("2.3.3",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_011(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Evaluates the rule on one error in 111, 100 and 91 orders (0.9, 1.0 and 1.1 percent), before and long after them.

    Only 1.1 percent may fire, with the severity warning. While only heartbeats come, and a day after the last error,
    it must be silent: no data is no error. It evaluates the subject's own rule file as Grafana 9.4 does, on a virtual
    clock over a QuestDB that this run may write to; a Grafana is not asked, and whether a message arrives is for
    MON-015 and MON-016. Fix a failure where its message points; docs/evaluator.md shows how to test a rule.
    """
    settings = _subject.settings.monitoring
    proof = error_rate.examine(_subject.path(settings.path), settings.error_rate_rule, _metrics)
    _evidence.fact(rule=proof.rule.uid, **proof.facts)
    _evidence.examined(proof.evaluations, "evaluations of the rule", source=_metrics)
    _evidence.report(proof.findings)


@planted_fault(
    check="MON-011",
    covers="2.3.3",
    title="the query's window lies before any possible row",
    expects="error-rate: cannot fire",
)
def window_in_the_past(_subject: Subject) -> None:
    settings = _subject.settings.monitoring
    file, text = faults.broken(
        _subject.path(settings.path),
        settings.error_rate_rule,
        faults.rows_bounded("timestamp < dateadd('y', -20, now())"),
    )
    _subject.write(f"{settings.path}/{file}", text)

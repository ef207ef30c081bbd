"""MON-012: a position beyond the maximum of the risk configuration is critical, long or short."""

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import faults, position
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-012",
    suite="monitoring",
    title="a position beyond its maximum fires, long or short, each instrument by its own maximum",
    severity="critical",
    covers=("2.3.4",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_012(_subject: Subject, _metrics: MetricsPlace, _evidence: Evidence) -> None:
    """Evaluates the rule below, at and above the maximum, long and short, and on one size with two maxima.

    Only what is beyond its maximum may fire, with the severity critical, and it must end when the position is
    reduced. The maximum must be read from `trading_risk.position_max`, where the collector writes that of the risk
    configuration. It evaluates the subject's own rule file as Grafana 9.4 does, on a virtual clock over a QuestDB
    that this run may write to; a Grafana is not asked, and whether a message arrives is for MON-015 and MON-016. Fix
    a failure where its message points; docs/evaluator.md shows how to test a rule.
    """
    settings = _subject.settings.monitoring
    proof = position.examine(_subject.path(settings.path), settings.position_rule, _metrics)
    _evidence.fact(rule=proof.rule.uid, **proof.facts)
    _evidence.examined(proof.evaluations, "evaluations of the rule", source=_metrics)
    _evidence.report(proof.findings)


@planted_fault(
    check="MON-012",
    covers="2.3.4",
    title="the size is compared with its sign, so that a large short is silent",
    expects="position-max: short ignored",
)
def signed_size(_subject: Subject) -> None:
    settings = _subject.settings.monitoring
    file, text = faults.broken(_subject.path(settings.path), settings.position_rule, faults.signed)
    _subject.write(f"{settings.path}/{file}", text)

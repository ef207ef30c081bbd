"""The proofs of alert rules: nothing is found on sound rules, and each defect by its name."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs import connection, drawdown, error_rate, faults, position, watchdog
from pytest_tradeops.monitoring.ruleproofs.common import RuleProof

OURS = Path(__file__).parents[3] / "monitoring"


def critical(folder: Path, place: MetricsPlace) -> RuleProof:
    proof = drawdown.examine(folder, "drawdown-critical", 10.0, "critical", place)
    drawdown.examine_delay(proof, folder)
    return proof


PROOFS: dict[str, Callable[[Path, MetricsPlace], RuleProof]] = {
    "drawdown-critical": critical,
    "error-rate": lambda folder, place: error_rate.examine(folder, "error-rate", place),
    "position-max": lambda folder, place: position.examine(folder, "position-max", place),
    "connection-lost": lambda folder, place: connection.examine(folder, "connection-lost", place),
    "pipeline-dead": lambda folder, place: watchdog.examine(folder, "pipeline-dead", 60, place),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OURS, tmp_path / "monitoring"))


@pytest.mark.parametrize("uid", PROOFS)
def test_nothing_is_found_on_our_rules(uid: str, metrics: MetricsPlace) -> None:
    proof = PROOFS[uid](OURS, metrics)
    assert proof.findings == []
    assert proof.evaluations > 0


def sql(old: str, new: str) -> faults.Change:
    def change(rule: dict[str, Any]) -> bool:
        model = rule["data"][0]["model"]
        assert old in model["rawSql"]
        model["rawSql"] = model["rawSql"].replace(old, new)
        return True

    return change


def set_to(**values: Any) -> faults.Change:
    def change(rule: dict[str, Any]) -> bool:
        rule.update(values)
        return True

    return change


@pytest.mark.parametrize(
    ("uid", "change", "reason"),
    [
        ("drawdown-critical", set_to(labels={"severity": "warning"}), "drawdown-critical: wrong severity"),
        ("drawdown-critical", set_to(**{"for": "1m"}), "drawdown-critical: too late"),
        ("drawdown-critical", faults.threshold_of(11.0), "drawdown-critical: silent above limit"),
        ("drawdown-critical", sql("AND drawdown_pct IS NOT NULL ", ""), "drawdown-critical: fires on NULL"),
        ("drawdown-critical", sql("LATEST ON timestamp PARTITION BY bot, venue, currency", ""), "drawdown-critical: cannot be evaluated"),
        ("drawdown-critical", sql("drawdown_pct\nFROM", "drawdown\nFROM"), "drawdown-critical: cannot be evaluated"),
        ("error-rate", set_to(noDataState="NoData"), "error-rate: idle alerts"),
        ("error-rate", faults.threshold_of(0.95), "error-rate: fires below limit"),
        ("error-rate", faults.threshold_of(2.0), "error-rate: silent above limit"),
        ("position-max", sql("position_max AS beyond_max", "1.0 AS beyond_max"), "position-max: MAX not read"),
        ("connection-lost", sql("ELSE 86400", "ELSE 0"), "connection-lost: disconnect ignored"),
        ("connection-lost", sql("bot, mode, component,", "bot, mode,"), "connection-lost: fires while alive"),
        ("connection-lost", faults.threshold_of(300), "connection-lost: silent"),
        ("pipeline-dead", set_to(execErrState="OK"), "watchdog: failing database not noticed"),
        ("pipeline-dead", faults.threshold_of(-1), "watchdog: fires while alive"),
    ],
)  # fmt: skip
def test_a_defect_is_found_by_its_name(
    uid: str, change: faults.Change, reason: str, folder: Path, metrics: MetricsPlace
) -> None:
    file, text = faults.broken(folder, uid, change)
    (folder / file).write_text(text, encoding="utf-8")
    assert reason in [one.reason for one in PROOFS[uid](folder, metrics).findings]


def test_a_limit_that_notices_nothing_is_found(metrics: MetricsPlace) -> None:
    proof = watchdog.examine(OURS, "pipeline-dead", 86_400, metrics)
    assert [one.reason for one in proof.findings] == ["watchdog: frozen evaluation not noticed"]


def test_what_is_not_there_is_told_with_a_remedy(folder: Path, metrics: MetricsPlace) -> None:
    with pytest.raises(CheckFailed, match=r"No alert rule has the uid nope: there are drawdown-critical, position-max"):
        error_rate.examine(folder, "nope", metrics)
    (folder / "provisioning/alerting/rules.yaml").write_text("groups: [{name: g}]")
    with pytest.raises(CheckFailed) as refused:
        error_rate.examine(folder, "error-rate", metrics)
    assert refused.value.reasons == ("rules: refused by Grafana",)
    shutil.rmtree(folder / "provisioning/alerting")
    with pytest.raises(CheckFailed) as missing:
        error_rate.examine(folder, "error-rate", metrics)
    assert missing.value.reasons == ("rule: missing",)
    with pytest.raises(DeclarationError, match="nothing that this fault could break"):
        faults.broken(folder, "error-rate", faults.signed)

"""From rows of a falling equity to the message of this repository's own critical rule, on the stand-in's phone."""

import time
from pathlib import Path

import pytest

from pytest_tradeops.monitoring import lost
from pytest_tradeops.monitoring.contacts import subject
from pytest_tradeops.monitoring.contacts.parse import Alerting
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.ruleproofs.common import RuleProof, opened
from pytest_tradeops.standins.telegram import TelegramInbox

ROOT = Path(__file__).parents[2]
UID = "drawdown-critical"


@pytest.fixture
def proof() -> RuleProof:
    return opened(ROOT / "monitoring", UID, UID)


@pytest.fixture
def alerting() -> Alerting:
    return subject.load(ROOT, "monitoring")


def sample(metrics: MetricsPlace, drawdown: float | None, at_ns: int) -> None:
    row = {"bot": "BOT-1", "mode": "live", "venue": "BINANCE", "currency": "USDT", "equity": 100.0, "peak": 110.0}
    metrics.insert("trading_risk", [{**row, "drawdown_pct": drawdown, "timestamp": at_ns}])


def watched(proof: RuleProof, alerting: Alerting, metrics: MetricsPlace) -> lost.Watch:
    return lost.Watch((proof.group,), UID, alerting, metrics, time.time_ns())


def test_a_loss_is_told_once_and_in_time(
    metrics: MetricsPlace, telegram_inbox: TelegramInbox, proof: RuleProof, alerting: Alerting
) -> None:
    sample(metrics, 0.0, time.time_ns())
    watch = watched(proof, alerting, metrics)
    assert watch.told() is None
    sample(metrics, 12.5, watch.begun_ns + 10**9)
    found = lost.until_lost(metrics, "BOT-1", 10.0)
    assert (found.worst, found.at_ns, found.samples) == (12.5, (watch.begun_ns + 10**9) // 1_000 * 1_000, 2)
    watch.run_on(watch.begun_ns + 2 * 10**9)
    told = watch.told()
    assert told is not None
    environ = subject.environment(alerting, telegram=telegram_inbox)
    (attempt,) = lost.deliver(watch, environ, "telegram")
    assert attempt.delivery.ok
    (message,) = telegram_inbox.messages
    assert "BOT-1" in message.text
    seconds = told.at - 1.0
    assert 8.0 < seconds < lost.BUDGET  # the rest of the rule's ten seconds, and what the route waits
    assert lost.judge(watch, found, 12.0, True, seconds) == []


@pytest.mark.parametrize(("drawdown", "told"), [(9.9, "at most 9.9"), (None, "at most 0.0")])
def test_a_loss_that_the_bot_does_not_write_is_not_received(
    metrics: MetricsPlace, proof: RuleProof, alerting: Alerting, drawdown: float | None, told: str
) -> None:
    watch = watched(proof, alerting, metrics)
    sample(metrics, drawdown, watch.begun_ns)
    found = lost.until_lost(metrics, "BOT-1", 10.0, seconds=0.0)
    watch.run_on(watch.begun_ns)
    (finding,) = lost.judge(watch, found, 12.0, False, None)
    assert finding.reason == "drawdown: alert not received"
    assert told in finding.message
    assert watch.told() is None


def test_a_rule_that_stays_silent_a_message_that_is_lost_and_one_that_is_late_are_told_apart(
    metrics: MetricsPlace, proof: RuleProof, alerting: Alerting
) -> None:
    watch = watched(proof, alerting, metrics)
    loss = lost.Loss(12.0, watch.begun_ns, 3)
    (silent,) = lost.judge(watch, loss, 12.0, False, None)
    assert "the rule is inactive" in silent.message
    sample(metrics, 12.0, watch.begun_ns)
    watch.run_on(watch.begun_ns)
    (unheard,) = lost.judge(watch, loss, 12.0, False, 10.0)
    assert "no message of it arrived" in unheard.message
    (late,) = lost.judge(watch, loss, 12.0, True, 31.0)
    assert (late.reason, "31.0 s after the row" in late.message) == ("drawdown: alert too late", True)

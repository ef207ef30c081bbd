"""All of it at once: exchange, node, collector, QuestDB, dashboard, rule, route, and the message on the phone."""

import time
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_tradeops.fixtures.measured import BOT, Measuring
from pytest_tradeops.fixtures.on_venue import Venue
from pytest_tradeops.monitoring import lost, visible
from pytest_tradeops.monitoring.contacts import subject
from pytest_tradeops.monitoring.panels import find
from pytest_tradeops.monitoring.ruleproofs.common import opened
from pytest_tradeops.node import order_check
from pytest_tradeops.node.traded import losing
from pytest_tradeops.standins.telegram import TelegramInbox

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "monitoring"


def test_a_trade_reaches_the_dashboards_and_its_loss_the_phone(
    _measured: Measuring,  # noqa: PT019 - it has a value; packaged checks alone use its name
    venue: Venue,
    telegram_inbox: TelegramInbox,
) -> None:
    """On what needs no credentials, no Docker and no Grafana; docs/benchmarks.md says how long it takes."""
    market = venue.own()
    market.funds = {"USDT": "2000"}
    node = _measured.node(venue=market)
    place = order_check.one_each(node.places())[0]
    bought = losing.spend(node, market, place)

    fills = [one for one in market.fills(place.face) if one.client_id == bought.order]
    trade = visible.Trade.of(bought.strategy, place, fills, len(market.orders(place.face)))
    boards = [find(FOLDER, uid) for uid in ("tradeops-pnl", "tradeops-positions", "tradeops-errors")]
    seen = visible.examine(boards, _measured.metrics, trade, time.time_ns)
    assert seen.findings == ()

    rule = opened(FOLDER, "drawdown-critical", "drawdown-critical")
    alerting = subject.load(ROOT, "monitoring")
    watch = lost.Watch((rule.group,), rule.rule.uid, alerting, _measured.metrics, time.time_ns())
    assert losing.lose(market, place, Decimal(10)) > 10
    loss = lost.until_lost(_measured.metrics, BOT, 10.0)
    watch.run_on(time.time_ns())
    lost.deliver(watch, subject.environment(alerting, telegram=telegram_inbox), "telegram")
    (message,) = telegram_inbox.messages
    assert BOT in message.text
    assert "Drawdown" in message.text
    told = watch.told()
    assert told is not None
    assert loss.at_ns is not None
    assert told.at - (loss.at_ns - watch.begun_ns) / 1e9 < lost.BUDGET

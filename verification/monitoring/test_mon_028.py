"""MON-028: money lost at the exchange becomes a message on Telegram, in time."""

import time
from decimal import Decimal

import pytest

from pytest_tradeops.fixtures.measured import BOT, Measuring
from pytest_tradeops.fixtures.on_venue import Venue
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.monitoring import lost
from pytest_tradeops.monitoring.contacts import subject
from pytest_tradeops.monitoring.ruleproofs.common import opened
from pytest_tradeops.node import guarding, order_check
from pytest_tradeops.node.traded import faults, losing
from pytest_tradeops.standins.telegram import TelegramInbox
from pytest_tradeops.subject import Subject

#: Percent: the limit of the critical rule, which the subject's own threshold must not be beyond.
_LIMIT = Decimal(10)
#: Small, so that one purchase that the market can give is nearly all of it.
_MONEY = {"USDT": "2000"}


@pytest.mark.verification(
    id="MON-028",
    suite="monitoring",
    title="a drawdown on the venue reaches Telegram within the budget",
    severity="critical",
    covers=("V.monitoring.2",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp", "yaml"),
)
def test_mon_028(
    _measured: Measuring, _venue: Venue, _telegram: TelegramInbox, _subject: Subject, _evidence: Evidence
) -> None:
    """Lets the subject's node spend an account's money on a simulated venue of its own, and lets the price fall.

    More than ten percent of the equity are lost by the venue's books. The bot must write that drawdown; the subject's
    critical rule, evaluated as Grafana 9.4 does and due when it would be there, must fire on the bot's own rows; its
    route must lead to Telegram, and a message about it must be in the chat. From the row to the message may pass 15 s:
    the rest of the rule's interval and the waits of the route.

    The messenger is a stand-in, and the rule is not evaluated by Grafana itself: STG-006 and the tests that are marked
    `grafana` ask one. Fix a failure where its message points.
    """
    guarding.require(_subject.root, _subject.settings.node)
    settings = _subject.settings.monitoring
    proof = opened(_subject.path(settings.path), settings.drawdown_critical_rule, "drawdown-critical")
    alerting = subject.load(_subject.root, settings.path)
    market = _venue.own()
    market.funds = _MONEY
    node = _measured.node(venue=market)
    place = order_check.one_each(node.places())[0]
    bought = losing.spend(node, market, place)
    watch = lost.Watch((proof.group,), proof.rule.uid, alerting, _measured.metrics, time.time_ns())
    percent = losing.lose(market, place, _LIMIT)
    found = lost.until_lost(_measured.metrics, BOT, float(_LIMIT))
    watch.run_on(time.time_ns())
    attempts = lost.deliver(watch, subject.environment(alerting, telegram=_telegram), "telegram")
    told = watch.told()
    seconds = None if told is None or found.at_ns is None else told.at - (found.at_ns - watch.begun_ns) / 1e9
    arrived = any(BOT in one.text for one in _telegram.messages)
    _evidence.fact(instrument=place.instrument, rule=proof.rule.uid)
    _evidence.examined(int(bought.quantity > 0), "purchases that lost money", source=market)
    _evidence.examined(found.samples, "samples of equity", source=_measured.metrics)
    _evidence.examined(watch.evaluations, "evaluations of the rule", source=_measured.metrics)
    _evidence.examined(len(attempts), "messages sent", source=Grade.EMBEDDED)
    if seconds is not None:
        _evidence.timing(row_to_message=seconds)
    _evidence.report(lost.judge(watch, found, float(percent), arrived, seconds))


@planted_fault(
    check="MON-028",
    covers="V.monitoring.2",
    title="the peak of the equity begins anew with each sample",
    expects="drawdown: alert not received",
)
def peak_reset(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.PEAK_RESET)
    _measured.start_up = faults.ENTRY

"""MON-018: the bot's collector hears every event, costs the bot next to nothing, and outlives its database."""

import pytest

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.fixtures.measured import Measuring
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.loopback.proxy import FaultProxy
from pytest_tradeops.node import guarding, order_check
from pytest_tradeops.node.traded import faults, survival
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-018",
    suite="monitoring",
    title="the bot's collector hears every order event, costs next to nothing, and outlives its database",
    severity="critical",
    covers=("2.5.1",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_018(_measured: Measuring, _questdb: QuestDbClient, _subject: Subject, _evidence: Evidence) -> None:
    """Starts the subject's node as its own configuration says, and looks for its collector of metrics in it.

    The collector is led to tables of this run. The node trades, then trades on while the database is frozen (its port
    open, no answer), and the database comes back. The node must not notice: every order is filled, and at the end every
    order event that the node's bus carried has exactly one row. What the collector's handlers take on the trading loop
    is measured in CPU time per event: 3 microseconds at the median are allowed.

    It does not prove that rows are right: MON-019 to MON-022 do. Without a collector, `tradeops init strategies` shows
    how one is registered, and docs/telemetry.md explains it.
    """
    guarding.require(_subject.root, _subject.settings.node)
    target = _questdb.handle.endpoints["http"]
    if target.startswith("https:"):
        raise Inconclusive(
            "The outage is played by a proxy on loopback, which is not whom the server's certificate names.",
            remedy="Leave TRADEOPS_QUESTDB_URL unset for this check.",
        )
    with FaultProxy(survival.address(target)) as outage:
        node = _measured.node(endpoint=survival.through(target, outage.port))
        _evidence.fact(configuration=_subject.settings.node.config, collectors=node.guard.collectors)
        _evidence.report(survival.registered(node))
        place = order_check.one_each(node.places())[0]
        rows = _measured.rows(node, seconds=20.0)
        with survival.surviving(node):
            survival.buy_and_sell(node, place)
            findings = survival.complete(rows, node, place, "before the outage")
            survival.through_an_outage(node, place, outage)
            findings += survival.complete(rows, node, place, "after the outage")
            facts, slow = survival.cost(*node.costs())
        _evidence.examined(survival.ORDERS, "orders traded, half of them without a database", source=_measured.metrics)
        _evidence.timing(**facts)
        _evidence.report([*findings, *slow])


@planted_fault(
    check="MON-018",
    covers="2.5.1",
    title="a handler of the collector raises when an order is filled",
    expects="collector: ended the node",
)
def handler_raises(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.RAISES_ON_A_FILL)
    _measured.start_up = faults.ENTRY

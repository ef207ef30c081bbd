"""STG-002: on paper the bot's orders fill inside of the node, and the exchange never hears of them."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import guarding, paper, planting
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="STG-002",
    suite="staging",
    title="on paper orders fill in the node, position and balance follow, and no order reaches the exchange",
    severity="critical",
    covers=("4.2.3", "V.staging.3"),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_stg_002(_subject: Subject, _paper_node: Nodes, _venue: Venue, _evidence: Evidence) -> None:
    """Starts the subject's node in paper mode, its own strategies included, on the market data of the venue.

    At one instrument of each exchange that the bot trades at, a driver beside the team's strategies buys at the
    market, lets a limit order rest and cancels it, and sells what it bought. The orders must fill, the position and the
    balances must be what the fills make of them, and when the node has stopped no order may be open. Every order event
    must say that it is paper. The journals of the exchanges, which the node cannot write to, must have no order of
    this run's account, and none of those that the node knows.

    It does not prove that an exchange would fill alike: the sandbox has neither latency nor a queue. Fix a failure
    where its message points; docs/venue.md says how a configuration is told its mode.
    """
    guarding.require(_subject.root, _subject.settings.node)
    with _paper_node() as node:
        done = paper.run(node, _venue.client, _venue.keys)
    _evidence.fact(tried=done.tried, strategies=done.strategies, configuration=_subject.settings.node.config)
    _evidence.examined(done.orders, "paper orders", source=_venue)
    _evidence.examined(len(_venue.keys), "journals of exchanges", source=_venue)
    _evidence.report(done.findings)


@planted_fault(
    check="STG-002",
    covers="4.2.3",
    title="the paper switch is ignored",
    expects="paper: order reached the venue",
)
def paper_switch_ignored(_subject: Subject, _paper_node: Nodes) -> None:
    """In the subject's own function; a configuration file is not told the mode, and the switch is ours."""
    written = planting.paper_ignored(_subject.root, _subject.settings.node.config)
    if written is None:
        _paper_node.mode = "venue"
    else:
        _subject.write(*written)


@planted_fault(check="STG-002", covers="V.staging.3", title="the market data stand still", expects="paper: no fill")
def market_data_stalled(_venue: Venue) -> None:
    _venue.faults.stall("market")

"""STG-003: on every exchange of the subject's node orders fill, rest, end and are refused as the node says."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import agreement, examined, guarding, order_check
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="STG-003",
    suite="staging",
    title="orders on every exchange end as the node says, and the venue's books agree with the node's",
    severity="critical",
    covers=("4.2.4",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_stg_003(_trading_node: Nodes, _venue: Venue, _subject: Subject, _evidence: Evidence) -> None:
    """Runs the subject's node on the simulated exchanges, and sends the orders of a test beside its own strategies.

    On every exchange and kind of market that its configuration trades: a market order must fill, a limit order must
    rest and be cancelled, an order that the exchange refuses for its price must be reported as rejected in the
    exchange's own words, and a sale must fill. Then every order, fill, fee, position and balance that the node has,
    those of the subject's strategies included, is compared with what the venue has written down.

    It does not prove that the strategies decide well, nor how the real exchange behaves on a bad day: STG-004 and
    STG-005 ask the exchanges' testnets. Fix a failure with the node's log and `tradeops venue replay`.
    """
    guarding.require(_subject.root, _subject.settings.node)
    node = _trading_node()
    places = examined.places(node)
    _evidence.fact(**examined.facts(node, _subject.settings.node.config))
    tests = [order_check.run(node, _venue, place) for place in order_check.one_each(places)]
    found = agreement.agree(node, _venue, places)
    _evidence.fact(refusals={one.place.instrument: examined.words(one.refusal) for one in tests})
    mine = {order for one in tests for order in one.orders}
    _evidence.examined(len(mine), "orders of the test compared", source=_venue)
    fills = {one.client_order_id for one in found.state.fills} & mine
    _evidence.examined(len(fills), "filled orders of the test compared, with price and fee", source=_venue)
    _evidence.attach("orders.csv", examined.orders_csv(found.state), "text/csv")
    _evidence.report(found.findings)


@planted_fault(
    check="STG-003",
    covers="4.2.4",
    title="the exchange pushes one fill with a wrong fee",
    expects="orders: node and venue disagree",
)
def wrong_fee(_venue: Venue) -> None:
    _venue.faults.wrong_fee(2.0, n=1)

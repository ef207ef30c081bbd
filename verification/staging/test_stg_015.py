"""STG-015: a node survives a dropped connection, and learns of the fill that it has missed."""

from collections.abc import Callable, Iterator

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import examined, guarding, order_check, reconnect
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="STG-015",
    suite="staging",
    title="the node survives a dropped connection and learns of the fill that it has missed",
    severity="critical",
    covers=(),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_stg_015(_trading_node: Nodes, _venue: Venue, _subject: Subject, _evidence: Evidence) -> None:
    """Cuts every connection of the subject's node while an order of it rests, and fills the order meanwhile.

    On every exchange and kind of market that its configuration trades. The node must connect again, get market data
    again, find the fill out, have no order or fill lost or doubled against the venue's books, and be able to trade on.

    NautilusTrader's Bybit client asks for nothing when its streams come back: without continuous checks of open
    orders in `LiveExecEngineConfig` a fill in the gap is never seen. Where the subject has left them at their
    defaults, this check turns them on (docs/venue.md says which); set them for production as well. The check does not
    prove that the strategies bear what they missed.
    """
    guarding.require(_subject.root, _subject.settings.node)
    node = _trading_node()
    places = examined.places(node)
    _evidence.fact(**examined.facts(node, _subject.settings.node.config))
    found = reconnect.run(node, _venue, order_check.one_each(places))
    _evidence.timing(until_known=found.seconds)
    _evidence.examined(len(found.orders), "orders that filled while nothing was connected", source=_venue)
    _evidence.attach("orders.csv", examined.orders_csv(found.state), "text/csv")
    _evidence.report(found.findings)


#: WebSockets begin with a GET as well; these are let through.
_QUERIES = "GET /api/*|GET /fapi/*|GET /v5/order/*|GET /v5/execution/*|GET /v5/position/*|GET /v5/account/*"


@planted_fault(
    check="STG-015",
    title="the exchange answers no query after the gap",
    expects="reconnect: fill in the gap not reconciled",
)
def no_answers(_venue: Venue) -> Iterator[None]:
    yield from _at_the_gap(_venue, lambda: _venue.faults.server_error(1_000_000, match=_QUERIES))


@planted_fault(
    check="STG-015",
    title="the exchange takes no connection any more",
    expects="reconnect: connection not restored",
)
def no_connection(_venue: Venue) -> Iterator[None]:
    yield from _at_the_gap(_venue, lambda: _venue.faults.refuse_connections(3_600))


def _at_the_gap(venue: Venue, inject: Callable[[], object]) -> Iterator[None]:
    def at(moment: str) -> None:
        if moment == reconnect.MOMENT:
            inject()

    venue.observers.append(at)
    yield
    venue.faults.clear()

"""SEC-019: nothing in the subject's node can bring a position beyond its limit."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import examined, greedy, guarding, planting
from pytest_tradeops.review.adr_limits import claimed_limits, numbers
from pytest_tradeops.subject import Subject

#: Enough that the venue never refuses for want of money.
_FUNDS = {"USDT": "1000000000", "BTC": "10000", "ETH": "100000", "SOL": "1000000"}


@pytest.mark.verification(
    id="SEC-019",
    suite="security",
    title="a greedy strategy cannot bring a position beyond its limit at the venue",
    severity="critical",
    covers=("3.3.3",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_sec_019(_subject: Subject, _trading_node: Nodes, _venue: Venue, _evidence: Evidence) -> None:
    """Starts the subject's node on the venue, with a strategy of ours in it that wants as much as it can get.

    For each instrument of `[limits.max_position]` in the risk record it sends several orders before it can hear of the
    first, fills up what room is left, asks for the smallest order more, and asks for an order behind one that rests and
    could fill; for contracts long and short. The exposure is computed from the venue's journal at every change of an
    order: what was filled, and what was open and could fill whole. It must never be beyond the limit, and the node must
    have denied what would have been. NautilusTrader's risk engine has no limit of positions: docs/trading-safety.md.

    It does not prove that the limit is wise, nor anything about a second bot on the same account. Where nothing was
    filled or nothing denied for the position it is inconclusive.
    """
    guarding.require(_subject.root, _subject.settings.node)
    adr, record = _subject.settings.adr, _subject.settings.adr.risk
    limits = claimed_limits(_subject.path(adr.path), record, adr.path)
    positions = numbers(limits, "max_position", record)
    if not positions:
        _evidence.fail(
            "position-limit: none",
            f"{record} claims no max_position, so a position may grow as long as there is money.",
            remedy="Write [limits.max_position] as in the record that `tradeops init adr` creates.",
        )
    notionals = numbers(limits, "max_notional_per_order", record)
    _venue.funds = _FUNDS
    node = _trading_node()
    places = {place.instrument: place for place in examined.places(node)}
    missing = sorted(positions.keys() - places.keys())
    if missing:
        _evidence.inconclusive(
            f"The node cannot trade {missing[0]} on the venue, so its limit was not tried.",
            remedy="Let the configuration for the mode `venue` load that instrument.",
        )
    tried = [
        greedy.run(node, _venue, places[name], limit, _venue.keys[places[name].face].account, notionals.get(name))
        for name, limit in sorted(positions.items())
    ]
    _evidence.fact(
        **examined.facts(node, _subject.settings.node.config),
        limits={one.place.instrument: str(one.limit) for one in tried},
        denied_with={one.place.instrument: [examined.words(text) for text in one.reasons] for one in tried},
    )
    _evidence.examined(sum(one.fills for one in tried), "orders of the greedy strategy filled", source=_venue)
    _evidence.examined(sum(one.denials for one in tried), "orders denied for the position", source=_venue)
    _evidence.examined(sum(one.exposure.moments for one in tried), "changes in the journal", source=_venue)
    _evidence.report(finding for one in tried for finding in one.findings)


@planted_fault(
    check="SEC-019",
    covers="3.3.3",
    title="the risk engine is bypassed",
    expects="position-limit: exceeded at venue",
)
def risk_engine_bypassed(_subject: Subject) -> None:
    _subject.write(*planting.risk_bypassed(_subject.root, _subject.settings.node.config))

"""MON-027: a trade on the venue is seen on the dashboards, by their own queries, within one refresh."""

import time

import pytest

from pytest_tradeops.fixtures.measured import Measuring
from pytest_tradeops.fixtures.on_venue import Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring import visible
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.node import guarding, order_check
from pytest_tradeops.node.traded import faults, losing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-027",
    suite="monitoring",
    title="one trade on the venue is on the dashboards: its order, its fill, its position, its profit",
    severity="critical",
    covers=("V.monitoring.1",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_027(_measured: Measuring, _venue: Venue, _subject: Subject, _evidence: Evidence) -> None:
    """Lets the subject's node buy once on the simulated venue, and opens the subject's dashboards on what it wrote.

    The queries of the dashboards about profit, positions and errors run as they stand, their variables filled in. On
    some panel there must be every order that the venue has, the average price of the fill, the position in the venue's
    books, and a profit under the name of the strategy, before one refresh of the dashboards is over.

    It does not prove that every panel is right (MON-004 to MON-008), nor that the production Grafana reads this
    database (STG-006). Fix a failure where its message points.
    """
    guarding.require(_subject.root, _subject.settings.node)
    settings = _subject.settings.monitoring
    folder = _subject.path(settings.path)
    boards = [
        opened(folder, one) for one in (settings.pnl_dashboard, settings.positions_dashboard, settings.errors_dashboard)
    ]
    node = _measured.node()
    place = order_check.one_each(node.places())[0]
    done = losing.buy(node, place)
    fills = [one for one in _venue.fills(place.face) if one.client_id == done.order]
    trade = visible.Trade.of(done.strategy, place, fills, len(_venue.orders(place.face)))
    seen = visible.examine(boards, _measured.metrics, trade, time.time_ns)
    _evidence.fact(instrument=place.instrument, shown=dict(seen.panels))
    _evidence.examined(len(fills), "fills of the venue looked for", source=_venue)
    _evidence.examined(seen.queries, "queries of the dashboards", source=_measured.metrics)
    if seen.seconds is not None:
        _evidence.timing(visible=seen.seconds)
    _evidence.report(seen.findings)


@planted_fault(
    check="MON-027",
    covers="V.monitoring.1",
    title="the sink writes into tables that no panel reads",
    expects="dashboard: trade not visible",
)
def other_tables(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.OTHER_TABLES)
    _measured.start_up = faults.ENTRY

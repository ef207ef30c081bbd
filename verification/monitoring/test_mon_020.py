"""MON-020: latency is measured on the bot's own clock, agrees with the venue's times, and is seen on the dashboard."""

import pytest

from pytest_tradeops.fixtures.measured import BOT, Measuring
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring import shown
from pytest_tradeops.monitoring.proofs.common import opened
from pytest_tradeops.monitoring.sql import TimeRange
from pytest_tradeops.node import guarding
from pytest_tradeops.node.traded import faults, latency
from pytest_tradeops.subject import Subject

_MINUTE = 60 * 10**9


@pytest.mark.verification(
    id="MON-020",
    suite="monitoring",
    title="order latency agrees with the venue's own times, and the dashboard shows every traded order",
    severity="critical",
    covers=("2.5.3", "V.monitoring.3"),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_mon_020(_measured: Measuring, _subject: Subject, _evidence: Evidence) -> None:
    """Lets the subject's node trade on the simulated venue, once live and once on paper, and reads what it measured.

    The venue and the bot have one clock here. A latency says when it began and ended: it must begin before the venue
    has got the order, and end after the venue has accepted or filled it. Stamps of the exchange's, which are whole
    milliseconds of another clock, do not pass. Each order of the script must have its legs, and a paper order none.
    Then the subject's latency dashboard is opened on that time: every order must be in a bucket that shows a value, and
    every value be one that was measured.

    It does not prove how long a real exchange takes. docs/telemetry.md says what each leg is.
    """
    guarding.require(_subject.root, _subject.settings.node)
    settings = _subject.settings.monitoring
    dashboard = opened(_subject.path(settings.path), settings.latency_dashboard)
    done = _measured()
    orders = done.orders
    begun = {one.client_id: one.created_ns for one in orders if one.client_id in done.traded.orders.values()}
    wanted = latency.legs(done.traded)
    rows = done.rows.until("order_latency", lambda found: wanted <= latency.measured(found))
    span = TimeRange(min(begun.values()) - _MINUTE, max(begun.values()) + _MINUTE)
    seen = shown.examine(dashboard, _measured.metrics, span, rows, begun)
    compared, findings = latency.compare(rows, done.traded, orders, done.fills)
    done.node.stop()
    paper = _measured(mode="paper", bot=f"{BOT}-paper")
    findings += latency.skipped(paper.rows.final("order_latency"), paper.traded.events)
    _evidence.fact(instrument=done.place.instrument, dashboard=dashboard.uid, legs=sorted({leg for _, leg in wanted}))
    _evidence.examined(len(begun), "traded orders with their latencies", source=done.venue)
    _evidence.examined(len(paper.traded.orders), "paper orders without any", source=done.venue)
    _evidence.examined(seen.queries, "queries of the dashboard", source=_measured.metrics)
    _evidence.timing(longest=max((int(row["latency_ns"]) for row in rows), default=0) / 1e9)
    _evidence.attach("latency.csv", latency.csv(rows), "text/csv")
    _evidence.report([*seen.findings, *findings] if compared else seen.findings)


@planted_fault(
    check="MON-020",
    covers="2.5.3",
    title="latency is the distance of two of the exchange's stamps",
    expects="latency: outside venue truth",
)
def exchange_stamps(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.VENUE_STAMPS)
    _measured.start_up = faults.ENTRY


@planted_fault(
    check="MON-020",
    covers="V.monitoring.3",
    title="live trading is taken for paper trading, so that the panel is empty",
    expects="latency: no rows visible",
)
def all_on_paper(_subject: Subject, _measured: Measuring) -> None:
    _subject.write(faults.PATH, faults.ALL_ON_PAPER)
    _measured.start_up = faults.ENTRY

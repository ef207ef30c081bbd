"""STG-006: what the bot trades shows in Grafana."""

import time

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring import through
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.sql import TimeRange
from pytest_tradeops.node import order_check
from pytest_tradeops.node.spec import Telemetry
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.subject import Subject

_HOUR = 3_600 * 10**9


@pytest.mark.verification(
    id="STG-006",
    suite="staging",
    title="a trade shows in Grafana: its data source finds QuestDB, and the panels return the trade's rows",
    severity="critical",
    covers=("V.staging.4",),
    min_grade="container",
    budget="240s",
    requires=("grafana", "questdb", "nautilus_trader", "aiohttp"),
)
def test_stg_006(
    _subject: Subject,
    _grafana: GrafanaPlace,
    _questdb: QuestDbClient,
    _metrics: MetricsPlace,
    _trading_node: Nodes,
    _venue: Venue,
    _evidence: Evidence,
) -> None:
    """Puts the subject's dashboards into a folder of a real Grafana, lets the bot trade, and opens every panel there.

    Grafana looks up the data source that each panel names, expands the macros, and reads QuestDB over the PostgreSQL
    wire as a user that may only read. The statements run on tables of this run, which are empty at first. Then the
    subject's node buys and sells on the venue: every table that a trade writes to must have rows, and a panel that asks
    for it must show something that it did not show before.

    The grade is Grafana's: the venue and the bot on it are the same as in STG-003.

    It does not prove that the Grafana in production is provisioned from these files, and a browser draws what this
    only reads. Without TRADEOPS_GRAFANA_URL or the official image the check is inconclusive. Fix a failure in the panel
    that it names; docs/grafana.md says how a server is configured.
    """
    _grafana.connect(_questdb.handle.endpoints)
    if refused := _grafana.health():
        _evidence.inconclusive(
            f"Grafana does not reach QuestDB: {refused.rstrip('.')}.",
            remedy="Name in TRADEOPS_GRAFANA_QUESTDB_DSN where it reaches it.",
        )
    _metrics.create()
    dashboards = through.Dashboards(_subject.path(_subject.settings.monitoring.path), _grafana, _metrics.rename)
    begun = time.time_ns()
    before = dashboards.open(TimeRange(begun - _HOUR, begun), _metrics)
    _evidence.report(through.failures(before))
    endpoints = _questdb.handle.endpoints
    telemetry = Telemetry.on(endpoints["http"], _metrics.prefix, token=endpoints.get("token", ""))
    with _trading_node(telemetry=telemetry) as node:
        place = order_check.one_each(node.places())[0]
        order_check.run(node, _venue, place)
    written = {}
    for table in through.TRADED:
        _metrics.wait(table)
        written[table] = int(_metrics.sql(f"select count() from {table}").scalar())  # noqa: S608 - names of our own
    after = dashboards.open(TimeRange(begun - _HOUR, time.time_ns()), _metrics)
    _evidence.examined(len(after), "panel queries through Grafana", source=_grafana)
    _evidence.fact(grafana=_grafana.handle.version, origin=_grafana.handle.origin, dashboards=len(dashboards))
    _evidence.report([*through.failures(after), *through.unseen(before, after, written, _metrics.names.__getitem__)])


@planted_fault(
    check="STG-006",
    covers="V.staging.4",
    title="a panel names a data source that is not there",
    expects="grafana: data source not found",
)
def data_source_misspelt(_subject: Subject) -> None:
    """In the first panel that has one, whatever it is called."""
    _subject.write(*through.misspelt(_subject.path(_subject.settings.monitoring.path), _subject.root))

"""Dashboards opened in a Grafana: on the stand-in, whose queries a real QuestDB answers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError
from pytest_tradeops.fixtures.on_grafana import Answering, place_on
from pytest_tradeops.monitoring import through
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.sql import TimeRange
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.standins.grafana import QueryFailed

HOUR = 3_600 * 10**9


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    made = Broker(ServicesSettings(providers=("process",)))
    yield made
    made.close()


@pytest.fixture
def metrics(broker: Broker) -> Iterator[MetricsPlace]:
    client = QuestDbClient(broker)
    with QuestDb(client.handle.endpoints["http"]) as direct:
        place = MetricsPlace(client, direct)
        yield place
        place.close()
    client.close()


@pytest.fixture
def grafana(broker: Broker) -> Iterator[GrafanaPlace]:
    """As a planted fault gets it where there is no Grafana."""
    with place_on(broker, ServicesSettings(), twin=True) as place:
        place.connect(broker.get("questdb").endpoints)
        assert place.handle.origin == "a stand-in"
        yield place


def board(**sql: str) -> dict[str, Any]:
    """A dashboard with one panel for each statement."""
    source = {"type": "postgres", "uid": "questdb"}
    panels = [
        {
            "id": number,
            "title": title,
            "type": "table",
            "datasource": source,
            "targets": [{"refId": "A", "format": "table", "rawSql": text, "datasource": source}],
        }
        for number, (title, text) in enumerate(sql.items(), 1)
    ]
    return {
        "uid": "mine",
        "title": "Mine",
        "schemaVersion": 36,
        "panels": panels,
        "time": {"from": "now-1h", "to": "now"},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "monitoring" / "dashboards").mkdir(parents=True)
    return tmp_path / "monitoring"


def write(folder: Path, model: dict[str, Any]) -> None:
    (folder / "dashboards" / "mine.json").write_text(json.dumps(model), encoding="utf-8")


def span() -> TimeRange:
    now = time.time_ns()
    return TimeRange(now - HOUR, now + 10 * 10**9)


def test_a_trade_is_seen_only_where_something_new_shows(
    grafana: GrafanaPlace, metrics: MetricsPlace, folder: Path
) -> None:
    metrics.create("trading_orders", "trading_pnl")
    write(
        folder,
        board(
            orders="select timestamp, bot from trading_orders where $__timeFilter(timestamp)",
            constant="select 1 as one",
            count="select count() as n from trading_pnl where bot = 'nobody'",
        ),
    )
    dashboards = through.Dashboards(folder, grafana, metrics.rename)
    before = dashboards.open(span(), metrics)
    assert [one.shown.rows for one in before] == [0, 1, 1]
    assert through.failures(before) == []
    metrics.insert("trading_orders", [{"timestamp": time.time_ns(), "bot": "b"}])
    metrics.insert("trading_pnl", [{"timestamp": time.time_ns(), "bot": "b"}])
    after = dashboards.open(span(), metrics)
    name = metrics.names.__getitem__
    assert through.unseen(before, after, {"trading_orders": 1}, name) == []
    # A count that is still 0 is a row, and shows nothing of the trade.
    (finding,) = through.unseen(before, after, {"trading_pnl": 1}, name)
    assert finding.reason == "grafana: trade not visible"
    assert finding.where == "mine.json: count"
    (finding,) = through.unseen(before, after, {"trading_positions": 3}, name)
    assert "no panel asks for it" in finding.message
    (finding,) = through.unseen(before, after, {"trading_orders": 0}, name)
    assert finding.reason == "grafana: trade not recorded"


def test_what_grafana_says_of_a_panel_is_reported(grafana: GrafanaPlace, metrics: MetricsPlace, folder: Path) -> None:
    metrics.create("trading_orders")
    write(folder, board(wrong="select nothing from trading_orders", macro="select $__nope()", sound="select 1 as one"))
    found = through.failures(through.Dashboards(folder, grafana, metrics.rename).open(span(), metrics))
    assert [(one.reason, one.where) for one in found] == [
        ("grafana: query failed", "mine.json: wrong"),
        ("grafana: query failed", "mine.json: macro"),
    ]
    assert "Invalid column" in found[0].message
    assert "nope" in found[1].message


def test_a_misspelt_data_source_is_planted_and_found(
    grafana: GrafanaPlace, metrics: MetricsPlace, folder: Path
) -> None:
    write(folder, board(first="select 1 as one", second="select 2 as two"))
    path, text = through.misspelt(folder, folder.parent)
    assert path == "monitoring/dashboards/mine.json"
    write(folder, json.loads(text))
    found = through.failures(through.Dashboards(folder, grafana, metrics.rename).open(span(), metrics))
    assert [(one.reason, one.where) for one in found] == [("grafana: data source not found", "mine.json: first")]


def test_without_dashboards_there_is_a_remedy(grafana: GrafanaPlace, metrics: MetricsPlace, folder: Path) -> None:
    with pytest.raises(CheckFailed, match="no dashboards") as caught:
        through.Dashboards(folder, grafana, metrics.rename)
    assert caught.value.findings[0].remedy == "Run `tradeops init monitoring`."
    with pytest.raises(DeclarationError, match="could be misspelt"):
        through.misspelt(folder, folder.parent)
    (folder / "dashboards" / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckFailed, match="no JSON"):
        through.Dashboards(folder, grafana, metrics.rename)


def test_the_stand_ins_queries_are_the_data_sources_own(broker: Broker, metrics: MetricsPlace) -> None:
    metrics.insert("trading_orders", [{"timestamp": 1_700_000_000_123_000_000, "bot": "b"}])
    with QuestDb(broker.get("questdb").endpoints["http"]) as database:
        answer = Answering(database)
        sql = metrics.rename(
            "select timestamp as time, 1.5 as value from trading_orders where $__timeFilter(timestamp)"
        )
        (frame,) = answer({"rawSql": sql, "format": "time_series"}, 1_699_999_999_000, 1_700_000_001_000, {})
        assert frame["data"]["values"] == [[1_700_000_000_123], [1.5]]
        assert [one["type"] for one in frame["schema"]["fields"]] == ["time", "number"]
        assert "$__" not in frame["schema"]["meta"]["executedQueryString"]
        for broken in ("select", "select $__nope()"):
            with pytest.raises(QueryFailed):
                answer({"rawSql": broken, "format": "table"}, 0, 1, {})
        with pytest.raises(QueryFailed, match="no time column"):
            answer({"rawSql": "select 1 as one", "format": "time_series"}, 0, 1, {})

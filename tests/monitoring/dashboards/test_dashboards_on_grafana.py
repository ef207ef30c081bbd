"""Our dashboards on a real Grafana, with rows in every table: each query runs and shows something."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_support import configured

from pytest_tradeops.monitoring.dashboards import DASHBOARDS, Dashboard, to_json
from pytest_tradeops.monitoring.panels import view
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.scenario import sample
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.questdb.client import QuestDbClient

pytestmark = [pytest.mark.grafana, pytest.mark.slow]


@pytest.fixture(scope="module")
def filled(broker: Broker) -> Iterator[MetricsPlace]:
    client = QuestDbClient(broker)
    with QuestDb(client.handle.endpoints["http"]) as direct:
        made = MetricsPlace(client, direct)
        sample.fill(made, time.time_ns)
        yield made
        made.close()
    client.close()


@pytest.fixture
def grafana(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GrafanaPlace]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = GrafanaPlace(RemoteProvider().start(configured()).handle)
    place.datasource(broker.get("questdb").endpoints["pg_readonly"])
    yield place
    place.close()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_every_query_runs_through_grafana_and_shows_rows(
    dashboard: Dashboard, grafana: GrafanaPlace, filled: MetricsPlace
) -> None:
    model: dict[str, Any] = json.loads(to_json(dashboard))
    names = [one.name for one in view(model, Path("own.json")).variables]

    def chosen(sql: str) -> str:
        """All of everything, as the browser fills it in."""
        for name in names:
            sql = sql.replace(f"(${name})", "('*')")
        return sql

    uid = grafana.dashboard(model, sql=filled.rename)
    answers = grafana.panels(uid, start=dashboard.since, sql=chosen)
    assert len(answers) == sum(len(panel.targets) for panel in dashboard.panels)
    assert [(title, answer.error) for title, _, answer in answers if answer.error] == []
    assert [title for title, _, answer in answers if not answer.rows] == []

"""The evaluator's cases on a real Grafana: it does what the evaluator says that it does."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_conformance import Recorder
from grafana_support import configured

from pytest_tradeops.monitoring.evaluator.compare import differences
from pytest_tradeops.monitoring.evaluator.replay import replay
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.questdb.client import QuestDbClient

pytestmark = [pytest.mark.grafana, pytest.mark.slow]

CASES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "monitoring" / "conformance" / "traces.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def done(broker: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """What the real server did; all cases together, which takes as long as one: under four minutes."""
    client = QuestDbClient(broker)
    place = GrafanaPlace(RemoteProvider().start(configured()).handle)
    with QuestDb(client.handle.endpoints["http"]) as database:
        place.connect(client.handle.endpoints)
        recorder = Recorder(place, database, f"tradeops_{secrets.token_hex(4)}_")
        try:
            yield recorder.run(CASES)
        finally:
            place.close()
            recorder.close()
            client.close()


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_real_grafana_does_what_the_evaluator_says(
    done: dict[str, dict[str, Any]], client: QuestDbClient, name: str
) -> None:
    with QuestDb(client.handle.endpoints["http"]) as database:
        assert differences(done[name], replay(CASES[name], database, name=name)) == []

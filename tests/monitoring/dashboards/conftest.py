"""A folder with our dashboards that a test may change, and places on one real QuestDB."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_tradeops.monitoring.files import generated
from pytest_tradeops.monitoring.panels import DashboardView, find
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.settings import ServicesSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As `tradeops init monitoring` writes it."""
    for path, text in generated().items():
        file = tmp_path / "monitoring" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "monitoring"


@pytest.fixture
def ours(folder: Path) -> Callable[[str], DashboardView]:
    """One of our dashboards by the last part of its uid."""
    return lambda name: find(folder, f"tradeops-{name}")


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker with the embedded server alone: no test here needs an engine."""
    made = Broker(ServicesSettings(providers=("process",)))
    yield made
    made.close()


@pytest.fixture
def place(broker: Broker) -> Iterator[MetricsPlace]:
    """The tables of metrics, empty."""
    client = QuestDbClient(broker)
    with QuestDb(client.handle.endpoints["http"]) as direct:
        made = MetricsPlace(client, direct)
        yield made
        made.close()
    client.close()

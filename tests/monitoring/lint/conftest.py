"""One real server for the lint's tests, and a way to it as the command has one."""

from collections.abc import Callable, Iterator

import pytest

from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.settings import ServicesSettings


@pytest.fixture(scope="session")
def lint_broker() -> Iterator[Broker]:
    """A broker with the embedded server alone."""
    made = Broker(ServicesSettings(providers=("process",)))
    yield made
    made.close()


@pytest.fixture
def connect(lint_broker: Broker) -> Callable[[], QuestDb]:
    """What `lint` takes."""
    return lambda: QuestDb(lint_broker.get("questdb").endpoints["http"])

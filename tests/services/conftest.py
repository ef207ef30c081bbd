"""One real server for these tests, and clean places on it."""

import time
from collections.abc import Callable, Iterator

import pytest

from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.settings import ServicesSettings


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker with the embedded server alone."""
    made = Broker(ServicesSettings(providers=("process",)))
    yield made
    made.close()


@pytest.fixture
def client(broker: Broker) -> Iterator[QuestDbClient]:
    """As a check gets it."""
    made = QuestDbClient(broker)
    yield made
    made.close()


@pytest.fixture
def breakable(broker: Broker) -> Iterator[QuestDbClient]:
    """As a planted fault gets it."""
    made = QuestDbClient(broker, may_break=True)
    yield made
    made.close()


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for a condition; fails after ten seconds, which is what the package promises."""

    def wait(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            time.sleep(0.02)

    return wait

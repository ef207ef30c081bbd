"""One venue for all tests that leave nothing behind; each takes accounts of its own."""

from collections.abc import Iterator

import pytest

from pytest_tradeops.venue.client import VenueClient
from pytest_tradeops.venue.process import VenueProcess, start_venue


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    with start_venue(tmp_path_factory.mktemp("venue") / "state", ["binance-spot", "bybit"], seed=7) as process:
        yield process


@pytest.fixture
def process(shared: VenueProcess) -> Iterator[VenueProcess]:
    """The shared venue; no fault and no crash of its own may be left."""
    yield shared
    shared.client.faults.clear()
    assert shared.client.crashes() == []


@pytest.fixture
def venue(process: VenueProcess) -> VenueClient:
    return process.client

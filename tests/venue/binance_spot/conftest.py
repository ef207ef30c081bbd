"""Venues for the tests of Binance Spot."""

from collections.abc import Iterator

import pytest
from spot_client import Api, Client
from support import Running, running


@pytest.fixture
def venue() -> Iterator[Running]:
    """A fresh one whose clock stands still: nothing trades unless the test does."""
    with running("binance-spot", manual=True) as fresh:
        yield fresh


@pytest.fixture
def client(venue: Running) -> Client:
    return Client(venue)


@pytest.fixture
def api(venue: Running) -> Iterator[Api]:
    """The WebSocket API, logged on and subscribed to user data."""
    with Api(venue) as one:
        one.subscribe()
        yield one

"""Venues for the tests of Binance futures."""

from collections.abc import Iterator

import pytest
from futures_client import Client, Wire
from support import Running, running


@pytest.fixture
def venue() -> Iterator[Running]:
    """A fresh one whose clock stands still: nothing trades unless the test does."""
    with running("binance-futures", manual=True) as fresh:
        yield fresh


@pytest.fixture
def quiet() -> Iterator[Running]:
    """One without a background market, for tests that let hours pass."""
    with running("binance-futures", manual=True, background=False) as fresh:
        yield fresh


@pytest.fixture
def client(venue: Running) -> Client:
    return Client(venue)


@pytest.fixture
def user(venue: Running, client: Client) -> Iterator[Wire]:
    """The trader's user data stream."""
    with Wire(f"{venue.urls['ws']}/ws/{client.listen_key()}") as wire:
        yield wire

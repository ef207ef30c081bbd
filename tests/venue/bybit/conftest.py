"""A Bybit without a market of its own: the only quotes are those of the account `other`."""

from collections.abc import Iterator

import pytest
from bybit_client import LINEAR, SPOT, Client, quote
from support import Running, running


@pytest.fixture
def venue() -> Iterator[Running]:
    with running("bybit", background=False, enforce_limits=False) as one:
        quote(one, LINEAR, "59999", "60001")
        quote(one, SPOT, "59999", "60001")
        yield one


@pytest.fixture
def client(venue: Running) -> Client:
    return Client(venue)

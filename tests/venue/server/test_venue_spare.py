"""A venue for one planted fault after another."""

from collections.abc import Iterator

import pytest

from pytest_tradeops.venue.view import Spare, VenueView

pytestmark = pytest.mark.slow


@pytest.fixture
def spare() -> Iterator[Spare]:
    one = Spare(7)
    yield one
    one.close()


def test_it_is_used_again_as_it_was_and_replaced_where_it_cannot_be(spare: Spare) -> None:
    first = VenueView(7, spare.control)
    account = first.keys["binance-spot"].account
    price = first.market("binance-spot", "BTCUSDT").last()
    first.market("binance-spot", "BTCUSDT").move("30000")
    first.faults.refuse_connections(3_600)
    control = spare.control()
    spare.give_back(first)
    second = VenueView(7, spare.control)
    assert spare.control() == control
    assert second.client.faults.active() == []
    assert second.keys["binance-spot"].account != account
    assert abs(second.market("binance-spot", "BTCUSDT").last() / price - 1) < 1
    assert second.orders("binance-spot") == []
    assert spare._process is not None
    spare._process.kill()
    spare.give_back(second)
    third = VenueView(7, spare.control)
    assert spare.control() != control
    assert third.client.faults.active() == []
    spare.give_back(third)

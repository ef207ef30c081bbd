"""Whether a connection lives, concluded from what comes through it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.telemetry.sampling import subscribed
from pytest_tradeops.telemetry.watch import SECOND, Change, Feed, Sign, Watch

NOW = 1_000 * SECOND


def feed(instrument: str = "BTCUSDT.BINANCE", age: float | None = 0.0, limit: float = 10.0, now: int = NOW) -> Feed:
    newest = 0 if age is None else now - int(age * SECOND)
    return Feed(instrument, instrument.rpartition(".")[2], newest, limit)


def test_a_connection_comes_goes_and_comes_back_with_one_change_each() -> None:
    watch = Watch(10.0)
    found = []
    for second, newest in ((0, 0), (5, 4), (14, 4), (15, 4), (20, 4), (21, 20)):
        now = NOW + second * SECOND
        feeds = [Feed("BTCUSDT.BINANCE", "BINANCE", NOW + newest * SECOND if newest else 0, 10.0)]
        found.append([(one.component, one.status) for one in watch.look(now, feeds, {})[1]])
    name = "data:BINANCE"
    assert found == [[], [(name, "connected")], [], [(name, "stale")], [], [(name, "connected")]]


def test_data_that_never_came_are_late_in_the_end() -> None:
    watch = Watch(10.0)
    (sign,), changes = watch.look(NOW, [feed(age=None)], {})
    assert (sign.connected, changes) == (None, [])
    (sign,), changes = watch.look(NOW + 11 * SECOND, [feed(age=None)], {})
    assert sign.connected is False
    assert changes == [Change("data:BINANCE", "stale", "no market data of BTCUSDT.BINANCE for 11.0 s")]


def test_one_quiet_instrument_is_no_lost_connection() -> None:
    signs, _ = Watch(10.0).look(NOW, [feed(), feed("XRPUSDT.BINANCE", 60.0)], {})
    assert [(one.component, one.connected) for one in signs] == [
        ("data:BINANCE", True),
        ("data:BTCUSDT.BINANCE", True),
        ("data:XRPUSDT.BINANCE", False),
    ]
    quiet = [feed(), feed("XRPUSDT.BINANCE", 60.0, limit=90.0)]
    assert all(one.connected for one in Watch(10.0).look(NOW, quiet, {})[0])


def test_an_order_that_nobody_answers_is_a_lost_connection() -> None:
    watch = Watch(10.0)
    assert watch.look(NOW, [], {"BINANCE": 0})[1] == [Change("exec:BINANCE", "connected", "no order is overdue")]
    (sign,), changes = watch.look(NOW, [], {"BINANCE": NOW - 12 * SECOND})
    assert sign == Sign("exec:BINANCE", False, None, "an order has been on its way for 12.0 s")
    assert [one.status for one in changes] == ["stale"]


def test_at_the_end_every_connection_is_given_up_once() -> None:
    watch = Watch(10.0)
    watch.look(NOW, [feed()], {"BINANCE": 0})
    assert {one.component for one in watch.end("stopped")} == {"data:BINANCE", "exec:BINANCE"}
    assert watch.end("stopped") == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 20)), min_size=1, max_size=40))
def test_changes_alternate_whatever_comes(looks: list[tuple[int, float]]) -> None:
    watch, now, seen = Watch(10.0), NOW, []
    for wait, age in looks:
        now += wait * SECOND
        signs, changes = watch.look(now, [feed(age=age, now=now)], {})
        assert signs[0].connected is (int(age * SECOND) / SECOND <= 10.0)
        seen += [one.status for one in changes]
    assert all(one != other for one, other in pairwise(seen))


def test_what_is_subscribed_is_read_from_the_topics() -> None:
    topics = [
        "data.quotes.BINANCE.BTCUSDT",
        "data.trades.BYBIT.ETHUSDT-LINEAR",
        "data.book.deltas.BINANCE.SOLUSDT",
        "data.quotes.*",
        "data.bars.ADAUSDT.BINANCE-5-MINUTE-LAST-EXTERNAL",
        "data.bars.BTCUSDT.BINANCE-1-MINUTE-MID-INTERNAL",
        "data.bars.DOTUSDT.BINANCE-100-TICK-LAST-EXTERNAL",
        "events.order.*",
        "data.instrument.BINANCE.BTCUSDT",
    ]
    found = subscribed(topics)
    assert {name: one.every for name, one in found.items()} == {
        "BTCUSDT.BINANCE": 0.0,
        "ETHUSDT-LINEAR.BYBIT": 0.0,
        "SOLUSDT.BINANCE": 0.0,
        "ADAUSDT.BINANCE": 300.0,
    }
    assert found["ADAUSDT.BINANCE"].bars is not None


@pytest.mark.parametrize("topic", ["data.quotes.BINANCE.", "data.bars.nonsense-EXTERNAL"])
def test_a_topic_that_names_no_instrument_raises_for_the_collector_to_swallow(topic: str) -> None:
    with pytest.raises((ValueError, RuntimeError)):
        subscribed([topic])

"""Trades, klines and the 24 hour ticker."""

import itertools

import pytest
from engine_terms import BUY, SECOND, SELL, SPOT, START, D, engine, limit, spot

from pytest_tradeops.venue.engine import Engine

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


def trade(venue: Engine, price: object, quantity: object = 1, *, bought: bool = True) -> None:
    maker, taker = (SELL, BUY) if bought else (BUY, SELL)
    venue.submit("bob", limit(maker, quantity, price))
    venue.submit("ann", limit(taker, quantity, price))


def test_klines_are_what_was_traded() -> None:
    venue = engine()
    first = START // MINUTE * MINUTE + MINUTE
    for seconds, price, bought in (
        (0, 100, True),
        (20, 103, False),
        (40, 99, True),
        (59, 101, True),
        (185, 105, False),
    ):
        venue.advance(first + seconds * SECOND)
        trade(venue, price, 2, bought=bought)
    lines = venue.klines(SPOT, MINUTE)
    assert [(line.open_ns - first) // MINUTE for line in lines] == [0, 1, 2, 3]
    line = lines[0]
    assert (line.open, line.high, line.low, line.close) == (100, 103, 99, 101)
    assert (line.volume, line.quote_volume, line.trades) == (8, 806, 4)
    assert (line.taker_base, line.taker_quote) == (6, 600)
    # Nothing was traded in the next two minutes.
    for line in lines[1:3]:
        assert (line.open, line.high, line.low, line.close, line.volume, line.trades) == (101, 101, 101, 101, 0, 0)
    assert lines[3].open == 105
    assert [line.trades for line in venue.klines(SPOT, 5 * MINUTE)] in ([5], [4, 1])
    assert len(venue.klines(SPOT, SECOND)) == 186


def test_klines_can_be_asked_for_by_time_and_number() -> None:
    venue = engine()
    first = START // MINUTE * MINUTE + MINUTE
    for minute in range(10):
        venue.advance(first + minute * MINUTE)
        trade(venue, 100 + minute)

    def opens(**which: int) -> list[int]:
        return [(line.open_ns - first) // MINUTE for line in venue.klines(SPOT, MINUTE, **which)]

    assert opens() == list(range(10))
    assert opens(limit=3) == [7, 8, 9]
    assert opens(start_ns=first + 2 * MINUTE, limit=3) == [2, 3, 4]
    assert opens(start_ns=first + 2 * MINUTE + 1, limit=2) == [3, 4]
    assert opens(end_ns=first + 4 * MINUTE, limit=2) == [3, 4]
    assert opens(start_ns=first + MINUTE, end_ns=first + 3 * MINUTE - 1) == [1, 2]
    assert opens(start_ns=first + HOUR) == opens(end_ns=first - 1) == opens(limit=0) == []
    for interval in (0, SECOND // 2, SECOND + 1):
        with pytest.raises(ValueError, match="whole number of seconds"):
            venue.klines(SPOT, interval)


def test_a_market_of_the_background_has_a_past_that_leads_to_its_first_price() -> None:
    venue = engine(background=True)
    lines = venue.klines(SPOT, MINUTE, limit=10_000)
    assert len(lines) >= 4 * 60
    assert [b.open_ns - a.open_ns for a, b in itertools.pairwise(lines)] == [MINUTE] * (len(lines) - 1)
    for line in lines:
        assert line.low <= min(line.open, line.close) <= max(line.open, line.close) <= line.high
        assert 0 <= line.taker_base <= line.volume
        assert line.low * line.volume <= line.quote_volume <= line.high * line.volume
    assert lines[-2].close == 100
    assert len({line.close for line in lines}) > 50
    assert engine(background=True, seed=5).klines(SPOT, MINUTE) != lines[-500:]


def test_the_past_does_not_depend_on_when_it_is_asked_for() -> None:
    early, late = engine(background=True), engine(background=True)
    early.klines(SPOT, HOUR)
    early.ticker(SPOT)
    for venue in (early, late):
        venue.advance(START + 10 * MINUTE)
    assert early.klines(SPOT, HOUR) == late.klines(SPOT, HOUR)
    assert early.ticker(SPOT) == late.ticker(SPOT)
    assert early.drain() == late.drain()


def test_the_ticker_forgets_what_is_a_day_old() -> None:
    venue = engine(spot())
    first = START // MINUTE * MINUTE + MINUTE
    for minutes, price in ((0, 95), (60, 105), (24 * 60 - 1, 100)):
        venue.advance(first + minutes * MINUTE)
        trade(venue, price)
    ticker = venue.ticker(SPOT)
    assert (ticker.open, ticker.high, ticker.low, ticker.last, ticker.trades) == (95, 105, 95, 100, 3)
    assert (ticker.volume, ticker.quote_volume) == (3, 300)
    venue.advance(first + DAY)
    assert (venue.ticker(SPOT).open, venue.ticker(SPOT).low, venue.ticker(SPOT).trades) == (105, 100, 2)
    venue.advance(first + DAY + HOUR)
    assert (venue.ticker(SPOT).high, venue.ticker(SPOT).trades) == (100, 1)
    venue.advance(first + 3 * DAY)
    ticker = venue.ticker(SPOT)
    assert (ticker.open, ticker.high, ticker.low, ticker.last, ticker.trades) == (100, 100, 100, 100, 0)


def test_the_ticker_shows_the_best_levels() -> None:
    venue = engine()
    assert (venue.ticker(SPOT).bid, venue.ticker(SPOT).ask_quantity, venue.ticker(SPOT).last) == (0, 0, 100)
    venue.submit("ann", limit(BUY, 2, 99))
    venue.submit("ann", limit(BUY, 1, 99))
    venue.submit("bob", limit(SELL, 4, 101))
    ticker = venue.ticker(SPOT)
    assert (ticker.bid, ticker.bid_quantity, ticker.ask, ticker.ask_quantity) == (99, 3, 101, 4)


def test_trades_are_counted_up_and_the_newest_are_kept() -> None:
    venue = engine()
    for number in range(7):
        trade(venue, 100 + number, bought=bool(number % 2))
    trades = venue.trades(SPOT, 3)
    assert [(trade.trade_id, trade.price, trade.side) for trade in trades] == [
        (5, D(104), SELL), (6, D(105), BUY), (7, D(106), SELL),
    ]  # fmt: skip
    assert [fill.trade_id for fill in venue.fills("ann")] == [1, 2, 3, 4, 5, 6, 7]

"""What a market looks like it did before it opened: minutes of a seeded walk that ends at its first price."""

from random import Random

from .bars import MINUTE, Bar
from .model import Instrument

#: A day, so that the 24 hour ticker has something to say from the beginning.
MINUTES = 24 * 60
#: Background steps of 100 ms to a minute, as the root that a random walk grows with.
_ROOT = 24.5


def minutes_before(terms: Instrument, seed: int, start_ns: int) -> list[Bar]:
    """Oldest first; the last one ends before the minute of `start_ns`."""
    rng = Random(f"{seed}/{terms.key}/history")  # noqa: S311 - a market, not a secret
    move = float(terms.volatility) * _ROOT
    first = start_ns // MINUTE * MINUTE
    close = int(terms.start_price / terms.tick)
    bars: list[Bar] = []
    for back in range(1, MINUTES + 1):
        # Backwards in time, so that the newest close is the price at which the market opens.
        open_ = max(1, round(close * (1 + move * (rng.random() + rng.random() + rng.random() - 1.5))))
        high = max(open_, close) + int(close * move * rng.random() / 2)
        low = max(1, min(open_, close) - int(close * move * rng.random() / 2))
        steps = 1 + int(float(terms.depth / terms.step) * (5 + 10 * rng.random()))
        taken = int(steps * (0.3 + 0.4 * rng.random()))
        average = terms.tick * ((open_ + close) // 2)
        volume, bought = terms.step * steps, terms.step * taken
        bar = Bar(first - back * MINUTE, terms.tick * open_)
        bar.high, bar.low, bar.close = terms.tick * high, terms.tick * low, terms.tick * close
        bar.volume, bar.quote_volume, bar.trades = volume, volume * average, rng.randrange(60, 200)
        bar.taker_base, bar.taker_quote = bought, bought * average
        bars.append(bar)
        close = open_
    bars.reverse()
    return bars

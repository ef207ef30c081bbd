"""Synthetic prices for the backtest, the same for the same seed on every machine and Python."""

import math
import random
from collections.abc import Iterator
from decimal import Decimal

_CENT = Decimal("0.01")


def mid_prices(seed: int, count: int, *, start: Decimal = Decimal(60_000)) -> Iterator[Decimal]:
    """`count` mid prices: waves of two lengths with noise that is pulled back to them.

    The waves make averages cross whatever the seed; the noise makes every seed another market.

    Yields:
        Prices in quote currency, > 0, in whole cents.
    """
    noise = random.Random(seed)  # noqa: S311 - a market to test on, not a secret
    phase = noise.uniform(0, math.tau)
    drift = 0.0
    for step in range(count):
        drift = 0.97 * drift + noise.gauss(0, 0.0002)
        wave = 0.006 * math.sin(step / 60 + phase) + 0.003 * math.sin(step / 17)
        yield (start * Decimal(repr(1 + wave + drift))).quantize(_CENT)

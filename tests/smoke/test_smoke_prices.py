"""Fast tests of the synthetic market: the same seed is the same market, and the market moves both ways."""

from itertools import pairwise

from strategies.prices import mid_prices


def test_one_seed_is_one_market_and_another_seed_another() -> None:
    first, again, other = (list(mid_prices(seed, 50)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_prices_stay_near_the_start_in_whole_cents() -> None:
    prices = list(mid_prices(1, 2_000))
    assert len(prices) == 2_000
    assert all(57_000 < price < 63_000 and price.as_tuple().exponent == -2 for price in prices)


def test_averages_of_any_market_cross() -> None:
    for seed in range(5):
        prices = list(mid_prices(seed, 2_000))
        middle = sum(prices) / len(prices)
        crossings = sum((one > middle) != (other > middle) for one, other in pairwise(prices))
        assert crossings > 5

"""Rate limits: fixed windows, what counts, and the ban for who does not listen."""

import pytest

from pytest_tradeops.venue.kit.limits import BAN_AFTER, ORDERS, REQUEST_WEIGHT, Limited, RateLimiter, Rule

MINUTE = 60_000
START = 1_000 * MINUTE


def limiter(limit: int = 10, **more: bool) -> RateLimiter:
    return RateLimiter(
        [
            Rule(REQUEST_WEIGHT, limit, MINUTE, "1m", bans=True),
            Rule(ORDERS, 2, 10_000, "10s"),
            Rule(ORDERS, 3, MINUTE, "1m"),
        ],
        **more,
    )


def test_what_is_used_is_told() -> None:
    usage = limiter().spend(REQUEST_WEIGHT, "ip", 4, START + 1)
    assert (usage.used, usage.limits, usage.reset_ms) == ({"1m": 4}, {"1m": 10}, START + MINUTE)


def test_the_window_is_fixed_and_not_sliding() -> None:
    one = limiter()
    one.spend(REQUEST_WEIGHT, "ip", 10, START + MINUTE - 1)
    with pytest.raises(Limited) as error:
        one.spend(REQUEST_WEIGHT, "ip", 1, START + MINUTE - 1)
    assert (error.value.retry_after_s, error.value.banned) == (1, False)
    assert one.spend(REQUEST_WEIGHT, "ip", 1, START + MINUTE).used == {"1m": 1}


def test_every_window_of_a_bucket_holds_and_a_refused_order_counts_in_none() -> None:
    one = limiter()
    one.spend(ORDERS, "a", 1, START)
    one.spend(ORDERS, "a", 1, START)
    with pytest.raises(Limited) as error:
        one.spend(ORDERS, "a", 1, START)
    assert error.value.retry_after_s == 10
    assert one.spend(ORDERS, "a", 1, START + 10_000).used == {"10s": 1, "1m": 3}
    with pytest.raises(Limited) as error:
        one.spend(ORDERS, "a", 1, START + 10_000)
    assert error.value.retry_after_s == 50


def test_keys_do_not_share() -> None:
    one = limiter()
    one.spend(REQUEST_WEIGHT, "ip", 10, START)
    assert one.spend(REQUEST_WEIGHT, "other", 10, START).used == {"1m": 10}


def test_who_goes_on_is_banned_and_each_ban_is_longer() -> None:
    one = limiter(1)
    one.spend(REQUEST_WEIGHT, "ip", 1, START)
    answers = []
    for _ in range(BAN_AFTER + 1):
        with pytest.raises(Limited) as error:
            one.spend(REQUEST_WEIGHT, "ip", 1, START)
        answers.append((error.value.banned, error.value.retry_after_s))
    assert answers[: BAN_AFTER - 1] == [(False, 60)] * (BAN_AFTER - 1)
    assert answers[BAN_AFTER - 1 :] == [(True, 120)] * 2
    later = START + 2 * MINUTE
    one.spend(REQUEST_WEIGHT, "ip", 1, later)
    for _ in range(BAN_AFTER):
        with pytest.raises(Limited) as error:
            one.spend(REQUEST_WEIGHT, "ip", 1, later)
    assert (error.value.banned, error.value.retry_after_s) == (True, 240)


def test_orders_never_lead_to_a_ban() -> None:
    one = limiter()
    one.spend(ORDERS, "a", 2, START)
    for _ in range(BAN_AFTER * 2):
        with pytest.raises(Limited) as error:
            one.spend(ORDERS, "a", 1, START)
        assert not error.value.banned


def test_without_enforcement_it_only_counts() -> None:
    one = limiter(enforced=False)
    for _ in range(50):
        usage = one.spend(REQUEST_WEIGHT, "ip", 10, START)
    assert usage.used == {"1m": 500}


def test_a_face_may_define_its_own() -> None:
    one = limiter()
    one.define(Rule(ORDERS, 1, 1_000, "1s"))
    one.spend(ORDERS, "a", 1, START)
    with pytest.raises(Limited):
        one.spend(ORDERS, "a", 1, START)
    assert {rule.bucket for rule in one.rules} == {ORDERS, REQUEST_WEIGHT}


def test_an_unknown_bucket_is_a_mistake_of_the_face() -> None:
    with pytest.raises(KeyError):
        limiter().spend("spoons", "a", 1, START)


def test_asking_counts_nothing() -> None:
    one = limiter()
    one.spend(REQUEST_WEIGHT, "ip", 3, START)
    assert one.usage(REQUEST_WEIGHT, "ip", START) == one.usage(REQUEST_WEIGHT, "ip", START)

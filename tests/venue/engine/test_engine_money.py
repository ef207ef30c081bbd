"""Spot wallets: what is locked, who pays which fee in which asset, and where it goes."""

from decimal import Decimal

import pytest
from engine_terms import BUY, LINEAR, SELL, D, at_market, engine, limit, spot

from pytest_tradeops.venue.engine.events import WalletUpdate
from pytest_tradeops.venue.engine.model import FEES, HOUSE, Balance, Reason, Rejected


def test_both_sides_pay_in_what_they_receive() -> None:
    venue = engine(spot(maker_fee=D("0.001"), taker_fee=D("0.002")))
    venue.submit("bob", limit(SELL, 3, 100))
    venue.submit("ann", at_market(BUY, 2))
    taker, maker = venue.fills("ann")[0], venue.fills("bob")[0]
    assert (taker.fee, taker.fee_asset, taker.maker) == (D("0.004"), "ABC", False)
    assert (maker.fee, maker.fee_asset, maker.maker) == (D("0.2"), "USD", True)
    assert venue.balances("ann") == {"ABC": Balance(D("101.996")), "USD": Balance(D(9800))}
    assert venue.balances("bob") == {"ABC": Balance(D(97), D(1)), "USD": Balance(D("10199.8"))}
    assert venue.balances(FEES) == {"ABC": Balance(D("0.004")), "USD": Balance(D("0.2"))}


def test_a_fee_has_eight_decimals_and_is_never_rounded_up() -> None:
    venue = engine(spot(taker_fee=D("0.00075"), step=D("0.00001")))
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("ann", limit(BUY, "0.77779", 100))
    assert venue.fills("ann")[0].fee == D("0.00058334")


def test_a_rebate_comes_from_the_fees_account() -> None:
    venue = engine(spot(maker_fee=D("-0.0001")))
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("ann", limit(BUY, 1, 100))
    assert venue.fills("bob")[0].fee == D("-0.01")
    assert venue.balances(FEES)["USD"].free == D("-0.01")


def test_a_better_price_gives_back_what_was_locked_for_the_limit() -> None:
    venue = engine()
    venue.submit("bob", limit(SELL, 1, 95))
    venue.submit("ann", limit(BUY, 3, 100))
    assert venue.balances("ann")["USD"] == Balance(D(9705), D(200))


def test_a_market_order_is_paid_by_what_the_book_asks() -> None:
    venue = engine(spot(), ann={"USD": 150}, bob={"ABC": 100})
    venue.submit("bob", limit(SELL, 1, 100))
    venue.submit("bob", limit(SELL, 1, 101))
    with pytest.raises(Rejected) as refusal:
        venue.submit("ann", at_market(BUY, 2))
    assert refusal.value.reason is Reason.BALANCE
    venue.submit("ann", at_market(BUY, "1.495"))
    assert venue.balances("ann")["USD"].free == D("0.005")


def test_what_is_locked_cannot_be_spent_twice() -> None:
    venue = engine(spot(), ann={"USD": 100})
    venue.submit("ann", limit(BUY, "0.6", 100))
    for again in (limit(BUY, "0.6", 100), at_market(BUY, "0.5")):
        with pytest.raises(Rejected) as refusal:
            venue.submit("ann", again)
        assert refusal.value.reason is Reason.BALANCE
    with pytest.raises(Rejected):
        venue.deposit("ann", "USD", D("-40.01"))
    venue.deposit("ann", "USD", D(-40))
    assert venue.balances("ann")["USD"] == Balance(D(0), D(60))


def test_trading_with_oneself_costs_the_fees() -> None:
    venue = engine(spot(maker_fee=D("0.001"), taker_fee=D("0.001")))
    venue.submit("ann", limit(SELL, 1, 100))
    venue.submit("ann", limit(BUY, 1, 100))
    assert venue.balances("ann") == {"ABC": Balance(D("99.999")), "USD": Balance(D("9999.9"))}


def test_accounts_are_opened_once_with_real_money() -> None:
    venue = engine()
    for name, funds, reason in (
        ("ann", {}, Reason.ACCOUNT_EXISTS),
        (HOUSE, {}, Reason.ACCOUNT_EXISTS),
        ("zoe", {"USD": D(-1)}, Reason.BALANCE),
        ("zoe", {"USD": D("NaN")}, Reason.BALANCE),
    ):
        with pytest.raises(Rejected) as refusal:
            venue.open_account(name, funds)
        assert refusal.value.reason is reason
    assert venue.accounts() == ("ann", "bob")


def test_deposits_are_told_of() -> None:
    venue = engine()
    venue.deposit("ann", "XYZ", D(5))
    (update,) = venue.drain()
    assert isinstance(update, WalletUpdate)
    assert (update.account, update.balances, update.cause) == ("ann", {"XYZ": Balance(D(5))}, "deposit")


def test_a_spot_order_may_not_spend_what_a_position_stands_on() -> None:
    venue = engine(ann={"USD": 1000}, bob={"USD": 10**6, "ABC": 100})
    venue.set_leverage("ann", LINEAR, 10)
    venue.submit("bob", limit(SELL, 50, 100, LINEAR))
    venue.submit("ann", at_market(BUY, 50, LINEAR))
    fee = Decimal("2.5")
    assert venue.available_margin("ann", "USD") == 1000 - fee - 500
    venue.check("ann", limit(BUY, "4.9", 100))
    with pytest.raises(Rejected) as refusal:
        venue.check("ann", limit(BUY, 5, 100))
    assert refusal.value.reason is Reason.BALANCE
    with pytest.raises(Rejected):
        venue.deposit("ann", "USD", D(-498))
    venue.submit("ann", limit(BUY, 4, 100))
    assert venue.available_margin("ann", "USD") == 1000 - fee - 500 - 400

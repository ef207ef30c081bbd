"""Limits as written, as loaded, and as seen to hold."""

from typing import Any

import pytest

from pytest_tradeops.node.limits import differences, not_enforced

LOADED: dict[str, Any] = {
    "max_notional_per_order": {"BTCUSDT.BINANCE": "50000"},
    "max_position": {"BTCUSDT.BINANCE": "1"},
    "max_order_submit_rate": "10/00:00:01",
    "max_order_modify_rate": "10/00:00:01",
}
WRITTEN: dict[str, Any] = {
    **LOADED,
    "max_notional_per_order": {"BTCUSDT.BINANCE": 50_000},
    "max_position": {"BTCUSDT.BINANCE": 1.0},
}


def test_numbers_and_texts_of_the_same_value_agree() -> None:
    assert differences(WRITTEN, LOADED, "ADR-003") == []


@pytest.mark.parametrize(
    ("written", "loaded", "named"),
    [
        ({"max_position": {"BTCUSDT.BINANCE": 2}}, {}, "max_position[BTCUSDT.BINANCE]"),
        ({"max_order_submit_rate": "9/00:00:01"}, {}, "max_order_submit_rate"),
        ({"max_order_submit_rate": "10/00:00:02"}, {}, "max_order_submit_rate"),
        ({"max_drawdown": 5}, {}, "max_drawdown"),  # a claim that nothing configures
        ({}, {"max_notional_per_order": {}}, "max_notional_per_order[BTCUSDT.BINANCE]"),
        ({"max_notional_per_order": {}}, {}, "max_notional_per_order[BTCUSDT.BINANCE]"),
    ],
)
def test_a_difference_in_either_direction_is_named(written: dict[str, Any], loaded: dict[str, Any], named: str) -> None:
    (only,) = differences({**WRITTEN, **written}, {**LOADED, **loaded}, "ADR-003")
    assert only.reason == "adr-003: limit differs"
    assert only.message.startswith(f"{named} is ")


def probe(**changes: Any) -> dict[str, Any]:
    held = {"limit": "max_order_submit_rate", "instrument": "", "value": "10/00:00:01", "sent": 1, "inside": []}
    return {**held, "outside": ["Exceeded MAX_ORDER_SUBMIT_RATE"], **changes}


def position(**changes: Any) -> dict[str, Any]:
    held = {"limit": "max_position", "instrument": "BTCUSDT.BINANCE", "value": "1", "side": "long"}
    return {**held, "held": "1.000000", "wanted": 14, "breaches": 0, **changes}


def test_limits_that_hold_give_no_finding() -> None:
    assert list(not_enforced([probe(), position(), position(held="-1", side="short")])) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (probe(outside=[""]), "let through"),
        (probe(outside=["Exceeded MAX_ORDER_SUBMIT_RATE", ""]), "let through"),
        (probe(outside=["NOTIONAL_EXCEEDS_FREE_BALANCE: free=1"]), "denied by something else"),
        (probe(inside=["Exceeded MAX_ORDER_SUBMIT_RATE"]), "inside the limit was denied"),
        (probe(sent=0, outside=["NOTIONAL_LESS_THAN_MIN"]), "could not be exceeded"),
        (position(breaches=2), "added to it 2 times"),
        (position(held="0.4"), "could only be brought to 0.4"),
        (position(wanted=0), "no strategy ever opens"),
    ],
)
def test_a_limit_that_was_not_seen_to_hold_is_a_finding(row: dict[str, Any], told: str) -> None:
    (only,) = not_enforced([row])
    assert only.reason == "adr-003: limit not enforced"
    assert told in only.message


def test_another_denial_inside_the_limit_is_no_matter_of_this_limit() -> None:
    assert list(not_enforced([probe(inside=["NOTIONAL_EXCEEDS_FREE_BALANCE: free=1"])])) == []

"""What a pair of runs proves, on results made by hand; and its picture."""

import json
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

from pytest_tradeops.node.assess import findings
from pytest_tradeops.node.picture import equity, equity_svg, fills_csv
from pytest_tradeops.node.report import BacktestResult, digest

ORDER = {
    "number": 0,
    "strategy": "S-001",
    "instrument": "BTCUSDT.SIM",
    "side": "BUY",
    "type": "MARKET",
    "quantity": "1",
    "filled": "1",
    "status": "FILLED",
    "open": False,
    "reasons": [],
    "ts": 5,
}
FILL = {
    "order": 0,
    "strategy": "S-001",
    "instrument": "BTCUSDT.SIM",
    "side": "BUY",
    "qty": "1",
    "px": "100",
    "commission": "0.1",
    "currency": "USDT",
    "liquidity": "TAKER",
    "ts": 6,
}
REPORT = {
    "orders": [ORDER, {**ORDER, "number": 1, "side": "SELL", "ts": 7}],
    "fills": [FILL, {**FILL, "order": 1, "side": "SELL", "px": "110", "ts": 8}],
    "positions": [],
    "accounts": [
        {
            "id": "SIM-001",
            "type": "CASH",
            "base_currency": None,
            "precision": {"USDT": 8, "BTC": 8},
            "start": {"USDT": "1000"},
            "end": {"USDT": "1009.8", "BTC": "0"},
        }
    ],
    "instruments": {
        "BTCUSDT.SIM": {
            "class": "SPOT",
            "base": "BTC",
            "quote": "USDT",
            "settlement": "USDT",
            "multiplier": "1",
            "inverse": False,
            "quanto": False,
            "last_price": "110",
        }
    },
    "iterations": 10,
}
GOOD = BacktestResult.from_json(REPORT, {"python": "3.12.1"}, 1.0)


def reasons(first: BacktestResult, second: BacktestResult) -> list[str]:
    return [one.reason for one in findings(first, second)]


def test_a_pair_that_trades_repeats_itself_and_adds_up_has_no_findings() -> None:
    assert reasons(GOOD, replace(GOOD, seconds=9.0)) == []


def test_without_a_filled_order_only_that_is_said_with_the_reason() -> None:
    denied = replace(GOOD.orders[0], filled=Decimal(0), status="DENIED", reasons=("OrderDenied: too big",))
    (only,) = findings(replace(GOOD, orders=(denied,), fills=()), GOOD)
    assert only.reason == "backtest: no orders filled"
    assert "too big" in only.message


def test_another_digest_is_not_deterministic_and_says_where_the_runs_part() -> None:
    other = replace(GOOD, orders=(GOOD.orders[0], replace(GOOD.orders[1], ts=70)), digest="other")
    (only,) = findings(GOOD, other)
    assert only.reason == "backtest: not deterministic"
    assert "number 1" in only.message


def test_an_order_left_open_is_residual() -> None:
    resting = replace(GOOD.orders[1], status="ACCEPTED", open=True)
    run = replace(GOOD, orders=(GOOD.orders[0], resting))
    assert reasons(run, run) == ["backtest: residual orders"]


def test_money_without_a_fill_differs() -> None:
    rich = replace(GOOD.accounts[0], end={"USDT": Decimal(2000), "BTC": Decimal(0)})
    run = replace(GOOD, accounts=(rich,))
    assert reasons(run, run) == ["backtest: pnl differs"]


def test_the_digest_sees_every_fill_and_no_key_order() -> None:
    shuffled = json.loads(json.dumps(dict(reversed(REPORT.items()))))
    assert digest(shuffled) == GOOD.digest
    shuffled["fills"][1]["px"] = "110.01"
    assert digest(shuffled) != GOOD.digest


def test_the_picture_ends_at_the_profit_after_fees() -> None:
    currency, points = equity(GOOD)
    assert currency == "USDT"
    assert points == [(6, Decimal("-0.1")), (8, Decimal("9.8"))]
    picture = ElementTree.fromstring(equity_svg(GOOD))  # noqa: S314 - our own text
    assert "+9.80 USDT" in str(picture.get("aria-label"))


def test_without_fills_there_is_no_picture() -> None:
    assert equity_svg(replace(GOOD, fills=())) == ""


def test_the_table_of_fills_is_cut() -> None:
    assert fills_csv(GOOD, limit=1).splitlines()[1:] == ["6,0,S-001,BTCUSDT.SIM,BUY,1,100,0.1,USDT"]

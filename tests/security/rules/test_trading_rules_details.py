"""Fine points of single rules that the corpus does not tell apart: severities, and neighbours of a case."""

from collections.abc import Callable

import pytest
from trading_rule_cases import body, members

type Scan = Callable[[str], list[tuple[str, str, str]]]


def test_live_prices_for_paper_trading_do_not_block(scan: Scan) -> None:
    source = "from nautilus_trader.adapters.bybit import *\nBybit{kind}ClientConfig(testnet=False)\n"
    assert [one[:2] for one in scan(source.format(kind="Data"))] == [("T104", "MEDIUM")]
    assert [one[:2] for one in scan(source.format(kind="Exec"))] == [("T104", "HIGH")]


@pytest.mark.parametrize(
    ("address", "severity"),
    [
        ("wss://stream.binance.com:9443/ws", "MEDIUM"),
        ("wss://stream.bybit.com/v5/public/linear", "MEDIUM"),
        ("wss://stream.bybit.com/v5/trade", "HIGH"),
        ("wss://ws-api.binance.com:443/ws-api/v3", "HIGH"),
        ("https://www.okx.com/api/v5/trade/order", "HIGH"),
    ],
)
def test_where_orders_can_be_sent_is_high(scan: Scan, address: str, severity: str) -> None:
    assert [one[:2] for one in scan(f"ADDRESS = {address!r}\n")] == [("T104", severity)]


def test_floats_are_followed_to_the_module_and_to_self(scan: Scan) -> None:
    case = members(
        "T102",
        "followed floats",
        """
        def __init__(self, config):
            super().__init__(config)
            self.offset = 0.05
            self.step = Decimal("0.05")

        def on_bar(self, bar):
            self.low = Price(bar.close - self.offset, 2)
            self.high = Price(bar.close * MARGIN, 2)
            self.mid = Price(bar.close + self.step, 2)
    """,
        "MARGIN = 1.01",
    )
    assert [one[0] for one in scan(case.source)] == ["T102", "T102"]


@pytest.mark.parametrize(
    "statement", ["self.qty += self.qty", "self.qty = self.qty + self.qty", "self.qty = 2 * self.qty"]
)
def test_doubling_has_many_forms(scan: Scan, statement: str) -> None:
    assert [one[0] for one in scan(body("", "doubling", statement).source)] == ["T109"]


@pytest.mark.parametrize(
    ("attribute", "found"),
    [
        ("weights = {'BTC': 1}", []),
        ("names: list[str] = ['a']", []),
        ("LIMITS = {}", []),
        ("names = []", ["T112"]),
        ("seen: set = set()", ["T112"]),
        ("by_side = defaultdict(list)", ["T112"]),
        ("weights = {'BTC': 1}\ndef on_bar(self, bar):\n    self.weights['BTC'] = 2", ["T112"]),
    ],
)
def test_a_filled_table_that_nobody_changes_is_a_constant(scan: Scan, attribute: str, found: list[str]) -> None:
    assert [one[0] for one in scan(members("", "attribute", attribute).source)] == found


def test_the_bypass_is_graver_in_a_live_node(scan: Scan) -> None:
    source = "from nautilus_trader.config import {name}\nrisk = {name}(bypass=True)\n"
    assert [one[1] for one in scan(source.format(name="LiveRiskEngineConfig"))] == ["HIGH"]
    assert [one[1] for one in scan(source.format(name="RiskEngineConfig"))] == ["MEDIUM"]

"""Real engines: the reference bot, and small bots that go where the reference bot does not."""

import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_tradeops.node import assess, limits
from pytest_tradeops.node.backtest import run_backtest, run_twice
from pytest_tradeops.node.pnl import compare

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.executable)
ENTRY, RISK = "strategies.backtest:build", "strategies.risk:risk_engine_config"

#: Buys, flips to short and keeps it; leaves a resting order when told to. On a perpetual with margin and fees.
MARGIN_BOT = """
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

from strategies.risk import risk_engine_config

PERP = TestInstrumentProvider.btcusdt_perp_binance()


class Flipper(Strategy):
    seen = 0

    def on_start(self):
        self.subscribe_quote_ticks(PERP.id)

    def on_quote_tick(self, tick):
        self.seen += 1
        if self.seen == 3:
            self.market(OrderSide.BUY, "0.5")
        if self.seen == 6:
            self.market(OrderSide.SELL, "0.2")
        if self.seen == 7:
            self.cache.purge_closed_orders(ts_now=self.clock.timestamp_ns())
        if self.seen == 9:
            self.market(OrderSide.SELL, "1.0")
            qty, price = PERP.make_qty(Decimal("0.1")), PERP.make_price(40_000)
            self.submit_order(self.order_factory.limit(PERP.id, OrderSide.BUY, qty, price))

    def market(self, side, quantity):
        self.submit_order(self.order_factory.market(PERP.id, side, PERP.make_qty(Decimal(quantity))))


def build(seed):
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggingConfig(log_level="ERROR"), risk_engine=risk_engine_config())
    )
    engine.add_venue(PERP.id.venue, OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USDT)])
    engine.add_instrument(PERP)
    size = PERP.make_qty(5)
    quotes = []
    for at in range(200):
        bid = 50_000 + 37 * at
        ts = at * 1_000_000_000
        quotes.append(QuoteTick(PERP.id, PERP.make_price(bid), PERP.make_price(bid + 1), size, size, ts, ts))
    engine.add_data(quotes)
    engine.add_strategy(Flipper())
    return engine
"""

MARGIN_RISK = """
from nautilus_trader.risk.config import RiskEngineConfig


def risk_engine_config():
    return RiskEngineConfig(max_notional_per_order={"BTCUSDT-PERP.BINANCE": 60_000})
"""


def subject_with(tmp_path: Path, **files: str) -> Path:
    """A folder with the reference bot, some of its modules replaced."""
    shutil.copytree(ROOT / "strategies", tmp_path / "strategies", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in files.items():
        (tmp_path / "strategies" / f"{name}.py").write_text(text)
    return tmp_path


def test_the_reference_backtest_has_no_findings_and_another_seed_is_another_market() -> None:
    first, second = run_twice(ROOT, PYTHON, ENTRY, 7)
    assert assess.findings(first, second) == []
    assert len(first.filled_orders) >= 20
    assert not first.open_positions
    other = run_backtest(ROOT, PYTHON, ENTRY, 8)
    assert other.digest != first.digest
    assert other.filled_orders


def test_a_flipped_and_open_margin_position_adds_up_and_its_resting_order_is_seen(tmp_path: Path) -> None:
    result = run_backtest(subject_with(tmp_path, backtest=MARGIN_BOT, risk=MARGIN_RISK), PYTHON, ENTRY, 7)
    (held,) = result.open_positions
    assert held.signed_qty == Decimal("-0.7")
    assert [(one.status, one.filled) for one in result.filled_orders] == [
        ("PURGED", Decimal("0.5")),  # closed orders may leave the engine's cache; their fills count all the same
        ("PURGED", Decimal("0.2")),
        ("FILLED", Decimal("1.0")),
    ]
    (usdt,) = [one for one in compare(result) if one.currency == "USDT"]
    assert usdt.engine < -1_000  # short in a rising market
    assert usdt.agrees, usdt
    assert [one.reason for one in assess.findings(result, result)] == ["backtest: residual orders"]


def inspect(root: Path) -> list[str]:
    answer = limits.inspect(root, PYTHON, ENTRY, RISK, 7, timeout=120)
    return [finding.message for finding in limits.not_enforced(answer["probes"])]


def test_every_limit_of_the_reference_bot_holds() -> None:
    assert inspect(ROOT) == []


def test_a_notional_limit_on_a_margin_account_does_not_hold(tmp_path: Path) -> None:
    (only,) = inspect(subject_with(tmp_path, backtest=MARGIN_BOT, risk=MARGIN_RISK))
    assert only.startswith("max_notional_per_order[BTCUSDT-PERP.BINANCE] = 60000: an order beyond the limit was sent")


def test_an_engine_without_the_risk_configuration_is_seen(tmp_path: Path) -> None:
    text = (ROOT / "strategies" / "backtest.py").read_text()
    assert "risk_engine=risk_engine_config()," in text
    found = inspect(subject_with(tmp_path, backtest=text.replace("risk_engine=risk_engine_config(),", "")))
    assert {one.partition(" = ")[0] for one in found} == {
        "max_notional_per_order[BTCUSDT.BINANCE]",
        "max_order_submit_rate",
        "max_order_modify_rate",
    }


def test_a_strategy_that_ignores_the_position_limit_is_seen(tmp_path: Path) -> None:
    text = (ROOT / "strategies" / "ema_cross.py").read_text()
    old = "max_position=self.config.max_position"
    backtest = (ROOT / "strategies" / "backtest.py").read_text()
    limiter = "            controller=position_limiter(),\n"
    assert old in text
    assert limiter in backtest
    greedy = text.replace(old, "max_position=Decimal(1000)")
    assert inspect(subject_with(tmp_path / "kept", ema_cross=greedy)) == [], "the limiter behind it denies the rest"
    (only,) = inspect(subject_with(tmp_path / "open", ema_cross=greedy, backtest=backtest.replace(limiter, "")))
    assert only.startswith("max_position[BTCUSDT.BINANCE] = 1: with the position at it, the strategies added to it")

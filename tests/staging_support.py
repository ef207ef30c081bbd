"""A small team's repository with a bot that is not ours: two exchanges, a strategy of its own on each."""

PROJECT = """
[tool.tradeops]
strategies = "desk"

[tool.tradeops.node]
config = "desk.node:build"
"""

MAKER = '''
from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy


class MakerConfig(StrategyConfig, frozen=True):
    market: InstrumentId
    size: Decimal


class Maker(Strategy):
    """Rests one order below the market, from the first quote on."""

    def __init__(self, config):
        super().__init__(config)
        self.rested = False

    def on_start(self):
        self.subscribe_quote_ticks(self.config.market)

    def on_quote_tick(self, tick):
        if not self.rested:
            self.rested = True
            instrument = self.cache.instrument(self.config.market)
            self.submit_order(
                self.order_factory.limit(
                    instrument.id,
                    OrderSide.BUY,
                    instrument.make_qty(self.config.size),
                    instrument.make_price(tick.bid_price.as_decimal() * Decimal("0.96")),
                )
            )

    def on_stop(self):
        self.cancel_all_orders(self.config.market)
'''

NODE = """
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig
from nautilus_trader.config import (
    ImportableStrategyConfig,
    InstrumentProviderConfig,
    LiveDataEngineConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    TradingNodeConfig,
)
from nautilus_trader.core.nautilus_pyo3 import BybitEnvironment, BybitProductType
from nautilus_trader.model.identifiers import InstrumentId, TraderId

MARKETS = {"BINANCE": "ETHUSDT-PERP.BINANCE", "BYBIT": "BTCUSDT-LINEAR.BYBIT"}


def build():
    binance = {
        "environment": BinanceEnvironment.TESTNET,
        "account_type": BinanceAccountType.USDT_FUTURES,
        "instrument_provider": provider("BINANCE"),
    }
    bybit = {
        "environment": BybitEnvironment.TESTNET,
        "product_types": (BybitProductType.LINEAR,),
        "instrument_provider": provider("BYBIT"),
    }
    orderly = {"graceful_shutdown_on_exception": True}
    return TradingNodeConfig(
        trader_id=TraderId("DESK-001"),
        data_clients={"BINANCE": BinanceDataClientConfig(**binance), "BYBIT": BybitDataClientConfig(**bybit)},
        exec_clients={"BINANCE": BinanceExecClientConfig(**binance), "BYBIT": BybitExecClientConfig(**bybit)},
        data_engine=LiveDataEngineConfig(**orderly),
        risk_engine=LiveRiskEngineConfig(**orderly),
        exec_engine=LiveExecEngineConfig(**orderly),
        strategies=[
            ImportableStrategyConfig(
                strategy_path="desk.maker:Maker",
                config_path="desk.maker:MakerConfig",
                config={"market": market, "size": "0.1", "order_id_tag": f"{number:03}"},
            )
            for number, market in enumerate(MARKETS.values(), 1)
        ],
    )


def provider(name):
    return InstrumentProviderConfig(load_ids=frozenset({InstrumentId.from_str(MARKETS[name])}))
"""

FILES = {"pyproject.toml": PROJECT, "desk/__init__.py": "", "desk/maker.py": MAKER, "desk/node.py": NODE}

BACKTEST = """
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from .maker import Maker, MakerConfig


def build(seed):
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(log_level="ERROR")))
    instrument = TestInstrumentProvider.ethusdt_perp_binance()
    engine.add_venue(
        venue=instrument.id.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        starting_balances=[Money(100_000, USDT)],
    )
    engine.add_instrument(instrument)
    engine.add_data([quote(instrument, number) for number in range(20)])
    engine.add_strategy(Maker(MakerConfig(market=instrument.id, size=Decimal("0.1"))))
    return engine


def quote(instrument, number):
    size, ts = instrument.make_qty(5), 1_704_067_200_000_000_000 + number * 1_000_000_000
    return QuoteTick(instrument.id, instrument.make_price(2000), instrument.make_price(2001), size, size, ts, ts)
"""

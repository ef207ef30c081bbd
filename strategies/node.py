"""The reference bot as a node: `node_config(mode)` is what NautilusTrader runs on the venue, paper or the testnet.

It never names the live exchange. Where a mode connects to is filled in by who starts the node: here the environment is
the testnet, and keys come from the environment variables that NautilusTrader itself reads.
"""

from typing import Any

from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.config import (
    ImportableStrategyConfig,
    InstrumentProviderConfig,
    LiveDataEngineConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    TradingNodeConfig,
)
from nautilus_trader.model.identifiers import InstrumentId, TraderId

from .bot import INSTRUMENT, strategy_settings
from .risk import position_limiter, risk_engine_config
from .telemetry import collectors

#: On the simulated venue a minute is a long time; on the testnet bars are those of the backtest.
_BARS = {"venue": "500-MILLISECOND", "paper": "500-MILLISECOND", "testnet": "1-MINUTE"}


def node_config(mode: str) -> TradingNodeConfig:
    """The bot's node.

    Args:
        mode: `venue`, `paper` (real market data, orders are filled inside of the node) or `testnet`.
    """
    common: dict[str, Any] = {
        "environment": BinanceEnvironment.TESTNET,
        "account_type": BinanceAccountType.SPOT,
        "instrument_provider": InstrumentProviderConfig(load_ids=frozenset({InstrumentId.from_str(INSTRUMENT)})),
    }
    paper = SandboxExecutionClientConfig(
        venue="BINANCE",
        account_type="CASH",  # a spot account holds every currency for itself
        starting_balances=["1_000_000 USDT"],
    )
    risk = risk_engine_config()
    # Else an exception ends the process at once, and what the strategy has resting at the venue stays there.
    orderly = {"graceful_shutdown_on_exception": True}
    return TradingNodeConfig(
        trader_id=TraderId("BOT-001"),
        data_clients={"BINANCE": BinanceDataClientConfig(**common)},
        exec_clients={"BINANCE": paper if mode == "paper" else BinanceExecClientConfig(**common)},
        data_engine=LiveDataEngineConfig(**orderly),
        risk_engine=LiveRiskEngineConfig(**{name: getattr(risk, name) for name in risk.__struct_fields__}, **orderly),
        # Spot has no positions to reconcile with: made-up orders would close what an earlier run holds.
        exec_engine=LiveExecEngineConfig(generate_missing_orders=False, **orderly),
        actors=collectors(),
        controller=position_limiter(),
        strategies=[
            ImportableStrategyConfig(
                strategy_path="strategies.ema_cross:EmaCross",
                config_path="strategies.ema_cross:EmaCrossConfig",
                # After a restart the orders and the position of the earlier run are this strategy's again.
                config={**strategy_settings(_BARS[mode]), "external_order_claims": [INSTRUMENT]},
            )
        ],
    )

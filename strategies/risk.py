"""The bot's limits. `docs/adr/ADR-003-*.md` records why they have these values; KNO-004 compares the two."""

from decimal import Decimal

from nautilus_trader.risk.config import RiskEngineConfig
from nautilus_trader.trading.config import ImportableControllerConfig

#: Largest absolute net position per instrument, in base currency, over all strategies of the bot. NautilusTrader's
#: risk engine has no such limit: the strategies size their orders by it (`strategies/sizing.py`), and whatever would go
#: beyond it all the same is denied behind the risk engine (`strategies/limiter.py`).
MAX_POSITION = {"BTCUSDT.BINANCE": Decimal("1")}


def risk_engine_config() -> RiskEngineConfig:
    """The limits that the risk engine enforces before an order leaves the bot.

    Live, paper and backtest all take their configuration from here. NautilusTrader 1.231 does not check
    `max_notional_per_order` on margin accounts: this bot trades a cash account.
    """
    return RiskEngineConfig(
        max_notional_per_order={"BTCUSDT.BINANCE": 50_000},  # quote currency (USDT)
        max_order_submit_rate="10/00:00:01",  # orders per hh:mm:ss
        max_order_modify_rate="10/00:00:01",
    )


def position_limiter() -> ImportableControllerConfig:
    """What keeps `MAX_POSITION` for every strategy in the same node or backtest."""
    return ImportableControllerConfig(
        controller_path="strategies.limiter:PositionLimiter",
        config_path="strategies.limiter:PositionLimiterConfig",
        config={"max_position": {name: str(limit) for name, limit in MAX_POSITION.items()}},
    )

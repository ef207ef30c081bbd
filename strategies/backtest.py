"""The reference backtest: `build(seed)` gives an engine that is complete and not yet run."""

import json
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common.config import ActorFactory
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import TraderId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from .bot import strategy_settings
from .ema_cross import EmaCross, EmaCrossConfig
from .prices import mid_prices
from .risk import position_limiter, risk_engine_config
from .telemetry import collectors

QUOTES = 4_000
_START_NS = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
_STEP_NS = 10_000_000_000
_HALF_SPREAD = Decimal("0.50")


def build(seed: int) -> BacktestEngine:
    """An engine with one spot venue, eleven hours of synthetic quotes and the reference strategy.

    Args:
        seed: Selects the market; the same seed gives the same orders, fills and balances.
    """
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BACKTEST-001"),
            logging=LoggingConfig(log_level="ERROR"),
            risk_engine=risk_engine_config(),
            controller=position_limiter(),
        )
    )
    instrument = TestInstrumentProvider.btcusdt_binance()  # 0.1 % maker and taker fee
    engine.add_venue(
        venue=instrument.id.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=None,  # a spot account holds every currency for itself
        starting_balances=[Money(1_000_000, USDT)],
    )
    engine.add_instrument(instrument)
    engine.add_data(quotes(instrument, seed))
    for collector in collectors():
        engine.add_actor(ActorFactory.create(collector))
    engine.add_strategy(EmaCross(EmaCrossConfig.parse(json.dumps(strategy_settings()))))
    return engine


def quotes(instrument: Instrument, seed: int) -> list[QuoteTick]:
    """`QUOTES` quotes, one every ten seconds, five units deep on either side."""
    size = instrument.make_qty(5)
    return [
        QuoteTick(
            instrument_id=instrument.id,
            bid_price=instrument.make_price(mid - _HALF_SPREAD),
            ask_price=instrument.make_price(mid + _HALF_SPREAD),
            bid_size=size,
            ask_size=size,
            ts_event=ts,
            ts_init=ts,
        )
        for ts, mid in zip(
            range(_START_NS, _START_NS + QUOTES * _STEP_NS, _STEP_NS), mid_prices(seed, QUOTES), strict=True
        )
    ]

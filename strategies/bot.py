"""What the bot trades and how: one place for the backtest, paper, the simulated venue and the testnet."""

from decimal import Decimal
from typing import Any

from .risk import MAX_POSITION, risk_engine_config

INSTRUMENT = "BTCUSDT.BINANCE"


def strategy_settings(bar: str = "1-MINUTE") -> dict[str, Any]:
    """The fields of `EmaCrossConfig`, as plain values.

    Args:
        bar: Step of the bars; the periods of the averages are counted in them.
    """
    return {
        "instrument_id": INSTRUMENT,
        "bar_type": f"{INSTRUMENT}-{bar}-MID-INTERNAL",
        "trade_size": "0.25",
        "max_position": str(MAX_POSITION[INSTRUMENT]),
        "max_notional": str(Decimal(risk_engine_config().max_notional_per_order[INSTRUMENT])),
    }

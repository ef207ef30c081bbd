"""Configurations of ours, one per exchange: clients and nothing else, for checks that need no bot of anybody's.

Their names are `tradeops:binance-spot`, `tradeops:binance-futures`, `tradeops:bybit-linear` and `tradeops:bybit-spot`.
"""

from typing import Any

from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig
from nautilus_trader.config import InstrumentProviderConfig, TradingNodeConfig
from nautilus_trader.core.nautilus_pyo3 import BybitEnvironment, BybitProductType
from nautilus_trader.model.identifiers import InstrumentId, TraderId  # type: ignore[import-not-found]

from .entry import Problem

PREFIX = "tradeops:"
_BINANCE = {"binance-spot": BinanceAccountType.SPOT, "binance-futures": BinanceAccountType.USDT_FUTURES}
_BYBIT = {"bybit-linear": BybitProductType.LINEAR, "bybit-spot": BybitProductType.SPOT}
_SUFFIXES = {"binance-spot": "", "binance-futures": "-PERP", "bybit-linear": "-LINEAR", "bybit-spot": "-SPOT"}


def config(entry: str) -> Any:
    """The configuration of that name, with BTCUSDT and ETHUSDT.

    Raises:
        Problem: there is none of that name.
    """
    name = entry.removeprefix(PREFIX)
    if name not in _SUFFIXES:
        raise Problem("missing", f"There is no configuration {entry!r}.", word="node")
    venue = "BINANCE" if name in _BINANCE else "BYBIT"
    instruments = frozenset(InstrumentId.from_str(f"{one}{_SUFFIXES[name]}.{venue}") for one in ("BTCUSDT", "ETHUSDT"))
    data: Any
    execution: Any
    common: dict[str, Any] = {"instrument_provider": InstrumentProviderConfig(load_ids=instruments)}
    if venue == "BINANCE":
        common |= {"environment": BinanceEnvironment.TESTNET, "account_type": _BINANCE[name]}
        data, execution = BinanceDataClientConfig, BinanceExecClientConfig
    else:
        common |= {"environment": BybitEnvironment.TESTNET, "product_types": (_BYBIT[name],)}
        data, execution = BybitDataClientConfig, BybitExecClientConfig
    return TradingNodeConfig(
        trader_id=TraderId("TRADEOPS-001"),
        data_clients={venue: data(**common)},
        exec_clients={venue: execution(**common)},
    )

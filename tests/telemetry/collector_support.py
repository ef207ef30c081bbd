"""A store that keeps rows, and small backtests with strategies of every temper."""

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import TraderId
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

START = 1_704_067_200_000_000_000


class Kept:
    """Keeps rows; `fails` names methods that raise."""

    def __init__(self, *fails: str) -> None:
        self.rows: list[tuple[str, int, dict[str, Any]]] = []
        self.threads: set[str] = set()
        self.fails = fails

    def _may(self, name: str) -> None:
        if name in self.fails:
            raise OSError(f"{name} is broken")

    def start(self) -> None:
        self._may("start")

    def put(self, table: str, at_ns: int, values: Mapping[str, Any]) -> bool:
        self._may("put")
        self.threads.add(threading.current_thread().name)
        self.rows.append((table, at_ns, dict(values)))
        return True

    def drain(self, _timeout: float) -> bool:
        self._may("drain")
        return True

    def close(self, _timeout: float) -> None:
        self._may("close")

    def stats(self) -> Any:
        self._may("stats")
        return SimpleNamespace(queued=0, spooled=0, spooled_bytes=0, written=len(self.rows), dropped=0)

    def of(self, table: str) -> list[dict[str, Any]]:
        return [values for name, _, values in self.rows if name == table]


class Scripted(Strategy):
    """Does one step of a script at each quote."""

    def __init__(self, steps: list[Callable[["Scripted"], None]]) -> None:
        super().__init__()
        self.steps = steps
        self.instrument = None
        self.closed = 0

    def on_start(self) -> None:
        self.instrument = self.cache.instruments()[0]
        self.subscribe_quote_ticks(self.instrument.id)

    def on_quote_tick(self, _tick: QuoteTick) -> None:
        if self.steps:
            self.steps.pop(0)(self)

    def market(self, side: str, quantity: str) -> None:
        order = self.order_factory.market(
            self.instrument.id, OrderSide[side], self.instrument.make_qty(Decimal(quantity))
        )
        self.submit_order(order)


def engine(strategy: Strategy, *, linear: bool = False, prices: tuple[str, ...] = ()) -> BacktestEngine:
    """An engine with that strategy, one instrument, and a quote per second at these mid prices."""
    found = BacktestEngine(
        BacktestEngineConfig(trader_id=TraderId("TEST-001"), logging=LoggingConfig(bypass_logging=True))
    )
    instrument = TestInstrumentProvider.btcusdt_perp_binance() if linear else TestInstrumentProvider.btcusdt_binance()
    found.add_venue(
        venue=instrument.id.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN if linear else AccountType.CASH,
        base_currency=None,
        starting_balances=[Money(1_000_000, USDT)],
    )
    found.add_instrument(instrument)
    size = instrument.make_qty(5)
    found.add_data(
        [
            QuoteTick(
                instrument.id,
                instrument.make_price(Decimal(mid) - 1),
                instrument.make_price(Decimal(mid) + 1),
                size,
                size,
                at,
                at,
            )
            for at, mid in enumerate(prices, 1)
            for at in (START + at * 1_000_000_000,)
        ]
    )
    found.add_strategy(strategy)
    return found

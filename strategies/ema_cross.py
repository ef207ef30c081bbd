"""The reference strategy: long while the fast average is above the slow one, flat otherwise; spot, never short.

It shows the shape of a bot that can be verified. It has no edge.
"""

from decimal import Decimal

from nautilus_trader.config import PositiveFloat, PositiveInt, StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy

from .signal import CrossSignal, Signal
from .sizing import buy_quantity


class EmaCrossConfig(StrategyConfig, frozen=True):
    """Settings of `EmaCross`.

    Attributes:
        trade_size: Base currency per entry.
        max_position: Largest absolute net position of all strategies together, base currency.
        max_notional: Largest notional of one order, quote currency; the risk engine denies what is above it.
        threshold: Relative distance of the averages that counts as crossed.
    """

    instrument_id: InstrumentId
    bar_type: BarType
    trade_size: Decimal
    max_position: Decimal
    max_notional: Decimal
    fast_period: PositiveInt = 5
    slow_period: PositiveInt = 20
    threshold: PositiveFloat = 0.0002


class EmaCross(Strategy):
    """Buys at the market on an upward crossing, closes on a downward one, leaves nothing behind when stopped."""

    def __init__(self, config: EmaCrossConfig) -> None:
        if config.fast_period >= config.slow_period:
            raise ValueError(f"fast_period {config.fast_period} must be less than slow_period {config.slow_period}")
        super().__init__(config)
        self.instrument: Instrument | None = None
        self.fast = ExponentialMovingAverage(config.fast_period)
        self.slow = ExponentialMovingAverage(config.slow_period)
        self.signal = CrossSignal(config.threshold)

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        if self.instrument is None:
            self.log.error(f"{self.config.instrument_id} is not in the cache: add it to the instrument provider")
            self.stop()
            return
        self.register_indicator_for_bars(self.config.bar_type, self.fast)
        self.register_indicator_for_bars(self.config.bar_type, self.slow)
        self.subscribe_bars(self.config.bar_type)
        self.subscribe_quote_ticks(self.config.instrument_id)  # bars are built from quotes, sizes from the newest one

    def on_bar(self, bar: Bar) -> None:
        if not self.indicators_initialized() or bar.is_single_price():
            return
        signal = self.signal.update(self.fast.value, self.slow.value)
        if signal is Signal.ENTER:
            self.enter()
        elif signal is Signal.EXIT:
            self.close_all_positions(self.config.instrument_id)

    def enter(self) -> None:
        """Buys up to `trade_size` at the market, less where a limit is nearer."""
        quote = self.cache.quote_tick(self.config.instrument_id)
        if quote is None or self.cache.positions_open(instrument_id=self.config.instrument_id, strategy_id=self.id):
            return
        quantity = buy_quantity(
            wanted=self.config.trade_size,
            position=self.portfolio.net_position(self.config.instrument_id),  # of all strategies together
            max_position=self.config.max_position,
            price=quote.ask_price.as_decimal(),
            max_notional=self.config.max_notional,
            step=self.instrument.size_increment.as_decimal(),
        )
        if not quantity:
            self.log.warning("No entry: the position limit leaves no room")
            return
        order = self.order_factory.market(
            instrument_id=self.config.instrument_id,
            order_side=OrderSide.BUY,
            quantity=self.instrument.make_qty(quantity),
            time_in_force=TimeInForce.IOC,
        )
        self.submit_order(order)

    def on_stop(self) -> None:
        self.cancel_all_orders(self.config.instrument_id)
        self.close_all_positions(self.config.instrument_id)
        self.unsubscribe_bars(self.config.bar_type)
        self.unsubscribe_quote_ticks(self.config.instrument_id)

    def on_reset(self) -> None:
        self.fast.reset()
        self.slow.reset()
        self.signal.reset()

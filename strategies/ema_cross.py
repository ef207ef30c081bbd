"""The reference strategy: long while the fast average is above the slow one, flat otherwise; spot, never short.

It shows the shape of a bot that can be verified. It has no edge.
"""

from decimal import Decimal

from nautilus_trader.config import PositiveFloat, PositiveInt, StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy

from .guards import book_problem, price_problem, time_problem
from .signal import CrossSignal, Signal
from .sizing import buy_quantity

#: So many bars in a row that are not like the last sound one are the market's new level, and the averages start anew.
_NEW_LEVEL = 5


class EmaCrossConfig(StrategyConfig, frozen=True):
    """Settings of `EmaCross`.

    Attributes:
        trade_size: Base currency per entry.
        max_position: Largest absolute net position of all strategies together, base currency.
        max_notional: Largest notional of one order, quote currency; the risk engine denies what is above it.
        threshold: Relative distance of the averages that counts as crossed.
        max_age_secs: Older quotes and bars are not acted on.
        max_jump: Prices that are farther from the last bar are not acted on; relative.
    """

    instrument_id: InstrumentId
    bar_type: BarType
    trade_size: Decimal
    max_position: Decimal
    max_notional: Decimal
    fast_period: PositiveInt = 5
    slow_period: PositiveInt = 20
    threshold: PositiveFloat = 0.0002
    max_age_secs: PositiveInt = 60
    max_jump: PositiveFloat = 0.2

    def __post_init__(self) -> None:
        for name in ("trade_size", "max_position", "max_notional"):
            value = getattr(self, name)
            if not value.is_finite() or value <= 0:
                raise ValueError(f"{name} must be a finite number > 0, was {value}")
        if self.trade_size > self.max_position:
            raise ValueError(f"trade_size {self.trade_size} must not be above max_position {self.max_position}")


class EmaCross(Strategy):
    """Buys at the market on an upward crossing, closes on a downward one, leaves nothing behind when stopped.

    It acts on sound data only (`strategies/guards.py`), and says so where it does not.
    """

    def __init__(self, config: EmaCrossConfig) -> None:
        if config.fast_period >= config.slow_period:
            raise ValueError(f"fast_period {config.fast_period} must be less than slow_period {config.slow_period}")
        super().__init__(config)
        self.instrument: Instrument | None = None
        self.fast = ExponentialMovingAverage(config.fast_period)
        self.slow = ExponentialMovingAverage(config.slow_period)
        self.signal = CrossSignal(config.threshold)
        self.last: Bar | None = None
        self.ignored = 0
        self.max_jump = Decimal(str(config.max_jump))

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        if self.instrument is None:
            self.log.error(f"{self.config.instrument_id} is not in the cache: add it to the instrument provider")
            self.stop()
            return
        self.subscribe_bars(self.config.bar_type)
        self.subscribe_quote_ticks(self.config.instrument_id)  # bars are built from quotes, sizes from the newest one

    def on_bar(self, bar: Bar) -> None:
        problem = self.bar_problem(bar)
        if problem:
            self.ignore(problem)
            return
        self.last, self.ignored = bar, 0
        # Fed here and not registered: a registered indicator has every bar before we see it.
        self.fast.handle_bar(bar)
        self.slow.handle_bar(bar)
        if not self.fast.initialized or not self.slow.initialized or bar.is_single_price():
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
        problem = self.quote_problem(quote)
        if problem:
            self.log.warning(f"No entry: {problem}")
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

    def bar_problem(self, bar: Bar) -> str:
        """Why the bar is not acted on; empty if it is sound."""
        if self.last is not None and bar.ts_event <= self.last.ts_event:
            return "ts_event of the bar is not after that of the one before"
        before = None if self.last is None else self.last.close.as_decimal()
        problems = [time_problem(bar.ts_event, self.clock.timestamp_ns(), self.config.max_age_secs)]
        for name in ("open", "high", "low", "close"):
            problems.append(price_problem(name, getattr(bar, name).as_decimal(), before, self.max_jump))
        return next(filter(None, problems), "")

    def quote_problem(self, quote: QuoteTick) -> str:
        """Why the quote is not acted on; empty if it is sound."""
        before = None if self.last is None else self.last.close.as_decimal()
        bid, ask = quote.bid_price.as_decimal(), quote.ask_price.as_decimal()
        problems = (
            time_problem(quote.ts_event, self.clock.timestamp_ns(), self.config.max_age_secs),
            price_problem("bid_price", bid, before, self.max_jump),
            price_problem("ask_price", ask, before, self.max_jump),
            book_problem(bid, ask),
        )
        return next(filter(None, problems), "")

    def ignore(self, problem: str) -> None:
        """Leaves a bar out; after several in a row the averages start anew, at whatever level the market is then."""
        self.ignored += 1
        self.log.warning(f"Bar ignored: {problem}")
        if self.ignored >= _NEW_LEVEL:
            self.log.error(f"{self.ignored} bars in a row were ignored: the averages start anew")
            self.on_reset()

    def on_stop(self) -> None:
        self.cancel_all_orders(self.config.instrument_id)
        self.close_all_positions(self.config.instrument_id)
        self.unsubscribe_bars(self.config.bar_type)
        self.unsubscribe_quote_ticks(self.config.instrument_id)

    def on_reset(self) -> None:
        self.fast.reset()
        self.slow.reset()
        self.signal.reset()
        self.last, self.ignored = None, 0

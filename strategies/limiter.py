"""Keeps the position limit for everybody in the node: what would go beyond it is denied behind the risk engine.

NautilusTrader's risk engine knows single orders only. Strategies size their own orders (`strategies/sizing.py`); this
is the line behind them, for a strategy that is wrong, and for several of them that are right one by one.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from nautilus_trader.config import ActorConfig
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import ModifyOrder, SubmitOrder, SubmitOrderList
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import OrderDenied, OrderModifyRejected
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.orders import Order
from nautilus_trader.trading.controller import Controller
from nautilus_trader.trading.trader import Trader

from .exposure import Working, beyond

_ENDPOINT = "ExecEngine.execute"
DENIAL = "POSITION_LIMIT_EXCEEDED"


class PositionLimiterConfig(ActorConfig, frozen=True):
    """Settings of `PositionLimiter`.

    Attributes:
        max_position: Instrument to its largest absolute net position, base currency; others are not limited.
    """

    max_position: dict[str, Decimal]


class PositionLimiter(Controller):
    """Stands between the risk engine and the execution engine, and is bypassed with the former.

    Counted is the worst case: the position, and every order on its way or resting on that side, filled whole. An order
    that only reduces is let through, but for a purchase on Spot: exchanges have such orders for contracts only. What
    is ordered for an amount of quote currency cannot be counted, and is denied.
    """

    def __init__(self, trader: Trader, config: PositionLimiterConfig) -> None:
        super().__init__(trader=trader, config=config)
        self._risk: Any = None
        self._execution: Any = None
        self._limits = {InstrumentId.from_str(name): limit for name, limit in config.max_position.items()}
        #: Passed, and perhaps not yet seen by the execution engine: it takes its commands from a queue.
        self._passed: dict[Any, Order] = {}

    def on_start(self) -> None:
        if self._execution is not None:
            return  # started again
        # There is no public way to them. Without them the start fails, and nothing trades without a limit.
        self._risk, execution = self._trader._risk_engine, self._trader._exec_engine
        self.msgbus.deregister(_ENDPOINT, execution.execute)
        self.msgbus.register(_ENDPOINT, self.examine)
        self._execution = execution

    def on_stop(self) -> None:
        """Stays where it is: what strategies send when they are stopped is looked at as well."""

    def on_reset(self) -> None:
        self._passed.clear()

    def examine(self, command: Any) -> None:
        """Passes a command on to the execution engine, or denies it."""
        if self._risk.is_bypassed or not self._refused(command):
            self._execution.execute(command)

    def _refused(self, command: Any) -> bool:
        if isinstance(command, SubmitOrder):
            orders = [command.order]
        elif isinstance(command, SubmitOrderList):
            orders = list(command.order_list.orders)
        elif isinstance(command, ModifyOrder):
            return self._refused_change(command)
        else:
            return False
        why = self._why_not(command.instrument_id, [self._counted(one) for one in orders])
        if any(one.is_quote_quantity for one in orders) and command.instrument_id in self._limits:
            why = f"{DENIAL}: a quantity in quote currency cannot be counted"
        for order in orders:
            if why:
                self._deny(order, why)
            elif order.instrument_id in self._limits:
                self._passed[order.client_order_id] = order
        return bool(why)

    def _refused_change(self, command: ModifyOrder) -> bool:
        order = self.cache.order(command.client_order_id)
        if order is None or command.quantity is None:
            return False
        more = command.quantity.as_decimal() - order.quantity.as_decimal()
        if more <= 0:
            return False
        why = self._why_not(order.instrument_id, [replace(self._counted(order), quantity=more)])
        if why:
            self._reject_change(order, why)
        return bool(why)

    def _why_not(self, instrument: InstrumentId, wanted: list[Working]) -> str:
        """Why these must not be sent; empty if they may."""
        limit = self._limits.get(instrument)
        if limit is None:
            return ""
        positions = self.cache.positions_open(instrument_id=instrument)
        held = sum((one.signed_decimal_qty() for one in positions), Decimal(0))
        # The wanted ones are in the cache already, as initialized, and not among those that are open or in flight.
        most = beyond(held, limit, self._working(instrument), wanted)
        return "" if most is None else f"{DENIAL}: effective_position={most}, max_position={limit}"

    def _working(self, instrument: InstrumentId) -> Iterator[Working]:
        self._passed = {number: one for number, one in self._passed.items() if not one.is_closed}
        orders = {one.client_order_id: one for one in self.cache.orders_open(instrument_id=instrument)}
        orders |= {one.client_order_id: one for one in self.cache.orders_inflight(instrument_id=instrument)}
        orders |= {number: one for number, one in self._passed.items() if one.instrument_id == instrument}
        return map(self._counted, orders.values())

    def _counted(self, order: Order) -> Working:
        is_buy = order.side == OrderSide.BUY
        spot = isinstance(self.cache.instrument(order.instrument_id), CurrencyPair)
        return Working(is_buy, order.leaves_qty.as_decimal(), order.is_reduce_only and not (is_buy and spot))

    def _deny(self, order: Order, why: str) -> None:
        self.log.warning(f"SubmitOrder for {order.client_order_id} DENIED: {why}")
        denied = OrderDenied(
            trader_id=order.trader_id,
            strategy_id=order.strategy_id,
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            reason=why,
            event_id=UUID4(),
            ts_init=self.clock.timestamp_ns(),
        )
        self.msgbus.send(endpoint="ExecEngine.process", msg=denied)

    def _reject_change(self, order: Order, why: str) -> None:
        self.log.warning(f"ModifyOrder for {order.client_order_id} DENIED: {why}")
        now = self.clock.timestamp_ns()
        rejected = OrderModifyRejected(
            trader_id=order.trader_id,
            strategy_id=order.strategy_id,
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            account_id=order.account_id,
            reason=why,
            event_id=UUID4(),
            ts_event=now,
            ts_init=now,
        )
        self.msgbus.send(endpoint="ExecEngine.process", msg=rejected)

"""What every endpoint and stream of the face works with."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..engine.events import Event, OrderUpdate, PositionUpdate
from ..engine.model import ZERO, Fill, Instrument, Kind, Order, Position, Rejected, Status
from ..kit.exchange import Exchange
from ..kit.keys import TRADE, ApiKey
from . import account_text, ids, listing, orders_text
from .errors import Refusal, refusal
from .ledger import Ledger
from .text import price, quantity

if TYPE_CHECKING:
    from ..engine.engine import Engine

#: Orders that trading-stop made, per account and market, are found by this.
STOPS = ("TakeProfit", "StopLoss")
#: What an order keeps of the stops that came with it.
ATTACHED = ("takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy")


class Desk:
    """The exchange with what Bybit keeps beside it.

    Attributes:
        closings: Per trade and order how much of a position that fill closed.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.ledger = Ledger()
        self.closings: dict[tuple[str, int, int], Decimal] = {}
        self._cleared: set[int] = set()
        self.on_attached: Callable[[Order], None] = lambda _order: None

    @property
    def now_ms(self) -> int:
        """As the exchange tells the time, which a fault may have made wrong."""
        return self.exchange.clock.now_ms()

    def rebuild(self) -> None:
        """Books what the engine already knows, after a restart."""
        engine = self.exchange.engine
        for account in engine.accounts():
            for fill in engine.fills(account):
                self._book(fill)

    def watch(self, events: Sequence[Event]) -> None:
        """Books fills as they happen; what really happened, not what faults let clients see."""
        for event in events:
            if isinstance(event, OrderUpdate) and event.fill is not None:
                self._book(event.fill)
                if "takeProfit" in event.order.meta or "stopLoss" in event.order.meta:
                    asyncio.get_running_loop().call_soon(self.on_attached, event.order)
            elif isinstance(event, PositionUpdate) and not event.position.quantity:
                account, market = event.position.account, event.position.market
                asyncio.get_running_loop().call_soon(self._clear_stops, account, market)

    def _clear_stops(self, account: str, market: str) -> None:
        """Cancels the stops of a position that is gone; the engine would only do so when they trigger."""
        engine = self.exchange.read()
        if engine.position(account, market).quantity:
            return
        for one in engine.open_orders(account, market):
            if one.meta.get("stop") in STOPS:
                self._cleared.add(one.id)
                with contextlib.suppress(Rejected):  # a fault may refuse it
                    self.exchange.call("cancel", account, market, order_id=one.id)

    def _book(self, fill: Fill) -> None:
        engine = self.exchange.engine
        linear = engine.instruments[fill.market].kind is Kind.LINEAR
        leverage = engine.leverage(fill.account, fill.market) if linear else 1
        closed = self.ledger.add(fill, linear=linear, leverage=leverage)
        if closed:
            self.closings[fill.market, fill.trade_id, fill.order_id] = closed

    def read(self) -> "Engine":
        return self.exchange.read()

    def instrument(self, category: str, symbol: str | None, *, trading: bool = False) -> Instrument:
        return listing.find(self.exchange.engine.instruments, category, symbol, trading=trading)

    def call(self, instrument: Instrument, command: str, *args: Any, **kwargs: Any) -> Any:
        """One engine command; raises Refusal with Bybit's words for the engine's."""
        try:
            return self.exchange.call(command, *args, **kwargs)
        except Rejected as rejected:
            raise refusal(rejected, instrument.kind) from rejected

    def find(
        self, account: str, instrument: Instrument, order_id: str | None, link: str | None, *, missing: str = "cancel"
    ) -> Order:
        """The order of that id, or else of that link id.

        Raises:
            Refusal: 110001 or 170213, also for somebody else's order.
        """
        engine = self.exchange.engine
        found: Order | None = None
        if order_id:
            number = ids.order_number(instrument.kind, order_id)
            found = engine.order(account, instrument.key, order_id=number) if number is not None else None
        elif link:
            found = engine.order(account, instrument.key, client_id=link)
        if found is None:
            if instrument.kind is Kind.SPOT:
                raise Refusal(170213, "Order does not exist.")
            raise Refusal(110001, f"order not exists or too late to {missing}")
        return found

    def order(self, one: Order, **more: Any) -> dict[str, Any]:
        """An order as Bybit prints it."""
        instrument = self.exchange.engine.instruments[one.market]
        shown = orders_text.order(instrument, one, self.ledger.fees.get(one.id, {}), **more)
        if one.close_position and one.status is Status.PENDING:
            size = quantity(instrument, abs(self.exchange.engine.position(one.account, one.market).quantity))
            shown |= {"qty": size, "leavesQty": size}
        return shown | {"cancelType": "CancelByTpSlTsClear"} if one.id in self._cleared else shown

    def execution(self, one: Order, fill: Fill) -> dict[str, Any]:
        engine = self.exchange.engine
        closed = self.closings.get((fill.market, fill.trade_id, fill.order_id), ZERO)
        return orders_text.execution(engine.instruments[fill.market], one, fill, closed=closed)

    def position(self, account: str, market: str, one: Position | None = None) -> dict[str, Any]:
        """A position as Bybit prints it: the present one, or as an event had it."""
        engine = self.exchange.engine
        instrument = engine.instruments[market]
        stops = {
            order.meta["stop"]: price(instrument, order.trigger_price)
            for order in engine.open_orders(account, market)
            if order.meta.get("stop") in STOPS
        }
        held = self.ledger.holding(account, market)
        return account_text.position(instrument, one or engine.position(account, market), held, stops)

    @staticmethod
    def require_trading(key: ApiKey) -> None:
        """Raise 10005 for a key that may only read."""
        if TRADE not in key.permissions:
            raise Refusal(10005, "Permission denied, please check your API key permissions.")

"""Where Spot's requests meet the engine: commands, refusals in Binance's words, and what only the exchange knows.

That is the ids of executions, the client ids of amendments and cancellations: the engine has none of them.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ..engine.events import Event, Execution, OrderUpdate
from ..engine.model import ZERO, Fill, Instrument, Kind, Order, OrderRequest, OrderType, Reason, Rejected
from ..kit.exchange import Exchange
from ..kit.limits import ORDERS
from .common import errors
from .common.errors import BinanceError

_FILTERS = {
    Reason.PRICE_TICK: "PRICE_FILTER",
    Reason.PRICE_RANGE: "PRICE_FILTER",
    Reason.PRICE_BAND: "PERCENT_PRICE_BY_SIDE",
    Reason.QUANTITY_STEP: "LOT_SIZE",
    Reason.QUANTITY_MIN: "LOT_SIZE",
    Reason.QUANTITY_MAX: "LOT_SIZE",
    Reason.NOTIONAL_MIN: "NOTIONAL",
    Reason.NOTIONAL_MAX: "NOTIONAL",
    Reason.TOO_MANY_ORDERS: "MAX_NUM_ORDERS",
}
_REJECTIONS = {
    Reason.DUPLICATE_CLIENT_ID: "Duplicate order sent.",
    Reason.BALANCE: "Account has insufficient balance for requested action.",
    Reason.MARGIN: "Account has insufficient balance for requested action.",
    Reason.POST_ONLY: "Order would immediately match and take.",
    Reason.TRIGGER_NOW: "Order would trigger immediately.",
    Reason.NO_LIQUIDITY: "Order book liquidity is less than symbol minimum quantity.",
    Reason.UNKNOWN_ACCOUNT: "This account may not place or cancel orders.",
    Reason.INJECTED: "This action is disabled on this account.",
    Reason.NOTHING_TO_CHANGE: "The requested action would change no state; rejecting.",
    Reason.SELF_TRADE: "This action is disabled on this account.",
}

_REMEMBERED = 20_000


def refusal(error: Rejected, request: OrderRequest | None = None) -> BinanceError:
    """What the engine refused, in Binance's words."""
    reason = error.reason
    if reason is Reason.UNKNOWN_MARKET:
        return errors.bad_symbol()
    if reason is Reason.MARKET_CLOSED:
        return BinanceError(-1013, "Market is closed.")
    if reason is Reason.QUANTITY_MAX and request is not None and request.type is OrderType.MARKET:
        return errors.filter_failure("MARKET_LOT_SIZE")
    if reason in _FILTERS:
        return errors.filter_failure(_FILTERS[reason])
    if reason is Reason.QUANTITY_MISSING:
        return errors.mandatory("quantity")
    if reason is Reason.PRICE_MISSING:
        return errors.mandatory("price")
    if reason is Reason.TRIGGER_MISSING:
        return errors.mandatory("stopPrice")
    return errors.rejected(_REJECTIONS.get(reason, "This action is disabled on this account."))


def new_id() -> str:
    """A client order id as the exchange makes them: 22 letters and digits."""
    return secrets.token_hex(11)


@dataclass(frozen=True, slots=True)
class Amendment:
    """One amendment of an order."""

    execution_id: int
    former_id: str
    new_id: str
    former_quantity: Decimal
    new_quantity: Decimal
    time_ns: int


def _key(event: OrderUpdate) -> tuple[int, str, int, int]:
    trade = event.fill.trade_id if event.fill else 0
    return event.order.id, event.execution.value, trade, event.time_ns


class Desk:
    """The Spot markets of one exchange, and commands to them."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.instruments = {one.symbol: one for one in exchange.engine.instruments.values() if one.kind is Kind.SPOT}
        self.symbols = {one.key: one.symbol for one in self.instruments.values()}
        self.amendments: dict[int, list[Amendment]] = {}
        self.cancel_ids: dict[int, str] = {}
        self._fills: dict[int, list[Fill]] = {}
        self._executions = 0
        self._execution_of: dict[tuple[int, str, int, int], int] = {}
        self._unfilled: set[int] = set()

    def start(self) -> None:
        """Execution ids go on behind those that the orders of an earlier life have had."""
        engine = self.exchange.engine
        for account in engine.accounts():
            self._executions += 4 * len(engine.orders(account)) + len(engine.fills(account))
        self.exchange.tap(self._watch)

    # -- reading -----------------------------------------------------------------------------------------------------

    def instrument(self, symbol: str) -> Instrument:
        """Raises BinanceError -1121."""
        instrument = self.instruments.get(symbol)
        if instrument is None:
            raise errors.bad_symbol()
        return instrument

    def find(
        self, account: str, market: str, order_id: int | None, client_id: str | None, *, missing: BinanceError
    ) -> Order:
        """An order by its id, its client id, or both.

        Raises:
            BinanceError: `missing`, or -2039 where both were given and are of different orders.
        """
        if order_id is not None:
            order = self.exchange.read().order(account, market, order_id=order_id)
        else:
            order = self._by_client_id(account, market, client_id or "")
        if order is None:
            raise missing
        order = self.shown(order)
        if order_id is not None and client_id is not None and order.meta.get("client", order.client_id) != client_id:
            raise BinanceError(-2039, "Client order ID is not correct for this order ID.")
        return order

    def shown(self, order: Order) -> Order:
        """The order under the client id that amendments have given it."""
        history = self.amendments.get(order.id)
        return replace(order, meta={**order.meta, "client": history[-1].new_id}) if history else order

    def fills(self, order: Order) -> Sequence[Fill]:
        """The fills of an order, in their order."""
        seen = self._fills.get(order.id, [])
        if sum(fill.quantity for fill in seen) == order.filled:
            return seen
        return [one for one in self.exchange.engine.fills(order.account, order.market) if one.order_id == order.id]

    def execution_id(self, event: OrderUpdate) -> int:
        """The id of an execution: the same however often the event is sent."""
        return self._execution_of.get(_key(event), 0) or self._next()

    # -- commands ----------------------------------------------------------------------------------------------------

    def submit(self, account: str, request: OrderRequest) -> Order:
        """Raises BinanceError."""
        if self._amended_to(account, request.market, request.client_id):
            raise errors.rejected(_REJECTIONS[Reason.DUPLICATE_CLIENT_ID])
        if request.post_only and request.price is not None:
            engine = self.exchange.read()
            if engine.would_take(request.market, request.side, request.price):
                self._check(account, request)
                raise errors.rejected("Order would immediately match and take.")
        self._fills.clear()
        try:
            order: Order = self.exchange.call("submit", account, request)
        except Rejected as error:
            raise refusal(error, request) from None
        return order

    def check(self, account: str, request: OrderRequest) -> None:
        """Refuses what `submit` would; nothing happens. Raises BinanceError."""
        engine = self.exchange.read()
        self._check(account, request)
        priced = request.post_only and request.price is not None
        if priced and engine.would_take(request.market, request.side, request.price or ZERO):
            raise errors.rejected("Order would immediately match and take.")

    def check_filters(self, account: str, request: OrderRequest) -> None:
        """Refuses what a filter refuses, and nothing else. Raises BinanceError -1013."""
        self.exchange.read()
        try:
            self.exchange.engine.check(account, replace(request, post_only=False))
        except Rejected as error:
            if error.reason in _FILTERS:
                raise refusal(error, request) from None

    def cancel(self, order: Order, cancel_id: str) -> Order:
        """Raises BinanceError -2011."""
        if not order.status.open:
            raise errors.cancel_rejected()
        self._expect_cancel(order.id, cancel_id)
        try:
            canceled: Order = self.exchange.call("cancel", order.account, order.market, order_id=order.id)
        except Rejected:
            self.cancel_ids.pop(order.id, None)
            raise errors.cancel_rejected() from None
        return self.shown(canceled)

    def cancel_all(self, account: str, market: str, cancel_id: str) -> list[Order]:
        """Raises BinanceError -2011 if there is nothing to cancel."""
        for order in self.exchange.read().open_orders(account, market):
            self._expect_cancel(order.id, cancel_id)
        try:
            canceled: list[Order] = self.exchange.call("cancel_all", account, market)
        except Rejected:
            raise errors.cancel_rejected() from None
        if not canceled:
            raise errors.cancel_rejected()
        return [self.shown(order) for order in canceled]

    def amend(self, order: Order, quantity: Decimal, client_id: str) -> tuple[Order, Amendment]:
        """Reduces an order's quantity and gives it another client id. Raises BinanceError."""
        former = order.meta.get("client", order.client_id)
        other = self._by_client_id(order.account, order.market, client_id)
        if other is not None and other.id != order.id and other.status.open:
            raise BinanceError(-2038, _REJECTIONS[Reason.DUPLICATE_CLIENT_ID])
        history = self.amendments.setdefault(order.id, [])
        amendment = Amendment(self._next(), former, client_id, order.quantity, quantity, 0)
        history.append(amendment)
        try:
            amended: Order = self.exchange.call(
                "amend", order.account, order.market, order_id=order.id, quantity=quantity
            )
        except Rejected as error:
            history.pop()
            if not history:
                del self.amendments[order.id]
            refused = refusal(error)
            raise BinanceError(-2038 if refused.code == -2010 else refused.code, refused.msg) from None
        history[-1] = replace(amendment, time_ns=amended.updated_ns)
        return self.shown(amended), history[-1]

    # -- what happens ------------------------------------------------------------------------------------------------

    def _check(self, account: str, request: OrderRequest) -> None:
        try:
            self.exchange.engine.check(account, replace(request, post_only=False))
        except Rejected as error:
            raise refusal(error, request) from None

    def _amended_to(self, account: str, market: str, client_id: str) -> bool:
        """Whether an open order has that client id from an amendment, of which the engine knows nothing."""
        if not any(history[-1].new_id == client_id for history in self.amendments.values()):
            return False
        order = self._by_client_id(account, market, client_id)
        return order is not None and order.id in self.amendments and order.status.open

    def _by_client_id(self, account: str, market: str, client_id: str) -> Order | None:
        for order_id, history in reversed(self.amendments.items()):
            if history[-1].new_id == client_id:
                order = self.exchange.read().order(account, market, order_id=order_id)
                if order is not None:
                    return order
        order = self.exchange.read().order(account, market, client_id=client_id)
        renamed = order is not None and order.id in self.amendments
        return None if renamed else order

    def _expect_cancel(self, order_id: int, cancel_id: str) -> None:
        if len(self.cancel_ids) > _REMEMBERED:
            self.cancel_ids.clear()
        self.cancel_ids[order_id] = cancel_id

    def _next(self) -> int:
        self._executions += 1
        return self._executions

    def _watch(self, events: Sequence[Event]) -> None:
        if len(self._execution_of) > _REMEMBERED:
            self._execution_of.clear()  # what is pushed late beyond that gets another id
        if len(self._fills) > _REMEMBERED:
            self._fills.clear()
        for event in events:
            if not isinstance(event, OrderUpdate) or event.order.market not in self.symbols:
                continue
            history = self.amendments.get(event.order.id)
            if event.execution is Execution.AMENDED and history and not history[-1].time_ns:
                number = history[-1].execution_id
            else:
                number = self._next()
            self._execution_of[_key(event)] = number
            if event.execution is Execution.NEW:
                self._unfilled.add(event.order.id)
            elif not event.order.status.open and event.fill is None:
                self._unfilled.discard(event.order.id)
            if event.fill is not None:
                self._fills.setdefault(event.order.id, []).append(event.fill)
                self._first_fill(event.order)

    def _first_fill(self, order: Order) -> None:
        """An order that trades no longer counts as unfilled."""
        if order.id in self._unfilled:
            self._unfilled.discard(order.id)
            limiter, now = self.exchange.limiter, self.exchange.clock.now_ms()
            if min(limiter.usage(ORDERS, order.account, now).used.values(), default=0) > 0:
                limiter.spend(ORDERS, order.account, -1, now)

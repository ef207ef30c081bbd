"""Where the futures requests meet the engine: commands, refusals in Binance's words, what only the exchange knows.

The exchange knows margin modes, countdowns, amendments and transfers. They live as long as the face does; orders,
positions and what the orders carry with them (`meta`) are the engine's, and outlive it.
"""

import secrets
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...engine import Engine
from ...engine.events import Event, OrderUpdate, WalletUpdate
from ...engine.model import ZERO, Instrument, Kind, Order, OrderRequest, Reason, Rejected, Status
from ...kit.exchange import Exchange
from ..common import errors
from .errors import refusal

#: Ids of the algo service are counted apart from those of orders; here they are the same numbers, moved.
ALGO_IDS = 4_000_000_000_000_000
_REFUSED = (
    Reason.MARGIN,
    Reason.BALANCE,
    Reason.REDUCE_ONLY,
    Reason.POSITION_CLOSED,
    Reason.POST_ONLY,
    Reason.FILL_OR_KILL,
)
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Amendment:
    """One modification of an order, as orderAmendment lists it."""

    number: int
    time_ns: int
    old_price: Decimal
    new_price: Decimal
    old_quantity: Decimal
    new_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that came or went other than by trading."""

    number: int
    account: str
    asset: str
    amount: Decimal
    time_ns: int


class Desk:
    """The linear markets of one exchange, and commands to them.

    Attributes:
        isolated: Accounts and symbols whose margin mode is ISOLATED. It is a label: margin is computed crossed.
        countdowns: When all orders of an account and symbol are canceled, nanoseconds of the true time.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.instruments = {one.symbol: one for one in exchange.engine.instruments.values() if one.kind is Kind.LINEAR}
        self.symbols = {one.key: one.symbol for one in self.instruments.values()}
        self.isolated: set[tuple[str, str]] = set()
        self.countdowns: dict[tuple[str, str], int] = {}
        self.amendments: dict[int, list[Amendment]] = {}
        self.transfers: list[Transfer] = []
        self._wallets: dict[tuple[str, str], Decimal] = {}
        self._dated: dict[int, Order] = {}
        self._amended = 0

    def start(self) -> Callable[[], None]:
        """Begins to watch what happens; returns what ends that."""
        engine = self.exchange.engine
        for account in engine.accounts():
            for asset, balance in engine.balances(account).items():
                self._wallets[account, asset] = balance.total
            self._dated |= {one.id: one for one in engine.open_orders(account) if "gtd" in one.meta}
        return self.exchange.tap(self._watch)

    @property
    def now_ms(self) -> int:
        return self.exchange.clock.now_ms()

    @property
    def quotes(self) -> list[str]:
        """What positions are settled in, USDT first."""
        return sorted({one.quote for one in self.instruments.values()}, key=lambda quote: (quote != "USDT", quote))

    # -- reading -----------------------------------------------------------------------------------------------------

    def read(self) -> Engine:
        return self.exchange.read()

    def instrument(self, symbol: str) -> Instrument:
        """Raises BinanceError -1121."""
        instrument = self.instruments.get(symbol)
        if instrument is None:
            raise errors.bad_symbol()
        return instrument

    def terms(self, order: Order) -> Instrument:
        return self.instruments[self.symbols[order.market]]

    def order(self, account: str, market: str, order_id: int | None, client_id: str | None) -> Order | None:
        """An order that the order endpoints know: not one that still waits in the algo service."""
        if order_id is not None:
            order = self.read().order(account, market, order_id=order_id)
        elif client_id is not None:
            order = self.read().order(account, market, client_id=client_id)
        else:
            raise errors.either("origclientorderid", "orderid")
        return order if order is not None and working(order) else None

    def algo_order(self, account: str, algo_id: int | None, client_id: str | None) -> Order | None:
        """A conditional order, triggered or not."""
        if algo_id is None and client_id is None:
            raise errors.either("clientalgoid", "algoid")
        for market in self.symbols:
            if algo_id is not None:
                order = self.read().order(account, market, order_id=algo_id - ALGO_IDS)
            else:
                order = self.read().order(account, market, client_id=client_id)
            if order is not None and order.type.conditional:
                return order
        return None

    def open_orders(self, account: str, market: str | None = None) -> list[Order]:
        return [one for one in self.read().open_orders(account, market) if self._ours(one) and working(one)]

    def open_algos(self, account: str, market: str | None = None) -> list[Order]:
        waiting = self.read().open_orders(account, market)
        return [one for one in waiting if self._ours(one) and one.status is Status.PENDING]

    def leverage(self, account: str, terms: Instrument) -> int:
        return self.read().leverage(account, terms.key)

    # -- commands ----------------------------------------------------------------------------------------------------

    def call(
        self, command: str, *args: Any, terms: Instrument | None = None, asked: Decimal | None = None, **named: Any
    ) -> Any:
        """One command to the engine.

        Args:
            terms, asked: The market and the price that a refusal is about.

        Raises:
            BinanceError: what the engine refused, in the exchange's words.
        """
        try:
            return self.exchange.call(command, *args, **named)
        except Rejected as error:
            raise refusal(error, terms, asked) from None

    def submit(self, account: str, request: OrderRequest, terms: Instrument) -> Order:
        """Raises BinanceError."""
        order: Order = self.call("submit", account, request, terms=terms, asked=request.price)
        return order

    def check(self, account: str, request: OrderRequest, terms: Instrument) -> None:
        """Refuses what `submit` would; nothing happens. Raises BinanceError."""
        engine = self.read()
        try:
            engine.check(account, request)
        except Rejected as error:
            raise refusal(error, terms, request.price) from None

    def cancel(self, order: Order) -> Order:
        """Raises BinanceError -2011."""
        try:
            canceled: Order = self.exchange.call("cancel", order.account, order.market, order_id=order.id)
        except Rejected as error:
            if error.reason is Reason.INJECTED:
                raise refusal(error) from None
            raise errors.cancel_rejected() from None
        return canceled

    def amend(self, order: Order, quantity: Decimal, price: Decimal) -> Order:
        """Raises BinanceError."""
        terms = self.terms(order)
        amended: Order = self.call(
            "amend",
            order.account,
            order.market,
            order_id=order.id,
            quantity=quantity,
            price=price,
            terms=terms,
            asked=price,
        )
        self._amended += 1
        self.amendments.setdefault(order.id, []).append(
            Amendment(self._amended, amended.updated_ns, order.price or ZERO, price, order.quantity, quantity)
        )
        return amended

    # -- what happens ------------------------------------------------------------------------------------------------

    def due(self) -> None:
        """Ends what its time has come for: countdowns, and orders that were good till a date."""
        now = self.exchange.clock.true_ns()
        for key in [key for key, until in self.countdowns.items() if until <= now]:
            del self.countdowns[key]
            self._end(self.open_orders(key[0], self.instruments[key[1]].key))
        late = [one for one in self._dated.values() if int(one.meta["gtd"]) <= now]
        for order in late:
            self._dated.pop(order.id, None)
        self._end(late)

    def _end(self, orders: Iterable[Order]) -> None:
        for order in list(orders):
            try:
                self.exchange.call("cancel", order.account, order.market, order_id=order.id)
            except Rejected:
                continue  # it has ended meanwhile

    def _ours(self, order: Order) -> bool:
        return order.market in self.symbols

    def _watch(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, WalletUpdate):
                self._watch_wallet(event)
            elif isinstance(event, OrderUpdate) and "gtd" in event.order.meta:
                if event.order.status.open:
                    self._dated[event.order.id] = event.order
                else:
                    self._dated.pop(event.order.id, None)

    def _watch_wallet(self, event: WalletUpdate) -> None:
        for asset, balance in event.balances.items():
            change = balance.total - self._wallets.get((event.account, asset), ZERO)
            self._wallets[event.account, asset] = balance.total
            if event.cause == "deposit" and change:
                number = len(self.transfers) + 1
                self.transfers.append(Transfer(number, event.account, asset, change, event.time_ns))


def working(order: Order) -> bool:
    """Whether it is an order of the matching engine, not one that the algo service could never place there."""
    return not order.type.conditional or (bool(order.triggered_ns) and not refused_at_trigger(order))


def refused_at_trigger(order: Order) -> bool:
    """Whether a conditional order triggered and could not be placed: no margin, nothing to reduce, the like."""
    ended = order.status is Status.EXPIRED and order.triggered_ns == order.updated_ns and not order.filled
    return ended and order.reason in _REFUSED


def new_id(length: int = 22) -> str:
    """A client order id as the exchange makes them."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))

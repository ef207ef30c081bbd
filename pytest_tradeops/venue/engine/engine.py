"""The engine as others see it: commands, questions, and the events that came of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from . import background as house
from . import filters, placing
from .account import Account
from .admission import admit
from .core import Core
from .ending import cancel
from .events import Event
from .market import Market
from .model import FEES, HOUSE, Fill, Instrument, Order, OrderRequest, Reason, Rejected
from .reading import Reading
from .settle import settle
from .settlement import trade

__all__ = ["Engine"]


class Engine(Reading):
    """Markets and accounts of one exchange. The same commands at the same times give the same events, byte for byte.

    Commands raise `Rejected` and then have changed nothing. What is returned is a copy or frozen.

    Args:
        instruments: Spot and linear ones may be mixed; they share the accounts' wallets.
        seed: Of the background market.
        start_ns: The time at which it begins.
        step_ns: How often the background moves.
        background: Without it a market has neither quotes nor a past of its own.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        *,
        seed: int,
        start_ns: int,
        step_ns: int = 100_000_000,
        background: bool = True,
    ) -> None:
        self._core = core = Core(start_ns)
        self._step_ns = step_ns
        self._next_ns = start_ns + step_ns
        self._background = background
        self.instruments: Mapping[str, Instrument] = {terms.key: terms for terms in instruments}
        for terms in instruments:
            market = Market(terms, seed=seed, start_ns=start_ns, background=background)
            core.markets[market.key] = market
            if market.background is not None:
                market.background.move(core, market, terms.start_price)
        settle(core)

    @property
    def now_ns(self) -> int:
        """The time of the last command or advance."""
        return self._core.now_ns

    def advance(self, now_ns: int) -> None:
        """Let everything happen that is due by then; an earlier time counts as now."""
        core = self._core
        while self._background and self._next_ns <= now_ns:
            core.now_ns = self._next_ns
            self._next_ns += self._step_ns
            for market in core.markets.values():
                if market.background is not None:
                    market.background.step(core, market)
                    settle(core, market)
        if now_ns > core.now_ns:
            core.now_ns = now_ns

    def reopen(self, now_ns: int) -> None:
        """Go on from here: in the time between there was no market."""
        core = self._core
        core.now_ns = max(core.now_ns, now_ns)
        self._next_ns = core.now_ns + self._step_ns

    def open_account(self, name: str, balances: Mapping[str, Decimal]) -> None:
        """With what it holds from the start."""
        core = self._core
        if name in core.accounts or name in (HOUSE, FEES):
            raise Rejected(Reason.ACCOUNT_EXISTS, name)
        for asset, amount in balances.items():
            if not amount.is_finite() or amount < 0:
                raise Rejected(Reason.BALANCE, f"{amount} {asset}")
        account = core.accounts[name] = Account(name)
        for asset, amount in balances.items():
            account.wallet.purse(asset).free += amount
        core.tell_wallet(account, "deposit", *balances)

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        """Negative withdraws, at most what is free and backs no position."""
        owner = self._core.account(account)
        if not amount.is_finite() or (amount < 0 and -amount > owner.spendable(asset)):
            raise Rejected(Reason.BALANCE, f"{-amount} {asset} to withdraw, {owner.spendable(asset)} free")
        owner.wallet.purse(asset).free += amount
        self._core.tell_wallet(owner, "deposit", asset)

    def submit(self, account: str, request: OrderRequest) -> Order:
        """Place an order; what comes back is the order after matching."""
        core = self._core
        order = placing.submit(core, core.account(account), core.market(request.market), request)
        settle(core, core.markets[order.market])
        return order.copy()

    def check(self, account: str, request: OrderRequest) -> None:
        """Refuse what `submit` would refuse, and place nothing."""
        admit(self._core.account(account), self._core.market(request.market), request, self._core.now_ns)

    def amend(
        self, account: str, market: str, *, order_id: int | None = None, client_id: str | None = None,
        quantity: Decimal | None = None, price: Decimal | None = None, trigger_price: Decimal | None = None,
    ) -> Order:  # fmt: skip
        """Change an open order; `quantity` counts what is filled already. Only a smaller quantity keeps its place."""
        core = self._core
        owner, place = core.account(account), core.market(market)
        order = self._open(owner, place, order_id, client_id)
        placing.amend(core, owner, place, order, quantity, price, trigger_price)
        settle(core, place)
        return order.copy()

    def cancel(self, account: str, market: str, *, order_id: int | None = None, client_id: str | None = None) -> Order:
        """End an open order."""
        core = self._core
        place = core.market(market)
        order = self._open(core.account(account), place, order_id, client_id)
        cancel(core, place, order)
        settle(core, place)
        return order.copy()

    def cancel_all(self, account: str, market: str | None = None, *, conditional: bool | None = None) -> list[Order]:
        """End all open orders, or only those that wait for their trigger, or only those that do not."""
        core = self._core
        owner = core.account(account)
        if market is not None:
            core.market(market)
        ended = []
        for order in owner.open_orders(market):
            if conditional is None or conditional is (order.type.conditional and not order.triggered_ns):
                cancel(core, core.markets[order.market], order)
                ended.append(order.copy())
        settle(core)
        return ended

    def set_leverage(self, account: str, market: str, leverage: int) -> None:
        """Refused if the positions and orders there are would need more margin than there is."""
        owner, place = self._core.account(account), self._core.market(market)
        if not place.linear or not 1 <= leverage <= place.instrument.max_leverage:
            raise Rejected(Reason.LEVERAGE, f"{leverage} is not in 1..{place.instrument.max_leverage}")
        holding = owner.holding(place)
        before = holding.leverage
        holding.lever(leverage)
        if leverage < before and owner.available(place.instrument.quote) < 0:
            holding.lever(before)
            raise Rejected(Reason.MARGIN, f"leverage {leverage} needs more margin than there is")

    def move_price(self, market: str, price: Decimal) -> None:
        """The market is at this price from now on; what rests in the way is taken out."""
        core = self._core
        place = core.market(market)
        house.move_price(core, place, filters.price(place.instrument, price))
        settle(core)

    def hold(self, market: str, held: bool = True) -> None:
        """The background neither moves nor trades while held; what is taken from its quotes it fills up."""
        place = self._core.market(market)
        if place.background is not None:
            place.background.held = held

    def fill_order(self, account: str, market: str, order_id: int, quantity: Decimal | None = None) -> Fill:
        """The house takes (part of) a resting order at its own price, whatever the book says."""
        core = self._core
        owner, place = core.account(account), core.market(market)
        order = self._open(owner, place, order_id, None)
        if order.price is None or not place.book.half(order.side).rests(order.price, order):
            raise Rejected(Reason.UNKNOWN_ORDER, f"order {order_id} does not rest in the book")
        size = order.remaining if quantity is None else quantity
        if not size.is_finite() or not 0 < size <= order.remaining or size % place.instrument.step:
            raise Rejected(Reason.QUANTITY_STEP, f"{size} of {order.remaining}")
        trade(core, place, order.side.opposite, order.price, size, order, None)
        fill = owner.fills[-1]
        settle(core)
        return fill

    def drain(self) -> list[Event]:
        """The events since the last time, in order."""
        events, self._core.events = self._core.events, []
        return events

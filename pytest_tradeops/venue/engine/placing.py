"""The life of an order: placed, triggered, worked, amended."""

from decimal import Decimal

from . import filters
from .account import Account
from .admission import admit, afford, margin
from .core import Core
from .ending import expire, locked, rest, unlock, unrest, withdraw
from .events import Execution
from .market import Market
from .matching import match, survey
from .model import ZERO, Order, OrderRequest, Reason, Rejected, Status, TimeInForce, TriggerBy
from .triggers import reached


def submit(core: Core, account: Account, market: Market, request: OrderRequest) -> Order:
    """Place an order, and match what can be matched."""
    order = admit(account, market, request, core.now_ns)
    order.id = core.next_order
    core.next_order += 1
    if not order.client_id:
        order.client_id = f"auto#{order.id}"  # no exchange lets a client choose this one: `#` is nowhere legal
    if order.status is not Status.PENDING:
        order.working_ns = core.now_ns
    account.opened(order)
    core.tell_order(Execution.NEW, order)
    lock(core, account, market, order)
    if order.status is Status.PENDING:
        market.triggers.add(order)
    else:
        work(core, account, market, order)
    return order


def lock(core: Core, account: Account, market: Market, order: Order) -> None:
    held = locked(market, order)
    if held is not None:
        account.wallet.purse(held[0]).lock(held[1])
        core.tell_wallet(account, "order", held[0])


def trigger(core: Core, market: Market, order: Order) -> None:
    """Its price was reached: it becomes an ordinary order, if it can still be paid."""
    account = core.accounts[order.account]
    # A market order takes what it costs by then; what was locked for it was a guess.
    freed = unlock(account, market, order) if order.price is None else None
    if freed is not None:
        core.tell_wallet(account, "order", freed)
    order.status = Status.NEW
    order.triggered_ns = order.working_ns = core.now_ns
    refused = _still_refused(account, market, order)
    core.tell_order(Execution.TRIGGERED, order)
    if refused is not None:
        expire(core, market, order, refused)
    else:
        work(core, account, market, order)


def _still_refused(account: Account, market: Market, order: Order) -> Reason | None:
    """A triggered order is asked again what an ordinary one is asked; it may be cut to the position."""
    if order.close_position:
        holding = account.holdings.get(market.key)
        order.quantity = holding.reducible(order.side) if holding is not None else ZERO
        return None if order.quantity else Reason.POSITION_CLOSED
    try:
        if market.linear or order.price is None:
            afford(account, market, order)
    except Rejected as refusal:
        return refusal.reason
    return None


def work(core: Core, account: Account, market: Market, order: Order) -> None:
    """Let it trade; let the rest of it rest, or end."""
    price = order.price
    stopped = False
    if price is None or market.book.crosses(order.side, price):
        if order.post_only and price is not None:
            return expire(core, market, order, Reason.POST_ONLY)
        whole = order.tif is TimeInForce.FOK and order.quote_quantity is None
        if whole and survey(market, account, order, price)[0] < order.remaining:
            return expire(core, market, order, Reason.FILL_OR_KILL)
        stopped = match(core, market, order.side, price, order, None)
        if not order.status.open:
            return None
    if stopped:
        return expire(core, market, order, Reason.SELF_TRADE)
    if price is None:
        return expire(core, market, order, Reason.NO_LIQUIDITY)
    if order.tif is not TimeInForce.GTC:
        immediate = order.tif is TimeInForce.IOC
        return expire(core, market, order, Reason.IMMEDIATE_OR_CANCEL if immediate else Reason.FILL_OR_KILL)
    return rest(market, account, order)


def amend(
    core: Core, account: Account, market: Market, order: Order,
    quantity: Decimal | None, price: Decimal | None, trigger_price: Decimal | None,
) -> None:  # fmt: skip
    """Change an open order; its place is lost unless only its quantity shrinks."""
    terms, pending = market.instrument, order.status is Status.PENDING
    if (
        (price is not None and order.price is None)
        or (trigger_price is not None and not pending)
        or order.close_position
    ):
        raise Rejected(Reason.NOT_AMENDABLE, f"{order.type.value}, {order.status.value}")
    wanted = order.copy()
    if quantity is not None:
        wanted.quantity = filters.quantity(terms, quantity, market_order=order.price is None)
    if price is not None:
        wanted.price = filters.price(terms, price)
    if trigger_price is not None:
        wanted.trigger_price = filters.trigger(terms, trigger_price)
    before = (order.quantity, order.price, order.trigger_price)
    if (wanted.quantity, wanted.price, wanted.trigger_price) == before:
        raise Rejected(Reason.NOTHING_TO_CHANGE)
    _admit_change(account, market, order, wanted)
    only_less = wanted.price == order.price and wanted.quantity < order.quantity and not pending
    less = order.quantity - wanted.quantity
    held, holds = locked(market, order), locked(market, wanted)
    if held is not None and holds is not None:
        account.wallet.purse(held[0]).lock(holds[1] - held[1])
    if only_less and order.price is not None:
        market.book.half(order.side).take(order.price, order, less, False)
        if market.linear:
            unrest(account.holding(market), order, less, False)
    else:
        withdraw(core, market, order)
        order.working_ns = 0 if pending else core.now_ns
    order.quantity, order.price, order.trigger_price = wanted.quantity, wanted.price, wanted.trigger_price
    core.tell_order(Execution.AMENDED, order)
    if held is not None:
        core.tell_wallet(account, "order", held[0])
    if pending:
        market.triggers.add(order)
    elif not only_less:
        work(core, account, market, order)


def _admit_change(account: Account, market: Market, order: Order, wanted: Order) -> None:
    """As `admission.admit`, for what an amendment makes of an order."""
    terms = market.instrument
    if wanted.quantity <= order.filled:
        raise Rejected(Reason.QUANTITY_MIN, f"{order.filled} is filled already")
    if wanted.price is not None:
        filters.band(terms, wanted.price, filters.reference(order.type, market.last, wanted.trigger_price))
    if not order.reduce_only:
        filters.notional(terms, (wanted.price or wanted.trigger_price or ZERO) * wanted.quantity)
    pending = order.status is Status.PENDING
    if pending and wanted.trigger_price is not None:
        watched = market.mark if order.trigger_by is TriggerBy.MARK else market.last
        if reached(order.type, order.side, wanted.trigger_price, watched):
            raise Rejected(Reason.TRIGGER_NOW, f"trigger {wanted.trigger_price}, price {watched}")
    held, holds = locked(market, order), locked(market, wanted)
    if held is not None and holds is not None:
        more = holds[1] - held[1]
        if more > 0 and more > account.spendable(held[0]):
            raise Rejected(Reason.BALANCE, f"{more} {held[0]} more needed")
    if market.linear and not pending:
        if order.reduce_only:
            afford(account, market, wanted)
        else:
            margin(account, market, wanted, instead=order.remaining * (order.price or ZERO))

"""How orders end other than by being filled, and give back what they held."""

from decimal import Decimal
from typing import TYPE_CHECKING

from .events import Execution
from .model import ZERO, Order, Reason, Side, Status

if TYPE_CHECKING:
    from .account import Account
    from .core import Core
    from .margin import Holding
    from .market import Market


def expire(core: "Core", market: "Market", order: Order, reason: Reason) -> None:
    """The exchange ends it."""
    end(core, market, order, Execution.EXPIRED, Status.EXPIRED, reason)


def cancel(core: "Core", market: "Market", order: Order) -> None:
    """Its account ends it."""
    end(core, market, order, Execution.CANCELED, Status.CANCELED, None)


def end(
    core: "Core", market: "Market", order: Order, execution: Execution, status: Status, reason: Reason | None
) -> None:
    """Take an open order from wherever it waits, rests, or is being matched."""
    account = core.accounts[order.account]
    withdraw(core, market, order)
    freed = unlock(account, market, order)
    order.status, order.reason = status, reason
    account.closed(order)
    core.tell_order(execution, order)
    if freed is not None:
        core.tell_wallet(account, "cancel", freed)


def withdraw(core: "Core", market: "Market", order: Order) -> None:
    """Out of the book or the triggers, but not ended; what it has locked stays."""
    if order.status is Status.PENDING:
        market.triggers.discard(order)
    elif order.price is not None:
        remaining = order.quantity - order.filled
        if market.book.half(order.side).remove(order.price, order, remaining) and market.linear:
            unrest(core.accounts[order.account].holding(market), order, remaining, True)


def locked(market: "Market", order: Order) -> tuple[str, Decimal] | None:
    """What a spot order keeps locked while it waits or rests: the asset and how much; None if nothing."""
    if market.linear:
        return None
    each = order.price
    if each is None and order.status is Status.PENDING:
        each = order.trigger_price
    if each is None:
        return None
    if order.side is Side.SELL:
        return market.instrument.base, order.quantity - order.filled
    return market.instrument.quote, (order.quantity - order.filled) * each


def unlock(account: "Account", market: "Market", order: Order) -> str | None:
    """Give back what is still locked; the asset, if any was."""
    held = locked(market, order)
    if held is None:
        return None
    account.wallet.purse(held[0]).lock(-held[1])
    return held[0]


def rest(market: "Market", account: "Account", order: Order) -> None:
    """Into the book with what is left of it."""
    price, remaining = order.price, order.remaining
    if price is None:
        return
    market.book.half(order.side).add(price, order, remaining)
    if market.linear:
        holding = account.holding(market)
        if order.reduce_only:
            holding.reducing[order.id] = order
        holding.count(order, remaining)


def unrest(holding: "Holding", order: Order, quantity: Decimal, gone: bool) -> None:
    """So much less of a resting linear order counts towards the margin."""
    if gone and order.reduce_only:
        holding.reducing.pop(order.id, None)
    holding.count(order, -quantity)


def shrink_reducing(core: "Core", market: "Market", holding: "Holding") -> None:
    """A resting reduce-only order never asks for more than there is to reduce."""
    for order in list(holding.reducing.values()):
        room = holding.reducible(order.side)
        excess = order.remaining - room
        if excess <= ZERO or order.price is None:
            continue
        if not room:
            expire(core, market, order, Reason.POSITION_CLOSED)
            continue
        market.book.half(order.side).take(order.price, order, excess, False)
        order.quantity -= excess
        core.tell_order(Execution.AMENDED, order)

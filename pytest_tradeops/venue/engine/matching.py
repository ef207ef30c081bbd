"""Price-time priority: who trades with whom, how much, at which price. Settling it is somebody else's."""

from decimal import Decimal
from typing import TYPE_CHECKING

from .book import Quote
from .ending import expire
from .model import ZERO, Order, Reason, SelfTrade, Side, TimeInForce
from .settlement import trade

if TYPE_CHECKING:
    from .account import Account
    from .core import Core
    from .market import Market

BUY = Side.BUY


def match(
    core: "Core", market: "Market", side: Side, limit: Decimal | None, taker: Order | None, quantity: Decimal | None
) -> bool:
    """Take from the book, the best price first and there the oldest order.

    Args:
        limit: The worst price; None takes any.
        taker: None is the background market, which takes `quantity`, or with None all that is in the way.

    Returns:
        Whether it ended because of self-trade prevention.
    """
    half = market.book.against(side)
    buying = side is BUY
    spend = taker.quote_quantity if taker is not None else None
    if taker is not None and spend is None:
        quantity = taker.quantity - taker.filled
    while True:
        level = half.best()
        if level is None:
            return False
        price = level.price
        if limit is not None and (price > limit if buying else price < limit):
            return False
        maker = level.first()
        if isinstance(maker, Quote):
            available = maker.quantity
        else:
            if taker is not None and maker.account == taker.account and taker.self_trade is not SelfTrade.NONE:
                if taker.self_trade is not SelfTrade.EXPIRE_TAKER:
                    expire(core, market, maker, Reason.SELF_TRADE)
                if taker.self_trade is not SelfTrade.EXPIRE_MAKER:
                    return True
                continue
            available = maker.quantity - maker.filled
        final = False
        if taker is not None and spend is not None:
            fits = affordable(spend - taker.cost, price, market.instrument.step)
            final = fits <= available
            take = min(available, fits)
            if not take:
                return False
        elif quantity is None:
            take = available
        else:
            take = min(available, quantity)
            quantity -= take
        trade(core, market, side, price, take, maker, taker, final)
        if final or (quantity is not None and not quantity and spend is None):
            return False


def survey(market: "Market", account: "Account", order: Order, limit: Decimal | None) -> tuple[Decimal, Decimal]:
    """How much an order would get now, and at what cost: `match` without doing it."""
    spend = order.quote_quantity
    want = order.remaining
    got = cost = ZERO
    buying = order.side is BUY
    if limit is None and spend is None and order.self_trade is SelfTrade.NONE and order.tif is not TimeInForce.FOK:
        # Most market orders find all they want at the best price, and it does not matter whose it is.
        best = market.book.against(order.side).best()
        if best is not None and best.total >= want:
            return want, best.price * want
    shadows: dict[str, Decimal] = {}
    for level in market.book.against(order.side).walk():
        price = level.price
        if limit is not None and (price > limit if buying else price < limit):
            break
        for maker in level.queue.values():
            if isinstance(maker, Order):
                if maker.account == account.name and order.self_trade is not SelfTrade.NONE:
                    if order.self_trade is SelfTrade.EXPIRE_MAKER:
                        continue
                    return got, cost
                available = _still(market, maker, shadows) if market.linear else maker.remaining
            else:
                available = maker.quantity
            fits = want - got if spend is None else affordable(spend - cost, price, market.instrument.step)
            take = min(available, fits)
            got += take
            cost += take * price
            if isinstance(maker, Order) and market.linear:
                shadows[maker.account] = shadows.get(maker.account, ZERO) - take * order.side.sign
            if fits <= available:
                return got, cost
    return got, cost


def affordable(money: Decimal, price: Decimal, step: Decimal) -> Decimal:
    """The most whole steps that the money pays for."""
    return money // (price * step) * step


def _still(market: "Market", maker: Order, shadows: dict[str, Decimal]) -> Decimal:
    """What a maker has left when its account's orders before it in the book have been filled.

    A reduce-only order shrinks with the position that those have reduced.
    """
    if not maker.reduce_only or maker.account not in shadows:
        return maker.remaining
    holder = market.holders.get(maker.account)
    held = (holder.holdings[market.key].quantity if holder is not None else ZERO) + shadows[maker.account]
    return min(maker.remaining, max(ZERO, -held * maker.side.sign))

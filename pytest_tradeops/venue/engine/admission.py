"""Whether an order may be placed: its filters, then the money behind it. Nothing is changed here."""

from decimal import Decimal

from . import filters
from .account import Account
from .ending import locked
from .market import Market
from .matching import survey
from .model import ZERO, Order, OrderRequest, OrderType, Reason, Rejected, Side, Status, TriggerBy
from .quick import maker
from .triggers import reached

_order = maker(Order)


def admit(account: Account, market: Market, request: OrderRequest, now_ns: int) -> Order:
    """The order as it would be placed, without an id."""
    terms, kind = market.instrument, request.type
    conditional = kind.conditional
    known = account.named.get((market.key, request.client_id)) if request.client_id else None
    if known is not None and known.status.open:
        raise Rejected(Reason.DUPLICATE_CLIENT_ID, request.client_id)
    reduces = request.reduce_only or request.close_position
    if reduces and not market.linear:
        raise Rejected(Reason.REDUCE_ONLY, "there are no positions on the spot market")
    price = filters.price(terms, request.price) if kind.priced else None
    trigger_price = filters.trigger(terms, request.trigger_price) if conditional else None
    if price is not None:
        filters.band(terms, price, filters.reference(kind, market.last, trigger_price))
    quantity, spend = _size(market, request, price or trigger_price or market.last, reduces)
    if trigger_price is not None and reached(kind, request.side, trigger_price, _watched(market, request)):
        raise Rejected(Reason.TRIGGER_NOW, f"trigger {trigger_price}, price {_watched(market, request)}")
    if kind is not OrderType.MARKET and len(account.open.get(market.key, ())) >= terms.max_open_orders:
        raise Rejected(Reason.TOO_MANY_ORDERS, f"{terms.max_open_orders} are open")
    order = _order(
        id=0,
        account=account.name,
        market=market.key,
        side=request.side,
        type=kind,
        quantity=quantity,
        quote_quantity=spend,
        price=price,
        trigger_price=trigger_price,
        trigger_by=request.trigger_by,
        tif=request.tif,
        post_only=request.post_only,
        reduce_only=reduces,
        close_position=request.close_position,
        self_trade=request.self_trade,
        client_id=request.client_id,
        meta=request.meta,
        status=Status.PENDING if conditional else Status.NEW,
        created_ns=now_ns,
        updated_ns=now_ns,
        filled=ZERO,
        cost=ZERO,
        reason=None,
        triggered_ns=0,
        working_ns=0,
    )
    if not conditional or not market.linear:
        afford(account, market, order)
    return order


def afford(account: Account, market: Market, order: Order) -> None:
    """Refuse what the account cannot pay or has nothing to reduce with; a reduce-only order is cut to the position."""
    if not market.linear:
        asset, amount = cover(market, account, order)
        spendable = account.spendable(asset)
        if amount > spendable:
            raise Rejected(Reason.BALANCE, f"{amount} {asset} needed, {spendable} free")
    elif order.reduce_only:
        holding = account.holdings.get(market.key)
        room = holding.reducible(order.side) if holding is not None else ZERO
        if not room:
            raise Rejected(Reason.REDUCE_ONLY, f"nothing to reduce by a {order.side.value}")
        order.quantity = min(order.quantity, order.filled + room)
    else:
        margin(account, market, order)


def cover(market: Market, account: Account, order: Order) -> tuple[str, Decimal]:
    """Which asset a spot order takes, and how much of it: what it locks, or for a MARKET order what the book asks."""
    terms = market.instrument
    selling = order.side is Side.SELL
    held = locked(market, order)
    if held is not None:
        return held
    if selling and order.quote_quantity is None:
        return terms.base, order.remaining
    quantity, cost = survey(market, account, order, None)
    if selling:
        return terms.base, quantity
    if order.quote_quantity is not None:
        return terms.quote, order.quote_quantity
    return terms.quote, cost or order.remaining * market.last


def margin(account: Account, market: Market, order: Order, instead: Decimal = ZERO) -> None:
    """Refuse what would need more margin than there is. `instead`: notional of the same order that rests already.

    Closing never needs margin. Opening needs it with the taker's fee and the loss that the price means at the mark.
    """
    holding = account.holding(market)
    if order.price is not None:
        notional = order.price * order.remaining
    else:
        quantity, notional = survey(market, account, order, None)
        notional += (order.remaining - quantity) * market.mark
    added = notional - instead
    more = holding.initial_with(order.side, added) - holding.initial()
    if more <= 0:
        return
    fee = notional * market.instrument.taker_fee
    loss = max(ZERO, (notional - order.remaining * market.mark) * order.side.sign)
    available = account.available(market.instrument.quote)
    if more + fee + loss > available:
        raise Rejected(Reason.MARGIN, f"{more + fee + loss} {market.instrument.quote} needed, {available} available")


def _size(market: Market, request: OrderRequest, price: Decimal, reduces: bool) -> tuple[Decimal, Decimal | None]:
    """Quantity, and what a quote quantity order spends."""
    if request.close_position and request.type.conditional and request.quantity is None:
        return ZERO, None
    if request.quantity is None and request.quote_quantity is not None:
        if market.linear or request.type is not OrderType.MARKET:
            raise Rejected(Reason.QUANTITY_MISSING, "a quote quantity is for MARKET orders on the spot market")
        return ZERO, filters.spending(market, request.quote_quantity)
    quantity = filters.quantity(market.instrument, request.quantity, market_order=not request.type.priced)
    if not reduces:
        filters.notional(market.instrument, price * quantity)
    return quantity, None


def _watched(market: Market, request: OrderRequest) -> Decimal:
    return market.mark if request.trigger_by is TriggerBy.MARK else market.last

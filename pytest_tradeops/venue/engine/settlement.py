"""One trade: what it does to both sides' orders, wallets and positions, and what is told of it.

Events of a side come in the exchanges' order. Spot: the order, then the wallet. Linear: the wallet, the
position, then the order.
"""

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from .book import Entry, Quote
from .ending import shrink_reducing, unrest
from .events import Execution, PublicTrade
from .margin import CENT
from .model import ZERO, Fill, Order, Side, Status
from .quick import maker

if TYPE_CHECKING:
    from .account import Account
    from .core import Core
    from .market import Market

BUY = Side.BUY
_public_trade = maker(PublicTrade)
_fill = maker(Fill)


def trade(
    core: "Core", market: "Market", side: Side, price: Decimal, quantity: Decimal,
    maker: Entry | None, taker: Order | None, final: bool = False,
) -> None:  # fmt: skip
    """Both sides of a trade; `side` is the taker's. None stands for the background market.

    Args:
        final: For a quote quantity order: no more will come.
    """
    market.trade_id += 1
    cost = price * quantity
    public = _public_trade(
        market=market.key, trade_id=market.trade_id, price=price, quantity=quantity, side=side, time_ns=core.now_ns
    )
    core.events.append(public)
    market.tape.add(public, cost)
    market.last = price
    if market.background is None or not market.linear:
        market.mark = price
    if price > market.high:
        market.high = price
    if price < market.low:
        market.low = price
    core.stirred[market.key] = market
    resting = maker if isinstance(maker, Order) else None
    if isinstance(maker, Quote):
        maker.quantity -= quantity
        market.book.against(side).take(price, maker, quantity, not maker.quantity)
    if resting is None and taker is None:
        return
    if resting is None:
        _house(core, market, side.opposite, price, quantity, cost)
    else:
        _side(core, market, resting, price, quantity, cost, True, False)
    if taker is None:
        _house(core, market, side, price, quantity, cost)
    else:
        _side(core, market, taker, price, quantity, cost, False, final)


def _house(core: "Core", market: "Market", side: Side, price: Decimal, quantity: Decimal, cost: Decimal) -> None:
    """The background market pays no fee, has no limit and is told nothing."""
    terms, wallet, sign = market.instrument, core.house.wallet, side.sign
    if market.linear:
        wallet.purse(terms.quote).free += core.house.holding(market).apply(sign, price, quantity)
    else:
        wallet.purse(terms.base).free += quantity * sign
        wallet.purse(terms.quote).free -= cost * sign


def _side(
    core: "Core", market: "Market", order: Order, price: Decimal, quantity: Decimal, cost: Decimal,
    maker: bool, final: bool,
) -> None:  # fmt: skip
    account = core.accounts[order.account]
    order.filled += quantity
    order.cost += cost
    if order.quote_quantity is None:
        final = order.filled == order.quantity
    else:
        order.quantity = order.filled
    order.status = Status.FILLED if final else Status.PARTIALLY_FILLED
    if maker and order.price is not None:
        market.book.half(order.side).take(order.price, order, quantity, final)
    if final:
        account.closed(order)
    terms, linear, profit = market.instrument, market.linear, ZERO
    if linear:
        asset = terms.quote
        fee, profit = _linear(core, market, account, order, price, quantity, cost, maker)
    else:
        asset = terms.base if order.side is BUY else terms.quote
        fee = _spot(core, market, account, order, quantity, cost, maker)
        if terms.quote in account.margined:
            core.review[account.name, terms.quote] = account
    fill = _fill(
        trade_id=market.trade_id,
        order_id=order.id,
        client_id=order.client_id,
        account=account.name,
        market=market.key,
        side=order.side,
        price=price,
        quantity=quantity,
        fee=fee,
        fee_asset=asset,
        maker=maker,
        realized_pnl=profit,
        time_ns=core.now_ns,
    )
    account.fills.append(fill)
    if not linear:
        core.tell_order(Execution.TRADE, order, fill)
        core.tell_wallet(account, "fill", terms.base, terms.quote)
        return
    holding = account.holding(market)
    core.tell_wallet(account, "fill", asset)
    core.tell_position(account, holding)
    core.tell_order(Execution.TRADE, order, fill)
    if holding.reducing:
        shrink_reducing(core, market, holding)


def _spot(
    core: "Core", market: "Market", account: "Account", order: Order, quantity: Decimal, cost: Decimal, maker: bool
) -> Decimal:
    """Exchange one asset for the other; the fee is taken from what is received."""
    terms, buying = market.instrument, order.side is BUY
    base, quote = account.wallet.purse(terms.base), account.wallet.purse(terms.quote)
    rate = terms.maker_fee if maker else terms.taker_fee
    fee = ((quantity if buying else cost) * rate).quantize(CENT, ROUND_DOWN)
    if buying:
        if order.price is None:
            quote.free -= cost
        else:
            held = order.price * quantity
            quote.locked -= held
            quote.free += held - cost
        base.free += quantity - fee
        core.fees.wallet.purse(terms.base).free += fee
    else:
        if order.price is None:
            base.free -= quantity
        else:
            base.locked -= quantity
        quote.free += cost - fee
        core.fees.wallet.purse(terms.quote).free += fee
    return fee


def _linear(
    core: "Core", market: "Market", account: "Account", order: Order, price: Decimal, quantity: Decimal,
    cost: Decimal, maker: bool,
) -> tuple[Decimal, Decimal]:  # fmt: skip
    """Move the position; what it realises and the fee go to the wallet in the settlement asset."""
    terms, holding = market.instrument, account.holding(market)
    if maker:
        unrest(holding, order, quantity, not order.status.open)
    profit = holding.apply(order.side.sign, price, quantity)
    holding.updated_ns = core.now_ns
    if holding.quantity:
        market.holders[account.name] = account
    else:
        market.holders.pop(account.name, None)
    fee = (cost * (terms.maker_fee if maker else terms.taker_fee)).quantize(CENT, ROUND_DOWN)
    account.wallet.purse(terms.quote).free += profit - fee
    core.fees.wallet.purse(terms.quote).free += fee
    core.review[account.name, terms.quote] = account
    return fee, profit

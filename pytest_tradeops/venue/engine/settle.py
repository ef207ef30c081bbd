"""What follows from a price that moved: triggered orders, liquidations; until nothing follows any more."""

from decimal import Decimal

from .account import Account, newest
from .core import Core
from .ending import expire
from .events import Execution
from .margin import Holding
from .market import Market
from .matching import match
from .model import ZERO, Order, OrderType, Reason, SelfTrade, Side, Status, TimeInForce, TriggerBy
from .placing import trigger
from .settlement import trade

#: How far from the mark price a liquidation takes from the book; the house takes over what is left.
_REACH = Decimal("0.05")


def settle(core: Core, only: Market | None = None) -> None:
    """Called after each command and each step of the background, before anybody reads.

    Args:
        only: No other market's book has changed so far.
    """
    if only is not None and not core.stirred and not core.review:
        core.tell_book(only)
        return
    wide = only is None
    while core.stirred or core.review:
        while core.stirred:
            _, market = core.stirred.popitem()
            low, high = market.low, market.high
            market.low = market.high = market.last
            for order in market.triggers.due(low, high, market.mark) if market.triggers else ():
                # An earlier one may have ended it.
                if order.status is Status.PENDING:
                    trigger(core, market, order)
            mark = market.mark
            if market.holders and mark != market.valued:
                market.valued = mark
                for name, holder in market.holders.items():
                    core.review[name, market.instrument.quote] = holder
        while core.review:
            (_, asset), account = core.review.popitem()
            wide |= relieve(core, account, asset)
    for market in core.markets.values() if only is None or wide else (only,):
        core.tell_book(market)


def relieve(core: Core, account: Account, asset: str) -> bool:
    """Liquidate an account below its maintenance margin; let no wallet stay below zero without positions behind it.

    Returns:
        Whether that was necessary: books of any market may have changed then.
    """
    ruined = account.margin_left(asset) < 0
    if ruined:
        _liquidate(core, account, asset)
    purse = account.wallet.purse(asset)
    if purse.free >= 0:
        return ruined
    # A loss was taken that spot orders have locked the money for.
    for order in newest(account.open_orders()):
        market = core.markets[order.market]
        if not market.linear and order.side is Side.BUY and market.instrument.quote == asset:
            expire(core, market, order, Reason.MARGIN)
            if purse.free >= 0:
                return True
    if not account.exposed(asset):
        # The insurance fund of the exchange pays what the account has not.
        core.house.wallet.purse(asset).free += purse.free
        purse.free = ZERO
        core.tell_wallet(account, "liquidation", asset)
    return True


def _liquidate(core: Core, account: Account, asset: str) -> None:
    """All orders that hold this asset back are ended and all positions settled in it are closed."""
    for order in account.open_orders():
        market = core.markets[order.market]
        if market.instrument.quote == asset and (market.linear or order.side is Side.BUY):
            expire(core, market, order, Reason.LIQUIDATION)
    for holding in list(account.margined.get(asset, ())):
        if holding.quantity:
            _close(core, account, holding)


def _close(core: Core, account: Account, holding: Holding) -> None:
    market = holding.market
    side = Side.SELL if holding.quantity > 0 else Side.BUY
    order = Order(
        id=core.next_order,
        account=account.name,
        market=market.key,
        side=side,
        type=OrderType.MARKET,
        quantity=abs(holding.quantity),
        quote_quantity=None,
        price=None,
        trigger_price=None,
        trigger_by=TriggerBy.MARK,
        tif=TimeInForce.IOC,
        post_only=False,
        reduce_only=True,
        close_position=False,
        self_trade=SelfTrade.NONE,
        client_id=f"autoclose-{core.next_order}",
        meta={"cause": "liquidation"},
        status=Status.NEW,
        created_ns=core.now_ns,
        updated_ns=core.now_ns,
        working_ns=core.now_ns,
    )
    core.next_order += 1
    account.opened(order)
    core.tell_order(Execution.NEW, order)
    mark = market.mark
    match(core, market, side, mark * (1 + _REACH * side.sign), order, None)
    if order.status.open:
        trade(core, market, side, mark, order.remaining, None, order)

"""What the exchange refuses before an order exists, where the engine would take it and end it at once."""

from decimal import Decimal

from ...engine.model import Instrument, OrderRequest, OrderType, SelfTrade, Side, TimeInForce
from ..common.errors import BinanceError
from .desk import Desk
from .errors import band, fill_or_kill, would_take
from .terms import price_limits

_DEEP = 5_000


def screen(desk: Desk, account: str, request: OrderRequest, terms: Instrument) -> None:
    """Refuses prices too far from the mark price, GTX orders that would take, FOK orders that cannot be filled.

    Raises:
        BinanceError: -4016, -4024, -4131, -5021 or -5022. First of all what the engine itself would refuse.
    """
    engine = desk.read()
    low, high = price_limits(terms, engine.mark_price(terms.key))
    if request.price is not None:
        # Off the tick, or out of range, says the engine with a code of its own.
        fits = terms.min_price <= request.price <= terms.max_price and not request.price % terms.tick
        if fits and not low <= request.price <= high:
            raise band(request.price, low, high)
    elif request.type is OrderType.MARKET:
        best = _best(desk, request)
        if best is not None and not low <= best <= high:
            words = "The counterparty's best price does not meet the PERCENT_PRICE filter limit."
            raise BinanceError(-4131, words)
    crosses = request.price is not None and engine.would_take(terms.key, request.side, request.price)
    if request.post_only and crosses:
        desk.check(account, request, terms)
        raise would_take()
    if request.tif is TimeInForce.FOK and not _fills(desk, account, request):
        desk.check(account, request, terms)
        raise fill_or_kill()


def _best(desk: Desk, request: OrderRequest) -> Decimal | None:
    book = desk.exchange.engine.book(request.market, 1)
    levels = book.asks if request.side is Side.BUY else book.bids
    return levels[0][0] if levels else None


def _fills(desk: Desk, account: str, request: OrderRequest) -> bool:
    """Whether the book has enough for it now, not counting what self-trade prevention takes out of it."""
    engine = desk.exchange.engine
    book = engine.book(request.market, _DEEP)
    wanted = request.quantity or Decimal(0)
    buying = request.side is Side.BUY
    levels = book.asks if buying else book.bids
    mine: dict[Decimal, Decimal] = {}
    if request.self_trade is not SelfTrade.NONE:
        for order in engine.open_orders(account, request.market):
            if order.side is not request.side and order.price is not None:
                mine[order.price] = mine.get(order.price, Decimal(0)) + order.remaining
    for price, quantity in levels:
        if request.price is not None and (price > request.price if buying else price < request.price):
            break
        wanted -= quantity - mine.get(price, Decimal(0))
        if wanted <= 0:
            return True
    return wanted <= 0

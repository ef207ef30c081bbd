"""One purchase, and money lost with it at the exchange."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, Protocol

from .. import order_check
from ..conversation import Conversation
from ..places import Place
from .script import PATIENCE

#: What of the money is spent: fees and a moving price need the rest.
_SPENT = Decimal("0.9")
#: How much more is lost than was asked for: the price goes on moving.
_MORE = Decimal("1.3")


class Market(Protocol):
    """One market of the venue."""

    def last(self) -> Decimal: ...

    def move(self, price: Decimal | str) -> Decimal: ...

    def hold(self, held: bool = True) -> None: ...


class Venue(Protocol):
    """The venue's own books and prices."""

    def market(self, face: str, symbol: str) -> Any: ...

    def balances(self, face: str) -> Any: ...

    def position(self, face: str, market: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Bought:
    """One order that filled.

    Attributes:
        strategy: Whose order it was.
    """

    place: Place
    order: str
    quantity: Decimal
    strategy: str


def buy(node: Conversation, place: Place, quantity: Decimal | None = None, *, seconds: float = PATIENCE) -> Bought:
    """Buys at the market: a small quantity that the exchange takes, if none is given.

    Raises:
        CheckFailed: `orders: ...`, when it does not fill.
    """
    bid, _ = order_check.market(node, place, seconds)
    size = order_check.quantity(place, bid) if quantity is None else quantity
    order = node.submit(place.instrument, "BUY", str(size))
    order_check.expect(node, order, {"FILLED"}, "orders: market order not filled", seconds)
    strategy = next((str(one["strategy_id"]) for one in node.events if one["client_order_id"] == order), "")
    return Bought(place, order, size, strategy)


def equity(venue: Venue, place: Place) -> Decimal:
    """What the account is worth by the venue's books, in the instrument's quote currency.

    Coins other than the instrument's own are left out: an account of a test has none.
    """
    held = venue.balances(place.face)
    worth = Decimal(held[place.quote].total) if place.quote in held else Decimal(0)
    if not place.spot:
        position = venue.position(place.face, place.market)
        return worth + (position.unrealized_pnl if position is not None else 0)
    coins = Decimal(held[place.base].total) if place.base in held else Decimal(0)
    return worth + coins * _market(venue, place).last()


def spend(node: Conversation, venue: Venue, place: Place) -> Bought:
    """Buys for nearly all of the account's money, once."""
    price = _market(venue, place).last()
    size = (equity(venue, place) * _SPENT / price / place.step).to_integral_value(ROUND_DOWN) * place.step
    return buy(node, place, size)


def lose(venue: Venue, place: Place, percent: Decimal) -> Decimal:
    """Lets the price fall until that part of the equity is lost; what was truly lost, in percent."""
    before = equity(venue, place)
    market = _market(venue, place)
    price = market.last()
    exposed = before if place.spot else abs(venue.position(place.face, place.market).quantity) * price
    fall = percent * _MORE / 100 * before / exposed
    wanted = (price * (1 - fall) / place.tick).to_integral_value(ROUND_DOWN) * place.tick
    market.move(wanted)
    market.hold()  # it stays lost until the bot has looked
    return (before - equity(venue, place)) / before * 100


def _market(venue: Venue, place: Place) -> Market:
    market: Market = venue.market(place.face, place.market)
    return market

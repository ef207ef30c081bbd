"""What the engine says happened, in order. Faces turn these into pushes, the journal keeps them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .model import Balance, Fill, Order, Position, Side


class Execution(StrEnum):
    """Why an order is reported."""

    NEW = "NEW"
    TRIGGERED = "TRIGGERED"
    TRADE = "TRADE"
    AMENDED = "AMENDED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """`order` is a copy taken at that moment; `fill` is set for TRADE."""

    execution: Execution
    order: Order
    fill: Fill | None
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletUpdate:
    """The assets that changed, as they are now. `cause` is `order`, `fill`, `cancel`, `deposit` or `liquidation`."""

    account: str
    balances: dict[str, Balance]
    cause: str
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionUpdate:
    position: Position
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTrade:
    """`side` is the taker's."""

    market: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    side: Side
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookUpdate:
    """Price levels with their new total quantity, zero for a level that is gone.

    Attributes:
        first_id, last_id: Update ids are counted up per market without gaps; one event may stand for several.
    """

    market: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    first_id: int
    last_id: int
    time_ns: int


type Event = OrderUpdate | WalletUpdate | PositionUpdate | PublicTrade | BookUpdate

"""What the engine answers when it is asked about a market: frozen snapshots."""

from dataclasses import dataclass
from decimal import Decimal

type Levels = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Price levels with their total quantity, best first. `last_id` is the update that they include."""

    bids: Levels
    asks: Levels
    last_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kline:
    """What was traded from `open_ns` on for one interval; without a trade all four prices are the last one before.

    Attributes:
        volume, taker_base: Base currency; `taker_*` is the part that buyers took.
        quote_volume, taker_quote: Quote currency.
        trades: Their number.
    """

    open_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    taker_base: Decimal
    taker_quote: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """The last 24 hours, counted in whole minutes of which the running one is the last.

    Attributes:
        open: The price 24 hours ago; the change is `last - open`.
        open_ns, close_ns: What the figures cover.
        bid, bid_quantity, ask, ask_quantity: The best levels of the book, zero where there is none.
    """

    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    open_ns: int
    close_ns: int
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal

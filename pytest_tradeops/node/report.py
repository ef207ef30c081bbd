"""What a backtest did: plain frozen classes, and one digest over all of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from ..model import Grade


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution.

    Attributes:
        order: Number of the order, counted from 0 in the order of their creation.
        side: `BUY` or `SELL`.
        qty: Base units, or contracts.
        px: Quote currency per unit.
        commission: In `currency`; negative for a rebate.
        ts: Nanoseconds since 1970, simulated.
    """

    order: int
    strategy: str
    instrument: str
    side: str
    qty: Decimal
    px: Decimal
    commission: Decimal
    currency: str
    ts: int

    @property
    def signed_qty(self) -> Decimal:
        return self.qty if self.side == "BUY" else -self.qty


@dataclass(frozen=True, slots=True)
class Order:
    """One order at the end of the run.

    Attributes:
        status: NautilusTrader's name, such as `FILLED` or `DENIED`.
        open: It may still fill: accepted, triggered, partly filled, or on its way to the venue.
        reasons: `OrderDenied: ...`, `OrderRejected: ...` and the like, in their order.
    """

    number: int
    strategy: str
    instrument: str
    side: str
    type: str
    quantity: Decimal
    filled: Decimal
    status: str
    open: bool
    reasons: tuple[str, ...]
    ts: int


@dataclass(frozen=True, slots=True)
class Position:
    """One position, open or closed; amounts in `currency`, `unrealized` at the last price (None when closed)."""

    strategy: str
    instrument: str
    signed_qty: Decimal
    opened: int
    closed: int
    currency: str
    realized: Decimal | None
    unrealized: Decimal | None


@dataclass(frozen=True, slots=True)
class Account:
    """One account: currency to balance at the start and at the end.

    Attributes:
        type: `CASH`, `MARGIN` or `BETTING`.
        base_currency: The one currency of a single-currency account, else None.
        precision: Currency to digits after the point.
    """

    id: str
    type: str
    base_currency: str | None
    precision: Mapping[str, int]
    start: Mapping[str, Decimal]
    end: Mapping[str, Decimal]

    @property
    def venue(self) -> str:
        """`BINANCE` of `BINANCE-001`."""
        return self.id.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the money of a fill depends on.

    Attributes:
        kind: NautilusTrader's instrument class: `SPOT`, `SWAP`, `FUTURE`, ...
        settlement: The currency in which profit is paid on a margin account.
        last_price: Middle of the last quote, else last trade or close, on a tick.
    """

    kind: str
    base: str | None
    quote: str
    settlement: str
    multiplier: Decimal
    inverse: bool
    quanto: bool
    last_price: Decimal | None


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Everything one run did, without anything that is random by design.

    Attributes:
        iterations: Market data events that the engine processed.
        digest: SHA-256 over orders, fills, positions and balances; equal for equal runs.
        versions: Of `nautilus_trader` and of Python, in the child.
        seconds: How long the child took, with its imports.
    """

    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    positions: tuple[Position, ...]
    accounts: tuple[Account, ...]
    instruments: Mapping[str, Instrument]
    iterations: int
    digest: str
    versions: Mapping[str, str]
    seconds: float
    grade: Grade = Grade.EMBEDDED

    @property
    def filled_orders(self) -> tuple[Order, ...]:
        """Orders with at least one execution."""
        return tuple(order for order in self.orders if order.filled > 0)

    @property
    def open_orders(self) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.open)

    @property
    def open_positions(self) -> tuple[Position, ...]:
        return tuple(position for position in self.positions if position.signed_qty)

    @classmethod
    def from_json(cls, report: Mapping[str, Any], versions: Mapping[str, str], seconds: float) -> Self:
        """The result that a child wrote."""
        return cls(
            orders=tuple(
                Order(**{**one, "reasons": tuple(one["reasons"]), **_decimals(one, "quantity", "filled")})
                for one in report["orders"]
            ),
            fills=tuple(
                Fill(**{**_without(one, "liquidity"), **_decimals(one, "qty", "px", "commission")})
                for one in report["fills"]
            ),
            positions=tuple(
                Position(**{**_without(one, "entry"), **_decimals(one, "signed_qty", "realized", "unrealized")})
                for one in report["positions"]
            ),
            accounts=tuple(
                Account(**{**one, "start": _amounts(one["start"]), "end": _amounts(one["end"])})
                for one in report["accounts"]
            ),
            instruments={
                name: Instrument(
                    kind=one["class"], **{**_without(one, "class"), **_decimals(one, "multiplier", "last_price")}
                )
                for name, one in report["instruments"].items()
            },
            iterations=report["iterations"],
            digest=digest(report),
            versions=dict(versions),
            seconds=seconds,
        )


def digest(report: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON of orders, fills, positions and balances."""
    part = {name: report[name] for name in ("orders", "fills", "positions", "accounts")}
    return hashlib.sha256(json.dumps(part, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _decimals(row: Mapping[str, Any], *names: str) -> dict[str, Decimal | None]:
    return {name: None if row[name] is None else Decimal(row[name]) for name in names}


def _amounts(balances: Mapping[str, str]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in balances.items()}

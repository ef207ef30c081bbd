"""What a node believes, as plain frozen classes: its orders, fills, positions and balances."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class NodeFill:
    """One execution as the node booked it.

    Attributes:
        trade_id: The venue's.
        commission: In `currency`, > 0 is paid.
        reconciliation: It was not heard of when it happened, but found when the venue was asked.
    """

    client_order_id: str
    venue_order_id: str
    trade_id: str
    instrument: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    currency: str
    maker: bool
    reconciliation: bool


@dataclass(frozen=True, slots=True)
class NodeOrder:
    """One order in the node's cache.

    Attributes:
        status: NautilusTrader's name, such as `ACCEPTED`.
        open: It may still fill, or is on its way.
        reasons: `OrderRejected: ...` and the like.
    """

    client_order_id: str
    venue_order_id: str
    strategy: str
    instrument: str
    side: str
    type: str
    status: str
    open: bool
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    reasons: tuple[str, ...]
    fills: tuple[NodeFill, ...]


@dataclass(frozen=True, slots=True)
class NodePosition:
    """One position, open or closed; `realized` in `currency`, fees included."""

    instrument: str
    strategy: str
    signed_qty: Decimal
    avg_px_open: Decimal
    realized: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class NodeBalance:
    """One currency of an account."""

    total: Decimal
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class NodeState:
    """Everything a node believes at one moment.

    Attributes:
        balances: Account id, then currency.
        inflight: Orders on their way to the venue.
        strategies: Ids of the strategies it runs, ours included.
        quotes: Instrument to how many quotes the driver has seen of it.
        now_ns: The node's clock.
    """

    orders: tuple[NodeOrder, ...]
    positions: tuple[NodePosition, ...]
    balances: Mapping[str, Mapping[str, NodeBalance]]
    inflight: int
    strategies: tuple[str, ...]
    instruments: tuple[str, ...]
    quotes: Mapping[str, int]
    now_ns: int

    @property
    def fills(self) -> tuple[NodeFill, ...]:
        return tuple(fill for order in self.orders for fill in order.fills)

    @property
    def open_orders(self) -> tuple[NodeOrder, ...]:
        return tuple(order for order in self.orders if order.open)

    def order(self, client_order_id: str) -> NodeOrder | None:
        return next((one for one in self.orders if one.client_order_id == client_order_id), None)

    def position(self, instrument: str) -> Decimal:
        """Net quantity over all strategies, base units."""
        return sum((one.signed_qty for one in self.positions if one.instrument == instrument), Decimal(0))

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """The state that a child wrote."""
        return cls(
            orders=tuple(_order(one) for one in given["orders"]),
            positions=tuple(
                NodePosition(
                    one["instrument_id"],
                    one["strategy_id"],
                    Decimal(one["signed_qty"]),
                    Decimal(one["avg_px_open"]),
                    None if one["realized"] is None else Decimal(one["realized"]),
                    one["currency"],
                )
                for one in given["positions"]
            ),
            balances={
                account: {
                    code: NodeBalance(**{name: Decimal(value) for name, value in one.items()})
                    for code, one in currencies.items()
                }
                for account, currencies in given["balances"].items()
            },
            inflight=given["inflight"],
            strategies=tuple(given["strategies"]),
            instruments=tuple(given["instruments"]),
            quotes=dict(given.get("quotes", {})),
            now_ns=given["now"],
        )


def fill(given: Mapping[str, Any]) -> NodeFill:
    """An `OrderFilled` event as the child wrote it."""
    return NodeFill(
        given["client_order_id"],
        given["venue_order_id"] or "",
        given["trade_id"] or "",
        given["instrument_id"],
        given["side"],
        Decimal(given["quantity"]),
        Decimal(given["price"]),
        Decimal(given["commission"]),
        given["currency"],
        given["maker"],
        given["reconciliation"],
    )


def _order(given: Mapping[str, Any]) -> NodeOrder:
    return NodeOrder(
        given["client_order_id"],
        given["venue_order_id"] or "",
        given["strategy_id"],
        given["instrument_id"],
        given["side"],
        given["type"],
        given["status"],
        given["open"],
        Decimal(given["quantity"]),
        Decimal(given["filled"]),
        None if given["price"] is None else Decimal(given["price"]),
        None if given["trigger_price"] is None else Decimal(given["trigger_price"]),
        tuple(given["reasons"]),
        tuple(fill(one) for one in given["fills"]),
    )

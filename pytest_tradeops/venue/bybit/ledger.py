"""What Bybit tells beyond the engine's own books: fees per order, closed profit, how long a position has been held.

Everything here follows from the fills, so a restart rebuilds it from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ..engine.model import ZERO, Fill


@dataclass(slots=True)
class Closed:
    """What one order closed of a position.

    Attributes:
        size: Base currency; `entry`, `exit` are its values in quote currency.
        open_fee, close_fee: The share of the fees for opening it, and those for closing it.
        pnl: Before fees.
    """

    account: str
    market: str
    order_id: int
    leverage: int
    created_ns: int
    updated_ns: int
    size: Decimal = ZERO
    entry: Decimal = ZERO
    exit: Decimal = ZERO
    open_fee: Decimal = ZERO
    close_fee: Decimal = ZERO
    pnl: Decimal = ZERO
    fills: int = 0

    @property
    def net(self) -> Decimal:
        return self.pnl - self.open_fee - self.close_fee


@dataclass(slots=True)
class Holding:
    """A position's history.

    Attributes:
        quantity: Signed; `entry` is its cost, `fees` were paid for what of it is still open.
        created_ns: When the market was first traded; `opened_ns` when the present position began, 0 if flat.
        current: Realised since then, after fees; `total` since ever.
    """

    quantity: Decimal = ZERO
    entry: Decimal = ZERO
    fees: Decimal = ZERO
    created_ns: int = 0
    opened_ns: int = 0
    current: Decimal = ZERO
    total: Decimal = ZERO
    sequence: int = -1


@dataclass(slots=True)
class Ledger:
    """Fed with every fill once, in their order."""

    fees: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict)
    closed: dict[str, list[Closed]] = field(default_factory=dict)
    _seen: set[tuple[str, int, int]] = field(default_factory=set)

    def add(self, fill: Fill, *, linear: bool, leverage: int) -> Decimal:
        """Books a fill; returns how much of the position it closed. A fill that is known is not booked again."""
        identity = (fill.market, fill.trade_id, fill.order_id)
        if identity in self._seen:
            return ZERO
        self._seen.add(identity)
        fees = self.fees.setdefault(fill.order_id, {})
        fees[fill.fee_asset] = fees.get(fill.fee_asset, ZERO) + fill.fee
        return self._hold(fill, leverage) if linear else ZERO

    def rebuild(self, fills: Iterable[tuple[Fill, bool, int]]) -> None:
        for fill, linear, leverage in fills:
            self.add(fill, linear=linear, leverage=leverage)

    def holding(self, account: str, market: str) -> Holding:
        return self.holdings.get((account, market)) or Holding()

    def _hold(self, fill: Fill, leverage: int) -> Decimal:
        held = self.holdings.setdefault((fill.account, fill.market), Holding())
        held.created_ns = held.created_ns or fill.time_ns
        held.sequence = fill.trade_id
        signed = fill.quantity * fill.side.sign
        closing = min(abs(held.quantity), fill.quantity) if held.quantity * signed < 0 else ZERO
        if not held.quantity:
            held.opened_ns, held.current = fill.time_ns, ZERO
        if closing:
            self._close(fill, held, closing, leverage)
        opening = fill.quantity - closing
        open_fee = fill.fee * opening / fill.quantity
        flips = closing and opening
        if flips:
            held.opened_ns, held.current = fill.time_ns, ZERO
        held.quantity += signed
        held.entry += opening * fill.price
        held.fees += open_fee
        held.current -= open_fee
        held.total -= open_fee
        if not held.quantity:
            held.opened_ns = 0
        return closing

    def _close(self, fill: Fill, held: Holding, closing: Decimal, leverage: int) -> None:
        part = closing / abs(held.quantity)
        entry, open_fee = held.entry * part, held.fees * part
        close_fee = fill.fee * closing / fill.quantity
        held.entry -= entry
        held.fees -= open_fee
        held.current += fill.realized_pnl - close_fee
        held.total += fill.realized_pnl - close_fee
        records = self.closed.setdefault(fill.account, [])
        record = next((one for one in reversed(records[-8:]) if one.order_id == fill.order_id), None)
        if record is None:
            record = Closed(fill.account, fill.market, fill.order_id, leverage, fill.time_ns, fill.time_ns)
            records.append(record)
        record.size += closing
        record.entry += entry
        record.exit += closing * fill.price
        record.open_fee += open_fee
        record.close_fee += close_fee
        record.pnl += fill.realized_pnl
        record.fills += 1
        record.updated_ns = fill.time_ns

"""Whether a node and the venue tell the same story of one account: orders, fills, positions, balances."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from ..model import Finding
from ..venue.client import Balance, Fill, Order, Position
from .beliefs import NodeFill, NodeOrder, NodeState
from .conversation import Conversation
from .places import Place

REASON = "orders: node and venue disagree"
#: NautilusTrader keeps money with at most so many decimals.
_ROUNDING = Decimal("0.00000001")
_LOOK = 0.05
#: Seconds without any change after which both sides have said all: longer than a node's own checks are apart.
_STILL = 5.0
#: Status at the venue to what the node may call it. An order that ends at once is refused by some exchanges.
_STATUS: Mapping[str, frozenset[str]] = {
    "PENDING": frozenset({"ACCEPTED"}),
    "NEW": frozenset({"ACCEPTED", "TRIGGERED"}),
    "PARTIALLY_FILLED": frozenset({"PARTIALLY_FILLED"}),
    "FILLED": frozenset({"FILLED"}),
    "CANCELED": frozenset({"CANCELED", "EXPIRED"}),
    "EXPIRED": frozenset({"EXPIRED", "CANCELED", "REJECTED"}),
}
#: What the node calls an order that the venue need not have.
_NOWHERE = frozenset({"INITIALIZED", "DENIED", "REJECTED", "EMULATED", "RELEASED"})


class Ledger(Protocol):
    """The venue's own books, of one account per face."""

    def orders(self, face: str) -> list[Order]: ...

    def fills(self, face: str) -> list[Fill]: ...

    def balances(self, face: str) -> dict[str, Balance]: ...

    def position(self, face: str, market: str) -> Position | None: ...

    def trade_id(self, face: str, fill: Fill) -> str: ...


@dataclass(frozen=True, slots=True)
class Books:
    """What the venue has written down of one account at one moment.

    Attributes:
        fills: Each with the name that the exchange has for its trade.
        positions: Market to signed quantity; Spot markets have none.
    """

    orders: tuple[Order, ...]
    fills: tuple[tuple[str, Fill], ...]
    balances: Mapping[str, Balance]
    positions: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison came to.

    Attributes:
        findings: Empty where both sides agree.
        state: The node's side of it.
    """

    findings: tuple[Finding, ...]
    state: NodeState


def read(ledger: Ledger, face: str, places: Sequence[Place]) -> Books:
    """The venue's books of that face's account."""
    positions = {}
    for place in places:
        if place.face == face and not place.spot:
            found = ledger.position(face, place.market)
            positions[place.market] = Decimal(0) if found is None else found.quantity
    fills = tuple((ledger.trade_id(face, one), one) for one in ledger.fills(face))
    return Books(tuple(ledger.orders(face)), fills, ledger.balances(face), positions)


def agree(
    node: Conversation,
    ledger: Ledger,
    places: Sequence[Place],
    *,
    seconds: float = 10.0,
    reason: str = REASON,
    inferred: bool = False,
    money: bool = True,
) -> Agreement:
    """Compares both sides until they agree, or nothing changes any more, or `seconds` are over: what is left then.

    A state counts only if the venue's books stood still while the node was asked for it.

    Args:
        inferred: As for `compare`.
        money: As for `compare`.
    """
    faces = sorted({place.face for place in places})
    deadline = time.monotonic() + seconds
    seen: object = None
    since = time.monotonic()
    while True:
        before = {face: read(ledger, face, places) for face in faces}
        state = node.state()
        after = {face: read(ledger, face, places) for face in faces}
        found = [
            one
            for face in faces
            for one in compare(state, places, face, after[face], reason=reason, inferred=inferred, money=money)
        ]
        if (now := (before, after, found)) != seen:
            seen, since = now, time.monotonic()
        late = time.monotonic() > min(deadline, since + _STILL)
        if late or (not found and before == after):
            return Agreement(tuple(found), state)
        time.sleep(_LOOK)


def compare(
    state: NodeState,
    places: Sequence[Place],
    face: str,
    books: Books,
    *,
    reason: str = REASON,
    inferred: bool = False,
    money: bool = True,
) -> list[Finding]:
    """Everything that the node has otherwise than the venue, on one face.

    Args:
        places: Where the node trades; only these markets are compared.
        inferred: Whether a fill may be one that the node has concluded from an order's state: right in quantity and
            cost, with a made-up trade id and no fee.
        money: Whether balances are compared; NautilusTrader asks for none after a lost connection.
    """
    here = {place.market: place for place in places if place.face == face}
    said = [
        *_orders(state, here, books),
        *_fills(_concluded(state, books) if inferred else state, here, books),
        *_positions(state, here, books),
        *(_balances(state, here, books) if money else ()),
    ]
    remedy = "Compare the node's log with the venue's journal."
    return [Finding(reason, f"{face}: {one}", remedy=remedy) for one in said]


def _orders(state: NodeState, here: Mapping[str, Place], books: Books) -> Iterator[str]:
    instruments = {place.instrument for place in here.values()}
    mine = {one.client_order_id: one for one in state.orders if one.instrument in instruments}
    theirs = {one.client_id: one for one in books.orders if one.market in here}
    for number, order in theirs.items():
        own = mine.get(number)
        if own is None:
            yield f"the venue has the order {_name(order)} as {order.status.value}, and the node does not know it."
        elif own.status not in _STATUS[order.status.value]:
            yield f"the order {_name(order)} is {order.status.value} at the venue and {own.status} in the node."
        elif own.filled != order.filled:
            yield f"{order.filled} of the order {_name(order)} is filled at the venue, {own.filled} in the node."
    for number, own in mine.items():
        if number not in theirs and own.status not in _NOWHERE:
            yield f"the node has {own.type} {own.side} {own.quantity} as {own.status}, and the venue does not have it."


def _fills(state: NodeState, here: Mapping[str, Place], books: Books) -> Iterator[str]:
    instruments = {place.instrument for place in here.values()}
    mine = [one for one in state.fills if one.instrument in instruments]
    theirs = {(one.client_id, name): one for name, one in books.fills if one.market in here}
    counted = Counter((one.client_order_id, one.trade_id) for one in mine)
    known: dict[tuple[str, str], NodeFill] = {(one.client_order_id, one.trade_id): one for one in mine}
    for key, times in counted.items():
        if times > 1:
            yield f"the node has booked one trade {times} times."
        if key not in theirs:
            own = known[key]
            yield f"the node has booked {own.side} {own.quantity} at {own.price}, which the venue does not have."
    for key, fill in theirs.items():
        own_fill = known.get(key)
        what = f"{fill.side.value} {fill.quantity} {fill.market} at {fill.price}"
        if own_fill is None:
            yield f"the venue has filled {what}, and the node has not booked it."
            continue
        if (own_fill.quantity, own_fill.price) != (fill.quantity, fill.price):
            yield f"the venue has filled {what}, and the node has {own_fill.quantity} at {own_fill.price}."
        if own_fill.currency != fill.fee_asset or abs(own_fill.commission - fill.fee) > _ROUNDING:
            paid = f"{own_fill.commission} {own_fill.currency}"
            yield f"the venue took a fee of {fill.fee} {fill.fee_asset} for {what}, and the node has {paid}."


def _concluded(state: NodeState, books: Books) -> NodeState:
    """The state with the venue's own fills wherever the node has concluded as much from an order's state."""
    return replace(state, orders=tuple(_told(one, books) for one in state.orders))


def _told(order: NodeOrder, books: Books) -> NodeOrder:
    theirs = {name: one for name, one in books.fills if one.client_id == order.client_order_id}
    known = {one.trade_id for one in order.fills}
    guessed = [one for one in order.fills if one.reconciliation and one.trade_id not in theirs]
    missing = {name: one for name, one in theirs.items() if name not in known}
    quantity = sum((one.quantity for one in guessed), Decimal(0))
    cost = sum((one.quantity * one.price for one in guessed), Decimal(0))
    there = sum((one.quantity for one in missing.values()), Decimal(0))
    paid = sum((one.cost for one in missing.values()), Decimal(0))
    if not guessed or quantity != there or abs(cost - paid) > quantity * _ROUNDING:
        return order
    taken = tuple(
        replace(
            guessed[0],
            trade_id=name,
            quantity=one.quantity,
            price=one.price,
            commission=one.fee,
            currency=one.fee_asset,
        )
        for name, one in missing.items()
    )
    return replace(order, fills=(*(one for one in order.fills if one not in guessed), *taken))


def _positions(state: NodeState, here: Mapping[str, Place], books: Books) -> Iterator[str]:
    for market, place in here.items():
        theirs = _coins(place, books) if place.spot else books.positions.get(market, Decimal(0))
        own = state.position(place.instrument)
        if abs(own - theirs) > (_coarseness(place, books) if place.spot else 0):
            yield f"the position in {market} is {theirs} at the venue and {own} in the node."


def _coins(place: Place, books: Books) -> Decimal:
    """What the account's fills on a Spot market come to, in coins: NautilusTrader takes fees in coins off."""
    total = Decimal(0)
    for _, fill in books.fills:
        if fill.market == place.market:
            total += fill.side.sign * fill.quantity
            total -= fill.fee if fill.fee_asset == place.base else 0
    return total


def _coarseness(place: Place, books: Books) -> Decimal:
    """How much may be lost where fees are taken off: the node keeps a position with no more digits than quantities."""
    digit = Decimal(1).scaleb(int(place.step.as_tuple().exponent))
    return digit / 2 * sum(fill.market == place.market for _, fill in books.fills) + _ROUNDING


def _balances(state: NodeState, here: Mapping[str, Place], books: Books) -> Iterator[str]:
    for account in sorted({place.account for place in here.values()}):
        own = state.balances.get(account)
        if own is None:
            yield f"the node knows no balances of its account {account}."
            continue
        for asset, balance in sorted(books.balances.items()):
            if asset in own and abs(own[asset].total - balance.total) > _ROUNDING:
                yield f"the account holds {balance.total} {asset} at the venue and {own[asset].total} in the node."


def _name(order: Order) -> str:
    return f"{order.side.value} {order.quantity} {order.market} {order.type.value}"

"""A node whose connections break while an order of its fills: what it must know again once they are back."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ..exceptions import CheckFailed
from ..model import Finding
from ..venue.client import Order, VenueClient
from . import agreement, order_check
from .beliefs import NodeState
from .conversation import Conversation
from .pipe import NodeSilent
from .places import Place

#: Seconds that the exchange takes no connection, and that the node has from then on.
GAP, PATIENCE = 1.5, 12.0
#: Seconds without a request of the node's after which it has asked for all that it wants to know again.
_QUIET = 1.0
#: The moment that a planted fault waits for: orders rest, and the connections are about to break.
MOMENT = "gap"
_LOST = "reconnect: order lost or doubled"


class Venue(agreement.Ledger, order_check.Journal, Protocol):
    """What the scenario needs of a venue of one's own."""

    @property
    def client(self) -> VenueClient: ...

    def orders(self, face: str, *, only_open: bool = False) -> list[Order]: ...

    def sessions(self, face: str) -> list[dict[str, Any]]: ...

    def reached(self, moment: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Survived:
    """What the scenario came to.

    Attributes:
        orders: Client order ids of those that filled in the gap.
        reconciled: How many of these fills the node found by asking, the others it was told.
        seconds: From the gap until the node knew of every one.
    """

    findings: tuple[Finding, ...]
    state: NodeState
    orders: tuple[str, ...]
    reconciled: int
    seconds: float


def run(node: Conversation, venue: Venue, places: Sequence[Place], *, seconds: float = PATIENCE) -> Survived:
    """One order per place rests, fills while nothing is connected, and is to be known afterwards.

    Raises:
        CheckFailed: `orders: ...` before the gap; `reconnect: node ended`, `connection not restored`,
            `market data not resumed`, `fill in the gap not reconciled` or `no order after it`.
    """
    resting = {place: _rest(node, place, seconds) for place in places}
    try:
        return _gap(node, venue, resting, seconds)
    except NodeSilent as silent:
        raise _failed("reconnect: node ended", f"{silent.message}") from None


def _rest(node: Conversation, place: Place, seconds: float) -> str:
    bid, _ = order_check.market(node, place, seconds)
    size, price = order_check.quantity(place, bid), order_check.resting_price(place, bid)
    order = node.submit(place.instrument, "BUY", str(size), "limit", price=str(price))
    order_check.expect(node, order, {"ACCEPTED"}, "orders: limit order not accepted", seconds)
    return order


def _gap(node: Conversation, venue: Venue, resting: dict[Place, str], seconds: float) -> Survived:
    before = {place.face: len(venue.sessions(place.face)) for place in resting}
    venue.reached(MOMENT)
    started = time.monotonic()
    for place, number in resting.items():
        order = next(one for one in venue.orders(place.face, only_open=True) if one.client_id == number)
        venue.client.faults.gap(GAP, face=place.face, fill=order)
    quotes = node.state().quotes
    for face, count in before.items():
        _connected(venue, face, count, seconds)
    for place, number in resting.items():
        _known(node, place, number, seconds)
    known = time.monotonic() - started
    for place in resting:
        _quoted(node, place, quotes.get(place.instrument, 0), seconds)
    return _afterwards(node, venue, resting, known, seconds)


def _connected(venue: Venue, face: str, count: int, seconds: float) -> None:
    if not _comes(lambda: len(venue.sessions(face)) >= count, seconds):
        there = len(venue.sessions(face))
        raise _failed(
            "reconnect: connection not restored",
            f"{seconds:g} s after the connections to {face} broke, the node has {there} of its {count} again.",
        )


def _known(node: Conversation, place: Place, number: str, seconds: float) -> None:
    def filled(state: NodeState) -> bool:
        found = state.order(number)
        return found is not None and found.status == "FILLED"

    if node.wait_until(filled, seconds) is None:
        order = node.state().order(number)
        status = "unknown" if order is None else order.status
        raise _failed(
            "reconnect: fill in the gap not reconciled",
            f"{seconds:g} s after the gap the order for {place.instrument} is {status} in the node, and the venue has "
            "filled it.",
        )


def _quoted(node: Conversation, place: Place, count: int, seconds: float) -> None:
    if node.wait_until(lambda state: state.quotes.get(place.instrument, 0) > count, seconds) is None:
        raise _failed(
            "reconnect: market data not resumed",
            f"The node has had no quote of {place.instrument} for {seconds:g} s after the gap.",
        )


def _afterwards(node: Conversation, venue: Venue, resting: dict[Place, str], known: float, seconds: float) -> Survived:
    """Compares both sides, and lets the node trade on."""
    places = tuple(resting)
    for face in sorted({place.face for place in places}):
        _comes(partial(_is_quiet, venue, face), seconds)
    # No account is asked for after a gap: its balances are right again with the next order.
    found = agreement.agree(node, venue, places, reason=_LOST, inferred=True, money=False)
    if not found.findings:
        for place in places:
            bid, _ = order_check.market(node, place, seconds)
            size = str(order_check.quantity(place, bid))
            order = node.submit(place.instrument, "BUY", size)
            order_check.expect(node, order, {"FILLED"}, "reconnect: no order after it", seconds)
        found = agreement.agree(node, venue, places, reason=_LOST, inferred=True)
    orders = tuple(resting.values())
    reconciled = sum(fill.reconciliation for fill in found.state.fills if fill.client_order_id in orders)
    return Survived(found.findings, found.state, orders, reconciled, known)


def _is_quiet(venue: Venue, face: str) -> bool:
    """Whether the node has asked for all that it wants to know again: an order sent before is taken for two."""
    times = [one["time_ns"] for one in venue.client.requests(face)]
    now: int = venue.client.state()["faces"][face]["time_ns"]
    return (now - max(times, default=0)) / 1e9 > _QUIET


def _comes(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _failed(reason: str, message: str) -> CheckFailed:
    remedy = "Look into the node's log for how it connects again and what it asks for then."
    return CheckFailed([Finding(reason, message, remedy=remedy)])

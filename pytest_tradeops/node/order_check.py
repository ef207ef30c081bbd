"""The order test of one instrument: a node buys, rests, cancels, is refused and sells, and says so each time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any, Protocol

from ..exceptions import CheckFailed
from ..model import Finding
from .beliefs import NodeOrder, NodePosition, NodeState
from .conversation import Conversation
from .places import Place

#: Seconds that anything may take; a loaded machine is slow, and nothing here waits longer than it has to.
PATIENCE = 30.0
#: Relative distances from the market: far enough to rest, and farther than any exchange takes an order.
_RESTING, _REFUSED = Decimal("0.97"), Decimal("1.5")
#: Times the smallest order that the exchange takes: what a fee takes off must not make it too small to sell.
_SIZE = Decimal(3)
_ENDED = frozenset({"FILLED", "CANCELED", "EXPIRED", "REJECTED", "DENIED"})
_PREFERRED = "BTCUSDT"


class Journal(Protocol):
    """The venue's own account of what it was asked."""

    def journal(self, face: str) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class OrderTest:
    """What became of it.

    Attributes:
        orders: Client order ids, the refused one last.
        refusal: What the node says of the refused order.
    """

    place: Place
    orders: tuple[str, ...]
    refusal: str


def one_each(places: Sequence[Place]) -> list[Place]:
    """One instrument per face and kind of market: BTCUSDT where it is, else the first one."""
    chosen: dict[tuple[str, bool], Place] = {}
    for place in sorted(places, key=lambda one: (not one.market.startswith(_PREFERRED), one.instrument)):
        chosen.setdefault((place.face, place.spot), place)
    return [chosen[key] for key in sorted(chosen)]


def run(node: Conversation, venue: Journal, place: Place, *, seconds: float = PATIENCE) -> OrderTest:
    """Sends the orders of the test, one after the other.

    Raises:
        CheckFailed: `orders: no market data`, `market order not filled`, `limit order not accepted`,
            `limit order not cancelled` or `refusal not reported`.
    """
    bid, ask = market(node, place, seconds)
    size = quantity(place, bid)
    bought = node.submit(place.instrument, "BUY", str(size))
    expect(node, bought, {"FILLED"}, "orders: market order not filled", seconds)
    resting = node.submit(place.instrument, "BUY", str(size), "limit", price=str(resting_price(place, bid)))
    expect(node, resting, {"ACCEPTED"}, "orders: limit order not accepted", seconds)
    node.cancel(resting)
    expect(node, resting, {"CANCELED"}, "orders: limit order not cancelled", seconds)
    refused = node.submit(place.instrument, "BUY", str(size), "limit", price=str(_down(ask * _REFUSED, place.tick)))
    reason = _refusal(node, venue, place, refused, seconds)
    sold = node.submit(place.instrument, "SELL", str(_sellable(node, place)))
    expect(node, sold, {"FILLED"}, "orders: market order not filled", seconds)
    return OrderTest(place, (bought, resting, sold, refused), reason)


def market(node: Conversation, place: Place, seconds: float = PATIENCE) -> tuple[Decimal, Decimal]:
    """The newest bid and ask, once there are any; raises CheckFailed `orders: no market data`."""
    node.watch(place.instrument)
    if node.wait_until(lambda state: state.quotes.get(place.instrument, 0) > 0, seconds) is not None:
        quote = node.quote(place.instrument)
        if quote is not None:
            return Decimal(quote["bid"]), Decimal(quote["ask"])
    raise CheckFailed(
        [Finding("orders: no market data", f"The node has no quote of {place.instrument} after {seconds:g} s.")]
    )


def quantity(place: Place, price: Decimal) -> Decimal:
    """A small quantity that the exchange takes at about this price, with a margin."""
    least = max(place.min_quantity, place.min_notional / price, place.step) * _SIZE
    return (least / place.step).to_integral_value(ROUND_UP) * place.step


def resting_price(place: Place, bid: Decimal) -> Decimal:
    """Where a buy order rests."""
    return _down(bid * _RESTING, place.tick)


def expect(node: Conversation, order: str, wanted: set[str], reason: str, seconds: float = PATIENCE) -> NodeOrder:
    """The order, once the node has it in one of these statuses.

    Raises:
        CheckFailed: for `reason`, once it has ended otherwise, or `seconds` are over.
    """
    found = _reached(node, order, wanted, seconds)
    if found is not None and found.status in wanted:
        return found
    raise CheckFailed([Finding(reason, _sentence(found, seconds), remedy="Look into the node's log.")])


def _reached(node: Conversation, order: str, wanted: set[str], seconds: float) -> NodeOrder | None:
    def come(state: NodeState) -> bool:
        found = state.order(order)
        return found is not None and (found.status in wanted or found.status in _ENDED)

    return (node.wait_until(come, seconds) or node.state()).order(order)


def _sentence(order: NodeOrder | None, seconds: float) -> str:
    if order is None:
        return "The node does not know the order that it sent."
    why = f": {order.reasons[-1]}" if order.reasons else ""
    after = "" if order.status in _ENDED else f" after {seconds:g} s"
    return f"{order.type} {order.side} {order.quantity} {order.instrument} is {order.status}{after}{why}."


def _refusal(node: Conversation, venue: Journal, place: Place, order: str, seconds: float) -> str:
    """What the node says of an order that the venue has refused; raises CheckFailed unless it is the venue's word."""
    found = _reached(node, order, {"REJECTED"}, seconds)
    rejected = [one for one in node.events if one["client_order_id"] == order and one["event"] == "OrderRejected"]
    reason = str(rejected[0].get("reason", "")) if rejected and not rejected[0]["reconciliation"] else ""
    answers = [_answer(line) for line in venue.journal(place.face) if line.get("note") == "refused"]
    if not reason or not any(answer in reason for answer in answers if answer):
        told = f"the venue said {answers[-1]!r}" if answers else "the venue has refused nothing"
        message = f"{_sentence(found, seconds)[:-1]}; it was too dear for the venue, and {told}."
        raise CheckFailed([Finding("orders: refusal not reported", message, remedy="Look into the node's log.")])
    return reason


def _answer(line: dict[str, Any]) -> str:
    """The words in which the venue has refused something."""
    answer = str(line["facts"].get("answer", ""))
    try:
        return str(json.loads(answer)["msg"])
    except (ValueError, TypeError, KeyError):
        return answer


def _sellable(node: Conversation, place: Place) -> Decimal:
    """What the driver has bought and still holds, in whole steps."""
    held = sum((one.signed_qty for one in node.state().positions if _is_drivers(one, place)), Decimal(0))
    return _down(held, place.step)


def _is_drivers(position: NodePosition, place: Place) -> bool:
    return position.instrument == place.instrument and position.strategy.startswith("TradeopsDriver")


def _down(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_DOWN) * step

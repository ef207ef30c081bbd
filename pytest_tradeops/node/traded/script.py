"""One script of orders at one instrument: opens, adds, rests and cancels, reduces, turns round, closes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any, Protocol

from ...exceptions import CheckFailed
from ...model import Finding
from .. import order_check
from ..conversation import Conversation
from ..examined import words
from ..places import Place

PATIENCE = order_check.PATIENCE
#: Digits beyond those that the exchange takes: the risk engine refuses such a quantity before it is sent.
_TOO_FINE = "01"
_ENDS = {"OrderDenied": "DENIED", "OrderRejected": "REJECTED"}


class Venue(order_check.Journal, Protocol):
    """What the script needs of the venue."""

    @property
    def faults(self) -> Any: ...

    @property
    def keys(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Traded:
    """What was traded at one instrument.

    Attributes:
        orders: What each order was for (`open`, `add`, `rest`, `reduce`, `turn`, `close`) to its client order id.
        refused: Kind of refusal (`rejected`, `denied`, `cancel_rejected`) to the client order id.
        events: What the node's bus carried of all orders meanwhile.
    """

    place: Place
    orders: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()

    @property
    def strategies(self) -> Mapping[str, str]:
        """Client order id to strategy, of every order that the node sent here."""
        return {
            str(one["client_order_id"]): str(one["strategy_id"])
            for one in self.events
            if one["instrument_id"] == self.place.instrument
        }


def trade(node: Conversation, place: Place, *, refusals: Venue | None = None, seconds: float = PATIENCE) -> Traded:
    """Sends the orders, one after the other, and waits for each.

    A margin account's position is turned round on the way; at the end nothing is held but what is too little to sell.

    Args:
        refusals: Has an order refused by the exchange, one denied, and a cancellation refused, too.

    Raises:
        CheckFailed: `orders: ...`, when an order does not end as it must.
    """
    bid, _ = order_check.market(node, place, seconds)
    size = order_check.quantity(place, bid)
    orders: dict[str, str] = {}

    def market(name: str, side: str, quantity: Decimal) -> None:
        orders[name] = node.submit(place.instrument, side, str(quantity))
        order_check.expect(node, orders[name], {"FILLED"}, "orders: market order not filled", seconds)

    market("open", "BUY", 2 * size)
    market("add", "BUY", size)
    orders["rest"] = rest(node, place, bid, size, seconds)
    refused = {} if refusals is None else _refusals(node, refusals, place, bid, size, seconds)
    node.cancel(orders["rest"])
    order_check.expect(node, orders["rest"], {"CANCELED"}, "orders: limit order not cancelled", seconds)
    market("reduce", "SELL", size)
    if place.spot:
        market("close", "SELL", _held(node, place))
    else:
        market("turn", "SELL", 3 * size)
        market("close", "BUY", size)
    return Traded(place, orders, refused, node.events)


def rest(node: Conversation, place: Place, bid: Decimal, size: Decimal, seconds: float) -> str:
    """A limit order far from the market, once the exchange has it."""
    price = order_check.resting_price(place, bid)
    order = node.submit(place.instrument, "BUY", str(size), "limit", price=str(price))
    order_check.expect(node, order, {"ACCEPTED"}, "orders: limit order not accepted", seconds)
    return order


def _refusals(
    node: Conversation, venue: Venue, place: Place, bid: Decimal, size: Decimal, seconds: float
) -> dict[str, str]:
    dear = ((bid * Decimal("1.5")) / place.tick).to_integral_value(ROUND_DOWN) * place.tick
    rejected = node.submit(place.instrument, "BUY", str(size), "limit", price=str(dear))
    _event(node, "OrderRejected", rejected, seconds)
    denied = node.submit(place.instrument, "BUY", f"{size}{'' if '.' in str(size) else '.'}{_TOO_FINE}")
    _event(node, "OrderDenied", denied, seconds)
    kept = rest(node, place, bid, size, seconds)
    account = venue.keys[place.face].account
    venue.faults.reject_next(1, match="cancel", face=place.face, account=account)
    node.cancel(kept)
    _event(node, "OrderCancelRejected", kept, seconds)
    node.cancel(kept)
    order_check.expect(node, kept, {"CANCELED"}, "orders: limit order not cancelled", seconds)
    return {"rejected": rejected, "denied": denied, "cancel_rejected": kept}


def _event(node: Conversation, name: str, order: str, seconds: float) -> dict[str, Any]:
    found = node.wait_for_event(name, order, seconds)
    if found is None:
        heard = ", ".join(one["event"] for one in node.events if one["client_order_id"] == order) or "nothing"
        message = f"The node has no {name} of an order that must have one; it has {heard}."
        raise CheckFailed([Finding("orders: refusal not reported", message, remedy="Look into the node's log.")])
    return found


def _held(node: Conversation, place: Place) -> Decimal:
    held = sum(
        (
            one.signed_qty
            for one in node.state().positions
            if one.instrument == place.instrument and one.strategy.startswith("TradeopsDriver")
        ),
        Decimal(0),
    )
    return (held / place.step).to_integral_value(ROUND_DOWN) * place.step


def said(event: Mapping[str, Any]) -> str:
    """The reason of an event, without numbers."""
    return words(str(event.get("reason", "")))

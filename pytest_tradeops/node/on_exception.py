"""A node in which a handler raises: whether it ends in order, and what becomes of the orders of its strategies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..exceptions import CheckFailed
from ..model import Finding
from ..venue.client import Order
from . import examined, order_check
from .ending import End
from .guard import GuardEvidence
from .places import Member, Place
from .process import NodeProcess

#: Handlers of the market and of orders are called by two engines, each of which ends the node in its own way.
HANDLERS = ("quote", "OrderFilled")
PATIENCE = 30.0
_LEFT = "exception: order left at the venue"
_REMEDY = (
    "Set graceful_shutdown_on_exception=True in data_engine, risk_engine and exec_engine of the TradingNodeConfig, and "
    "cancel the strategy's orders in on_stop (or name those that are to stay, by client order id, in a warning)."
)


class Venue(order_check.Journal, Protocol):
    """What the scenario needs of the venue's books."""

    def orders(self, face: str, *, only_open: bool = False) -> list[Order]: ...


@dataclass(frozen=True, slots=True)
class Ended:
    """What one exception came to.

    Attributes:
        orders: How many orders rested in the strategies' names when it was raised.
        named: How many of those that stayed were named by the strategy.
    """

    end: End
    orders: int
    named: int
    findings: tuple[Finding, ...]


def engines(guard: GuardEvidence) -> list[Finding]:
    """One finding per engine that would end the process at once, as the team's own configuration says."""
    return [
        Finding(
            "exception: node ends at once",
            f"An exception in the {name} ends the process before any on_stop is called.",
            name,
            _REMEDY,
        )
        for name, graceful in sorted(guard.engines.items())
        if not graceful
    ]


def run(node: NodeProcess, venue: Venue, handler: str, *, seconds: float = PATIENCE) -> Ended:
    """Lets an order rest in the name of each of the team's strategies, raises in a handler, and looks what remains.

    Args:
        handler: One of `HANDLERS`.

    Raises:
        CheckFailed: `orders: ...` before the exception; `exception: strategies missing`.
        Inconclusive: it cannot be told which instrument a strategy trades.
    """
    places = node.places()
    team = {member.id: member for member in _team(node)}
    rested = sum(len(_rest(node, member, places, seconds)) for member in team.values())
    _raise(node, handler, seconds)
    end = node.wait(seconds)
    findings = []
    if end.kind in ("killed", "lost"):
        message = f"{seconds:g} s after an exception the node still ran, and was killed."
        findings.append(Finding("exception: node does not end", message, remedy=_REMEDY))
    owners = {event["client_order_id"]: event["strategy_id"] for event in node.events}
    named = 0
    for face in sorted({place.face for place in places}):
        for order in venue.orders(face, only_open=True):  # those that a strategy has placed by itself as well
            member = team.get(owners.get(order.client_id, ""))
            if member is not None and _is_named(node, member, order.client_id):
                named += 1
            elif member is not None:
                findings.append(Finding(_LEFT, _sentence(member, face, order, handler, end), remedy=_REMEDY))
    return Ended(end, rested, named, tuple(findings))


def _team(node: NodeProcess) -> tuple[Member, ...]:
    team = node.team()
    if not team:
        raise CheckFailed(
            [
                Finding(
                    "exception: strategies missing",
                    f"{node.spec.config} names no strategies, so nobody's orders could be left behind.",
                    remedy="Name them in TradingNodeConfig.strategies, or run `tradeops init strategies`.",
                )
            ]
        )
    return team


def _rest(node: NodeProcess, member: Member, places: Sequence[Place], seconds: float) -> list[str]:
    """Orders in a strategy's own name, on every instrument that it trades: client order id to place."""
    orders = []
    for place in examined.traded(member, places):
        bid, _ = order_check.market(node, place, seconds)
        size, price = order_check.quantity(place, bid), order_check.resting_price(place, bid)
        number = node.submit(place.instrument, "BUY", str(size), "limit", price=str(price), strategy=member.id)
        order_check.expect(node, number, {"ACCEPTED"}, "orders: limit order not accepted", seconds)
        orders.append(number)
    return orders


def _raise(node: NodeProcess, handler: str, seconds: float) -> None:
    """Raises in a handler of the driver's: what ends a node is the same for every strategy in it."""
    place = order_check.one_each(node.places())[0]
    bid, _ = order_check.market(node, place, seconds)
    node.fail(handler)
    if handler != "quote":
        node.submit(place.instrument, "BUY", str(order_check.quantity(place, bid)))


def _is_named(node: NodeProcess, member: Member, order: str) -> bool:
    """Whether the strategy itself has warned of the order; NautilusTrader's own lines about it do not count."""
    own = {member.id, member.id.rpartition("-")[0]}
    return any(
        row.get("component") in own and order in row["message"] and not row["message"].startswith(("<--", "[CMD]"))
        for row in node.log_lines("WARN", "ERROR")
    )


def _sentence(member: Member, face: str, order: Order, handler: str, end: End) -> str:
    where = "a market data handler" if handler == "quote" else "an order event handler"
    how = "the node shut down" if end.code == 0 else f"the process ended ({end.kind})"
    what = f"{order.type.value} {order.side.value} {order.quantity} {order.market}"
    return f"After an exception in {where} {how}, and {what} of {member.id} is still open at {face}."

"""A rejected order, a lost reply and an exception in a handler, in a live node: what the node makes of each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..exceptions import CheckFailed, Inconclusive
from ..model import Finding
from ..venue.client import Order
from . import examined, order_check, raised
from .beliefs import NodeState
from .places import Member, Place
from .process import NodeProcess
from .swallowed import RESUBMITTED, SWALLOWED

PATIENCE = 30.0
ORPHAN = "error-handling: orphan order at the venue"
TWICE = "error-handling: reported more than once"
#: Rejections that are ready: what is sent again at once is refused again, and again.
_REJECTIONS = 3
#: Quotes that a strategy sees after a mishap before it is judged: more than a second of the venue's market.
_QUOTES = 10
#: New orders of one strategy in that time, above what it sends without a mishap, that are taken for a storm.
_STORM = 5
#: What the node calls an order of which it knows that the exchange has it.
_RESTING = frozenset({"ACCEPTED", "TRIGGERED", "PARTIALLY_FILLED", "PENDING_UPDATE", "PENDING_CANCEL"})
#: What NautilusTrader writes about an event that a strategy receives begins with this.
_RECEIVED = "<--[EVT] OrderRejected("


class Faults(Protocol):
    """Of the venue's faults, those that are injected here."""

    def reject_next(self, n: int = 1, *, reason: str = "", match: str = "", **to: Any) -> Any: ...

    def ack_without_push(self, n: int = 1, *, match: str = "", **to: Any) -> Any: ...

    def drop_response(self, n: int = 1, *, match: str = "", **to: Any) -> Any: ...

    def clear(self, *, face: str = "") -> int: ...


class Venue(order_check.Journal, Protocol):
    """What the scenario needs of the venue."""

    @property
    def faults(self) -> Faults: ...

    @property
    def keys(self) -> Mapping[str, Any]: ...

    def orders(self, face: str, *, only_open: bool = False) -> list[Order]: ...


@dataclass(frozen=True, slots=True)
class Mishap:
    """One injected mishap.

    Attributes:
        kind: `reject`, `lost reply` or `exception`.
        order: Client order id, if it befell an order.
        status: What the node called the order in the end.
    """

    kind: str
    strategy: str
    order: str
    status: str
    findings: tuple[Finding, ...]


def usual(node: NodeProcess, *, seconds: float = PATIENCE) -> dict[str, int]:
    """How many orders each strategy sends in the time of a mishap when nothing happens.

    Raises:
        CheckFailed: `error-handling: strategies missing`, `orders: no market data`.
    """
    if not node.team():
        message = f"{node.spec.config} names no strategies, so nobody could handle an error."
        remedy = "Name them in TradingNodeConfig.strategies, or run `tradeops init strategies`."
        raise CheckFailed([Finding("error-handling: strategies missing", message, remedy=remedy)])
    place = order_check.one_each(node.places())[0]
    order_check.market(node, place, seconds)
    before = len(node.events)
    _let_it_act(node, place, seconds)
    return {member.id: len(_new(node.events[before:], member.id)) for member in node.team()}


def reject(
    node: NodeProcess, venue: Venue, member: Member, place: Place, quiet: int, *, seconds: float = PATIENCE
) -> Mishap:
    """The venue refuses an order in the strategy's name; whatever it sends again is refused as well, three times.

    Args:
        quiet: How many orders the strategy sends in that time otherwise.

    Raises:
        CheckFailed: `orders: no market data`.
        Inconclusive: the venue has refused nothing.
    """
    bid, _ = order_check.market(node, place, seconds)
    size = str(order_check.quantity(place, bid))
    before, asked = len(node.events), _refusals(venue, place)
    venue.faults.reject_next(_REJECTIONS, face=place.face, account=venue.keys[place.face].account)
    number = node.submit(place.instrument, "BUY", size, strategy=member.id)
    state = node.wait_until(lambda state: _is(state, number, "REJECTED"), seconds)
    _let_it_act(node, place, seconds)
    venue.faults.clear(face=place.face)
    refused = _refusals(venue, place) - asked
    if not refused:
        raise Inconclusive(
            f"The venue did not refuse the order of {member.id}.", remedy="Look into the venue's journal."
        )
    findings = []
    told = [one for one in node.events if one["client_order_id"] == number and one["event"] == "OrderRejected"]
    if state is None or not told:
        message = f"{place.face} refused an order of {member.id}, and the node does not say so."
        findings.append(Finding(SWALLOWED, message, member.id, "Look into the node's log."))
    elif len(told) > 1:
        message = f"One rejection of an order of {member.id} was told {len(told)} times."
        findings.append(Finding(TWICE, message, member.id, "Look into the node's log."))
    since = node.events[before:]
    again = _again(since, member.id, number, quiet)
    if refused > sum(one["event"] == "OrderInitialized" for one in since):
        again = "the same order"  # below the strategy: the client tries again by itself
    if again:
        message = f"{again} of {member.id} followed at once when {place.face} had refused an order."
        findings.append(
            Finding(RESUBMITTED, _upper(message), member.id, "Wait for the next decision, or for a person.")
        )
    return Mishap("reject", member.id, number, "" if state is None else "REJECTED", tuple(findings))


def lost_reply(
    node: NodeProcess, venue: Venue, member: Member, place: Place, quiet: int, *, seconds: float = PATIENCE
) -> Mishap:
    """The venue takes an order, and neither its answer nor its push arrives: the node has to ask what became of it.

    Args:
        quiet: As for `reject`.

    Raises:
        CheckFailed: `orders: no market data`.
        Inconclusive: the order did not come to the venue.
    """
    bid, _ = order_check.market(node, place, seconds)
    size, price = str(order_check.quantity(place, bid)), str(order_check.resting_price(place, bid))
    before, account = len(node.events), venue.keys[place.face].account
    venue.faults.ack_without_push(1, face=place.face, account=account)
    venue.faults.drop_response(1, face=place.face, account=account)
    number = node.submit(place.instrument, "BUY", size, "limit", price=price, strategy=member.id)
    node.wait_until(lambda state: not _is(state, number, "INITIALIZED", "SUBMITTED"), seconds)
    _let_it_act(node, place, seconds)
    venue.faults.clear(face=place.face)
    state = node.state()
    order = state.order(number)
    status = "" if order is None else order.status
    taken = _submissions(venue, place)
    if not taken[number]:
        raise Inconclusive(
            f"The order of {member.id} did not come to {place.face}, so no reply was lost.",
            remedy="Look into the node's log: what denies the smallest order that the exchange takes?",
        )
    findings = [*orphans(state, venue, place)]
    again = _again(node.events[before:], member.id, number, quiet)
    if taken[number] > 1:
        again = "the same order"
    if again:
        message = f"{again} of {member.id} followed while the reply of {place.face} was lost."
        findings.append(Finding(RESUBMITTED, _upper(message), member.id, "Wait until the node has asked the exchange."))
    return Mishap("lost reply", member.id, number, status, tuple(findings))


def raise_in_one(node: NodeProcess, nonce: str, *, seconds: float = PATIENCE) -> Mishap:
    """Raises in a handler of the first strategy, waits for the end of the node, and looks for it in what was written.

    Raises:
        Inconclusive: no handler of the strategy was called in time.
    """
    member = node.team()[0]
    done = raised.in_node(node, member.id, nonce, "", seconds=seconds)
    if not done.handler:
        raise Inconclusive(
            f"No handler of {member.id} was called within {seconds:g} s, so none could raise.",
            remedy="Let it subscribe to market data that the venue has.",
        )
    errors = [row["message"] for row in node.log_lines("ERROR")]
    output = node.spec.log_directory / "output.txt"  # more of it is written in time than of the log
    printed = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    if any(nonce in one for one in errors) or nonce in printed:
        return Mishap("exception", member.id, "", "", ())
    message = f"An exception in a handler of {member.id} is not in what the node wrote."
    finding = Finding("error-handling: exception swallowed", message, member.id, "Do not catch what you cannot handle.")
    return Mishap("exception", member.id, "", "", (finding,))


def log_findings(node: NodeProcess, rejected: Sequence[str]) -> list[Finding]:
    """Rejections that the log of the ended node does not have once.

    Args:
        rejected: Client order ids.
    """
    hidden = node.guard.hides_rejections
    if hidden:  # the log that is read here is one of ours
        message = f"The configuration's logging has {hidden}, so the bot's own log has no rejection."
        return [Finding(SWALLOWED, message, node.spec.config, "Log warnings, on the console or into a file.")]
    lines = [row["message"] for row in node.log_lines("WARN", "ERROR") if row["message"].startswith(_RECEIVED)]
    findings = []
    for number in rejected:
        times = sum(number in line for line in lines)
        if times != 1:
            reason = TWICE if times else SWALLOWED
            findings.append(
                Finding(reason, f"The log has a rejection {times} times.", remedy="Look into the node's log.")
            )
    return findings


def _let_it_act(node: NodeProcess, place: Place, seconds: float) -> None:
    """Waits until the strategies have seen some more of the market."""
    seen = node.state().quotes.get(place.instrument, 0)
    node.wait_until(lambda state: state.quotes.get(place.instrument, 0) >= seen + _QUOTES, seconds)


def _new(events: Sequence[Mapping[str, Any]], strategy: str) -> list[Mapping[str, Any]]:
    return [one for one in events if one["event"] == "OrderInitialized" and one["strategy_id"] == strategy]


def _again(events: Sequence[Mapping[str, Any]], strategy: str, number: str, quiet: int) -> str:
    """What the strategy sent that was the first order once more, or far more than it usually sends; else empty."""
    new = _new(events, strategy)
    first = next((one for one in new if one["client_order_id"] == number), None)
    others = [one for one in new if one is not first]
    if first is None:
        return ""
    terms = ("instrument_id", "side", "quantity")
    if any(all(one.get(name) == first.get(name) for name in terms) for one in others):
        return "the same order"
    return f"{len(others)} orders" if len(others) >= quiet + _STORM else ""


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _refusals(venue: Venue, place: Place) -> int:
    """How many requests the exchange has refused."""
    return sum(line.get("note") == "refused" for line in venue.journal(place.face))


def _submissions(venue: Venue, place: Place) -> Counter[str]:
    """Client order id to how often the exchange was asked to take an order of that id."""
    commands = (line for line in venue.journal(place.face) if line.get("command") == "submit")
    return Counter(line["arguments"]["request"]["client_id"] for line in commands)


def orphans(state: NodeState, venue: Venue, place: Place) -> list[Finding]:
    """One finding per order that is open at the venue, and that the node has as ended, or still on its way, or not."""
    known = {one.client_order_id: one for one in state.orders}
    findings = []
    for order in venue.orders(place.face, only_open=True):
        own = known.get(order.client_id)
        if own is None or own.status not in _RESTING:
            how = "does not know it" if own is None else f"has it as {own.status}"
            message = f"{order.type.value} {order.side.value} {order.market} is open at {place.face}; the node {how}."
            remedy = "Keep reconciliation and the check of orders in flight on."
            findings.append(Finding(ORPHAN, message, place.instrument, remedy))
    return findings


def _is(state: NodeState, number: str, *statuses: str) -> bool:
    order = state.order(number)
    return order is not None and order.status in statuses


def each(node: NodeProcess, act: Callable[[Member, Place], Mishap]) -> list[Mishap]:
    """The mishap for every strategy of the team's, on every instrument that it trades."""
    places = node.places()
    return [act(member, place) for member in node.team() for place in examined.traded(member, places)]

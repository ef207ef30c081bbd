"""A greedy strategy against the position limit: in a burst, to the brim and beyond it in every form that an order has,
behind resting orders, and by making one larger."""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from ..exceptions import Inconclusive
from ..model import Finding
from . import order_check
from .beliefs import NodeOrder
from .conversation import Conversation
from .exposure import Exposure, follow
from .places import Place

PATIENCE = 30.0
EXCEEDED = "position-limit: exceeded at venue"
#: Of the limit, and of the largest order: several orders are needed, and the price may move on the way.
_CHUNK, _MARGIN = Decimal("0.4"), Decimal("0.9")
_BURST = 4
#: How far from the market an order waits for a price.
_STOP = Decimal("0.02")
#: Seconds for the answer to a change.
_CHANGE = 5.0
_TRIES = 60
#: Denials for another limit than that of the position.
_OTHER_LIMITS = ("Exceeded MAX_ORDER_SUBMIT_RATE", "NOTIONAL_EXCEEDS", "CUM_NOTIONAL_EXCEEDS")
_RATE = _OTHER_LIMITS[0]
#: Seconds of the usual interval of that rate, and a little more.
_INTERVAL = 1.1
_ENDED = frozenset({"FILLED", "CANCELED", "EXPIRED", "REJECTED", "DENIED"})
_REMEDY = (
    "Deny in the node, behind or in front of the risk engine, what could bring the position of all strategies together "
    "beyond the limit; `tradeops init strategies` writes strategies/limiter.py, which does."
)


@dataclass(frozen=True, slots=True)
class Greed:
    """What became of one instrument's limit.

    Attributes:
        fills: How many of the greedy strategy's orders were filled, in part or whole.
        denials: How many the node denied for the position.
        reasons: What it said, once each, without numbers that differ between runs.
    """

    place: Place
    limit: Decimal
    fills: int
    denials: int
    exposure: Exposure
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]


def run(
    node: Conversation,
    venue: order_check.Journal,
    place: Place,
    limit: Decimal,
    account: str,
    notional: Decimal | None = None,
    *,
    seconds: float = PATIENCE,
) -> Greed:
    """Tries to exceed the limit on one instrument, long, and short where that can be held.

    Args:
        limit: Largest absolute net position, base currency.
        account: The venue's name of the account.
        notional: Largest notional of one order, quote currency.

    Raises:
        CheckFailed: `orders: no market data`.
        Inconclusive: the limit is too small for an order, or nothing came near it.
    """
    trader = _Greedy(node, place, limit, notional, seconds)
    for side in ("BUY",) if place.spot else ("BUY", "SELL"):
        if not trader.takes(side):
            break
    exposure = follow(venue.journal(place.face), account, place.market, place.base)
    return _judged(node, trader, exposure)


class _Greedy:
    """Sends the orders; it stops once the position is beyond the limit, since that says enough."""

    def __init__(
        self, node: Conversation, place: Place, limit: Decimal, notional: Decimal | None, seconds: float
    ) -> None:
        self._node, self.place, self.limit, self._seconds = node, place, limit, seconds
        self.bid, ask = order_check.market(node, place, seconds)
        self._least = order_check.quantity(place, self.bid)
        team = node.team()
        self._team = [one.id for one in team if place.instrument in one.instruments] or [one.id for one in team]
        most = limit * _CHUNK if notional is None else min(limit * _CHUNK, notional * _MARGIN / ask)
        self._chunk = _down(most, place.step)
        self.sent: list[str] = []
        if self._chunk < self._least:
            raise Inconclusive(
                f"The limits of {place.instrument} leave no room for several orders that the exchange takes.",
                remedy="Examine this limit with a bot whose limits allow more than two of the smallest orders.",
            )

    def takes(self, side: str) -> bool:
        """Goes beyond the limit in each way that there is; whether the limit held so far."""
        burst = self._node.submit_all(self.place.instrument, side, [str(self._chunk)] * _BURST)
        self.sent += burst
        self._ended(burst)
        ways = (self._to_the_brim, self._in_other_forms, self._behind_resting, self._flatten)
        return all(way(side) for way in ways)

    def denied(self) -> list[NodeOrder]:
        """Its orders that the node denied for the position."""
        mine = set(self.sent)
        orders = (one for one in self._node.state().orders if one.client_order_id in mine)
        return [one for one in orders if one.status == "DENIED" and not _is_other(one)]

    def _to_the_brim(self, side: str) -> bool:
        """Fills what room is left, then asks for the smallest order more; whether that was denied."""
        for _ in range(_TRIES):
            room = self.limit - abs(self._position())
            if room < 0:
                return False
            size = min(self._chunk, _down(room, self.place.step))
            order = self._send(side, size if size >= self._least else self._least)
            if order.status == "DENIED":
                return True
        return True

    def _in_other_forms(self, side: str) -> bool:
        """Asks for the smallest order otherwise than at the market by our strategy; whether that was denied, too."""
        for orders in self._forms(side):
            for one in self._tried(functools.partial(self._submit, orders), {"ACCEPTED"}):
                if one.status == "ACCEPTED":
                    self._cancelled(one.client_order_id)
                if one.status != "DENIED" and self.limit - abs(self._position()) < self._least:
                    return False
        return True

    def _forms(self, side: str) -> Iterator[list[dict[str, Any]]]:
        """Orders that rest, wait for a price, come as a list, only reduce, or are another strategy's."""
        away, least = str(self._away(side)), str(self._least)
        over = str(_down(self.bid * (1 + _STOP if side == "BUY" else 1 - _STOP), self.place.tick))
        plain = {"instrument": self.place.instrument, "side": side, "quantity": least}
        resting = {**plain, "type": "limit", "price": away}
        yield [resting]
        yield [resting, resting]
        yield [{**plain, "type": "stop_limit", "trigger_price": over, "price": over}]
        if self.place.spot:  # an exchange knows `reduce_only` for contracts only, and takes this for any order
            yield [{**plain, "type": "market", "reduce_only": True}]
        for strategy in self._team:
            yield [{**plain, "type": "market", "strategy": strategy}]

    def _submit(self, orders: Sequence[Mapping[str, Any]]) -> list[str]:
        if len(orders) > 1:
            return self._node.submit_list(orders)
        given = dict(orders[0])
        return [
            self._node.submit(
                given.pop("instrument"), given.pop("side"), given.pop("quantity"), given.pop("type"), **given
            )
        ]

    def _behind_resting(self, side: str) -> bool:
        """Makes room and lets an order rest in it, asks for as much at the market, and for more of what rests.

        Whether both were denied.
        """
        self._send(_other(side), self._chunk)
        room = _down(self.limit - abs(self._position()), self.place.step)
        if room < self._least:
            return True
        size = min(room, self._chunk)
        resting = self._send(side, size, price=self._away(side), until={"ACCEPTED"})
        again = self._send(side, self._chunk)
        larger = False
        if resting.status == "ACCEPTED":
            larger = again.status == "DENIED" and self._made_larger(resting.client_order_id, room + self._least)
            self._cancelled(resting.client_order_id)
        return again.status == "DENIED" and not larger

    def _made_larger(self, order: str, quantity: Decimal) -> bool:
        """Asks for so much of a resting order; whether that was granted. Binance has no such change on Spot."""
        self._node.modify(order, quantity=str(quantity))
        answers = {"OrderUpdated", "OrderModifyRejected"}

        def told() -> list[str]:
            return [one["event"] for one in self._node.events if one["client_order_id"] == order]

        before = told().count("OrderUpdated")
        self._node.wait_for(lambda _: bool(answers & set(told())), _CHANGE)
        return told().count("OrderUpdated") > before

    def _away(self, side: str) -> Decimal:
        """Where an order of that side rests."""
        away = order_check.resting_price(self.place, self.bid)
        return away if side == "BUY" else _down(self.bid * (2 - away / self.bid), self.place.tick)

    def _cancelled(self, order: str) -> None:
        self._node.cancel(order)
        self._ended([order])

    def _flatten(self, side: str) -> bool:
        for _ in range(_TRIES):
            held = _down(abs(self._position()), self.place.step)
            if held < self._least:
                return True
            if self._send(_other(side), min(held, self._chunk)).status != "FILLED":
                return True
        return True

    def _send(
        self, side: str, size: Decimal, *, price: Decimal | None = None, until: frozenset[str] | set[str] = frozenset()
    ) -> NodeOrder:
        """One order, once it has ended or come so far."""
        terms = {"type": "market"} if price is None else {"type": "limit", "price": str(price)}
        order = {"instrument": self.place.instrument, "side": side, "quantity": str(size), **terms}
        return self._tried(functools.partial(self._submit, [order]), until)[0]

    def _tried(self, submit: Callable[[], list[str]], until: frozenset[str] | set[str]) -> list[NodeOrder]:
        """What became of orders; they are sent again if only the rate of orders was too high."""
        for attempt in itertools.count():
            numbers = submit()
            self.sent += numbers
            orders = self._ended(numbers, until)
            late = any(one.status == "DENIED" and any(_RATE in reason for reason in one.reasons) for one in orders)
            if attempt >= 3 or not late:
                return orders
            self._node.wait_for(lambda _: False, _INTERVAL)
        raise AssertionError  # the loop has no end of its own

    def _ended(self, orders: Sequence[str], until: frozenset[str] | set[str] = frozenset()) -> list[NodeOrder]:
        def done(found: Sequence[NodeOrder | None]) -> bool:
            return all(one is not None and one.status in _ENDED | until for one in found)

        state = self._node.wait_until(lambda state: done([state.order(one) for one in orders]), self._seconds)
        if state is None:
            raise Inconclusive(
                f"An order of {self.place.instrument} had not ended after {self._seconds:g} s.",
                remedy="Look into the node's log.",
            )
        return [one for number in orders if (one := state.order(number)) is not None]

    def _position(self) -> Decimal:
        held = (one.signed_qty for one in self._node.state().positions if one.instrument == self.place.instrument)
        return sum(held, Decimal(0))


def _judged(node: Conversation, trader: _Greedy, exposure: Exposure) -> Greed:
    place, limit = trader.place, trader.limit
    denied = trader.denied()
    mine = {one.client_order_id: one for one in node.state().orders if one.client_order_id in set(trader.sent)}
    fills = sum(one.filled > 0 for one in mine.values())
    findings = []
    farthest = exposure.beyond(limit)
    if farthest is not None:
        message = f"{place.instrument} could reach {farthest} at {place.face}, and the limit is {limit}."
        findings.append(Finding(EXCEEDED, message, place.instrument, _REMEDY))
    told = _told(node.events)
    for number in trader.sent:
        if number not in exposure.clients and not told.get(number):
            message = f"An order of {place.instrument} never came to {place.face}, and the node does not say why."
            findings.append(Finding("position-limit: denial not recorded", message, place.instrument, _REMEDY))
    if not findings and (not fills or not denied):
        refused = [reason for one in mine.values() for reason in one.reasons]
        raise Inconclusive(
            f"The greedy strategy had {fills} fills and {len(denied)} denials of {place.instrument} for its position, "
            f"so nothing shows that the limit of {limit} holds{f': {refused[0][:200]}' if refused else '.'}",
            remedy="Look into the node's log: something else has stopped its orders.",
        )
    reasons = tuple(sorted({reason.partition(":")[2].strip() for one in denied for reason in one.reasons}))
    return Greed(place, limit, fills, len(denied), exposure, reasons, tuple(findings))


def _told(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Client order id to the reason that the node gave when it refused the order, or passed on that it was refused."""
    kinds = ("OrderDenied", "OrderRejected")
    return {one["client_order_id"]: str(one.get("reason", "")) for one in events if one["event"] in kinds}


def _is_other(order: NodeOrder) -> bool:
    return any(limit in reason for reason in order.reasons for limit in _OTHER_LIMITS)


def _other(side: str) -> str:
    return "SELL" if side == "BUY" else "BUY"


def _down(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_DOWN) * step

"""Paper trading, tried on a running node: orders fill inside of it, and the exchange never hears of them."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..model import Finding
from ..venue.client import AccountKey, VenueClient
from .beliefs import NodeFill, NodeState
from .places import Place
from .process import NodeProcess, NodeSilent
from .testnet.sizing import Terms, digits

#: Seconds for anything that should happen at once: machines are loaded.
PATIENCE = 30.0
#: So often must the market have moved at the venue until a node that has heard nothing of it is deaf.
_MOVES = 60
_DRIVER = "TradeopsDriver"
#: What an order is worth where the node knows no smallest notional, in quote currency.
_NOTIONAL = Decimal(100)
_ENDS = ("OrderDenied", "OrderRejected", "OrderCanceled", "OrderExpired")
_LOG = "Look into the node's log, which is attached."


@dataclass(slots=True)
class PaperRun:
    """What was done on paper.

    Attributes:
        tried: One row per exchange: instrument, and what went well, in order.
        orders: How many orders of ours were followed from submission to their end.
        strategies: The ids of the team's, which ran beside them.
    """

    strategies: tuple[str, ...] = ()
    tried: list[dict[str, Any]] = field(default_factory=list)
    orders: int = 0
    findings: list[Finding] = field(default_factory=list)


def run(node: NodeProcess, venue: VenueClient, keys: Mapping[str, AccountKey]) -> PaperRun:
    """Trades at one instrument per exchange, stops the node, and asks the venue what it has heard of.

    Args:
        keys: Face name to the key that the node was given there.
    """
    done = PaperRun()
    with contextlib.suppress(NodeSilent):  # it has ended: `_stop` says how
        done.strategies = tuple(one.id for one in node.team())
        for place in _places(node, done):
            _Scene(node, place, venue, keys, done).play()
    done.findings += _stop(node)
    done.findings += _untagged(node)
    done.findings += _reached(node, venue, keys)
    return done


class _Scene:
    """One instrument: bought, a limit order rested and cancelled, and sold again."""

    def __init__(
        self, node: NodeProcess, place: Place, venue: VenueClient, keys: Mapping[str, AccountKey], done: PaperRun
    ) -> None:
        self.node = node
        self.place = place
        self.venue = venue
        self.keys = keys
        self.done = done
        self.steps: list[str] = []
        done.tried.append({"instrument": place.instrument, "exchange": place.face, "steps": self.steps})

    def play(self) -> None:
        if not self._hears():
            if self.node.status != "running":
                return
            text = "The market moved at the venue and the node heard nothing of it, so no order can fill."
            self._find("no fill", text)
            return
        before = self.node.state()
        quote = self.node.quote(self.place.instrument) or {}
        terms = _terms(self.place, Decimal(quote["bid"]))
        quantity = terms.quantity_at(terms.bid)
        if not self._trade("BUY", quantity):
            return
        self.steps.append("market order filled")
        if _reached(self.node, self.venue, self.keys):
            return  # said at the end; from here on it would be about the exchange, and not about paper
        if self._follows("position", lambda state: _driven(state, self.place) == quantity):
            self.steps.append("position followed")
        self._rest(terms)
        if self._trade("SELL", quantity):
            self.steps.append("position closed")
        if self._follows("balance", lambda state: _balanced(before, state, self.place)):
            self.steps.append("balance followed")

    def _hears(self) -> bool:
        """Whether a quote arrives; the same loop of the node that quotes come in by answers every question of ours."""
        self.node.watch(self.place.instrument)
        deadline = time.monotonic() + 2 * PATIENCE
        moves = 0
        last: dict[str, Any] = {}
        while moves <= _MOVES and time.monotonic() < deadline and self.node.status == "running":
            if self.node.state().quotes.get(self.place.instrument):
                return True
            book = self.venue.market(self.place.face, self.place.market).book(1)
            moves, last = moves + (book != last), book
            time.sleep(0.05)
        return False

    def _trade(self, side: str, quantity: Decimal) -> bool:
        order = self.node.submit(self.place.instrument, side, digits(quantity))
        self.done.orders += 1
        self.node.wait_for(lambda events: _filled(events, order) >= quantity or _ended(events, order), PATIENCE)
        filled = _filled(self.node.events, order)
        if filled < quantity:
            why = next((_why(one) for one in self.node.events if _is(one, order, *_ENDS)), "it was not answered")
            self._find("no fill", f"A market order ({side} {quantity}) filled {filled}: {why}.")
        return filled == quantity

    def _rest(self, terms: Terms) -> None:
        price = terms.resting_price
        quantity = terms.quantity_at(price)
        order = self.node.submit(self.place.instrument, "BUY", digits(quantity), "limit", price=digits(price))
        self.done.orders += 1
        self.node.wait_for(
            lambda events: any(_is(one, order, "OrderAccepted", "OrderFilled", *_ENDS) for one in events), PATIENCE
        )
        found = self.node.state().order(order)
        if found is None or not found.open or found.filled or found.status != "ACCEPTED":
            status = "not known" if found is None else found.status
            self._find("limit order did not rest", f"A limit order 5 % below the market is {status}.")
            return
        self.steps.append("limit order rested")
        self.node.cancel(order)
        if self.node.wait_for_event("OrderCanceled", order, PATIENCE) is None:
            self._find("limit order not cancelled", "A resting limit order was not cancelled in time.")
            return
        self.steps.append("limit order cancelled")

    def _follows(self, what: str, condition: Callable[[NodeState], bool]) -> bool:
        if self.node.wait_until(condition, PATIENCE) is not None:
            return True
        self._find(f"{what} does not follow", f"The {what} is not what the fills make of it.")
        return False

    def _find(self, reason: str, text: str) -> None:
        self.done.findings.append(Finding(f"paper: {reason}", text, self.place.instrument, _LOG))


def _stop(node: NodeProcess) -> list[Finding]:
    """Stops the node; what is wrong with how it ended, and with what it left."""
    end = node.stop()
    if not end.healthy:
        return [Finding("paper: node did not stop in order", f"The node's end: {end}.", remedy=_LOG)]
    last = node.state()
    findings = [
        Finding(
            "paper: order left open",
            f"An order of {one.strategy} ({one.type} {one.side}) was open when the node had stopped.",
            one.instrument,
            "Cancel a strategy's orders in its on_stop.",
        )
        for one in last.open_orders
    ]
    return findings + [
        Finding("paper: position left open", f"A position of {one.signed_qty} was left.", one.instrument, _LOG)
        for one in last.positions
        if one.strategy.startswith(_DRIVER) and one.signed_qty
    ]


def _untagged(node: NodeProcess) -> list[Finding]:
    wrong = sorted({one["event"] for one in node.events if one["mode"] != "paper"})
    if not wrong:
        return []
    text = f"Events of this run do not say that they are paper: {', '.join(wrong)}."
    remedy = "In paper mode every execution client is the sandbox's: see `mode` in your node's configuration."
    return [Finding("paper: event not tagged", text, remedy=remedy)]


def _reached(node: NodeProcess, venue: VenueClient, keys: Mapping[str, AccountKey]) -> list[Finding]:
    """The venue's own journal, searched for this run's account and for every order that the node knows."""
    names = {one["client_order_id"] for one in node.events}
    accounts = {face: key.account for face, key in keys.items()}
    findings = []
    for face, account in sorted(accounts.items()):
        heard = [one for one in venue.journal(face) if _is_order(one, account, names)]
        if heard:
            text = f"The journal of {face} has orders of this run, and paper orders fill inside of the node."
            remedy = "Let the configuration that is called with mode 'paper' have sandbox execution clients only."
            findings.append(Finding("paper: order reached the venue", text, face, remedy))
    return findings


def _is_order(line: Mapping[str, Any], account: str, names: Iterable[str]) -> bool:
    if line["kind"] != "command" or line["command"] not in ("submit", "amend", "cancel", "cancel_all"):
        return False
    given = line["arguments"]
    client_id = str(given.get("client_id") or (given.get("request") or {}).get("client_id"))
    return given.get("account") == account or client_id in names


def _places(node: NodeProcess, done: PaperRun) -> list[Place]:
    places = _one_per_exchange(node.places())
    if not places:
        text = "The node has no instrument that it can trade on paper at any exchange of the venue."
        remedy = "Let its instrument provider load what the bot trades: `load_ids`."
        done.findings.append(Finding("paper: nothing to trade", text, remedy=remedy))
    return places


def _one_per_exchange(places: Iterable[Place]) -> list[Place]:
    found: dict[tuple[str, str], Place] = {}
    for place in places:
        found.setdefault((place.face, place.account), place)
    return list(found.values())


def _terms(place: Place, bid: Decimal) -> Terms:
    notional = place.min_notional or _NOTIONAL
    return Terms(place.instrument, place.tick, place.step, place.min_quantity, notional, bid)


def _driven(state: NodeState, place: Place) -> Decimal:
    """The driver's own position: the team's strategies trade beside it."""
    mine = (one for one in state.positions if one.instrument == place.instrument and one.strategy.startswith(_DRIVER))
    return sum((one.signed_qty for one in mine), Decimal(0))


def _balanced(before: NodeState, now: NodeState, place: Place) -> bool:
    """Whether the account's balances changed by what the fills of all strategies make of them."""
    booked, wanted = _held(now, place), _worth(now, place)
    start, had = _held(before, place), _worth(before, place)
    fills = [one for one in now.fills if one.instrument == place.instrument]
    tolerance = Decimal("1e-8") * (2 * len(fills) + 1)
    if place.account_type == "MARGIN":  # average prices are floating point
        tolerance = max(tolerance, Decimal("1e-6"))
    return all(
        abs((booked.get(code, 0) - start.get(code, 0)) - (wanted[code] - had.get(code, 0))) <= tolerance
        for code in wanted
    )


def _held(state: NodeState, place: Place) -> dict[str, Decimal]:
    return {code: one.total for code, one in state.balances.get(place.account, {}).items()}


def _worth(state: NodeState, place: Place) -> dict[str, Decimal]:
    """Currency to what the fills at this place have added to the account."""
    fills: list[NodeFill] = [one for one in state.fills if one.instrument == place.instrument]
    signed = [one.quantity if one.side == "BUY" else -one.quantity for one in fills]
    found = {place.quote: -sum((one * fill.price for one, fill in zip(signed, fills, strict=True)), Decimal(0))}
    if place.account_type == "MARGIN":
        held = [one for one in state.positions if one.instrument == place.instrument]
        found[place.quote] += sum((one.signed_qty * one.avg_px_open for one in held), Decimal(0))
    elif not place.one_currency:
        found[place.base] = sum(signed, Decimal(0))
    for fill in fills:
        if fill.currency in found:
            found[fill.currency] -= fill.commission
    return found


def _is(event: Mapping[str, Any], order: str, *names: str) -> bool:
    return event["client_order_id"] == order and event["event"] in names


def _filled(events: Iterable[Mapping[str, Any]], order: str) -> Decimal:
    return sum((Decimal(one["quantity"]) for one in events if _is(one, order, "OrderFilled")), Decimal(0))


def _ended(events: Iterable[Mapping[str, Any]], order: str) -> bool:
    return any(_is(one, order, *_ENDS) for one in events)


def _why(event: Mapping[str, Any]) -> str:
    return f"{event['event']}{', ' + str(event['reason']) if event.get('reason') else ''}"

"""What can go wrong with an exchange, injected on purpose: which faults there are, which are active, whom they hit."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ..engine.model import Reason

if TYPE_CHECKING:
    from .exchange import Exchange

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault.

    Attributes:
        summary: What it does, for people.
        params: Name to default; the default's type is the parameter's type, except that numbers may be either.
        match: What `Fault.match` is compared with (shell patterns) if none is given.
        count, seconds: How often and how long it acts if neither is given; None for no end.
        once: It acts when it is injected, and is over then.
    """

    summary: str
    params: Mapping[str, Any] = field(default_factory=dict)
    match: str = "*"
    count: int | None = None
    seconds: float | None = None
    once: bool = False


KINDS: Mapping[str, FaultKind] = {
    "latency": FaultKind("delays requests (match: `POST /path`) and pushes (match: `push`)", {"delay": 0.05}),
    "drop_sockets": FaultKind("cuts WebSockets off without a closing frame", {"session": ""}, once=True),
    "refuse_connections": FaultKind("cuts every connection off and listens no more", seconds=2.0),
    "stall": FaultKind(
        "keeps sockets open and silent: market data are lost, user data come late",
        {"session": "market"},
    ),
    "lost_push": FaultKind("never sends the event to clients", match="OrderUpdate.*", count=1),
    "duplicate_push": FaultKind("sends the event twice", match="OrderUpdate.*", count=1),
    "reorder_push": FaultKind("sends the event after the one that follows it", match="OrderUpdate.*", count=1),
    "delay_push": FaultKind("sends the event late", {"delay": 0.5}, match="*Update.*", count=1),
    "rate_limit": FaultKind("answers 429", {"retry_after": 1}, count=1),
    "ban": FaultKind("answers 418", {"retry_after": 2}, seconds=2.0),
    "server_error": FaultKind("answers 5xx and does nothing", {"status": 503}, count=1),
    "drop_response": FaultKind("does what was asked, and cuts the connection off in place of an answer", count=1),
    "reject_next": FaultKind("refuses the command", {"reason": Reason.INJECTED.value}, match="submit", count=1),
    "clock_skew": FaultKind("the exchange's clock is off by that many seconds", {"skew": 5.0}),
    "gap": FaultKind(
        "cuts WebSockets off, fills the order meanwhile, and takes no WebSocket for a while",
        {"market": "", "order_id": 0, "quantity": ""},
        seconds=2.0,
    ),
    "ack_without_push": FaultKind("confirms the command, and pushes nothing about it", match="submit", count=1),
    "push_before_ack": FaultKind(
        "answers the command only when its pushes are out", {"hold": 0.05}, match="submit", count=1
    ),
    "wrong_fee": FaultKind("pushes fills with a wrong fee", {"factor": 2.0}),
}


class UnknownFault(ValueError):
    """No such kind, or a parameter that it does not have; the message says what there is."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One injected fault.

    Attributes:
        match: Shell pattern for what it hits, `|` between several; what it is compared with depends on the kind.
        account: Hits this account's requests, sessions and events only; empty for everyone's.
        count: How many hits are left; None for any number.
        until_ns: When it ends, in the venue's time; None for never.
        hits: How often it has acted.
    """

    id: int
    kind: str
    match: str
    account: str
    count: int | None
    until_ns: int | None
    params: dict[str, Any]
    hits: int = 0

    def hits_on(self, subject: str, account: str) -> bool:
        if self.account and self.account != account:
            return False
        return any(fnmatchcase(subject, pattern) for pattern in self.match.split("|"))

    def over(self, now_ns: int) -> bool:
        return self.count == 0 or (self.until_ns is not None and now_ns >= self.until_ns)


class Faults:
    """The faults of one exchange."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._active: dict[int, Fault] = {}
        self._ids = itertools.count(1)
        self._watchers: list[Callable[[], None]] = []

    @staticmethod
    def of(exchange: "Exchange") -> "Faults":
        return exchange.faults

    def watch(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher` whenever a fault comes or goes."""
        self._watchers.append(watcher)

    def inject(
        self,
        kind: str,
        /,
        *,
        match: str = "",
        account: str = "",
        count: int | None = None,
        seconds: float | None = None,
        **params: Any,
    ) -> Fault:
        """Makes a fault act from now on.

        Args:
            seconds: In the venue's time. With neither `count` nor `seconds` the kind's own apply.

        Raises:
            UnknownFault: there is no such kind or parameter, or a value is of the wrong type.
            Rejected: `gap` cannot fill that order; nothing has happened then.
        """
        known = KINDS.get(kind)
        if known is None:
            raise UnknownFault(f"There is no fault {kind!r}; there are {', '.join(KINDS)}.")
        if count is None and seconds is None:
            count, seconds = known.count, known.seconds
        checked = _params(kind, known, params)
        now = self._exchange.clock.true_ns()
        fault = Fault(
            id=next(self._ids),
            kind=kind,
            match=match or checked.get("session") or known.match,
            account=account,
            count=count,
            until_ns=None if seconds is None else now + round(seconds * _SECOND),
            params=checked,
        )
        self._exchange.note("fault", id=fault.id, fault=kind, match=fault.match, account=account, params=fault.params)
        self._begin(fault)
        if not known.once:
            self._active[fault.id] = fault
        self._changed()
        return fault

    def clear(self, fault_id: int | None = None) -> int:
        """Ends one fault, or all; how many there were."""
        gone = [one for one in self._active.values() if fault_id is None or one.id == fault_id]
        for fault in gone:
            self._end(fault)
        if gone:
            self._changed()
        return len(gone)

    @property
    def acting(self) -> bool:
        """Whether there are any, those included that are over and have not been looked at since."""
        return bool(self._active)

    def active(self) -> list[Fault]:
        """Those that still act, in the order in which they were injected."""
        self.expire()
        return list(self._active.values())

    def find(self, kind: str, subject: str = "", account: str = "") -> Fault | None:
        """The first active fault of a kind that hits this, without using it up."""
        if not self._active:
            return None
        self.expire()
        return next((f for f in self._active.values() if f.kind == kind and f.hits_on(subject, account)), None)

    def take(self, kind: str, subject: str = "", account: str = "") -> Fault | None:
        """As `find`; counts it as a hit, and the journal says so."""
        fault = self.find(kind, subject, account)
        if fault is None:
            return None
        fault.hits += 1
        if kind not in ("latency", "stall") or fault.hits == 1:
            self._exchange.note("fault_hit", id=fault.id, fault=kind, subject=subject, account=account)
        if fault.count is not None:
            fault.count -= 1
            if fault.count == 0:
                self._end(fault)
                self._changed()
        return fault

    def expire(self) -> None:
        """Ends those whose time is over."""
        now = self._exchange.clock.true_ns()
        gone = [one for one in self._active.values() if one.over(now)]
        for fault in gone:
            self._end(fault)
        if gone:
            self._changed()

    def _begin(self, fault: Fault) -> None:
        exchange = self._exchange
        if fault.kind == "clock_skew":
            exchange.clock.skew_ns += round(fault.params["skew"] * _SECOND)
        elif fault.kind == "drop_sockets":
            fault.hits = exchange.drop_sessions(fault.params["session"], fault.account)
        elif fault.kind == "gap":
            self._gap(fault)

    def _gap(self, fault: Fault) -> None:
        exchange, params = self._exchange, fault.params
        order = None
        if params["order_id"]:
            order = next(
                (one for one in _open_orders(exchange, params["market"]) if one.id == params["order_id"]), None
            )
            if order is None:
                raise UnknownFault(f"gap: {params['order_id']} is no open order there.")
        quantity = exchange.decimal(params["quantity"] or None)
        exchange.drop_sessions("", fault.account)
        if order is not None:
            exchange.call("fill_order", order.account, order.market, order.id, quantity)

    def _end(self, fault: Fault) -> None:
        if self._active.pop(fault.id, None) is None:
            return
        if fault.kind == "clock_skew":
            self._exchange.clock.skew_ns -= round(fault.params["skew"] * _SECOND)
        self._exchange.note("fault_over", id=fault.id, fault=fault.kind, hits=fault.hits)

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()


def _open_orders(exchange: "Exchange", market: str) -> list[Any]:
    engine = exchange.read()
    return [one for account in engine.accounts() for one in engine.open_orders(account, market or None)]


def _params(kind: str, known: FaultKind, given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(known.params)
    if unknown:
        there = ", ".join(known.params) or "none"
        raise UnknownFault(f"{kind} has no parameter {', '.join(sorted(unknown))}; it has: {there}.")
    params = dict(known.params)
    for name, value in given.items():
        default = params[name]
        number = isinstance(default, int | float)
        fits = isinstance(value, int | float) and not isinstance(value, bool) if number else isinstance(value, str)
        if not fits:
            raise UnknownFault(f"{kind}: {name} is {'a number' if number else 'text'}, not {value!r}.")
        params[name] = value
    if "reason" in params and params["reason"] not in {one.value for one in Reason}:
        raise UnknownFault(f"{kind}: reason is one of {', '.join(one.value for one in Reason)}.")
    kinds = ("market", "user") if kind == "stall" else ("market", "user", "api")
    if "session" in params and params["session"] not in ("", *kinds):
        raise UnknownFault(f"{kind}: session is {' or '.join(kinds)}, or empty for all of them.")
    return params

"""/v5/private: an account's orders, executions, positions and wallet as they change."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ..engine.events import Event, Execution, OrderUpdate, PositionUpdate, WalletUpdate
from ..engine.model import ZERO, Fill, Order
from ..kit.session import Session
from . import account_text, ids
from .desk import Desk
from .errors import Refusal
from .frames import Frame, Subscriber, strings
from .signing import authenticate_socket
from .text import rounded

_CATEGORISED = ("order", "execution", "execution.fast", "position")
_CATEGORIES = ("linear", "spot", "inverse", "option")
TOPICS = frozenset(
    {*_CATEGORISED, "wallet", "greeks"} | {f"{topic}.{category}" for topic in _CATEGORISED for category in _CATEGORIES}
)
_FAST = (
    "category",
    "symbol",
    "execId",
    "execPrice",
    "execQty",
    "orderId",
    "isMaker",
    "orderLinkId",
    "side",
    "execTime",
)


#: Seconds from an order to its report. No exchange reports within microseconds, and clients count on that:
#: NautilusTrader 1.231 drops a report that overtakes its own record of having submitted the order (one in forty at no
#: delay), and finds the order again seconds later.
FLOOR = 0.005


class PrivateStreams:
    """Collects what happens to accounts within one turn of the loop, and tells it in one go, a little later.

    So an order that is filled at once is reported as filled, not as new before: that is how Bybit reports it.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sockets: dict[str, list[PrivateSocket]] = {}
        self._pending: dict[str, list[Event]] = {}
        self._due: deque[list[tuple[str, str, list[dict[str, Any]]]]] = deque()
        self._count = 0

    def join(self, account: str, socket: "PrivateSocket") -> None:
        self._sockets.setdefault(account, []).append(socket)

    def leave(self, account: str, socket: "PrivateSocket") -> None:
        if socket in self._sockets.get(account, []):
            self._sockets[account].remove(socket)

    def listen(self, event: Event) -> None:
        account = _account(event)
        if not self._sockets.get(account):
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.setdefault(account, []).append(event)

    def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        due: list[tuple[str, str, list[dict[str, Any]]]] = []
        for account, events in pending.items():
            try:
                messages = self._messages(account, events)
            except Exception as error:
                self._desk.exchange.crashed("private stream", error)
                continue
            due += [(account, topic, entries) for topic, entries in messages]
        self._due.append(due)
        asyncio.get_running_loop().call_later(FLOOR, self._deliver)

    def _deliver(self) -> None:
        for account, topic, entries in self._due.popleft():
            self._tell(account, topic, entries)

    def _messages(self, account: str, events: list[Event]) -> list[tuple[str, list[dict[str, Any]]]]:
        updates = [one for one in events if isinstance(one, OrderUpdate)]
        fills = [self._execution(one.order, one.fill) for one in updates if one.fill is not None]
        positions = {one.position.market: one.position for one in events if isinstance(one, PositionUpdate)}
        coins = {asset for one in events if isinstance(one, WalletUpdate) for asset in one.balances}
        messages = [
            ("execution", fills),
            ("execution.fast", [_fast(one) for one in fills]),
            ("position", [self._position(account, market, one) for market, one in positions.items()]),
        ]
        messages += [("order", entries) for entries in self._orders(updates)]
        if coins:
            engine = self._desk.exchange.engine
            held = {asset for asset, one in engine.balances(account).items() if one.total}
            wallet = account_text.wallet(engine, self._desk.ledger, account, sorted(held | coins))
            messages.append(("wallet", [wallet]))
        return [(topic, entries) for topic, entries in messages if entries]

    def _orders(self, updates: list[OrderUpdate]) -> Iterable[list[dict[str, Any]]]:
        """One message per step of an order that is reported for itself, the last states of all in the last one."""
        latest = {one.order.id: index for index, one in enumerate(updates)}
        together: list[dict[str, Any]] = []
        odd = _out_of_order(updates)
        for index, one in enumerate(updates):
            if one.execution is Execution.TRIGGERED or one.order.id in odd:
                yield [self._order(one)]
            elif latest[one.order.id] == index:
                together.append(self._order(one))
        yield together

    def _order(self, update: OrderUpdate) -> dict[str, Any]:
        instrument = self._desk.exchange.engine.instruments[update.order.market]
        closed = next(
            (
                one.net
                for one in reversed(self._desk.ledger.closed.get(update.order.account, [])[-8:])
                if one.order_id == update.order.id
            ),
            ZERO,
        )
        fees = self._desk.ledger.fees.get(update.order.id, {})
        return self._desk.order(update.order, execution=update.execution) | {
            "category": instrument.kind.value,
            "feeCurrency": next(iter(fees), instrument.quote),
            "closedPnl": rounded(closed),
            "lastPriceOnCreated": update.order.meta.get("last", ""),
        }

    def _execution(self, order: Order, fill: Fill) -> dict[str, Any]:
        instrument = self._desk.exchange.engine.instruments[order.market]
        return self._desk.execution(order, fill) | {
            "category": instrument.kind.value,
            "isLeverage": "0",
            "execPnl": rounded(fill.realized_pnl),
            "marketUnit": order.meta.get("unit", ""),
        }

    def _position(self, account: str, market: str, one: Any) -> dict[str, Any]:
        entry = self._desk.position(account, market, one)
        entry["entryPrice"] = entry.pop("avgPrice")
        return entry | {"category": "linear"}

    def _tell(self, account: str, topic: str, entries: list[dict[str, Any]]) -> None:
        self._count += 1
        unique = uuid5(NAMESPACE_OID, f"{account}/{self._count}")
        message = {"id": f"{ids.user_id(account)}{unique}", "creationTime": self._desk.now_ms}
        for socket in tuple(self._sockets.get(account, ())):
            socket.tell(topic, message, entries)


class PrivateSocket(Subscriber):
    """One client's private stream."""

    def __init__(self, session: Session, connection_id: str, desk: Desk, streams: PrivateStreams) -> None:
        super().__init__(session, connection_id)
        self._desk = desk
        self._streams = streams

    def handle(self, op: str, frame: Frame) -> None:
        if op == "ping":
            self.session.send(self._pong(frame))
        elif op == "auth":
            self._auth(frame)
        elif op not in ("subscribe", "unsubscribe"):
            self.answer(frame, op, success=False, message=f"error:op not found,op:{op[:32]}")
        elif not self.session.account:
            self.answer(frame, op, success=False, message="Request not authorized")
        elif op == "subscribe":
            self._subscribe(frame)
        else:
            names = strings(frame.get("args"))
            self.topics.difference_update(names or ())
            self.session.topics.difference_update(names or ())
            wrong = names is None
            self.answer(frame, op, success=not wrong, message="Request parameter error." if wrong else "")

    def tell(self, topic: str, message: dict[str, Any], entries: list[dict[str, Any]]) -> None:
        if topic in self.topics:
            self.session.send({**message, "topic": topic, "data": entries}, topic=topic)
        for category in _CATEGORIES:
            name = f"{topic}.{category}"
            if name in self.topics:
                chosen = [one for one in entries if one["category"] == category]
                if chosen:
                    self.session.send({**message, "topic": name, "data": chosen}, topic=name)

    def close(self) -> None:
        self._streams.leave(self.session.account, self)

    def _pong(self, frame: Frame) -> dict[str, Any]:
        named = {"req_id": frame["req_id"]} if isinstance(frame.get("req_id"), str) else {}
        return named | {"op": "pong", "args": [str(self._desk.now_ms)], "conn_id": self.id}

    def _auth(self, frame: Frame) -> None:
        exchange = self._desk.exchange
        try:
            key = authenticate_socket(frame.get("args"), exchange.keys, self._desk.now_ms)
        except Refusal as refused:
            exchange.note("auth_refused", session=self.session.id, code=refused.code)
            self.answer(frame, "auth", success=False, message=refused.message)
            return
        if self.session.account:
            self.answer(frame, "auth", success=False, message="error:repeat auth")
            return
        self.session.account = key.account
        exchange.note("auth", session=self.session.id, account=key.account, key=key.name)
        self._streams.join(key.account, self)
        self.answer(frame, "auth")

    def _subscribe(self, frame: Frame) -> None:
        names = self.topics_of(
            frame, most=None, knows=lambda name: "" if name in TOPICS else f"error:handler not found,topic:{name}"
        )
        if names is None:
            return
        for topic in _CATEGORISED:
            if topic in names and any(f"{topic}.{category}" in names for category in _CATEGORIES):
                self.answer(
                    frame,
                    "subscribe",
                    success=False,
                    message="All-In-One topic and Categorised topic cannot be in the same subscription request",
                )
                return
        self.topics.update(names)
        self.session.topics.update(names)
        self.answer(frame, "subscribe")


def _out_of_order(updates: list[OrderUpdate]) -> set[int]:
    """Orders whose updates a fault has doubled or swapped: those are told one by one, as they came."""
    found: set[int] = set()
    seen: dict[int, OrderUpdate] = {}
    for one in updates:
        before = seen.get(one.order.id)
        if before is not None and (before is one or _progress(one) < _progress(before)):
            found.add(one.order.id)
        seen[one.order.id] = one
    return found


def _progress(update: OrderUpdate) -> tuple[Any, bool]:
    return update.order.filled, not update.order.status.open


def _account(event: Event) -> str:
    if isinstance(event, OrderUpdate):
        return event.order.account
    if isinstance(event, WalletUpdate):
        return event.account
    return event.position.account if isinstance(event, PositionUpdate) else ""


def _fast(entry: dict[str, Any]) -> dict[str, Any]:
    """Makers are not told their orderLinkId here."""
    fast = {name: entry[name] for name in _FAST} | {"seq": entry["seq"]}
    return fast | {"orderLinkId": ""} if entry["isMaker"] else fast

"""What happens to an account, as its user data stream tells it."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ...engine.events import Event, Execution, OrderUpdate, PositionUpdate, WalletUpdate
from ...engine.model import ZERO, Balance, Instrument, Position
from ..common.listenkeys import ListenKeys
from ..common.numbers import MILLI, fixed
from .desk import Desk, working
from .money import break_even
from .render import LIQUIDATION, algo_status
from .reports import algo_update, order_update, trade_lite

#: Maintenance margin in relation to the margin balance: from where a margin call is sent, and below where it is over.
_CALL, _RELIEF = Decimal("0.8"), Decimal("0.7")
#: The algo service is another system than the matching engine, and comes after it.
_ALGO_LAG_NS = 100_000_000
type Send = Callable[[str, dict[str, Any]], None]


class Users:
    """Turns an account's events into payloads for its listen key.

    Args:
        send: Publishes a payload on a listen key.
        listened: Whether anybody listens to a key.
    """

    def __init__(self, desk: Desk, keys: ListenKeys, send: Send, listened: Callable[[str], bool]) -> None:
        self._desk = desk
        self._keys = keys
        self._send = send
        self._listened = listened
        self._wallets: dict[str, WalletUpdate] = {}
        self._totals: dict[tuple[str, str], Decimal] = {}
        self._triggered: dict[int, OrderUpdate] = {}
        self._finished: list[OrderUpdate] = []
        self._called: set[str] = set()
        self._flushing = False

    def start(self) -> None:
        engine = self._desk.exchange.engine
        for account in engine.accounts():
            for asset, balance in engine.balances(account).items():
                self._totals[account, asset] = balance.total

    def on_event(self, event: Event) -> None:
        if isinstance(event, OrderUpdate):
            if event.order.market in self._desk.symbols and self._key(event.order.account):
                self._on_order(event)
        elif isinstance(event, WalletUpdate):
            self._on_wallet(event)
        elif isinstance(event, PositionUpdate) and event.position.market in self._desk.symbols:
            held = self._wallets.pop(event.position.account, None)
            self._account_update(event.position.account, held, event.position, event.time_ns)

    def config(self, account: str, body: dict[str, Any]) -> None:
        """An ACCOUNT_CONFIG_UPDATE."""
        now = self._desk.now_ms
        self._push(account, {"e": "ACCOUNT_CONFIG_UPDATE", "E": now, "T": now, **body})

    def remargined(self, account: str, terms: Instrument) -> None:
        """The margin type of a market has changed."""
        engine = self._desk.read()
        shown = [self._position(account, engine.position(account, terms.key))]
        body = {"m": "MARGIN_TYPE_CHANGE", "B": [], "P": shown}
        now = self._desk.now_ms
        self._push(account, {"e": "ACCOUNT_UPDATE", "E": now, "T": now, "a": body})

    def expired(self, key: str) -> None:
        """Says goodbye on a listen key that has run out."""
        self._send(key, {"e": "listenKeyExpired", "E": self._desk.now_ms, "listenKey": key})

    def tick(self, now_ns: int) -> None:
        """The algo service says that an order is finished a while after the matching engine has."""
        while self._finished and self._finished[0].time_ns + _ALGO_LAG_NS <= now_ns:
            self._algo(self._finished.pop(0), "FINISHED")

    def watch_margins(self) -> None:
        """Calls for margin where an account comes near its liquidation."""
        engine = self._desk.exchange.engine
        for account in engine.accounts():
            positions = [one for one in engine.positions(account) if one.market in self._desk.symbols]
            if not positions:
                self._called.discard(account)
                continue
            wallet = sum((engine.balances(account).get(quote, Balance()).total for quote in self._desk.quotes), ZERO)
            equity = wallet + sum((one.unrealized_pnl for one in positions), ZERO)
            needed = sum((one.maintenance_margin for one in positions), ZERO)
            if needed >= equity * _CALL and account not in self._called:
                self._called.add(account)
                self._margin_call(account, wallet, positions)
            elif needed < equity * _RELIEF:
                self._called.discard(account)

    def _on_order(self, event: OrderUpdate) -> None:
        order = event.order
        held = self._triggered.pop(order.id, None)
        if event.execution is Execution.TRIGGERED:
            # Whether the matching engine takes it is known with the next event of it.
            self._triggered[order.id] = event
            self._soon()
            return
        if not working(order):
            self._algo(event, algo_status(order))
            return
        if held is not None:
            self._placed(held)
        if event.fill is not None and order.meta.get("cause") != LIQUIDATION:
            self._push(order.account, trade_lite(event, self._desk.terms(order), self._desk.now_ms))
        self._push(order.account, order_update(event, self._desk.terms(order), self._desk.now_ms))
        if order.type.conditional and not order.status.open:
            self._finished.append(event)

    def _placed(self, event: OrderUpdate) -> None:
        """A conditional order has become one of the matching engine."""
        self._algo(event, "TRIGGERING")
        self._push(event.order.account, order_update(event, self._desk.terms(event.order), self._desk.now_ms))
        self._algo(event, "TRIGGERED")

    def _algo(self, event: OrderUpdate, state: str) -> None:
        order = event.order
        payload = algo_update(order, self._desk.terms(order), state, event.time_ns, self._desk.now_ms)
        self._push(order.account, payload)

    def _on_wallet(self, event: WalletUpdate) -> None:
        """What a fill does to the wallet is told together with what it does to the position, which comes next."""
        if event.cause == "fill":
            self._place_held(event.account)
            self._wallets[event.account] = event
            self._soon()
        else:
            self._account_update(event.account, event, None, event.time_ns)

    def _place_held(self, account: str) -> None:
        for order_id in [one.order.id for one in self._triggered.values() if one.order.account == account]:
            self._placed(self._triggered.pop(order_id))

    def _soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """What waited for an event that does not come, or was lost or held back on the way."""
        self._flushing = False
        for account in {one.order.account for one in self._triggered.values()}:
            self._place_held(account)
        held, self._wallets = self._wallets, {}
        for account, event in held.items():
            self._account_update(account, event, None, event.time_ns)

    def _account_update(
        self, account: str, wallet: WalletUpdate | None, position: Position | None, time_ns: int
    ) -> None:
        reason, balances = "ORDER", []
        for asset, balance in (wallet.balances if wallet else {}).items():
            change = balance.total - self._totals.get((account, asset), ZERO)
            self._totals[account, asset] = balance.total
            if not change and position is None:
                continue
            moved = ZERO
            if wallet is not None and wallet.cause == "deposit":
                reason, moved = ("DEPOSIT" if change > 0 else "WITHDRAW"), change
            elif wallet is not None and wallet.cause == "liquidation":
                reason, moved = "INSURANCE_CLEAR", change
            total = fixed(balance.total)
            balances.append({"a": asset, "wb": total, "cw": total, "bc": fixed(moved) if moved else "0"})
        if not balances and position is None:
            return
        shown = [self._position(account, position)] if position is not None else []
        body = {"m": reason, "B": balances, "P": shown}
        self._push(account, {"e": "ACCOUNT_UPDATE", "E": self._desk.now_ms, "T": time_ns // MILLI, "a": body})

    def _position(self, account: str, one: Position) -> dict[str, Any]:
        terms = self._desk.instruments[self._desk.symbols[one.market]]
        isolated = (account, terms.symbol) in self._desk.isolated
        flat = not one.quantity
        return {
            "s": terms.symbol,
            "pa": f"{one.quantity:f}" if one.quantity else "0",
            "ep": "0" if flat else fixed(one.entry_price),
            "cr": fixed(one.realized_pnl),
            "up": "0" if flat else fixed(one.unrealized_pnl),
            "mt": "isolated" if isolated else "cross",
            "iw": fixed(one.initial_margin) if isolated and one.quantity else "0",
            "ps": "BOTH",
            "ma": terms.quote,
            "bep": "0" if flat else fixed(break_even(one, terms)),
        }

    def _margin_call(self, account: str, wallet: Decimal, positions: list[Position]) -> None:
        rows = [
            {
                "s": self._desk.symbols[one.market],
                "ps": "LONG" if one.quantity > 0 else "SHORT",
                "pa": f"{one.quantity:f}",
                "mt": "CROSSED",
                "iw": "0",
                "mp": fixed(one.mark_price),
                "up": fixed(one.unrealized_pnl),
                "mm": fixed(one.maintenance_margin),
            }
            for one in positions
        ]
        self._push(account, {"e": "MARGIN_CALL", "E": self._desk.now_ms, "cw": fixed(wallet), "p": rows})

    def _push(self, account: str, payload: dict[str, Any]) -> None:
        key = self._key(account)
        if key:
            self._send(key, payload)

    def _key(self, account: str) -> str:
        """The account's listen key if somebody listens to it."""
        key = self._keys.of(account, self._desk.exchange.clock.true_ns())
        return key if key is not None and self._listened(key) else ""

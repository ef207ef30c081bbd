"""A listener that knows nothing but the event stream, and what must hold of an engine at any time."""

from decimal import Decimal
from typing import Any

from engine_terms import SECOND

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.events import (
    BookUpdate,
    Event,
    Execution,
    OrderUpdate,
    PositionUpdate,
    PublicTrade,
    WalletUpdate,
)
from pytest_tradeops.venue.engine.model import FEES, HOUSE, Balance, Fill, Kind, Order, Position, Side, Status

ZERO = Decimal(0)


class Mirror:
    """The state that the events alone tell of."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.balances: dict[tuple[str, str], Balance] = {}
        self.positions: dict[tuple[str, str], Position] = {}
        self.levels: dict[tuple[str, str], dict[Decimal, Decimal]] = {}
        self.trades: dict[str, list[PublicTrade]] = {}
        self.fills: dict[int, list[Fill]] = {}
        self.fills_of: dict[str, list[Fill]] = {}
        self.book_ids: dict[str, int] = {}
        self.last_ns = 0

    def take(self, events: list[Event], *, picked: bool = False) -> None:
        """`picked`: a scenario filled an order out of turn."""
        for event in events:
            assert event.time_ns >= self.last_ns
            self.last_ns = event.time_ns
            if isinstance(event, OrderUpdate):
                self._order(event, picked)
            elif isinstance(event, WalletUpdate):
                self.balances.update({(event.account, asset): held for asset, held in event.balances.items()})
            elif isinstance(event, PositionUpdate):
                self.positions[event.position.account, event.position.market] = event.position
            elif isinstance(event, PublicTrade):
                known = self.trades.setdefault(event.market, [])
                assert event.trade_id == (known[-1].trade_id + 1 if known else 1)
                known.append(event)
            else:
                self._book(event)

    def _order(self, event: OrderUpdate, picked: bool) -> None:
        order, before = event.order, self.orders.get(event.order.id)
        if event.fill is not None:
            assert event.execution is Execution.TRADE
            fills = self.fills.setdefault(order.id, [])
            fills.append(event.fill)
            self.fills_of.setdefault(order.account, []).append(event.fill)
            assert sum((fill.quantity for fill in fills), ZERO) == order.filled <= order.quantity
            assert sum((fill.price * fill.quantity for fill in fills), ZERO) == order.cost
            if event.fill.maker and not picked:
                self._in_turn(order)
        if before is not None:
            assert before.status.open, "an order that ended was told of again"
        assert (before is None) == (event.execution is Execution.NEW)
        self.orders[order.id] = order

    def _in_turn(self, order: Order) -> None:
        """Of all that rest on its side, a maker has the best price, and there it came first."""
        for other in self.orders.values():
            if other.status not in (Status.NEW, Status.PARTIALLY_FILLED) or other.id == order.id:
                continue
            if other.market != order.market or other.side is not order.side or other.price is None:
                continue
            if not other.working_ns or other.filled == other.quantity:
                continue
            better = (other.price - order.price) * order.side.sign
            assert better <= 0 or other.working_ns == order.working_ns, f"{other} was before {order}"
            assert better < 0 or other.working_ns >= order.working_ns, f"{other} was before {order}"

    def _book(self, event: BookUpdate) -> None:
        assert event.first_id == self.book_ids.get(event.market, 0) + 1
        assert event.last_id >= event.first_id
        self.book_ids[event.market] = event.last_id
        for side, levels in (("bids", event.bids), ("asks", event.asks)):
            known = self.levels.setdefault((event.market, side), {})
            for price, total in levels:
                if total:
                    known[price] = total
                else:
                    # A level that came and went within one update is told of as gone, as on the exchanges.
                    known.pop(price, None)


def check(engine: Engine, mirror: Mirror, deposits: dict[str, Decimal], *, background: bool = False) -> None:
    """All that must hold between two commands."""
    for account in engine.accounts():
        _orders(engine, mirror, account)
        _money(engine, mirror, account)
    _conserved(engine, deposits)
    for key, terms in engine.instruments.items():
        book = engine.book(key, 10_000)
        assert not book.bids or not book.asks or book.bids[0][0] < book.asks[0][0], "the book is crossed"
        assert dict(book.bids) == mirror.levels.get((key, "bids"), {})
        assert dict(book.asks) == mirror.levels.get((key, "asks"), {})
        assert book.last_id == mirror.book_ids.get(key, 0)
        if not background:
            assert dict(book.bids) == _resting(mirror, key, Side.BUY)
            assert dict(book.asks) == _resting(mirror, key, Side.SELL)
        if terms.kind is Kind.LINEAR:
            held = [engine.position(name, key).quantity for name in (*engine.accounts(), HOUSE)]
            assert sum(held, ZERO) == 0


def check_tape(engine: Engine, mirror: Mirror) -> None:
    """Klines and the ticker against the trades that were told of; for a market without a past of its own."""
    for key in engine.instruments:
        trades = mirror.trades.get(key, [])
        assert engine.trades(key, 10_000) == trades[-5000:]
        if not trades:
            continue
        assert engine.last_price(key) == trades[-1].price
        for interval in (SECOND, 60 * SECOND, 300 * SECOND):
            klines = {line.open_ns: line for line in engine.klines(key, interval, limit=10_000)}
            grouped: dict[int, list[PublicTrade]] = {}
            for trade in trades:
                grouped.setdefault(trade.time_ns // interval * interval, []).append(trade)
            for open_ns, within in grouped.items():
                line = klines[open_ns]
                prices = [trade.price for trade in within]
                bought = [trade for trade in within if trade.side is Side.BUY]
                assert (line.open, line.high, line.low, line.close) == (
                    prices[0], max(prices), min(prices), prices[-1],
                )  # fmt: skip
                assert line.trades == len(within)
                assert (line.volume, line.quote_volume) == _volume(within)
                assert (line.taker_base, line.taker_quote) == _volume(bought)
            assert sum(line.trades for line in klines.values()) == len(trades)
        ticker = engine.ticker(key)
        prices = [trade.price for trade in trades]
        assert (ticker.open, ticker.high, ticker.low, ticker.last) == (prices[0], max(prices), min(prices), prices[-1])
        assert (ticker.volume, ticker.quote_volume) == _volume(trades)
        assert ticker.trades == len(trades)


def _volume(trades: list[PublicTrade]) -> tuple[Decimal, Decimal]:
    return sum((t.quantity for t in trades), ZERO), sum((t.price * t.quantity for t in trades), ZERO)


def _orders(engine: Engine, mirror: Mirror, account: str) -> None:
    told = {id_: order for id_, order in mirror.orders.items() if order.account == account}
    assert {order.id: order for order in engine.orders(account)} == told
    assert [order.id for order in engine.open_orders(account)] == [i for i, order in told.items() if order.status.open]
    assert engine.fills(account) == mirror.fills_of.get(account, [])
    for order in told.values():
        assert 0 <= order.filled <= order.quantity
        assert (order.status is Status.FILLED) <= (order.filled == order.quantity)
        assert (order.status in (Status.EXPIRED, Status.CANCELED)) >= (order.reason is not None)
        if order.reduce_only and order.status in (Status.NEW, Status.PARTIALLY_FILLED):
            held = engine.position(account, order.market).quantity
            assert order.remaining <= -held * order.side.sign, "more than there is to reduce"


def _money(engine: Engine, mirror: Mirror, account: str) -> None:
    balances = engine.balances(account)
    assert {asset: held for (name, asset), held in mirror.balances.items() if name == account} == {
        asset: held for asset, held in balances.items() if (account, asset) in mirror.balances or held != Balance()
    }
    need: dict[str, Decimal] = {}
    for order in engine.open_orders(account):
        terms = engine.instruments[order.market]
        if terms.kind is Kind.SPOT:
            each = order.price if order.price is not None else order.trigger_price
            asset, amount = (
                (terms.base, order.remaining) if order.side is Side.SELL else (terms.quote, order.remaining * each)
            )
            need[asset] = need.get(asset, ZERO) + amount
    positions = engine.positions(account)
    settled = {engine.instruments[position.market].quote: ZERO for position in positions}
    for position in positions:
        told = mirror.positions[account, position.market]
        assert (told.quantity, told.entry_price, told.realized_pnl) == (
            position.quantity, position.entry_price, position.realized_pnl,
        )  # fmt: skip
        settled[engine.instruments[position.market].quote] += position.unrealized_pnl - position.maintenance_margin
    for asset, held in balances.items():
        assert held.locked == need.get(asset, ZERO)
        if asset in settled:
            assert held.total + settled[asset] >= 0, "an account below its maintenance margin was left alone"
        assert held.free >= 0 or (asset in settled and len(positions) > 1), "a negative balance"
    for asset in {terms.quote for terms in engine.instruments.values() if terms.kind is Kind.LINEAR}:
        # The leverage divides, so the last of 28 digits depends on the order of the sum.
        worked_out = max(ZERO, _available(engine, account, asset))
        assert abs(engine.available_margin(account, asset) - worked_out) < Decimal("1E-18")
    for name, market in mirror.positions:
        if name == account:
            assert mirror.positions[name, market].quantity == engine.position(name, market).quantity


def _available(engine: Engine, account: str, asset: str) -> Decimal:
    """From what anybody can see: each market holds back what the worse of its two sides would ask for."""
    balances = engine.balances(account)
    left = balances[asset].free if asset in balances else ZERO
    for key, terms in engine.instruments.items():
        if terms.kind is not Kind.LINEAR or terms.quote != asset:
            continue
        position = engine.position(account, key)
        sums = {Side.BUY: ZERO, Side.SELL: ZERO}
        for order in engine.open_orders(account, key):
            if order.price is not None and order.status is not Status.PENDING and not order.reduce_only:
                sums[order.side] += order.price * order.remaining
        worth = position.quantity * position.mark_price
        held = max(abs(worth + sums[Side.BUY]), abs(worth - sums[Side.SELL])) / engine.leverage(account, key)
        left += position.unrealized_pnl - held
    return left


def _conserved(engine: Engine, deposits: dict[str, Decimal]) -> None:
    """Cash with what open positions are worth, over all accounts, is what was deposited: to the last digit."""
    total: dict[str, Decimal] = {}
    for account in (*engine.accounts(), HOUSE, FEES):
        for asset, held in engine.balances(account).items():
            total[asset] = total.get(asset, ZERO) + held.total
        for position in engine.positions(account):
            asset = engine.instruments[position.market].quote
            total[asset] = total.get(asset, ZERO) + position.unrealized_pnl
    assert {asset: amount for asset, amount in total.items() if amount} == {a: d for a, d in deposits.items() if d}


def _resting(mirror: Mirror, market: str, side: Side) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = {}
    for order in mirror.orders.values():
        working = order.status in (Status.NEW, Status.PARTIALLY_FILLED) and order.price is not None
        if working and order.market == market and order.side is side:
            found[order.price] = found.get(order.price, ZERO) + order.remaining
    return found


def plain(events: list[Any]) -> str:
    """Byte for byte."""
    return "\n".join(repr(event) for event in events)

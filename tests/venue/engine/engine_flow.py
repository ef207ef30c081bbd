"""Random operations on an engine with spot and linear markets and poor accounts: numbers in, commands out."""

from dataclasses import replace
from decimal import Decimal

from engine_mirror import Mirror, check
from engine_terms import BUY, LINEAR, SELL, SPOT, START, D, linear, spot

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.model import (
    OrderRequest,
    OrderType,
    Rejected,
    SelfTrade,
    TimeInForce,
    TriggerBy,
)

OTHER = "XYZUSD.linear"
MARKETS = (SPOT, LINEAR, OTHER)
FUNDS = {"ann": {"USD": D(5000), "ABC": D(50)}, "bob": {"USD": D(800), "ABC": D(8)}, "cid": {"USD": D(90)}}
TERMS = (
    spot(min_notional=D("0.1"), max_open_orders=5),
    linear(min_notional=D("0.1"), max_open_orders=5),
    replace(linear(min_notional=D("0.1")), symbol="XYZUSD", base="XYZ"),
)
type Operation = tuple[int, int, int, bool, int, int, int]
_CONDITIONAL = (
    OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_MARKET, OrderType.TAKE_PROFIT_LIMIT,
)  # fmt: skip


class Flow:
    """`reached` counts what the operations led to, so that a test can tell that they led to anything."""

    def __init__(self, *, background: bool = False, seed: int = 1) -> None:
        self.engine = Engine(TERMS, seed=seed, start_ns=START, background=background)
        self.background = background
        self.mirror = Mirror()
        self.deposits: dict[str, Decimal] = {}
        self.log: list[object] = []
        self.done = self.refused = 0
        for name, funds in FUNDS.items():
            self.engine.open_account(name, funds)
            for asset, amount in funds.items():
                self.deposits[asset] = self.deposits.get(asset, D(0)) + amount
        self._listen(False)

    def do(self, operation: Operation) -> None:
        what, who, where, buys, ticks, steps, rest = operation
        self.engine.advance(self.engine.now_ns + (1 if rest % 3 else 150_000_000))
        self._listen(False)
        name, market = tuple(FUNDS)[who], MARKETS[where]
        try:
            self._command(what, name, market, buys, ticks, steps, rest)
            self.done += 1
        except Rejected as refusal:
            self.refused += 1
            self.log.append(refusal.reason)
        self._listen(what == 24)

    def check(self) -> None:
        check(self.engine, self.mirror, self.deposits, background=self.background)

    def _listen(self, picked: bool) -> None:
        events = self.engine.drain()
        self.log += events
        self.mirror.take(events, picked=picked)

    def _command(self, what: int, name: str, market: str, buys: bool, ticks: int, steps: int, rest: int) -> None:
        engine = self.engine
        price = engine.last_price(market).quantize(D("0.01")) + D("0.05") * ticks
        mine = engine.open_orders(name, market)
        chosen = mine[rest % len(mine)].id if mine else 1
        if what < 16:
            engine.submit(name, self._request(what, market, buys, price, steps, rest))
        elif what < 18:
            engine.cancel(name, market, order_id=chosen)
        elif what < 20:
            changes = {"quantity": D("0.01") * (steps // 10), "price": price, "trigger_price": price}
            kept = list(changes)[: rest % 3 + 1] if rest % 2 else list(changes)[rest % 3 : rest % 3 + 1]
            engine.amend(name, market, order_id=chosen, **{key: changes[key] for key in kept})
        elif what == 20:
            engine.cancel_all(name, market if buys else None, conditional=(None, True, False)[rest % 3])
        elif what == 21:
            engine.set_leverage(name, market, steps % 60)
        elif what == 22:
            amount = D(steps) * ticks / 20
            engine.deposit(name, "USD", amount)
            self.deposits["USD"] += amount
        elif what == 23:
            engine.move_price(
                market, price if rest % 4 else (price * (D(1) + D("0.12") * ticks / 8)).quantize(D("0.01"))
            )
        elif what == 24:
            engine.fill_order(name, market, chosen, D("0.01") * (steps % 20 + 1) if buys else None)
        else:
            engine.hold(market, buys)

    def _request(self, what: int, market: str, buys: bool, price: Decimal, steps: int, rest: int) -> OrderRequest:
        request = OrderRequest(
            market=market,
            side=BUY if buys else SELL,
            type=OrderType.LIMIT,
            quantity=D("0.01") * steps * (1 if market == SPOT else 4),
            price=price,
            self_trade=list(SelfTrade)[rest // 7 % 4],
            client_id=f"id-{rest % 5}" if rest % 11 == 0 else "",
            reduce_only=market != SPOT and rest % 4 == 3,
        )
        if what < 8:
            tif = (TimeInForce.IOC, TimeInForce.FOK)[what] if what < 2 else TimeInForce.GTC
            return replace(request, tif=tif, post_only=what == 2)
        if what < 10:
            return replace(request, type=OrderType.MARKET, price=None)
        if what == 10:
            kind, spend = OrderType.MARKET, D(steps)
            return replace(request, type=kind, price=None, quantity=None, quote_quantity=spend, reduce_only=False)
        kind = _CONDITIONAL[what % 4]
        closes = market != SPOT and rest % 5 == 0 and not kind.priced
        return replace(
            request,
            type=kind,
            trigger_price=price,
            trigger_by=TriggerBy.MARK if rest % 2 else TriggerBy.LAST,
            price=price + D("0.05") * (rest % 3 - 1) if kind.priced else None,
            quantity=None if closes else request.quantity,
            close_position=closes,
        )

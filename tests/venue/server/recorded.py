"""An exchange with a journal and no server: what happened, and what is made of it again."""

import random
from decimal import Decimal
from pathlib import Path

from pytest_tradeops.venue import faces
from pytest_tradeops.venue.engine.defaults import linear_instruments, spot_instruments
from pytest_tradeops.venue.engine.model import OrderRequest, OrderType, Rejected, SelfTrade, Side, TimeInForce
from pytest_tradeops.venue.journal import Header, Journal
from pytest_tradeops.venue.kit.clock import ManualClock
from pytest_tradeops.venue.kit.exchange import Exchange

START_NS = 1_767_571_200_000_000_000
SPOT, LINEAR = "BTCUSDT.spot", "BTCUSDT.linear"
BALANCES = {"USDT": Decimal(100_000), "BTC": Decimal(2)}


def recorded(path: Path, *, seed: int = 5) -> tuple[Exchange, ManualClock]:
    """A fresh exchange that writes its journal to `path`."""
    listed = [one for one in (*spot_instruments(), *linear_instruments()) if one.symbol == "BTCUSDT"]
    clock = ManualClock(START_NS)
    header = Header(
        face="bybit",
        seed=seed,
        start_ns=START_NS,
        step_ns=faces.STEP_NS,
        background=True,
        instruments=tuple(listed),
        package="0",
    )
    engine = faces.make_engine(listed, seed=seed, start_ns=START_NS)
    return Exchange("bybit", engine, clock=clock, recorder=Journal(path, header), enforce_limits=False), clock


def market_order(market: str = SPOT, side: Side = Side.BUY, quantity: str = "0.01") -> OrderRequest:
    return OrderRequest(market=market, side=side, type=OrderType.MARKET, quantity=Decimal(quantity))


def limit_order(
    price: str = "50000", market: str = SPOT, side: Side = Side.BUY, quantity: str = "0.01"
) -> OrderRequest:
    return OrderRequest(
        market=market, side=side, type=OrderType.LIMIT, quantity=Decimal(quantity), price=Decimal(price)
    )


def busy(exchange: Exchange, clock: ManualClock, rounds: int, seed: int) -> None:
    """Whatever two accounts may do in a while, refused commands and crossing orders included."""
    dice = random.Random(seed)
    names = ("a", "b")
    for name in names:
        exchange.call("open_account", name, dict(BALANCES))
    for _ in range(rounds):
        clock.advance(dice.choice((0, 0.001, 0.05, 0.3, 2)))
        account, market = dice.choice(names), dice.choice((SPOT, LINEAR))
        try:
            _something(exchange, dice, account, market)
        except Rejected:
            continue
    exchange.tick()


def _something(exchange: Exchange, dice: random.Random, account: str, market: str) -> None:
    last = exchange.read().last_price(market)
    near = (last * Decimal(dice.choice(("0.99", "0.9999", "1", "1.0001", "1.01")))).quantize(Decimal("0.1"))
    kind = dice.randrange(12)
    there = exchange.engine.open_orders(account, market)
    if kind < 6:
        exchange.call("submit", account, _request(dice, market, near))
    elif kind == 6 and there:
        exchange.call("cancel", account, market, order_id=dice.choice(there).id)
    elif kind == 7 and there:
        exchange.call("amend", account, market, order_id=dice.choice(there).id, price=near)
    elif kind == 8:
        exchange.call("cancel_all", account, dice.choice((None, market)))
    elif kind == 9:
        exchange.call("move_price", market, near)
    elif kind == 10:
        exchange.call("deposit", account, "USDT", Decimal(dice.randrange(-500, 500)))
        exchange.call("set_leverage", account, LINEAR, dice.randrange(1, 20))
    elif there:
        exchange.call("fill_order", account, market, dice.choice(there).id)


def _request(dice: random.Random, market: str, near: Decimal) -> OrderRequest:
    kind = dice.choice((OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT, OrderType.STOP_MARKET))
    return OrderRequest(
        market=market,
        side=dice.choice(list(Side)),
        type=kind,
        quantity=Decimal(dice.choice(("0.001", "0.02", "0.5", "0.0000001", "30"))),
        price=near if kind.priced else None,
        trigger_price=near if kind.conditional else None,
        tif=dice.choice(list(TimeInForce)) if kind is OrderType.LIMIT else TimeInForce.GTC,
        post_only=False,
        reduce_only=market == LINEAR and dice.random() < 0.1,
        self_trade=dice.choice(list(SelfTrade)),
        client_id=dice.choice(("", f"c{dice.randrange(20)}", "ü-\udc80")),
    )

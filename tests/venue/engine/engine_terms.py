"""Small markets for the engine's tests: round numbers, so that expectations can be worked out by hand."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from pytest_tradeops.venue.engine import Engine
from pytest_tradeops.venue.engine.model import Instrument, Kind, OrderRequest, OrderType, Side

D = Decimal
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
BUY, SELL = Side.BUY, Side.SELL
SPOT, LINEAR = "ABCUSD.spot", "ABCUSD.linear"

_TERMS = Instrument(
    symbol="ABCUSD",
    kind=Kind.SPOT,
    base="ABC",
    quote="USD",
    tick=D("0.01"),
    min_price=D("0.01"),
    max_price=D(1000),
    step=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D(1000),
    max_market_quantity=D(500),
    min_notional=D(1),
    max_notional=D(50_000),
    start_price=D(100),
    depth=D(10),
)


def spot(**terms: Any) -> Instrument:
    return replace(_TERMS, **terms)


def linear(**terms: Any) -> Instrument:
    given = {"kind": Kind.LINEAR, "maker_fee": D("0.0002"), "taker_fee": D("0.0005"), "max_leverage": 50}
    return replace(_TERMS, **{**given, "maintenance": D("0.01"), **terms})


def engine(*instruments: Instrument, background: bool = False, seed: int = 1, **accounts: dict[str, Any]) -> Engine:
    """With accounts by name; without any, `ann` and `bob` have 10,000 USD and 100 ABC each."""
    made = Engine(instruments or (spot(), linear()), seed=seed, start_ns=START, background=background)
    for name, funds in (accounts or {"ann": _FUNDS, "bob": _FUNDS}).items():
        made.open_account(name, {asset: D(amount) for asset, amount in funds.items()})
    made.drain()
    return made


_FUNDS = {"USD": 10_000, "ABC": 100}


def limit(side: Side, quantity: Any, price: Any, market: str = SPOT, **more: Any) -> OrderRequest:
    kind = OrderType.LIMIT
    return OrderRequest(market=market, side=side, type=kind, quantity=D(quantity), price=D(price), **more)


def at_market(side: Side, quantity: Any, market: str = SPOT, **more: Any) -> OrderRequest:
    return OrderRequest(market=market, side=side, type=OrderType.MARKET, quantity=D(quantity), **more)


def when(
    kind: OrderType, side: Side, quantity: Any, trigger: Any, price: Any = None, market: str = SPOT, **more: Any
) -> OrderRequest:
    """A conditional order; `quantity` None with `close_position`."""
    return OrderRequest(
        market=market,
        side=side,
        type=kind,
        quantity=None if quantity is None else D(quantity),
        trigger_price=D(trigger),
        price=None if price is None else D(price),
        **more,
    )

"""How fast the venue is: `python -m pytest_tradeops.venue.bench engine` prints one JSON line."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from . import collection
from .engine.defaults import linear_instruments, spot_instruments
from .engine.engine import Engine
from .engine.model import OrderRequest, OrderType, Rejected, Side, TimeInForce

_START_NS = 1_700_000_000_000_000_000
#: Virtual time from one command to the next: the background runs as it would beside 20,000 orders a second.
_PACE_NS = 50_000
_ACCOUNTS = 20
_FUNDS = {asset: Decimal(10) ** 12 for asset in ("USDT", "BTC", "ETH", "SOL")}


@dataclass(frozen=True, slots=True)
class _Intent:
    """One thing that an account is about to do; drawn before the clock runs."""

    kind: float
    market: str
    account: str
    other: str
    side: Side
    quantity: Decimal
    away: Decimal


def engine(orders: int, seed: int = 1) -> dict[str, Any]:
    """A mixed flow over all default markets and twenty accounts; events are drained after each command.

    Of a hundred intents sixty rest and are cancelled, fifteen are two orders of different accounts at one price,
    fifteen take from the book at market, ten at a limit, immediate or cancelled: far more trades than an exchange sees.
    """
    venue = Engine([*spot_instruments(), *linear_instruments()], seed=seed, start_ns=_START_NS)
    names = [f"account-{number}" for number in range(_ACCOUNTS)]
    for name in names:
        venue.open_account(name, _FUNDS)
    flow = _Flow(venue)
    intents = _intents(venue, names, Random(seed), orders)  # noqa: S311 - a load, not a secret
    started = time.perf_counter()
    for intent in intents:
        flow.do(intent)
    seconds = time.perf_counter() - started
    return {
        "bench": "engine",
        "orders": flow.orders,
        "seconds": round(seconds, 3),
        "orders_per_s": round(flow.orders / seconds),
        "commands_per_s": round(flow.commands / seconds),
        "filled_orders": flow.filled,
        "events": flow.events,
        "markets": len(venue.instruments),
        "accounts": _ACCOUNTS,
    }


def _intents(venue: Engine, names: list[str], rng: Random, orders: int) -> list[_Intent]:
    terms = list(venue.instruments.values())
    found = []
    drawn = 0
    while drawn < orders:
        chosen = rng.choice(terms)
        name, other = rng.sample(names, 2)
        size = chosen.step * max(1, int(chosen.depth / chosen.step / 20))
        away = chosen.tick * rng.randrange(1, 50)
        kind = rng.random()
        found.append(_Intent(kind, chosen.key, name, other, rng.choice((Side.BUY, Side.SELL)), size, away))
        drawn += 2 if 0.6 <= kind < 0.75 else 1
    return found


class _Flow:
    def __init__(self, venue: Engine) -> None:
        self._venue = venue
        self.orders = self.commands = self.events = self.filled = 0

    def do(self, intent: _Intent) -> None:
        kind, side = intent.kind, intent.side
        book = self._venue.book(intent.market, 1)
        bid, ask = book.bids[0][0], book.asks[0][0]
        if kind < 0.6:
            price = bid - intent.away if side is Side.BUY else ask + intent.away
            order = self._submit(intent, intent.account, side, price)
            self.commands += 1
            # The background may have been there first.
            try:  # noqa: SIM105 - suppress() costs as much as a tenth of the cancel
                self._venue.cancel(intent.account, intent.market, order_id=order)
            except Rejected:
                pass
            self._tick()
        elif kind < 0.75:
            # Between bid and ask, where there is room; otherwise each takes from whoever is there.
            price = (bid + intent.away).min(ask)
            self._submit(intent, intent.account, side, price)
            self._submit(intent, intent.other, side.opposite, price)
        elif kind < 0.9:
            self._submit(intent, intent.account, side, None)
        else:
            self._submit(intent, intent.account, side, ask if side is Side.BUY else bid, TimeInForce.IOC)

    def _submit(
        self, intent: _Intent, account: str, side: Side, price: Decimal | None, tif: TimeInForce = TimeInForce.GTC
    ) -> int:
        request = OrderRequest(
            market=intent.market,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=intent.quantity,
            price=price,
            tif=tif,
        )
        order = self._venue.submit(account, request)
        self.orders += 1
        self.commands += 1
        self.filled += bool(order.filled)
        self._tick()
        return order.id

    def _tick(self) -> None:
        self._venue.advance(self._venue.now_ns + _PACE_NS)
        self.events += len(self._venue.drain())


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark, print its line; the garbage collector is set as in a venue's own process."""
    collection.seldom()
    benches: dict[str, Callable[[int], dict[str, Any]]] = {"engine": engine, "rest": _rest}
    parser = argparse.ArgumentParser(prog="python -m pytest_tradeops.venue.bench", description=__doc__)
    parser.add_argument("bench", choices=sorted(benches))
    parser.add_argument("--orders", type=int, help="Default: 100000 for engine, 10000 for rest")
    options = parser.parse_args(argv)
    orders = options.orders or (100_000 if options.bench == "engine" else 10_000)
    sys.stdout.write(json.dumps(benches[options.bench](orders)) + "\n")
    return 0


def _rest(orders: int) -> dict[str, Any]:
    from .bench_rest import rest  # the engine's benchmark needs none of its libraries

    return rest(orders)


if __name__ == "__main__":
    sys.exit(main())

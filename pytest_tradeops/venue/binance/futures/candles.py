"""Running klines of streams: begun from the engine's, carried on trade by trade."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ...engine import Kline
from ...engine.events import PublicTrade
from ...engine.model import ZERO, Instrument, Side
from .. import spot_klines
from ..common.numbers import MILLI, plain
from ..spot_tape import ids_between
from .desk import Desk
from .render import price_of, quantity_of


class Candle:
    """One stream's kline.

    Attributes:
        closed: Klines that are over and were not sent yet.
        fresh: Whether the running one has changed since it was sent.
    """

    def __init__(self, desk: Desk, terms: Instrument, interval: str) -> None:
        engine = desk.read()
        self.terms = terms
        self.interval = interval
        bars = spot_klines.klines(engine, terms.key, interval, limit=1)
        opening = spot_klines.opening(engine.now_ns, interval)
        self.bar = bars[-1] if bars else _empty(opening, engine.last_price(terms.key))
        ids = ids_between(engine.trades(terms.key, 5_000), opening, engine.now_ns + 1)
        self.first, self.last = ids
        self.fresh = True
        self.closed: list[dict[str, Any]] = []

    def add(self, trade: PublicTrade) -> None:
        self.pass_to(trade.time_ns)
        bar, cost = self.bar, trade.price * trade.quantity
        bought = trade.side is Side.BUY
        begins = bar.trades == 0
        self.bar = replace(
            bar,
            open=trade.price if begins else bar.open,
            high=trade.price if begins else max(bar.high, trade.price),
            low=trade.price if begins else min(bar.low, trade.price),
            close=trade.price,
            volume=bar.volume + trade.quantity,
            quote_volume=bar.quote_volume + cost,
            trades=bar.trades + 1,
            taker_base=bar.taker_base + (trade.quantity if bought else ZERO),
            taker_quote=bar.taker_quote + (cost if bought else ZERO),
        )
        self.first = trade.trade_id if self.first < 0 else self.first
        self.last = trade.trade_id
        self.fresh = True

    def pass_to(self, now_ns: int) -> None:
        """Closes what is over by then."""
        while now_ns >= (end := spot_klines.closing(self.bar.open_ns, self.interval)):
            self.closed.append(self.shown(closed=True))
            self.bar = _empty(end, self.bar.close)
            self.first = self.last = -1
            self.fresh = True

    def shown(self, *, closed: bool = False) -> dict[str, Any]:
        """The `k` of its event, but for the symbol's place in it."""
        bar, terms = self.bar, self.terms
        return {
            "t": bar.open_ns // MILLI,
            "T": spot_klines.closing(bar.open_ns, self.interval) // MILLI - 1,
            "i": self.interval,
            "f": self.first,
            "L": self.last,
            "o": price_of(terms, bar.open),
            "c": price_of(terms, bar.close),
            "h": price_of(terms, bar.high),
            "l": price_of(terms, bar.low),
            "v": quantity_of(terms, bar.volume),
            "n": bar.trades,
            "x": closed,
            "q": plain(bar.quote_volume),
            "V": quantity_of(terms, bar.taker_base),
            "Q": plain(bar.taker_quote),
            "B": "0",
        }


def _empty(open_ns: int, price: Decimal) -> Kline:
    return Kline(
        open_ns=open_ns,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=ZERO,
        quote_volume=ZERO,
        trades=0,
        taker_base=ZERO,
        taker_quote=ZERO,
    )

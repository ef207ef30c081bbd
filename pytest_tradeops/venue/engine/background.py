"""The background market of one instrument: a seeded random walk, quotes around it, and now and then somebody who takes.

Only integers and products of floats are used, which every platform rounds alike.
"""

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from .book import Quote
from .matching import match
from .model import Instrument, Side
from .settlement import trade

if TYPE_CHECKING:
    from .core import Core
    from .market import Market

#: Price levels on each side, behind the best one.
LEVELS = 20
#: Distance of two levels, relative to the first price.
_SPACING = 0.00004
#: Three uniform numbers add up to a standard deviation of one half.
_UNIFORMS = 2.0


class Background:
    """Prices are counted in ticks. `held`: it neither moves nor trades, but fills up what was taken from its quotes."""

    def __init__(self, terms: Instrument, seed: int) -> None:
        # Spot and linear of one symbol walk the same way; what they quote and trade is their own.
        self._walk = Random(f"{seed}/{terms.symbol}/walk")  # noqa: S311 - a market, not a secret
        self._flow = Random(f"{seed}/{terms.key}/flow")  # noqa: S311
        self._terms = terms
        self._ticks = float(terms.start_price / terms.tick)
        self._volatility = float(terms.volatility) * _UNIFORMS
        self._spacing = max(1, round(self._ticks * _SPACING))
        self._least, self._most = int(terms.min_price / terms.tick), int(terms.max_price / terms.tick)
        # Where it stops walking, so that its last level is still a price that the market allows.
        room = (LEVELS + 1) * self._spacing + 5
        self._lowest, self._highest = float(self._least + room), float(self._most - room)
        self._depth = max(1.0, float(terms.depth / terms.step))
        self._best = {Side.BUY: 0, Side.SELL: 0}
        self._quotes: dict[Side, dict[int, Quote]] = {Side.BUY: {}, Side.SELL: {}}
        self._next_id = -1
        self.held = False

    def step(self, core: "Core", market: "Market") -> None:
        """What happens in one step of the grid."""
        walk = self._walk
        moved = walk.random() + walk.random() + walk.random() - 1.5
        if self.held:
            self._fill_up(market)
            return
        self._ticks = min(self._highest, max(self._lowest, self._ticks * (1.0 + self._volatility * moved)))
        self._around(market, int(self._ticks))
        if market.linear and (market.holders or market.triggers):
            core.stirred[market.key] = market
        self.quote(core, market)
        self._print(core, market)

    def move(self, core: "Core", market: "Market", price: Decimal) -> None:
        """Quote around this price at once."""
        self._ticks = float(int(price / self._terms.tick))
        self._around(market, int(self._ticks))
        self.quote(core, market)

    def withdraw(self, market: "Market") -> None:
        """Take back all quotes."""
        for side, mine in self._quotes.items():
            for quote in mine.values():
                if quote.quantity:
                    market.book.half(side).take(quote.price, quote, quote.quantity, True)
            mine.clear()

    def quote(self, core: "Core", market: "Market") -> None:
        """Take back what is out of place, take what others left in the way, show the rest."""
        wanted = {side: self._wanted(side) for side in Side}
        for side in Side:
            half, mine, keep = market.book.half(side), self._quotes[side], set(wanted[side])
            for ticks in [ticks for ticks in mine if ticks not in keep]:
                quote = mine.pop(ticks)
                if quote.quantity:
                    half.take(quote.price, quote, quote.quantity, True)
        for side in Side:
            match(core, market, side, self._terms.tick * self._best[side], None, None)
        for side in Side:
            self._show(market, side, wanted[side])
            self._refresh(market, side, wanted[side])

    def _around(self, market: "Market", middle: int) -> None:
        if market.linear:
            market.mark = self._terms.tick * middle
        self._best[Side.BUY] = middle - 1 - self._flow.randrange(3)
        self._best[Side.SELL] = middle + 1 + self._flow.randrange(3)

    def _wanted(self, side: Side) -> list[int]:
        """Best first: the best price, then the round ones behind it."""
        best, gap = self._best[side], self._spacing
        if side is Side.BUY:
            first = (best - 1) // gap * gap
            return [best, *range(first, first - LEVELS * gap, -gap)]
        first = -(-(best + 1) // gap) * gap
        return [best, *range(first, first + LEVELS * gap, gap)]

    def _show(self, market: "Market", side: Side, wanted: list[int]) -> None:
        mine = self._quotes[side]
        for place, ticks in enumerate(wanted):
            quote = mine.get(ticks)
            if (quote is None or not quote.quantity) and self._least <= ticks <= self._most:
                self._place(market, side, ticks, place)

    def _place(self, market: "Market", side: Side, ticks: int, place: int) -> None:
        price = self._terms.tick * ticks
        if market.book.crosses(side, price):
            return
        steps = max(1, int(self._depth * (0.5 + self._flow.random()) * (1.0 + place * 0.2)))
        quote = Quote(self._next_id, price, self._terms.step * steps)
        self._next_id -= 1
        self._quotes[side][ticks] = quote
        market.book.half(side).add(price, quote, quote.quantity)

    def _refresh(self, market: "Market", side: Side, wanted: list[int]) -> None:
        """Somebody changes a mind: one quote gets a new size and a new place in its queue."""
        if self._flow.random() < 0.7:
            return
        place = 1 + self._flow.randrange(LEVELS)
        quote = self._quotes[side].pop(wanted[place], None)
        if quote is not None:
            if quote.quantity:
                market.book.half(side).take(quote.price, quote, quote.quantity, True)
            self._place(market, side, wanted[place], place)

    def _fill_up(self, market: "Market") -> None:
        for side in Side:
            if any(not quote.quantity for quote in self._quotes[side].values()):
                self._show(market, side, self._wanted(side))

    def _print(self, core: "Core", market: "Market") -> None:
        flow = self._flow
        if flow.random() >= 0.3:
            return
        side = Side.BUY if flow.random() < 0.5 else Side.SELL
        size = self._depth * (0.05 + flow.random() * 0.6)
        if flow.random() < 0.05:
            size *= 4
        match(core, market, side, None, None, self._terms.step * max(1, int(size)))


def move_price(core: "Core", market: "Market", price: Decimal) -> None:
    """The market trades at this price from now on: orders that it reaches are filled, then it prints once."""
    background = market.background
    side = Side.SELL if price < market.last else Side.BUY
    if background is not None:
        background.withdraw(market)
    before = market.trade_id
    for taker in (side, side.opposite):
        match(core, market, taker, price, None, None)
    if background is not None:
        background.move(core, market, price)
    if market.last != price or market.trade_id == before:
        trade(core, market, side, price, market.instrument.min_quantity, None, None)
    core.stirred[market.key] = market

"""Names of market data streams, and what they ask for."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from .terms import INTERVALS_MS

_stream = re.compile(r"([a-z0-9]+)(?:_([a-z_]+))?@([a-zA-Z]+?)(\d*)(?:_(\w+))?(?:@(\d+m?s))?", re.ASCII)
#: Milliseconds; what is sent once in so long.
_DEPTH_MS = {None: 250, "0ms": 0, "100ms": 100, "250ms": 250, "500ms": 500}
_MARK_MS = {None: 3_000, "1s": 1_000, "3s": 3_000}
_ALL = {
    "!ticker@arr": ("ticker", 1_000),
    "!miniTicker@arr": ("miniTicker", 1_000),
    "!bookTicker": ("bookTicker", 0),
    "!markPrice@arr": ("markPrice", 3_000),
    "!markPrice@arr@1s": ("markPrice", 1_000),
    "!markPrice@arr@3s": ("markPrice", 3_000),
    "!forceOrder@arr": ("forceOrder", 0),
}
_PLAIN = {"aggTrade": 0, "trade": 0, "bookTicker": 0, "forceOrder": 0, "ticker": 2_000, "miniTicker": 2_000}


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream.

    Attributes:
        kind: `aggTrade`, `trade`, `bookTicker`, `depth` (changes), `partial`, `markPrice`, `kline`,
            `continuous_kline`, `ticker`, `miniTicker`, `forceOrder`.
        symbol: Empty for all of them.
        detail: Interval, or number of levels.
        every_ms: How often it is sent; 0 for whenever something happens.
    """

    name: str
    kind: str
    symbol: str
    every_ms: int
    detail: str = ""


def parse(name: str, symbols: Collection[str]) -> Topic | None:
    """The stream of that name; None if nothing will ever be sent on it. As at the exchange, nobody complains."""
    if name in _ALL:
        kind, every = _ALL[name]
        return Topic(name, kind, "", every)
    match = _stream.fullmatch(name)
    if match is None or match[1].upper() not in symbols:
        return None
    symbol, contract, kind, number, detail, speed = match[1].upper(), *match.groups()[1:]
    if kind == "continuousKline" and contract == "perpetual" and detail in INTERVALS_MS and not number + (speed or ""):
        return Topic(name, "continuous_kline", symbol, 250, detail)
    if contract is not None:
        return None
    if kind == "depth" and detail is None and speed in _DEPTH_MS:
        if not number:
            return Topic(name, "depth", symbol, _DEPTH_MS[speed])
        return Topic(name, "partial", symbol, _DEPTH_MS[speed], number) if number in ("5", "10", "20") else None
    if kind == "markPrice" and not number and detail is None and speed in _MARK_MS:
        return Topic(name, kind, symbol, _MARK_MS[speed])
    if kind == "kline" and not number and detail in INTERVALS_MS and speed is None:
        return Topic(name, kind, symbol, 250, detail)
    if kind in _PLAIN and not number and detail is None and speed is None:
        return Topic(name, kind, symbol, _PLAIN[kind])
    return None

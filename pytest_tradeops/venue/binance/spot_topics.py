"""Names of market data streams, and what they ask for."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from .spot_klines import time_zone
from .spot_terms import INTERVALS_MS

#: Streams that are sent by the second or the tenth of one, in milliseconds; the others as things happen.
SLOW_MS, FAST_MS = 1_000, 100

_stream = re.compile(r"([^@!]+)@([a-zA-Z]+)(\d*)(?:_(\w+))?(?:@(.+))?")
_ALL = {
    "!miniTicker@arr": ("miniTicker", "24h"),
    "!miniTicker@arr@1000ms": ("miniTicker", "24h"),  # python-binance asks for it by this name, and gets it
    "!ticker_1h@arr": ("window", "1h"),
    "!ticker_4h@arr": ("window", "4h"),
    "!ticker_1d@arr": ("window", "1d"),
}
#: Switched off by the exchange; there only for those who ask for what was.
_RETIRED = {"!ticker@arr": ("ticker", "24h")}
_EVENTS = ("trade", "aggTrade", "bookTicker")
_TIMED = ("ticker", "miniTicker", "avgPrice")


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream.

    Attributes:
        kind: `trade`, `aggTrade`, `bookTicker`, `depth` (changes), `partial`, `kline`, `ticker`, `miniTicker`,
            `window` (rolling window), `avgPrice`.
        symbol: Empty for all of them in one list.
        detail: Interval, window, or number of levels.
        every_ms: How often it is sent; 0 for whenever something happens.
        zone_ns: Of a kline's day.
    """

    name: str
    kind: str
    symbol: str
    detail: str = ""
    every_ms: int = SLOW_MS
    zone_ns: int = 0


def parse(name: str, symbols: Collection[str], *, retired: bool = False) -> Topic | None:
    """The stream of that name; None if nothing will ever be sent on it. Like the exchange, nobody complains."""
    listed = {**_ALL, **_RETIRED} if retired else _ALL
    if name in listed:
        kind, detail = listed[name]
        return Topic(name, kind, "", detail)
    match = _stream.fullmatch(name)
    if match is None or match[1] != match[1].lower() or match[1].upper() not in symbols:
        return None
    symbol, kind, number, suffix, extra = match[1].upper(), *match.groups()[1:]
    if kind == "depth" and not suffix and extra in (None, "100ms", "1000ms"):
        every = FAST_MS if extra == "100ms" else SLOW_MS
        if not number:
            return Topic(name, "depth", symbol, every_ms=every)
        return Topic(name, "partial", symbol, number, every) if number in ("5", "10", "20") else None
    if number:
        return None
    if kind == "kline" and suffix in INTERVALS_MS:
        return _kline(name, symbol, suffix, extra)
    if extra is not None:
        return None
    if kind in _EVENTS and not suffix:
        return Topic(name, kind, symbol, every_ms=0)
    if kind in _TIMED and not suffix:
        return Topic(name, kind, symbol, "24h")
    if kind == "ticker" and suffix in ("1h", "4h", "1d"):
        return Topic(name, "window", symbol, suffix)
    return None


def _kline(name: str, symbol: str, interval: str, zone: str | None) -> Topic | None:
    every = SLOW_MS if interval == "1s" else 2 * SLOW_MS
    if zone is None:
        return Topic(name, "kline", symbol, interval, every)
    if zone != "+08:00":
        return None
    return Topic(name, "kline", symbol, interval, every, time_zone("timeZone", zone))

"""Klines: intervals that the engine counts itself, and days, weeks and months by the calendar and a time zone."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..engine import Engine, Kline
from .common import errors
from .common.numbers import fixed
from .spot_terms import INTERVALS_MS

_MS = 1_000_000
_HOUR_NS, _QUARTER_NS = 3_600_000 * _MS, 900_000 * _MS
_CALENDAR = ("1d", "3d", "1w", "1M")
_ALL = 20_000
_zone = re.compile(r"([+-]?)(\d{1,2})(?::(\d{2}))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def interval_ns(interval: str) -> int:
    """Its length; of a month: thirty days, which only orders of magnitude depend on."""
    return INTERVALS_MS[interval] * _MS


def time_zone(name: str, text: str) -> int:
    """`-1:00`, `05:45`, `8`: an offset in nanoseconds, from -12:00 to +14:00. Raises BinanceError -1130."""
    match = _zone.fullmatch(text)
    if match is None:
        raise errors.invalid(name)
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    minutes = -minutes if match[1] == "-" else minutes
    if int(match[3] or 0) > 59 or not -720 <= minutes <= 840:
        raise errors.invalid(name)
    return minutes * 60_000 * _MS


def klines(
    engine: Engine,
    market: str,
    interval: str,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    limit: int = 500,
    zone_ns: int = 0,
) -> list[Kline]:
    """Oldest first: the first ones from `start_ns` on, or the newest."""
    length = interval_ns(interval)
    if interval not in _CALENDAR and zone_ns % length == 0:
        return engine.klines(market, length, start_ns=start_ns, end_ns=end_ns, limit=limit)
    base = _HOUR_NS if zone_ns % _HOUR_NS == 0 and length % _HOUR_NS == 0 else _QUARTER_NS
    if length < base or length % base:
        return engine.klines(market, length, start_ns=start_ns, end_ns=end_ns, limit=limit)
    bars = engine.klines(market, base, limit=_ALL)
    joined = list(_grouped(bars, lambda open_ns: opening(open_ns, interval, zone_ns)))
    if start_ns is not None:
        joined = [one for one in joined if one.open_ns >= start_ns]
    if end_ns is not None:
        joined = [one for one in joined if one.open_ns <= end_ns]
    return joined[:limit] if start_ns is not None else joined[-limit:]


def opening(at_ns: int, interval: str, zone_ns: int = 0) -> int:
    """When the kline that this time falls into opened."""
    length = interval_ns(interval)
    local = at_ns + zone_ns
    if interval == "1w":
        days = local // (24 * _HOUR_NS)
        start = (days - (days + 3) % 7) * 24 * _HOUR_NS  # the epoch was a Thursday, weeks open on Mondays
    elif interval == "1M":
        day = _EPOCH + timedelta(seconds=local // 1_000_000_000)
        first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start = int((first - _EPOCH).total_seconds()) * 1_000_000_000
    else:
        start = local // length * length
    return start - zone_ns


def closing(open_ns: int, interval: str, zone_ns: int = 0) -> int:
    """The first nanosecond that is no longer in it."""
    if interval != "1M":
        return open_ns + interval_ns(interval)
    return opening(open_ns + 32 * 24 * _HOUR_NS, interval, zone_ns)


def row(one: Kline, interval: str, unit: int, zone_ns: int = 0) -> list[Any]:
    """A line of the answer."""
    return [
        one.open_ns // unit,
        fixed(one.open),
        fixed(one.high),
        fixed(one.low),
        fixed(one.close),
        fixed(one.volume),
        closing(one.open_ns, interval, zone_ns) // unit - 1,
        fixed(one.quote_volume),
        one.trades,
        fixed(one.taker_base),
        fixed(one.taker_quote),
        "0",
    ]


def _grouped(bars: Iterable[Kline], key: Callable[[int], int]) -> Iterator[Kline]:
    current: Kline | None = None
    for bar in bars:
        open_ns = key(bar.open_ns)
        if current is not None and current.open_ns == open_ns:
            current = _joined(current, bar)
            continue
        if current is not None:
            yield current
        current = replace(bar, open_ns=open_ns)
    if current is not None:
        yield current


def joined(bars: list[Kline]) -> Kline:
    """All of them as one."""
    whole = bars[0]
    for bar in bars[1:]:
        whole = _joined(whole, bar)
    return whole


def _joined(one: Kline, later: Kline) -> Kline:
    return replace(
        one,
        high=max(one.high, later.high),
        low=min(one.low, later.low),
        close=later.close,
        volume=one.volume + later.volume,
        quote_volume=one.quote_volume + later.quote_volume,
        trades=one.trades + later.trades,
        taker_base=one.taker_base + later.taker_base,
        taker_quote=one.taker_quote + later.taker_quote,
    )

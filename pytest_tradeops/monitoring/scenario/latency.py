"""Latencies of two bursts of live orders, with paper and reconciled ones beside them that must not count."""

import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..place import Value

BOT = "PROBE-001"
VENUES = ("BINANCE", "BYBIT")
LEGS: Mapping[str, float] = {"submit": 0.004, "accept": 1.0, "fill": 1.7, "cancel": 1.25}
MINUTE = 60 * 10**9
PER_BURST = 24
PAPER_NS = 30 * 10**9
_NAMESPACE = uuid.UUID("6f1c7a52-0d1c-4b57-9f56-2f7c2f7a9e11")


@dataclass(frozen=True, slots=True)
class Sample:
    """One order's latency in milliseconds at one venue, of leg `accept`; those of the other legs are multiples."""

    burst: int
    venue: str
    milliseconds: float


def samples() -> tuple[Sample, ...]:
    """Right-skewed, as latencies are, and the second burst slower than the first."""
    return tuple(
        Sample(
            burst,
            VENUES[index % 2],
            (14.0 + 9.0 * burst) * math.exp(1.9 * (index / PER_BURST) ** 3) + 6.0 * (index % 2),
        )
        for burst in (0, 1)
        for index in range(PER_BURST)
    )


def burst_start(now_ns: int, burst: int) -> int:
    """Nanoseconds. A burst lasts less than a second of a minute's first: every bucket holds all of it or nothing."""
    return now_ns // MINUTE * MINUTE - (6 - 3 * burst) * MINUTE


def values(*, leg: str, venue: str = "", burst: int | None = None, paper: bool = False) -> list[float]:
    """The milliseconds of that leg, sorted; of one venue or burst, or of all; `paper`: as if those counted, too."""
    chosen = [
        one.milliseconds * LEGS[leg]
        for one in samples()
        if (not venue or one.venue == venue) and burst in (None, one.burst)
    ]
    return sorted(chosen + [PAPER_NS / 1e6] * (len(chosen) if paper else 0))


def percentile(ordered: list[float], percent: float) -> float:
    """The smallest value that so many percent of all are not above."""
    return ordered[max(math.ceil(percent / 100 * len(ordered)) - 1, 0)]


def rows(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `order_latency`: each leg of each live order, and as many of paper orders, half a minute long."""
    for number, one in enumerate(samples()):
        for leg, factor in LEGS.items():
            at = burst_start(now_ns, one.burst) + number * 3_000_000
            common: Mapping[str, Value] = {
                "timestamp": at,
                "bot": BOT,
                "strategy": "ALPHA-001",
                "instrument": f"BTCUSDT.{one.venue}",
                "venue": one.venue,
                "leg": leg,
                "client_order_id": f"O-{number}",
            }
            yield {
                **common, "mode": "live", "event_id": _id("live", number, leg),
                "latency_ns": round(one.milliseconds * factor * 1e6),
            }  # fmt: skip
            yield {**common, "mode": "paper", "event_id": _id("paper", number, leg), "latency_ns": PAPER_NS}


def orders(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_orders`: every live order accepted, as many paper ones, and some that reconciliation made up."""
    for number, one in enumerate(samples()):
        common: Mapping[str, Value] = {
            "timestamp": burst_start(now_ns, one.burst) + number * 3_000_000,
            "bot": BOT,
            "strategy": "ALPHA-001",
            "instrument": f"BTCUSDT.{one.venue}",
            "venue": one.venue,
            "event": "accepted",
            "side": "BUY",
        }
        yield {**common, "mode": "live", "event_id": _id("live", number, "accept"), "reconciliation": False}
        yield {**common, "mode": "paper", "event_id": _id("paper", number, "accept"), "reconciliation": False}
        if number % 4 == 0:
            yield {**common, "mode": "live", "event_id": _id("made up", number, "accept"), "reconciliation": True}


def _id(*parts: object) -> str:
    return str(uuid.uuid5(_NAMESPACE, " ".join(map(str, parts))))

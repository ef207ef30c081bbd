"""Orders and errors, minute by minute: busy, idle, busy without errors, and an error without any order."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..place import Value

BOT, STRATEGY, INSTRUMENT = "PROBE-001", "ALPHA-001", "BTCUSDT.BINANCE"
MINUTE = 60 * 10**9
_NAMESPACE = uuid.UUID("0d6a3fd2-7f3a-4f0e-8a40-6c2a0f5f4b7d")


@dataclass(frozen=True, slots=True)
class Minute:
    """What happened in one minute; a denied order is an error and was never submitted."""

    submitted: int = 0
    denied: int = 0
    rejected: int = 0
    exceptions: int = 0

    @property
    def errors(self) -> int:
        return self.denied + self.rejected + self.exceptions

    @property
    def orders(self) -> int:
        return self.submitted + self.denied


#: The oldest first; the last one ends a minute before the end of the history.
MINUTES = (Minute(48, 2, 1, 1), Minute(), Minute(30), Minute(exceptions=1), Minute(20, 0, 1))
IDLE = 1


def start(now_ns: int, index: int) -> int:
    """Nanoseconds; whole minutes, so that no bucket of a panel holds rows of two."""
    return now_ns // MINUTE * MINUTE - (len(MINUTES) + 1 - index) * MINUTE


def orders(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_orders`: every submitted order is accepted or rejected, and filled; denied ones are denied."""
    for index, minute in enumerate(MINUTES):
        for number in range(minute.submitted):
            second = "rejected" if number < minute.rejected else "accepted"
            for event in ("submitted", second, *(("filled",) if second == "accepted" else ())):
                yield _order(now_ns, index, number, event)
        for number in range(minute.denied):
            yield _order(now_ns, index, minute.submitted + number, "denied")


def errors(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_errors`."""
    for index, minute in enumerate(MINUTES):
        kinds = ["rejected"] * minute.rejected + ["denied"] * minute.denied + ["exception"] * minute.exceptions
        for number, kind in enumerate(kinds):
            yield {
                **_common(now_ns, index, number),
                "kind": kind,
                "error_id": _id("error", index, number),
                "component": "on_bar" if kind == "exception" else "ExecEngine",
                "reason": "a probe",
            }


def heartbeats(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `heartbeats`, one each minute: the bot is alive while it is idle."""
    for index in range(len(MINUTES)):
        at = start(now_ns, index) + 500_000_000
        yield {"timestamp": at, "bot": BOT, "mode": "live", "component": "bot", "connected": True}


def _order(now_ns: int, index: int, number: int, event: str) -> Mapping[str, Value]:
    return {
        **_common(now_ns, index, number),
        "event": event,
        "event_id": _id("order", index, number, event),
        "client_order_id": f"O-{index}-{number}",
        "side": "BUY",
    }


def _common(now_ns: int, index: int, number: int) -> Mapping[str, Value]:
    return {
        "timestamp": start(now_ns, index) + number * 5_000_000,
        "bot": BOT,
        "mode": "live",
        "strategy": STRATEGY,
        "instrument": INSTRUMENT,
        "venue": "BINANCE",
    }


def _id(*parts: object) -> str:
    return str(uuid.uuid5(_NAMESPACE, " ".join(map(str, parts))))

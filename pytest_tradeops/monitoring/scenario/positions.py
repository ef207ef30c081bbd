"""Positions that are opened, added to, reduced, flipped and closed, and what is open by their trades alone."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..place import Value

BOT, CURRENCY = "PROBE-001", "USDT"
ALPHA, BETA = "ALPHA-001", "BETA-002"
DAY = 86_400.0
_NAMESPACE = uuid.UUID("b1f3f1a2-6f0e-4a53-9d0c-5b5f0a3f7c21")


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill, `ago` seconds before the end of the history; `quantity` is negative for a sale."""

    ago: float
    strategy: str
    instrument: str
    quantity: float
    price: float


FILLS = (
    Fill(3 * DAY, ALPHA, "ADAUSDT.BINANCE", 500.0, 0.42),  # opened long before any dashboard's time range
    Fill(3000, ALPHA, "BTCUSDT.BINANCE", 1.0, 64_000.0),
    Fill(2900, BETA, "BTCUSDT.BINANCE", 0.7, 64_050.0),
    Fill(2800, BETA, "ETHUSDT.BINANCE", 3.0, 3_100.0),
    Fill(2700, ALPHA, "ETHUSDT.BINANCE", 2.0, 3_105.0),
    Fill(2600, BETA, "SOLUSDT.BYBIT", -10.0, 151.0),
    Fill(2000, ALPHA, "BTCUSDT.BINANCE", 0.5, 64_300.0),  # added to
    Fill(1800, BETA, "BTCUSDT.BINANCE", -0.5, 64_400.0),  # reduced
    Fill(1500, BETA, "ETHUSDT.BINANCE", -7.0, 3_090.0),  # flipped
    Fill(1200, ALPHA, "ETHUSDT.BINANCE", -2.0, 3_120.0),  # closed
    Fill(900, BETA, "SOLUSDT.BYBIT", 4.0, 149.0),  # reduced
    Fill(600, BETA, "BTCUSDT.BINANCE", -0.2, 64_500.0),  # closed
)


def expected() -> Mapping[tuple[str, str], float]:
    """The signed quantity of each open position by strategy and instrument: the sum of the fills, where not zero."""
    sums: dict[tuple[str, str], float] = {}
    for one in FILLS:
        key = (one.strategy, one.instrument)
        sums[key] = sums.get(key, 0.0) + one.quantity
    return {key: value for key, value in sums.items() if abs(value) > 1e-9}


def pairs() -> frozenset[tuple[str, str]]:
    """Every strategy and instrument that was traded, whether or not anything is open."""
    return frozenset((one.strategy, one.instrument) for one in FILLS)


def rows(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_positions`: a flip closes the position, then opens it the other way round."""
    held: dict[tuple[str, str], float] = {}
    for number, one in enumerate(FILLS):
        key = (one.strategy, one.instrument)
        before = held.get(key, 0.0)
        after = round(before + one.quantity, 9)
        held[key] = after
        if before * after < 0:
            yield _row(now_ns, number, one, "closed", 0.0, 0)
            yield _row(now_ns, number, one, "opened", after, 1)
        else:
            yield _row(now_ns, number, one, "closed" if not after else "opened" if not before else "changed", after, 0)


def risk(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_risk`: the net position of each instrument with the most that is allowed."""
    net: dict[str, float] = {}
    for (_, instrument), quantity in expected().items():
        net[instrument] = net.get(instrument, 0.0) + quantity
    for instrument, quantity in net.items():
        yield {
            "timestamp": now_ns,
            "bot": BOT,
            "mode": "live",
            "venue": instrument.rpartition(".")[2],
            "instrument": instrument,
            "position": quantity,
            "position_max": abs(quantity) * 2.0,
        }


def _row(now_ns: int, number: int, fill: Fill, event: str, quantity: float, part: int) -> Mapping[str, Value]:
    return {
        "timestamp": now_ns - int(fill.ago * 1e9) + part * 1_000,
        "bot": BOT,
        "mode": "live",
        "strategy": fill.strategy,
        "instrument": fill.instrument,
        "venue": fill.instrument.rpartition(".")[2],
        "position_id": f"{fill.instrument}-{fill.strategy}",
        "event": event,
        "event_id": str(uuid.uuid5(_NAMESPACE, f"{number} {event}")),
        "side": "LONG" if quantity > 0 else "SHORT" if quantity < 0 else "FLAT",
        "signed_quantity": quantity,
        "average_open": fill.price,
        "average_close": fill.price if event == "closed" else None,
        "currency": CURRENCY,
        "realized": 0.0,
    }

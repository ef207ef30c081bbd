"""Made-up rows of a bot's day and of a week of coding sessions, for pictures: seeded, and nobody's results."""

import math
import uuid
from collections.abc import Callable, Iterator, Mapping
from random import Random

from ..place import MetricsPlace, Value
from . import sessions

NAME = "sample rows, made up"
_BOT = "TRADER-001"
_HOUR, _DAY = 3_600, 86_400
_MARKETS = {"BTCUSDT.BINANCE": (64_000.0, 2.0), "ETHUSDT.BINANCE": (3_150.0, 30.0), "SOLUSDT.BYBIT": (151.0, 400.0)}
_DESKS = (("EMA-001", "BTCUSDT.BINANCE"), ("EMA-001", "ETHUSDT.BINANCE"), ("MAKER-002", "SOLUSDT.BYBIT"))
type Rows = Iterator[Mapping[str, Value]]


def fill(place: MetricsPlace, clock: Callable[[], int], seed: int = 7) -> int:
    """Writes the rows into every table; returns how many.

    Args:
        clock: Nanoseconds since 1970. It is asked again for the heartbeats, which come last and are to be fresh.
    """
    day = _Day(clock(), Random(seed))  # noqa: S311 - a picture's noise
    written = {
        "trading_pnl": day.pnl(),
        "trading_risk": day.risk(),
        "trading_orders": day.orders(),
        "order_latency": day.latency(),
        "trading_errors": day.errors(),
        "trading_positions": day.positions(),
        "ralph_runs": day.loops(),
        "ralph_iterations": day.iterations(),
        **day.sessions(),
    }
    count = sum(place.insert(table, rows) for table, rows in written.items())
    day.now = clock()
    return count + sum(
        place.insert(table, rows)
        for table, rows in (("connection_status", day.connections()), ("heartbeats", day.heartbeats()))
    )


class _Day:
    """Six hours of trading that end at `now`; a gap in the market data and a wave of rejections among them."""

    def __init__(self, now_ns: int, random: Random) -> None:
        self.now = now_ns
        self._random = random
        self._steps = 6 * 60
        self._paths = {desk: self._walk(12.0 if desk[0] == "EMA-001" else 5.0) for desk in _DESKS}
        self._orders = sorted(random.uniform(0, 6 * _HOUR) for _ in range(260))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128)))

    def _walk(self, size: float) -> list[float]:
        path, value = [], 0.0
        for step in range(self._steps):
            trend = -0.75 if 150 <= step < 225 else 0.24
            value += self._random.gauss(trend, 1.0) * size
            path.append(value)
        return path

    def _at(self, seconds_ago: float) -> int:
        return self.now - int(seconds_ago * 1e9)

    def _row(self, ago: float, strategy: str = "", instrument: str = "") -> dict[str, Value]:
        row: dict[str, Value] = {"timestamp": self._at(ago), "bot": _BOT, "mode": "live"}
        if strategy:
            row |= {"strategy": strategy, "instrument": instrument, "venue": instrument.rpartition(".")[2]}
        return row

    def pnl(self) -> Rows:
        for step in range(self._steps):
            for desk in _DESKS:
                value = self._paths[desk][step]
                open_part = 30.0 * math.sin(step / 9 + len(desk[1]))
                yield {
                    **self._row((self._steps - 1 - step) * 60, *desk),
                    "currency": "USDT",
                    "realized": value - open_part,
                    "unrealized": open_part,
                    "commission": 0.11 * step,
                }

    def risk(self) -> Rows:
        peak = 0.0
        for step in range(self._steps):
            equity = 25_000.0 + sum(path[step] for path in self._paths.values())
            peak = max(peak, equity)
            ago = (self._steps - 1 - step) * 60
            yield {
                **self._row(ago),
                "venue": "BINANCE",
                "currency": "USDT",
                "equity": equity,
                "peak": peak,
                "drawdown_pct": 100 * (peak - equity) / peak,
                "complete": True,
            }
            for instrument, (_, most) in _MARKETS.items():
                size = most * 0.55 * math.sin(step / 40 + len(instrument)) + most * 0.1
                yield {
                    **self._row(ago),
                    "venue": instrument.rpartition(".")[2],
                    "instrument": instrument,
                    "position": round(size, 3),
                    "position_max": most,
                }

    def orders(self) -> Rows:
        for number, at in enumerate(self._orders):
            desk = _DESKS[number % 3]
            for event in ("submitted", "accepted", "filled"):
                yield {
                    **self._row(at, *desk),
                    "event": event,
                    "event_id": self._uuid(),
                    "client_order_id": f"O-{number}",
                    "side": "BUY" if number % 2 else "SELL",
                    "reconciliation": False,
                }

    def latency(self) -> Rows:
        for number, at in enumerate(self._orders):
            desk = _DESKS[number % 3]
            slow = 2.6 if 2 * _HOUR < at < 2.4 * _HOUR else 1.0
            base = (19 if number % 3 == 2 else 11) * slow * math.exp(abs(self._random.gauss(0, 0.45)))
            for leg, factor in (("submit", 0.01), ("accept", 1.0), ("fill", 1.6), ("cancel", 1.2)):
                if leg == "cancel" and number % 3:
                    continue
                yield {
                    **self._row(at, *desk),
                    "leg": leg,
                    "event_id": self._uuid(),
                    "client_order_id": f"O-{number}",
                    "latency_ns": int(base * factor * 1e6),
                }

    def errors(self) -> Rows:
        told = (
            ("rejected", "ExecEngine", "Filter failure: PERCENT_PRICE_BY_SIDE"),
            ("denied", "RiskEngine", "NOTIONAL_EXCEEDS_MAX_PER_ORDER"),
            ("cancel_rejected", "ExecEngine", "Unknown order sent."),
            ("exception", "MakerStrategy.on_bar", "ZeroDivisionError: float division by zero"),
        )
        for index, ago in enumerate((20_000, 13_400, 13_370, 13_350, 9_800, 9_790, 4_100, 900)):
            kind, component, reason = told[(0, 0, 0, 2, 1, 0, 3, 0)[index]]
            yield {
                **self._row(ago, *_DESKS[index % 3]),
                "kind": kind,
                "error_id": self._uuid(),
                "client_order_id": f"O-{index * 11}",
                "component": component,
                "reason": reason,
            }

    def positions(self) -> Rows:
        changes = (
            (2 * _DAY, 2, "opened", 120.0), (17_000, 0, "opened", 0.4), (14_200, 1, "opened", 6.0),
            (11_000, 0, "changed", 0.9), (8_000, 1, "changed", 2.0), (5_400, 1, "closed", 0.0),
            (5_300, 1, "opened", -4.0), (2_600, 0, "changed", 0.65), (1_100, 2, "changed", 90.0),
        )  # fmt: skip
        for ago, index, event, quantity in changes:
            strategy, instrument = _DESKS[index]
            price = _MARKETS[instrument][0]
            yield {
                **self._row(ago, strategy, instrument),
                "position_id": f"{instrument}-{strategy}",
                "event": event,
                "event_id": self._uuid(),
                "side": "LONG" if quantity > 0 else "SHORT" if quantity < 0 else "FLAT",
                "signed_quantity": quantity,
                "average_open": price,
                "average_close": price * 1.004 if event == "closed" else None,
                "currency": "USDT",
                "realized": self._random.uniform(-20, 60) if event != "opened" else 0.0,
            }

    def heartbeats(self) -> Rows:
        for ago in range(_HOUR, -1, -20):
            lost = 1_500 < ago < 1_740
            yield {
                **self._row(ago),
                "component": "bot",
                "connected": True,
                "queued": self._random.randrange(4),
                "spooled": max(0, 900 - abs(ago - 2_600) * 3),
                "spooled_bytes": 0,
                "written": 90_000 - ago,
                "dropped": 0,
            }
            for component in ("data:BINANCE", "exec:BINANCE", "data:BYBIT"):
                down = lost and component == "data:BYBIT"
                age = float(1_740 - ago) if down else self._random.uniform(0.1, 2.2)
                data = component.startswith("data")
                yield {
                    **self._row(ago),
                    "component": component,
                    "connected": not down,
                    "data_age_s": age if data else None,
                }

    def connections(self) -> Rows:
        for ago, component, status, reason in (
            (3_550, "data:BYBIT", "connected", "the client said so"),
            (1_740, "data:BYBIT", "disconnected", "the socket was closed with 1006"),
            (1_500, "data:BYBIT", "connected", "the client said so"),
        ):
            yield {**self._row(ago), "component": component, "status": status, "reason": reason}

    def sessions(self) -> Mapping[str, list[Mapping[str, Value]]]:
        """The recorded sessions again and again over a week, with other durations."""
        found: dict[str, list[Mapping[str, Value]]] = {}
        for index in range(14):
            now = self.now - int(index * 0.48 * _DAY * 1e9) - 3_600 * 10**9
            for table, rows in sessions.rows(now).items():
                for row in rows:
                    changed: dict[str, Value] = {**row, "session_id": f"{row['session_id']}-{index}"}
                    if "event_id" in row:
                        changed["event_id"] = f"{row['event_id']}-{index}"
                    if isinstance(row.get("duration_ms"), int):
                        changed["duration_ms"] = int(float(str(row["duration_ms"])) * self._random.uniform(0.5, 2.5))
                    found.setdefault(table, []).append(changed)
        return found

    def _runs(self) -> Iterator[tuple[int, int, str, str | None]]:
        ends = ("completed", "completed", "tripped", "completed", "stopped", "completed", "tripped", "interrupted")
        for index, status in enumerate(ends * 2):
            breaker = ("no_progress", "same_error")[index % 2] if status == "tripped" else None
            yield index, 2 + (index * 5) % 11, status, breaker

    def loops(self) -> Rows:
        for index, count, status, breaker in self._runs():
            common: dict[str, Value] = {"project": "trader", "run_id": f"run-{index}", "session_id": f"s-{index}"}
            ended = (index * 0.43 + 0.1) * _DAY
            yield {**common, "timestamp": self._at(ended + count * 240), "status": "active"}
            yield {
                **common, "timestamp": self._at(ended), "status": status, "breaker": breaker, "iterations": count,
                "exit_reason": "all criteria met" if status == "completed" else breaker or "ended by a person",
                "duration_ms": count * 240_000,
            }  # fmt: skip
        yield {
            "timestamp": self._at(900),
            "project": "trader",
            "run_id": "run-now",
            "status": "active",
            "iterations": 3,
        }

    def iterations(self) -> Rows:
        for index, count, status, _ in self._runs():
            for step in range(1, count + 1):
                ended = (index * 0.43 + 0.1) * _DAY + (count - step) * 240
                yield {
                    "timestamp": self._at(ended),
                    "project": "trader",
                    "run_id": f"run-{index}",
                    "iteration": step,
                    "session_id": f"s-{index}",
                    "outcome": "continued" if step < count else status,
                    "tokens_in": self._random.randrange(9_000, 42_000),
                    "tokens_out": self._random.randrange(700, 6_000),
                    "cache_read": self._random.randrange(20_000, 90_000),
                    "cost_usd": self._random.uniform(0.05, 0.6),
                    "ci_state": "green" if self._random.random() < 0.7 else "red",
                    "duration_ms": int(self._random.uniform(90_000, 300_000)),
                }

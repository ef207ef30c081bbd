"""Settings of the collector, and what it gives its rows to."""

from collections.abc import Mapping
from typing import Any, Protocol

from nautilus_trader.common.config import ActorConfig

from .errors import FLUSH
from .rows import Value

MODES = ("auto", "live", "paper", "backtest")
#: Intervals that must be above zero.
_SECONDS = ("sample_interval", "heartbeat_interval", "backtest_interval", "stale_after")


class Store(Protocol):
    """What rows are given to; `telemetry.sink.Sink` is one."""

    def start(self) -> None: ...

    def put(self, table: str, at_ns: int, values: Mapping[str, Value]) -> bool: ...

    def drain(self, timeout: float) -> bool: ...

    def close(self, timeout: float) -> Any: ...

    def stats(self) -> Any: ...


class MetricsCollectorConfig(ActorConfig, frozen=True):
    """Settings of `MetricsCollector`; all have defaults.

    Attributes:
        bot: Name of the bot in every row; default its trader id.
        mode: `live`, `paper`, `backtest`; `auto` tells them apart, per venue, by what the orders are given to.
        conf: Client configuration string of QuestDB; default the environment's `QDB_CLIENT_CONF`. Empty: nothing is
            written anywhere.
        prefix: Before every table's name.
        spool: Folder for rows that the server does not take, and for the peak of equity; each bot has one of its own
            in it.
        currency: What equity is counted in; default each account's own, or what most of its instruments are priced in.
        position_max: Instrument to the largest net position without sign, as your risk configuration has it; written
            beside the position, so that a rule can compare them.
        sample_interval: Seconds between two samples of equity, positions and open profit.
        heartbeat_interval: Seconds between two signs of life.
        backtest_interval: Seconds of simulated time between two samples in a backtest, which has no heartbeats.
        stale_after: Seconds without market data, or with an order on its way, after which a connection counts as lost.
        stale_after_by_instrument: The same for single instruments, such as quiet ones.
        queue_events: Events that may wait to be made into rows.
        queue_rows, spool_bytes: Of the sink.
        guard_strategies: Whether exceptions in handlers of all strategies are written down and sent to Sentry.
        flush_seconds: How long such an exception may hold up the process until it is safe.
    """

    bot: str = ""
    mode: str = "auto"
    conf: str | None = None
    prefix: str = ""
    spool: str = "tradeops-spool"
    currency: str = ""
    position_max: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    sample_interval: float = 1.0
    heartbeat_interval: float = 2.0
    backtest_interval: float = 60.0
    stale_after: float = 10.0
    stale_after_by_instrument: dict[str, float] = {}  # noqa: RUF012
    queue_events: int = 65_536
    queue_rows: int = 65_536
    spool_bytes: int = 256 * 1024 * 1024
    guard_strategies: bool = True
    flush_seconds: float = FLUSH


def validate(config: MetricsCollectorConfig) -> None:
    """Raises ValueError for a setting that cannot be."""
    if config.mode not in MODES:
        raise ValueError(f"mode {config.mode!r} is none of {', '.join(MODES)}")
    for name in _SECONDS:
        if getattr(config, name) <= 0:
            raise ValueError(f"{name} must be > 0 seconds, was {getattr(config, name)}")

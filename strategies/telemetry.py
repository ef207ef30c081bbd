"""What measures the bot: one actor, the same in the backtest, on paper, on the venue and on the testnet.

Where rows go is the environment's to say: `QDB_CLIENT_CONF`, such as `http::addr=questdb:9000;`. Without it nothing is
written, and exceptions are sent to Sentry all the same, where `SENTRY_DSN` is set.
"""

from importlib.util import find_spec

from nautilus_trader.config import ImportableActorConfig

from .risk import MAX_POSITION

_COLLECTOR = "pytest_tradeops.telemetry.collector"


def collectors() -> list[ImportableActorConfig]:
    """The collector; none where `pytest-tradeops[telemetry]` is not installed, and MON-018 says so."""
    if find_spec(_COLLECTOR.partition(".")[0]) is None:
        return []
    return [
        ImportableActorConfig(
            actor_path=f"{_COLLECTOR}:MetricsCollector",
            config_path=f"{_COLLECTOR}:MetricsCollectorConfig",
            config={"position_max": {name: str(limit) for name, limit in MAX_POSITION.items()}},
        )
    ]

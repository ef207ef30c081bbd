"""`[tool.tradeops.sentry]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """How the subject starts its error tracking.

    Attributes:
        entry: `package.module:function`, called without arguments; it must take the DSN from `SENTRY_DSN`.
        timeout: Seconds a probe may take.
    """

    entry: str = "strategies.errors:start"
    timeout: float = 30.0

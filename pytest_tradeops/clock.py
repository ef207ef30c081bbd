"""The time, asked in one place. Pure code takes it as an argument."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The current time, timezone-aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current UTC day. Expiry dates are inclusive UTC days, never local midnights."""
    return now().date()

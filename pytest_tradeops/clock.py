"""The time, asked in one place. Pure code takes it as an argument."""

from datetime import UTC, date, datetime, timedelta


def now() -> datetime:
    """The current time, timezone-aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current UTC day. Expiry dates are inclusive UTC days, never local midnights."""
    return now().date()


def latest(today: date, longest: timedelta) -> date:
    """The last day that lies no further ahead than that, or the calendar's last."""
    return today + longest if date.max - today > longest else date.max

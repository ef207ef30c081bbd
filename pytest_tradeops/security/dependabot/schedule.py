"""When an entry of Dependabot runs; pure."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from ..recurrence import Recurrence, parse_cron

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Interval to the months on whose first day it runs.
_MONTHS = {
    "monthly": tuple(range(1, 13)),
    "quarterly": (1, 4, 7, 10),
    "semiannually": (1, 7),
    "yearly": (1,),
}


def recurrence(schedule: Mapping[str, Any]) -> Recurrence:
    """The runs of a `schedule` that the schema accepts, in its own time zone.

    `daily` is Monday to Friday. Without a time, GitHub chooses one and keeps to it: midnight stands for it.

    Raises:
        ValueError: its `cronjob` is in words or no cron; the text completes a sentence that begins with it.
    """
    interval = schedule["interval"]
    if interval == "cron":
        return parse_cron(str(schedule.get("cronjob", "")))
    at = time.fromisoformat(schedule.get("time", "00:00"))
    if interval == "daily":
        return Recurrence(lambda day: day.weekday() < 5, at, at)
    if interval == "weekly":
        weekday = _DAYS.index(schedule.get("day", "monday"))
        return Recurrence(lambda day: day.weekday() == weekday, at, at)
    months = _MONTHS[interval]
    return Recurrence(lambda day: day.day == 1 and day.month in months, at, at)

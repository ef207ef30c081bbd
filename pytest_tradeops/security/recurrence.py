"""When something that recurs runs, day by day, and the longest time that it leaves out; pure, no clock."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEK = timedelta(days=7)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ITEM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>[0-9]{1,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Runs on the days for which `falls_on` says so, first at `earliest` and last at `latest`, in one time zone.

    Wall-clock time is meant: that a week with a change of the clocks has an hour more is no gap.
    """

    falls_on: Callable[[date], bool]
    earliest: time = time()
    latest: time = time()

    def longest_gap(self, start: date, days: int = 366) -> timedelta:
        """The longest time without a run in the `days` from `start` on, the time before the first and after the last.

        Never more than the true gap, since the span cuts off what lies outside of it; gaps within a day do not count.
        """
        last = datetime.combine(start, time())
        longest = timedelta()
        for number in range(days):
            day = start + timedelta(days=number)
            if self.falls_on(day):
                longest = max(longest, datetime.combine(day, self.earliest) - last)
                last = datetime.combine(day, self.latest)
        return max(longest, datetime.combine(start + timedelta(days=days), time()) - last)


def together(recurrences: Sequence[Recurrence]) -> Recurrence:
    """What runs whenever one of these does; times of day are taken as far apart as they can be."""
    return Recurrence(
        lambda day: any(one.falls_on(day) for one in recurrences),
        max((one.earliest for one in recurrences), default=time()),
        min((one.latest for one in recurrences), default=time()),
    )


def parse_cron(text: str) -> Recurrence:
    """The runs of a cron expression of five fields, with names, lists, ranges and steps.

    A day must suit the day of the month and of the week if either begins with `*`, else one of them, as cron has it.

    Raises:
        ValueError: it is not such an expression; the text completes a sentence that begins with the expression.
    """
    fields = text.split()
    if len(fields) != 5:
        raise ValueError("has not the five fields of a cron expression")
    minutes, hours = _field(fields[0], 0, 59), _field(fields[1], 0, 23)
    days, months = _field(fields[2], 1, 31), _field(fields[3], 1, 12, _MONTHS, offset=1)
    weekdays = {number % 7 for number in _field(fields[4], 0, 7, _WEEKDAYS)}
    both = fields[2].startswith("*") or fields[4].startswith("*")

    def falls_on(day: date) -> bool:
        suits = (day.day in days, day.isoweekday() % 7 in weekdays)
        return day.month in months and (all(suits) if both else any(suits))

    return Recurrence(falls_on, time(min(hours), min(minutes)), time(max(hours), max(minutes)))


def _field(text: str, low: int, high: int, names: Sequence[str] = (), *, offset: int = 0) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"has {item!r} as a field, which is no cron")
        step = int(match["step"] or 1)
        if match["first"] == "*":
            first, last = low, high
            if match["last"] is not None:
                raise ValueError(f"has {item!r} as a field, which is no cron")
        else:
            first = _number(match["first"], names, offset)
            ends = match["last"] or (high if match["step"] else match["first"])
            last = _number(str(ends), names, offset)
        if step < 1 or not low <= first <= last <= high:
            raise ValueError(f"has {item!r} as a field, which is out of range")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, names: Sequence[str], offset: int) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + offset
    if not text.isdecimal() or len(text) > 3:
        raise ValueError(f"has {text!r} in a field, which is no cron")
    return int(text)

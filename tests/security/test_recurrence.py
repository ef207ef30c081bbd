"""Runs of a year: what `longest_gap` says is what counting the runs one by one says."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.recurrence import WEEK, Recurrence, parse_cron, together

START = date(2026, 11, 30)  # a Monday
starts = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def gap_of(cron: str, start: date = START) -> float:
    return parse_cron(cron).longest_gap(start) / timedelta(days=1)


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("0 5 * * 1", 7),
        ("0 5 * * mon", 7),
        ("0 5 * * MON-FRI", 3),
        ("0 5 * * 7", 7),
        ("0 5 * * 0", 7),
        ("0 5 * * *", 1),
        ("*/15 * * * *", 1 / 96),
        ("0 5 1 * *", 31),
        ("0 5 1,8,15,22,29 * *", 7),
        ("0 5 1,8,15,22 * *", 10),
        ("0 5 */2 * 1", 21),
        ("0 5 1 * 1", 7),
    ],
)
def test_the_longest_gap_of_a_cron(cron: str, days: float) -> None:
    assert gap_of(cron) == pytest.approx(days)


def test_a_schedule_of_one_month_leaves_out_the_rest_of_the_year() -> None:
    assert gap_of("0 5 * 1 1") > 300


@pytest.mark.parametrize("cron", ["0 5 30 2 *", "0 5 31 11 *"])
def test_what_never_runs_leaves_out_the_whole_year(cron: str) -> None:
    assert gap_of(cron) == 366


@pytest.mark.parametrize(
    "cron",
    [
        "", "every monday", "0 5 * *", "0 5 * * * *", "60 5 * * 1", "0 24 * * 1", "0 5 0 * 1", "0 5 32 * 1", "0 5 * 13 1",
        "0 5 * * 8", "0 5 * * 5-1", "0 5 * * */0", "0 5 * * monday", "0 5 * * 1,", "0 5 *-3 * 1", "0 5 * * \N{SUPERSCRIPT TWO}",
        "0 5 * * 1-2-3", "@weekly", "0 5 99999999999999999999 * 1",
    ],
)  # fmt: skip
def test_what_is_no_cron_is_a_value_error(cron: str) -> None:
    with pytest.raises(ValueError, match=r"cron|out of range"):
        parse_cron(cron)


def test_a_week_is_no_gap_and_an_hour_more_is() -> None:
    assert Recurrence(lambda day: day.weekday() == 0, time(5), time(5)).longest_gap(START) == WEEK
    assert Recurrence(lambda day: day.weekday() == 0, time(6), time(5)).longest_gap(START) == WEEK + timedelta(hours=1)


@given(weekdays=st.sets(st.integers(0, 6), min_size=1), start=starts, hour=st.integers(0, 23))
def test_weekdays_leave_out_as_many_days_as_the_calendar_says(weekdays: set[int], start: date, hour: int) -> None:
    ordered = sorted(weekdays)
    expected = max((after - one) % 7 or 7 for one, after in zip(ordered, [*ordered[1:], ordered[0]], strict=True))
    cron = f"0 {hour} * * {','.join(map(str, ordered))}"
    assert parse_cron(cron).longest_gap(start) == timedelta(days=expected)


@given(days=st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31))), hour=st.integers(0, 23))
def test_any_days_are_counted_one_by_one(days: set[date], hour: int) -> None:
    start = date(2026, 1, 1)
    edges = [datetime(2026, 1, 1), *(datetime.combine(day, time(hour)) for day in sorted(days)), datetime(2027, 1, 1)]
    expected = max(after - one for one, after in pairwise(edges))
    assert Recurrence(lambda day: day in days, time(hour), time(hour)).longest_gap(start, 365) == expected


@given(one=st.sets(st.integers(0, 6), min_size=1), other=st.sets(st.integers(0, 6), min_size=1), start=starts)
def test_two_together_leave_out_no_more_than_either(one: set[int], other: set[int], start: date) -> None:
    both = [Recurrence(lambda day, among=among: day.weekday() in among) for among in (one, other)]
    gap = together(both).longest_gap(start)
    assert gap <= min(each.longest_gap(start) for each in both)
    assert together([]).longest_gap(start) == timedelta(days=366)


@given(st.text(max_size=40))
def test_any_text_is_a_recurrence_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parse_cron(text).longest_gap(START)

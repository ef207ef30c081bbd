"""Queries expanded and results read as Grafana's PostgreSQL data source does it."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring import intervals
from pytest_tradeops.monitoring.frames import Frame, FrameError, parse_time, read
from pytest_tradeops.monitoring.sql import MacroError, TimeRange, expand, rfc3339
from pytest_tradeops.questdb_sql import Column, Result

SPAN = TimeRange(1_700_000_000 * 10**9, 1_700_003_600 * 10**9)
FROM, TO = "2023-11-14T22:13:20Z", "2023-11-14T23:13:20Z"


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("$__time(ts)", 'ts AS "time"'),
        ("$__timeEpoch(ts)", 'extract(epoch from ts) as "time"'),
        ("$__timeFilter(ts)", f"ts BETWEEN '{FROM}' AND '{TO}'"),
        ("$__timeFrom() $__timeTo()", f"'{FROM}' '{TO}'"),
        ("$__timeGroup(ts, 5m)", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts,'500ms')", "floor(extract(epoch from ts)/0.5)*0.5"),
        ("$__timeGroup(ts,5m),v", 'floor(extract(epoch from ts)/300)*300 AS "time",v'),
        ("$__timeGroupAlias(ts,1d,NULL)", 'floor(extract(epoch from ts)/86400)*86400 AS "time"'),
        ("$__unixEpochFilter(ts/1000000)", "ts/1000000 >= 1700000000 AND ts/1000000 <= 1700003600"),
        ("$__unixEpochNanoFilter(ts)", "ts >= 1700000000000000000 AND ts <= 1700003600000000000"),
        ("$__unixEpochFrom() $__unixEpochNanoTo()", "1700000000 1700003600000000000"),
        ("$__unixEpochGroup(ts,1m)", "floor((ts)/60)*60"),
        ("SAMPLE BY $__interval -- $__interval_ms", "SAMPLE BY 10s -- 10000"),
        ("WHERE bot = '$bot'", "WHERE bot = '$bot'"),  # no variables in an alert rule
    ],
)
def test_macros(sql: str, sent: str) -> None:
    assert expand(sql, SPAN) == sent


def test_a_parenthesis_inside_a_macro_ends_it_as_in_grafana() -> None:
    assert expand("$__timeFilter(cast(ts as long))", SPAN).startswith("cast(ts as long BETWEEN ")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("$__nope(x)", 'interpolation failed: unknown macro "__nope"'),
        ("$__timeGroup(ts)", "interpolation failed: macro __timeGroup needs time column and interval"),
        ("$__timeGroup(ts, soon)", "interpolation failed: error parsing interval soon"),
        ("$__timeGroup(ts, 1m, much)", "interpolation failed: error parsing fill value much"),
    ],
)
def test_a_macro_that_grafana_refuses(sql: str, message: str) -> None:
    with pytest.raises(MacroError, match=message):
        expand(sql, SPAN)


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("'$bot'", "'O''Neil'"),
        ("IN ($all)", "IN ('a','b')"),
        ("${all:csv} ${all:pipe} ${all:json} [[all:raw]]", 'a,b a|b ["a", "b"] a,b'),
        ("${bot:sqlstring} ${all:regex} ${all:glob}", "'O''Neil' (a|b) {a,b}"),
        ("$__from ${__to:date:iso} ${__range_s} $__range", "1700000000000 2023-11-14T23:13:20.000Z 3600 3600s"),
        ("$unknown $__timeFilter(ts)", f"$unknown ts BETWEEN '{FROM}' AND '{TO}'"),
    ],
)
def test_variables_of_a_dashboard(sql: str, sent: str) -> None:
    assert expand(sql, SPAN, variables={"bot": "O'Neil", "all": ["a", "b"]}) == sent


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_expanded_or_refused_by_name(text: str) -> None:
    for variables in (None, {"a": ["x", "y"]}):
        with contextlib.suppress(MacroError):
            expand(text, SPAN, variables=variables)


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "1s"), (3600, "1s"), (86_400, "2s"), (7 * 86_400, "15s"), (400 * 86_400, "15m")]
)
def test_the_interval_that_grafana_chooses(seconds: int, text: str) -> None:
    assert intervals.interval_text(intervals.calculate(0, seconds * 10**9)) == text


@settings(deadline=None)
@given(st.integers(0, 4 * 10**18))
def test_times_go_through_text_unchanged(nanoseconds: int) -> None:
    assert parse_time(rfc3339(nanoseconds)) == nanoseconds


def result(columns: str, *rows: tuple[object, ...]) -> Result:
    """Columns as `name:TYPE name:TYPE`."""
    pairs = [one.split(":") for one in columns.split()]
    return Result(tuple(Column(name, kind) for name, kind in pairs), rows)


def series(frame: Frame) -> list[tuple[str, dict[str, str], tuple[object, ...]]]:
    return [(one.name, dict(one.labels), one.values) for one in frame.fields if one.type == "number"]


T0, T1 = "2023-11-14T22:13:20.000000Z", "2023-11-14T22:13:30.000000Z"


def test_no_rows_are_no_frames() -> None:
    assert read(result("time:TIMESTAMP v:DOUBLE")) == []


def test_a_table_keeps_its_columns() -> None:
    (frame,) = read(result("s:SYMBOL v:LONG b:BOOLEAN", ("a", 1, True), (None, None, False)), "table")
    assert [one.type for one in frame.fields] == ["string", "number", "boolean"]
    assert frame.fields[1].values == (1.0, None)
    assert (frame.shape, len(frame)) == ("not", 2)


def test_a_long_result_becomes_one_series_for_each_label() -> None:
    rows = ((T0, "a", 1.0), (T0, "b", 2.0), (T1, "b", 3.0))
    (frame,) = read(result("time:TIMESTAMP s:SYMBOL v:DOUBLE", *rows))
    assert frame.shape == "wide"
    assert series(frame) == [("v", {"s": "a"}, (1.0, None)), ("v", {"s": "b"}, (2.0, 3.0))]


def test_a_column_called_metric_names_the_series() -> None:
    (frame,) = read(result("time:TIMESTAMP metric:VARCHAR v:DOUBLE", (T0, "pnl", 1.0)))
    assert series(frame) == [("pnl", {}, (1.0,))]


def test_numbers_in_a_column_called_time_are_epochs() -> None:
    for value in (1_700_000_000, 1_700_000_000_000, 1_700_000_000_000_000_000):
        (frame,) = read(result("time:LONG v:DOUBLE", (value, 1.0)))
        assert frame.fields[0].values == (SPAN.from_ns,)


@pytest.mark.parametrize(
    ("given_result", "format", "message"),
    [
        (result("ts:TIMESTAMP v:DOUBLE", (T0, 1.0)), "time_series", "db has no time column: no time column found"),
        (result("time:TIMESTAMP s:SYMBOL v:DOUBLE", (T1, "a", 1.0), (T0, "a", 1.0)), "time_series", "sorted ascending"),
        (result("time:TIMESTAMP s:SYMBOL v:DOUBLE", (None, "a", 1.0)), "time_series", "null time values"),
        (
            result("time:TIMESTAMP b:BOOLEAN", (T0, True)),
            "time_series",
            "metricIndex 1 type []*bool can't be converted",
        ),
        (result("time:VARCHAR v:DOUBLE", ("x", 1.0)), "table", "is not convertible to time.Time"),
        (result("v:DOUBLE", (1.0,)), "2", 'Unrecognized query model format: "2"'),
    ],
)
def test_a_result_that_grafana_refuses(given_result: Result, format: str, message: str) -> None:
    with pytest.raises(FrameError) as refused:
        read(given_result, format)  # type: ignore[arg-type]
    assert message in str(refused.value)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from(["a", "b", None]), st.one_of(st.none(), st.floats(allow_nan=False))
        )
    )
)
def test_no_point_of_a_long_result_is_lost(points: list[tuple[int, str | None, float | None]]) -> None:
    points.sort(key=lambda one: one[0])
    rows = [(f"2023-11-14T22:13:2{at}.000000Z", label, value) for at, label, value in points]
    last = {(at, label or ""): value for at, label, value in points}
    frames = read(result("time:TIMESTAMP s:SYMBOL v:DOUBLE", *rows))
    found = {
        (at // 10**9 - 1_700_000_000, one.labels["s"]): value
        for frame in frames
        for one in frame.fields[1:]
        for at, value in zip(frame.fields[0].values, one.values, strict=True)
    }
    assert {key: value for key, value in found.items() if key in last} == last
    assert all(value is None for key, value in found.items() if key not in last)
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.values())

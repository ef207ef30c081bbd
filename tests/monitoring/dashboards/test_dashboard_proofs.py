# ruff: noqa: S608 - queries of a test's own
"""The proofs behind the checks: silent on our dashboards, and loud for each mistake, on dashboards built otherwise, too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError
from pytest_tradeops.monitoring.panels import DashboardView, read_dashboard
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.proofs import claude, drawdown, error_rate, faults, latency, pnl, positions
from pytest_tradeops.monitoring.proofs.common import Proof, opened

type Ours = Callable[[str], DashboardView]
PROOFS: dict[str, Callable[[DashboardView, MetricsPlace], Proof]] = {
    "pnl": pnl.examine,
    "drawdown": drawdown.examine,
    "latency": latency.examine,
    "errors": error_rate.examine,
    "positions": positions.examine,
    "claude": claude.examine,
}


def reasons(proof: Proof) -> set[str]:
    return {one.reason for one in proof.findings}


def foreign(tmp_path: Path, *panels: dict[str, Any], refresh: str = "10s") -> DashboardView:
    """A dashboard that nobody here wrote: panels in a collapsed row, no variables, old-fashioned targets."""
    file = tmp_path / "theirs.json"
    row = {"type": "row", "collapsed": True, "panels": list(panels)}
    document = {"uid": "theirs", "title": "Theirs", "refresh": refresh, "panels": [row]}
    file.write_text(json.dumps(document), encoding="utf-8")
    return read_dashboard(file)


def panel(
    sql: str, *, format: str = "time_series", unit: str = "none", steps: tuple[float, ...] = ()
) -> dict[str, Any]:
    thresholds = {"steps": [{"color": "green", "value": None}, *({"color": "red", "value": one} for one in steps)]}
    defaults = {"unit": unit, "thresholds": thresholds, "custom": {"thresholdsStyle": {"mode": "line"}}}
    return {
        "type": "timeseries" if format == "time_series" else "table",
        "title": "Theirs",
        "interval": "10s",
        "fieldConfig": {"defaults": defaults},
        "targets": [{"refId": "A", "format": format, "rawSql": sql}],
    }


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_our_dashboard_is_found_sound(name: str, ours: Ours, place: MetricsPlace) -> None:
    proof = PROOFS[name](ours(name), place)
    assert proof.findings == []
    assert proof.compared > 0
    assert all(one.rows for one in proof.answers)


def test_a_dashboard_that_is_not_there_is_a_finding_with_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed) as failed:
        opened(tmp_path / "monitoring", "tradeops-pnl")
    assert failed.value.reasons == ("dashboard: missing",)
    assert "tradeops init monitoring" in failed.value.findings[0].remedy


def test_pnl_by_strategy_written_by_somebody_else_is_sound(tmp_path: Path, place: MetricsPlace) -> None:
    sql = """SELECT "timestamp" AS time, strategy, sum(realized) AS realized FROM (
        SELECT timestamp, strategy, instrument, last(realized) AS realized FROM trading_pnl
        WHERE $__timeFilter(timestamp) SAMPLE BY $__interval FILL(PREV)) GROUP BY time, strategy ORDER BY time"""
    assert pnl.examine(foreign(tmp_path, panel(sql)), place).findings == []


def test_pnl_with_wrong_numbers_or_without_refresh_is_found(tmp_path: Path, place: MetricsPlace) -> None:
    sql = """SELECT timestamp AS time, strategy AS metric, last(realized) AS v FROM trading_pnl
        WHERE $__timeFilter(timestamp) SAMPLE BY $__interval ORDER BY time"""
    found = reasons(pnl.examine(foreign(tmp_path, panel(sql), refresh=""), place))
    assert found == {"pnl: value differs", "pnl: dashboard does not refresh"}


def test_pnl_that_ends_an_hour_ago_is_found(tmp_path: Path, place: MetricsPlace) -> None:
    sql = """SELECT timestamp AS time, strategy AS metric, sum(commission) AS v FROM trading_pnl
        WHERE timestamp < dateadd('m', -5, now()) SAMPLE BY 10s ORDER BY time"""
    assert "pnl: newest point too old" in reasons(pnl.examine(foreign(tmp_path, panel(sql)), place))


def test_an_old_dashboard_with_rows_of_panels_is_read_too(tmp_path: Path, place: MetricsPlace) -> None:
    file = tmp_path / "old.json"
    sql = "SELECT nothing FROM trading_pnl"
    document = {"uid": "old", "title": "Old", "rows": [{"panels": [panel(sql)]}]}
    file.write_text(json.dumps({"dashboard": document, "meta": {}}), encoding="utf-8")
    proof = pnl.examine(read_dashboard(file), place)
    assert "pnl: query fails" in reasons(proof)
    assert "nothing" in proof.findings[1].message


@pytest.mark.parametrize(
    ("factor", "unit", "steps", "reason"),
    [
        ("", "percent", (5.0, 10.0), None),
        ("/ 100.0", "percentunit", (0.05, 0.1), None),
        ("/ 100.0", "percent", (5.0, 10.0), "drawdown: threshold unit mismatch"),
        ("", "percent", (0.05, 0.1), "drawdown: threshold unit mismatch"),
        ("", "percent", (5.0,), "drawdown: threshold unit mismatch"),
        ("", "percentunit", (5.0, 10.0), "drawdown: unit wrong"),
        ("* 2.0", "percent", (5.0, 10.0), "drawdown: value differs"),
        ("", "percent", (), "drawdown: no threshold lines"),
    ],
)
def test_query_unit_and_lines_of_drawdown_are_one_unit(
    factor: str, unit: str, steps: tuple[float, ...], reason: str | None, tmp_path: Path, place: MetricsPlace
) -> None:
    sql = f"""SELECT timestamp AS time, max(drawdown_pct) {factor} AS drawdown FROM trading_risk
        WHERE $__timeFilter(timestamp) AND instrument IS NULL SAMPLE BY $__interval ORDER BY time"""
    found = reasons(drawdown.examine(foreign(tmp_path, panel(sql, unit=unit, steps=steps)), place))
    assert found == ({reason} if reason else set())


@pytest.mark.parametrize(
    ("where", "factor", "unit", "reason"),
    [
        ("mode = 'live'", "/ 1000000.0", "ms", None),
        ("mode = 'live'", "/ 1000000000.0", "s", None),
        ("mode = 'live'", "", "ns", None),
        ("mode = 'live'", "", "ms", "latency: unit wrong"),
        ("mode = 'live'", "/ 1000000.0", "s", "latency: unit wrong"),
        ("1 = 1", "/ 1000000.0", "ms", "latency: paper rows counted"),
    ],
)
def test_latency_of_live_orders_in_its_unit(
    where: str, factor: str, unit: str, reason: str | None, tmp_path: Path, place: MetricsPlace
) -> None:
    columns = ", ".join(f"approx_percentile(latency_ns, {p / 100}, 3) {factor} AS p{p}" for p in (50, 95))
    sql = f"SELECT timestamp AS time, {columns} FROM order_latency WHERE $__timeFilter(timestamp) AND leg = 'accept' AND {where} SAMPLE BY 1m ORDER BY time"
    assert reasons(latency.examine(foreign(tmp_path, panel(sql, unit=unit)), place)) == ({reason} if reason else set())


def test_a_mean_alone_is_no_latency_dashboard(tmp_path: Path, place: MetricsPlace) -> None:
    sql = "SELECT avg(latency_ns) / 1e6 AS mean FROM order_latency WHERE mode = 'live' AND leg = 'accept'"
    found = reasons(latency.examine(foreign(tmp_path, panel(sql, format="table", unit="ms")), place))
    assert found == {"latency: no percentiles"}


def test_a_rate_that_is_null_without_orders_is_found(tmp_path: Path, place: MetricsPlace) -> None:
    sql = """SELECT 100.0 * sum(e) / sum(o) AS rate FROM (
        SELECT 1 AS e, 0 AS o FROM trading_errors WHERE $__timeFilter(timestamp)
        UNION ALL SELECT 0 AS e, 1 AS o FROM trading_orders WHERE $__timeFilter(timestamp) AND event = 'submitted')"""
    found = reasons(error_rate.examine(foreign(tmp_path, panel(sql, format="table", unit="percent")), place))
    assert found == {"error-rate: NaN without orders"}


def test_a_list_without_sides_and_with_wrong_sizes_is_found(tmp_path: Path, place: MetricsPlace) -> None:
    sql = """SELECT strategy, instrument, abs(signed_quantity) * 2.0 AS size FROM (
        trading_positions LATEST ON timestamp PARTITION BY position_id) WHERE signed_quantity != 0"""
    assert reasons(positions.examine(foreign(tmp_path, panel(sql, format="table")), place)) == {"positions: wrong size"}
    sql = sql.replace(" * 2.0", "")
    assert reasons(positions.examine(foreign(tmp_path, panel(sql, format="table")), place)) == {"positions: wrong side"}
    sql = sql.replace("WHERE signed_quantity != 0", "WHERE signed_quantity > 0").replace(
        "abs(signed_quantity)", "signed_quantity"
    )
    found = reasons(positions.examine(foreign(tmp_path, panel(sql, format="table")), place))
    assert found == {"positions: open position missing"}


def test_a_claude_dashboard_that_shows_little_is_told_what_is_missing(tmp_path: Path, place: MetricsPlace) -> None:
    sql = "SELECT count() AS calls FROM claude_tool_usage WHERE $__timeFilter(timestamp)"
    proof = claude.examine(foreign(tmp_path, panel(sql, format="table")), place)
    told = " ".join(one.message for one in proof.findings)
    assert {"claude_sessions", "claude_hooks", "claude_edits"} <= set(told.replace(".", " ").split())
    assert "claude-dashboard: tool calls wrong" not in reasons(proof)


def test_a_fault_that_finds_nothing_to_break_says_so(tmp_path: Path, place: MetricsPlace) -> None:
    view = foreign(tmp_path, panel("SELECT 1 AS one", format="table"))
    for plant in (faults.strategies_merged, faults.drawdown_in_another_unit, faults.nanoseconds_as_milliseconds):
        with pytest.raises(DeclarationError, match="nothing that this fault could break"):
            plant(view, place)
    for break_it in (faults.latest_row_not_chosen, faults.all_calls_are_errors, faults.code_first_is_compliant):
        with pytest.raises(DeclarationError, match="nothing that this fault could break"):
            break_it(view)


@pytest.mark.parametrize("unit", ["ns", "s"])
def test_the_unit_fault_works_on_other_units(unit: str, tmp_path: Path, place: MetricsPlace) -> None:
    factor = {"ns": "", "s": "/ 1000000000.0"}[unit]
    columns = ", ".join(f"approx_percentile(latency_ns, {p / 100}, 3) {factor} AS p{p}" for p in (50, 95))
    sql = f"SELECT {columns} FROM order_latency WHERE mode = 'live' AND leg = 'accept'"
    view = foreign(tmp_path, panel(sql, format="table", unit=unit))
    view.file.write_text(faults.nanoseconds_as_milliseconds(view, place), encoding="utf-8")
    assert "latency: unit wrong" in reasons(latency.examine(read_dashboard(view.file), place))

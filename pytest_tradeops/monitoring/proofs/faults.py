"""The mistakes that the checks of dashboards must notice, made in a copy of the subject's own dashboard.

Each function returns the dashboard's JSON with the mistake in it, and raises DeclarationError where there is nothing
to make it in.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

from ..asking import ask_query
from ..panels import DashboardView, PanelView, Query
from ..place import MetricsPlace
from ..planting import Around, edited, mentions, replaced, with_queries
from .common import hour_before
from .drawdown import shows_drawdown
from .error_rate import is_rate
from .latency import UNITS

_LATEST = re.compile(r"\bLATEST\s+(?:ON\s+\S+\s+PARTITION\s+BY|BY)\s+[\w\".]+(?:\s*,\s*[\w\".]+)*", re.IGNORECASE)
#: What `trading_errors` looks like to a query that expects orders.
_ERRORS_AS_ORDERS = """(
  SELECT timestamp, bot, mode, strategy, instrument, venue, 'submitted' AS event, error_id AS event_id,
    client_order_id, reason, false AS reconciliation
  FROM trading_errors
)"""


def strategies_merged(dashboard: DashboardView, place: MetricsPlace) -> str:
    """Every query of PnL loses its grouping by strategy."""
    around = _around(dashboard, place)

    def change(panel: PanelView, query: Query) -> str | None:
        wanted = query.format == "time_series" and mentions(query.sql, "trading_pnl")
        return around.merged(panel, query) if wanted else None

    return with_queries(dashboard, change)


def drawdown_in_another_unit(dashboard: DashboardView, place: MetricsPlace) -> str:
    """The queries of drawdown return fractions while the lines stay in percent; or the other way round."""
    around, span = _around(dashboard, place), hour_before(time.time_ns())

    def change(panel: PanelView, query: Query) -> str | None:
        if not panel.thresholds or not shows_drawdown(ask_query(dashboard, panel, query, place, span)):
            return None
        return around.scaled(panel, query, "/ 100.0" if max(panel.thresholds) >= 1 else "* 100.0")

    return with_queries(dashboard, change)


def nanoseconds_as_milliseconds(dashboard: DashboardView, place: MetricsPlace) -> str:
    """The queries of latency return nanoseconds, and the panels call them what they called them before."""
    around = _around(dashboard, place)
    edits: dict[tuple[str | int, ...], Any] = {}
    for panel in dashboard.panels:
        for query in (one for one in panel.queries if mentions(one.sql, "order_latency")):
            units = {name: UNITS.get(panel.unit_of(name)) for name in around.columns(panel, query)}
            factors = {factor for factor in units.values() if factor}
            if factors == {UNITS["ns"]}:
                edits[*panel.place, "fieldConfig", "defaults", "unit"] = "ms"
            elif factors:
                only = [name for name, factor in units.items() if factor]
                edits[*query.place, "rawSql"] = around.scaled(panel, query, f"* {max(factors) * 1e6:.0f}.0", only)
    return edited(dashboard, edits)


def errors_as_denominator(dashboard: DashboardView, place: MetricsPlace) -> str:
    """The denominator counts errors in place of orders."""
    span = hour_before(time.time_ns())

    def change(panel: PanelView, query: Query) -> str | None:
        if not is_rate(ask_query(dashboard, panel, query, place, span)):
            return None
        return replaced(query.sql, "trading_orders", _ERRORS_AS_ORDERS)

    return with_queries(dashboard, change)


def latest_row_not_chosen(dashboard: DashboardView) -> str:
    """The clause that takes the latest row of each position is removed."""
    return with_queries(
        dashboard,
        lambda _, query: _LATEST.sub("", query.sql) if mentions(query.sql, "trading_positions") else None,
    )


def table_renamed(dashboard: DashboardView, table: str) -> str:
    """The table was renamed, and the dashboard not told."""
    return with_queries(dashboard, lambda _, query: replaced(query.sql, table, f"{table}_v2"))


def all_calls_are_errors(dashboard: DashboardView) -> str:
    """What counts failed calls counts all of them."""
    return _constant(dashboard, "claude_tool_usage", {"success": "false"})


def code_first_is_compliant(dashboard: DashboardView) -> str:
    """Changes of code that came before their test count as if they had come after it."""
    return _constant(dashboard, "claude_edits", {"test_first": "true"})


def _constant(dashboard: DashboardView, table: str, values: Mapping[str, str]) -> str:
    def change(_: PanelView, query: Query) -> str | None:
        sql = query.sql
        for column, value in values.items():
            sql = replaced(sql, column, value)
        return sql if mentions(query.sql, table) else None

    return with_queries(dashboard, change)


def _around(dashboard: DashboardView, place: MetricsPlace) -> Around:
    return Around(dashboard, place, hour_before(time.time_ns()))

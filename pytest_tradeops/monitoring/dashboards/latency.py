"""How long the exchanges take, as the bot sees it."""

from .filters import chosen, drop_down
from .model import ColumnStyle, Dashboard, Panel, Step, Target

#: The collector writes neither paper orders nor reconciled ones; a row of another mode must not count all the same.
_LIVE = f"$__timeFilter(timestamp) AND mode = 'live' AND {chosen('bot', 'venue')}"
_MS = "/ 1000000.0"
_PERCENTILES = f"""approx_percentile(latency_ns, 0.5, 3) {_MS} AS p50,
  approx_percentile(latency_ns, 0.95, 3) {_MS} AS p95,
  approx_percentile(latency_ns, 0.99, 3) {_MS} AS p99"""
_EMPTY = "No live orders in this time range; paper and reconciled ones are not measured."


def _over_time(leg: str) -> str:
    return f"""SELECT timestamp AS time, {_PERCENTILES}
FROM order_latency
WHERE {_LIVE} AND leg = '{leg}' AND latency_ns >= 0
SAMPLE BY $__interval
ORDER BY time"""


_BY_VENUE = f"""SELECT venue, leg, count() AS measured, {_PERCENTILES}, max(latency_ns) {_MS} AS max
FROM order_latency
WHERE {_LIVE} AND latency_ns >= 0
ORDER BY venue, leg"""
_MEASURED = f"""SELECT timestamp AS time, leg AS metric, count() AS measured
FROM order_latency
WHERE {_LIVE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_COVERAGE = f"""SELECT CASE WHEN sum(accepted) > 0 THEN 100.0 * sum(measured) / sum(accepted) END AS coverage
FROM (
  SELECT 1 AS measured, 0 AS accepted FROM order_latency WHERE {_LIVE} AND leg = 'accept'
  UNION ALL
  SELECT 0 AS measured, 1 AS accepted FROM trading_orders WHERE {_LIVE} AND event = 'accepted' AND NOT reconciliation
)"""
_IMPOSSIBLE = f"SELECT count() AS impossible FROM order_latency WHERE {_LIVE} AND latency_ns <= 0"


def _panel(title: str, leg: str, description: str) -> Panel:
    return Panel(
        title,
        "timeseries",
        f"{description} Percentiles of five minutes at least.",
        _EMPTY,
        (Target(_over_time(leg)),),
        unit="ms",
        decimals=1,
        minimum=0,
        span_ms=1_800_000,
        interval="5m",
    )


LATENCY = Dashboard(
    uid="tradeops-latency",
    title="Latency",
    description="From an order's submission to the exchange's answer, live orders only.",
    variables=(drop_down("bot", "order_latency"), drop_down("venue", "order_latency")),
    panels=(
        Panel(
            "Orders measured",
            "gauge",
            "Accepted live orders whose latency was recorded. Below 100 % the collector has missed some.",
            _EMPTY,
            (Target(_COVERAGE, "table"),),
            unit="percent",
            decimals=0,
            minimum=0,
            maximum=100,
            base="red",
            steps=(Step(95, "orange"), Step(99, "green")),
            width=4,
        ),
        Panel(
            "Impossible values",
            "stat",
            "Latencies of zero or less, as if taken from the exchange's clock. Negative ones are left out below.",
            _EMPTY,
            (Target(_IMPOSSIBLE, "table"),),
            steps=(Step(1, "red"),),
            width=4,
        ),
        Panel(
            "By exchange",
            "table",
            "All measured legs in this time range: `submit` until sent, the others from the submission to the event.",
            _EMPTY,
            (Target(_BY_VENUE, "table"),),
            unit="ms",
            decimals=1,
            width=16,
            columns={"measured": ColumnStyle("none", 0)},
        ),
        _panel("Acceptance", "accept", "From the submission until the exchange said that it has the order."),
        _panel(
            "Fill",
            "fill",
            "From the submission to each fill: the exchange's time for market orders, the wait for others.",
        ),
        _panel("Cancel", "cancel", "From the request to cancel until the exchange said that it is done."),
        Panel(
            "Measurements",
            "timeseries",
            "How many latencies were recorded in each interval, per leg.",
            _EMPTY,
            (Target(_MEASURED),),
            bars=True,
            decimals=0,
            interval="5m",
        ),
    ),
)

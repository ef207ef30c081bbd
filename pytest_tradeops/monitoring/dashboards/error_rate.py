"""Errors per hundred orders, and what they were."""

from .filters import ERROR_RATE_STEPS, chosen, drop_down, running
from .model import ColumnStyle, Dashboard, Panel, Target

_BOTS = f"$__timeFilter(timestamp) AND {chosen('bot', 'mode')}"
_WHERE = f"{_BOTS} AND {chosen('strategy')}"
#: A denied order is never submitted, and an attempt all the same.
_ATTEMPTS = "event IN ('submitted', 'denied')"
_BOTH = f"""
FROM (
  SELECT timestamp, 1 AS errors, 0 AS orders FROM trading_errors WHERE {_WHERE}
  UNION ALL
  SELECT timestamp, 0 AS errors, 1 AS orders FROM trading_orders WHERE {_WHERE} AND {_ATTEMPTS}"""
#: Errors without any order count as so many per one order: to hide them would be the worst of all readings.
#: A sum over no rows is NULL, and that is no number of errors.
_RATE = "coalesce(100.0 * sum(errors) / greatest(sum(orders), 1), 0.0) AS error_rate"
_NOW = f"SELECT {_RATE}{_BOTH}\n)"
#: A heartbeat is neither error nor order: it draws the zero of a bot that is alive and idle.
_OVER_TIME = f"""SELECT timestamp_floor('$__interval', timestamp) AS time, {_RATE}{_BOTH}
  UNION ALL
  SELECT timestamp, 0 AS errors, 0 AS orders FROM heartbeats WHERE {_BOTS}
)
ORDER BY time"""
_COUNTS = f"""SELECT timestamp_floor('$__interval', timestamp) AS time, sum(orders) AS orders,
  sum(errors) AS errors{_BOTH}
)
ORDER BY time"""
_KINDS = f"""SELECT timestamp AS time, kind AS metric, count() AS errors
FROM trading_errors
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_LATEST = f"""SELECT timestamp AS time, bot, strategy, instrument, kind, component, client_order_id, reason
FROM trading_errors
WHERE {_WHERE}
ORDER BY timestamp DESC
LIMIT 200"""
_IDLE = "Neither errors nor orders, and no heartbeat: look at the dashboard Connections."
_NONE = "No errors in this time range."

ERROR_RATE = Dashboard(
    uid="tradeops-errors",
    title="Error Rate",
    description="Rejections, denials and exceptions per hundred orders; above 1 a warning is sent.",
    variables=(*running("trading_orders"), drop_down("strategy", "trading_orders")),
    panels=(
        Panel(
            "Error rate",
            "stat",
            "Errors per hundred orders in this time range; 0 without orders and errors. Above 1 % a warning is sent.",
            _IDLE,
            (Target(_NOW, "table"),),
            unit="percent",
            decimals=2,
            steps=ERROR_RATE_STEPS,
            width=6,
            height=9,
        ),
        Panel(
            "Error rate over time",
            "timeseries",
            "Errors per hundred orders, in five minutes at least; 0 while idle. The line is the alert's limit.",
            _IDLE,
            (Target(_OVER_TIME),),
            unit="percent",
            decimals=2,
            minimum=0,
            steps=ERROR_RATE_STEPS,
            lines=True,
            width=18,
            height=9,
            interval="5m",
        ),
        Panel(
            "Errors by kind",
            "timeseries",
            "rejected: by the exchange; denied: by the risk engine; exception: in a handler of the bot's own.",
            _NONE,
            (Target(_KINDS),),
            decimals=0,
            bars=True,
            interval="5m",
        ),
        Panel(
            "Orders and errors",
            "timeseries",
            "Orders that were tried (submitted, or denied before that), and errors.",
            _IDLE,
            (Target(_COUNTS),),
            interval="5m",
        ),
        Panel(
            "Latest errors",
            "table",
            "The newest 200, as the exchange or the exception words them; secrets are removed before they are written.",
            _NONE,
            (Target(_LATEST, "table"),),
            width=24,
            height=10,
            columns={"time": ColumnStyle(width=190), "reason": ColumnStyle(width=520)},
        ),
    ),
)

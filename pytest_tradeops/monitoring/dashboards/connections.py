"""Whether the bots, their exchanges and the metrics themselves are alive."""

from .filters import chosen, running
from .model import ColumnStyle, Dashboard, Panel, Step, Target

_CHOSEN = chosen("bot", "mode")
_WHERE = f"$__timeFilter(timestamp) AND {_CHOSEN}"
#: Without a time range: a component that died long ago stays a row, and its age grows.
_COMPONENTS = f"""SELECT bot, mode, component, connected, datediff('s', timestamp, now()) AS heartbeat_age,
  data_age_s AS data_age, timestamp AS last_seen
FROM heartbeats
WHERE {_CHOSEN}
LATEST ON timestamp PARTITION BY bot, mode, component
ORDER BY bot, component"""
_CONNECTED = f"""SELECT timestamp AS time, concat(component, ' @ ', bot) AS metric,
  min(CASE WHEN connected THEN 1 ELSE 0 END) AS connected
FROM heartbeats
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_DATA_AGE = f"""SELECT timestamp AS time, concat(component, ' @ ', bot) AS metric, max(data_age_s) AS data_age
FROM heartbeats
WHERE {_WHERE} AND data_age_s IS NOT NULL
SAMPLE BY $__interval
ORDER BY time, metric"""
_PIPELINE = f"""SELECT timestamp AS time, concat('{{name}} ', bot) AS metric, max({{name}}) AS waiting
FROM heartbeats
WHERE {_WHERE} AND {{name}} IS NOT NULL
SAMPLE BY $__interval
ORDER BY time, metric"""
_DROPPED = f"""SELECT bot, dropped
FROM heartbeats
WHERE {_WHERE} AND dropped IS NOT NULL
LATEST ON timestamp PARTITION BY bot, mode
ORDER BY bot"""
_CHANGES = f"""SELECT timestamp AS time, bot, mode, component, status, reason
FROM connection_status
WHERE {_WHERE}
ORDER BY timestamp DESC
LIMIT 200"""
#: Three missed heartbeats: the limit of the rule connection-lost.
_OLD = (Step(10, "orange"), Step(15, "red"))
_DEAD = "No heartbeats: the bot is down, or its collector is not configured (docs/monitoring.md)."

CONNECTIONS = Dashboard(
    uid="tradeops-connections",
    title="Connections",
    description="Heartbeats, age of the market data, and the state of the metrics pipeline.",
    refresh="5s",
    since="now-1h",
    variables=running("heartbeats"),
    panels=(
        Panel(
            "Components",
            "table",
            "Every component that ever sent a heartbeat. A dead one stays here and its age grows; "
            "above 15 s a critical alert is sent.",
            _DEAD,
            (Target(_COMPONENTS, "table"),),
            width=18,
            columns={
                "heartbeat_age": ColumnStyle("s", 0, steps=_OLD),
                "data_age": ColumnStyle("s", 1, steps=(Step(30, "orange"), Step(60, "red"))),
                "last_seen": ColumnStyle(width=190),
            },
        ),
        Panel(
            "Rows lost",
            "stat",
            "Rows of metrics that each bot has dropped since its start, because queue and spool were full.",
            _DEAD,
            (Target(_DROPPED, "table"),),
            decimals=0,
            steps=(Step(1, "red"),),
            width=6,
            rows=True,
        ),
        Panel(
            "Connected",
            "timeseries",
            "1 while a component says that it is connected, 0 when it says that it is not; a gap when it says nothing.",
            _DEAD,
            (Target(_CONNECTED),),
            minimum=0,
            maximum=1,
            decimals=0,
            step=True,
            interval="5s",
        ),
        Panel(
            "Age of the market data",
            "timeseries",
            "Seconds since a component last received market data: the longest of each interval.",
            _DEAD,
            (Target(_DATA_AGE),),
            unit="s",
            decimals=1,
            minimum=0,
            interval="5s",
        ),
        Panel(
            "Metrics that wait",
            "timeseries",
            "Rows in memory (queued) and on disk (spooled). They grow while QuestDB does not answer, and drain after.",
            _DEAD,
            (Target(_PIPELINE.format(name="queued")), Target(_PIPELINE.format(name="spooled"))),
            decimals=0,
            minimum=0,
            interval="5s",
        ),
        Panel(
            "Changes of connections",
            "table",
            "The newest 200 in this time range, with what each was concluded from.",
            "No connection came or went in this time range.",
            (Target(_CHANGES, "table"),),
            columns={"time": ColumnStyle(width=190)},
        ),
    ),
)

"""What is open now, and how much of the allowed size it is."""

from .filters import NO_ROWS, chosen, drop_down, running
from .model import ColumnStyle, Dashboard, Panel, Step, Target

_CHOSEN = chosen("bot", "mode", "strategy")
#: Whatever the time range: what was opened last week and not closed is open.
_OPEN = f"""
FROM (
  SELECT timestamp, bot, mode, strategy, instrument, position_id, side, signed_quantity, average_open,
    currency, realized
  FROM trading_positions
  WHERE {_CHOSEN}
  LATEST ON timestamp PARTITION BY bot, mode, position_id
)
WHERE signed_quantity != 0"""
_TABLE = f"""SELECT timestamp AS time, bot, mode, strategy, instrument, side, abs(signed_quantity) AS quantity,
  average_open, realized, currency{_OPEN}
ORDER BY bot, instrument, strategy"""
_COUNT = f"SELECT count() AS open{_OPEN}"
_RISK = f"$__timeFilter(timestamp) AND instrument IS NOT NULL AND {chosen('bot', 'mode')}"
_NET = f"""SELECT timestamp AS time, concat(instrument, ' @ ', bot) AS metric, last(position) AS position
FROM trading_risk
WHERE {_RISK}
SAMPLE BY $__interval
ORDER BY time, metric"""
_USE = f"""SELECT timestamp AS time, concat(instrument, ' @ ', bot) AS metric,
  max(100.0 * abs(position) / position_max) AS used
FROM trading_risk
WHERE {_RISK} AND position_max > 0
SAMPLE BY $__interval
ORDER BY time, metric"""
_CHANGES = f"""SELECT timestamp AS time, bot, mode, strategy, instrument, event, side, signed_quantity, average_open,
  average_close, realized, currency
FROM trading_positions
WHERE $__timeFilter(timestamp) AND {_CHOSEN}
ORDER BY timestamp DESC
LIMIT 200"""
_MAX = (Step(80, "orange"), Step(100, "red"))

POSITIONS = Dashboard(
    uid="tradeops-positions",
    title="Positions",
    description="Exactly the open positions, and their size against the risk configuration's MAX.",
    refresh="5s",
    variables=(*running("trading_positions"), drop_down("strategy", "trading_positions")),
    panels=(
        Panel(
            "Open",
            "stat",
            "How many positions are open now, whatever the time range.",
            NO_ROWS,
            (Target(_COUNT, "table"),),
            base="blue",
            width=4,
        ),
        Panel(
            "Open positions",
            "table",
            "Each position whose last change left something open, whatever the time range; `time` is that change.",
            "Nothing is open.",
            (Target(_TABLE, "table"),),
            width=20,
            columns={
                "time": ColumnStyle(width=190),
                "quantity": ColumnStyle(decimals=6),
                "average_open": ColumnStyle(decimals=2),
                "realized": ColumnStyle(decimals=2),
            },
        ),
        Panel(
            "Use of the limit",
            "timeseries",
            "Size of each instrument's position over all strategies, long or short, in percent of MAX. "
            "Above 100 % a critical alert is sent.",
            "No samples with a MAX: set it in the bot's risk configuration.",
            (Target(_USE),),
            unit="percent",
            decimals=1,
            minimum=0,
            steps=_MAX,
            lines=True,
        ),
        Panel(
            "Net position",
            "timeseries",
            "Signed quantity of each instrument over all strategies: negative when short.",
            NO_ROWS,
            (Target(_NET),),
            step=True,
        ),
        Panel(
            "Changes",
            "table",
            "The newest 200 changes in this time range.",
            "No position changed in this time range.",
            (Target(_CHANGES, "table"),),
            width=24,
            height=9,
            columns={
                "time": ColumnStyle(width=190),
                "signed_quantity": ColumnStyle(decimals=6),
                "average_open": ColumnStyle(decimals=2),
                "average_close": ColumnStyle(decimals=2),
                "realized": ColumnStyle(decimals=2),
            },
        ),
    ),
)

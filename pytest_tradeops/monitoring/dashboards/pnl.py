"""Profit and loss of each strategy, as it stands now and as it came about."""

from .filters import NO_ROWS, chosen, drop_down, running
from .model import ColumnStyle, Dashboard, Panel, Step, Target

_WHERE = f"$__timeFilter(timestamp) AND {chosen('bot', 'mode', 'strategy')}"
_SERIES = "concat(strategy, ' @ ', bot, ', ', currency) AS metric"
#: A strategy's instruments are written at moments of their own: each keeps its last row until the next.
_LAST = f"""
FROM (
  SELECT timestamp AS time, bot, mode, strategy, instrument, currency,
    last(realized) AS realized, last(unrealized) AS unrealized, last(commission) AS commission
  FROM trading_pnl
  WHERE {_WHERE}
  SAMPLE BY $__interval FILL(PREV)
)
WHERE realized IS NOT NULL
ORDER BY time, metric"""
#: An unknown price makes the sum unknown: to leave that position out would show a profit that nobody has.
_TOTAL = f"""SELECT time, {_SERIES},
  CASE WHEN count() = count(unrealized) THEN sum(realized + unrealized) END AS pnl{_LAST}"""
_REALIZED = f"SELECT time, {_SERIES}, sum(realized) AS realized{_LAST}"
_UNREALIZED = f"""SELECT time, {_SERIES},
  CASE WHEN count() = count(unrealized) THEN sum(unrealized) END AS unrealized{_LAST}"""
_COMMISSION = f"SELECT time, {_SERIES}, sum(commission) AS commission{_LAST}"
_NOW = f"""SELECT timestamp AS time, bot, mode, strategy, instrument, currency, realized, unrealized, commission
FROM trading_pnl
WHERE {_WHERE}
LATEST ON timestamp PARTITION BY bot, mode, strategy, instrument, currency
ORDER BY bot, strategy, instrument"""
_GAP = "A gap means that a position had no price."

PNL = Dashboard(
    uid="tradeops-pnl",
    title="PnL",
    description="Profit and loss per strategy, after fees, since each bot's start.",
    refresh="5s",
    since="now-1h",
    variables=(*running("trading_pnl"), drop_down("strategy", "trading_pnl")),
    panels=(
        Panel(
            "Profit and loss now",
            "stat",
            f"Closed and open profit of each strategy since its bot's start, after fees. {_GAP}",
            NO_ROWS,
            (Target(_TOTAL),),
            decimals=2,
            base="red",
            steps=(Step(0, "green"),),
            width=24,
            height=5,
        ),
        Panel(
            "Profit and loss",
            "timeseries",
            f"Closed and open profit of each strategy since its bot's start, after fees. {_GAP}",
            NO_ROWS,
            (Target(_TOTAL),),
            decimals=2,
            span_ms=0,
            width=24,
            height=10,
        ),
        Panel(
            "Realized",
            "timeseries",
            "Closed profit of each strategy since its bot's start, after fees.",
            NO_ROWS,
            (Target(_REALIZED),),
            decimals=2,
            width=8,
        ),
        Panel(
            "Unrealized",
            "timeseries",
            f"Open profit of each strategy at the last price. {_GAP}",
            "No rows, or no prices: look at the age of the market data on the dashboard Connections.",
            (Target(_UNREALIZED),),
            decimals=2,
            span_ms=0,
            width=8,
        ),
        Panel(
            "Commission",
            "timeseries",
            "Fees that each strategy has paid since its bot's start.",
            NO_ROWS,
            (Target(_COMMISSION),),
            decimals=2,
            width=8,
        ),
        Panel(
            "By instrument",
            "table",
            "The last row of each strategy and instrument in this time range.",
            NO_ROWS,
            (Target(_NOW, "table"),),
            decimals=2,
            width=24,
            height=6,
            columns={"time": ColumnStyle(width=190)},
        ),
    ),
)

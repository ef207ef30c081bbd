"""How far each account is below its highest equity, against the limits at which alerts are sent."""

from .filters import DRAWDOWN_STEPS, NO_ROWS, chosen, running
from .model import ColumnStyle, Dashboard, Panel, Target

_WHERE = f"$__timeFilter(timestamp) AND instrument IS NULL AND {chosen('bot', 'mode')}"
_ACCOUNT = "concat(bot, ' ', venue, ', ', currency)"
#: The worst of a bucket, not its mean: a limit that was broken for a second was broken.
_DRAWDOWN = f"""SELECT timestamp AS time, {_ACCOUNT} AS metric, max(drawdown_pct) AS drawdown_pct
FROM trading_risk
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_EQUITY = f"""SELECT timestamp AS time, concat('equity ', {_ACCOUNT}) AS metric, last(equity) AS equity
FROM trading_risk
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_PEAK = f"""SELECT timestamp AS time, concat('peak ', {_ACCOUNT}) AS metric, last(peak) AS peak
FROM trading_risk
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_WORST = f"""SELECT bot, mode, venue, currency, max(drawdown_pct) AS worst, last(drawdown_pct) AS now,
  last(equity) AS equity, last(peak) AS peak, count() AS samples,
  sum(CASE WHEN complete THEN 0 ELSE 1 END) AS incomplete
FROM trading_risk
WHERE {_WHERE}
ORDER BY worst DESC"""

DRAWDOWN = Dashboard(
    uid="tradeops-drawdown",
    title="Drawdown",
    description="Equity below its peak in percent; alerts are sent above 5 (warning) and above 10 (critical).",
    refresh="5s",
    variables=running("trading_risk"),
    panels=(
        Panel(
            "Drawdown now",
            "gauge",
            "The last sample of each account. Above 5 % a warning is sent, above 10 % a critical alert.",
            NO_ROWS,
            (Target(_DRAWDOWN),),
            unit="percent",
            decimals=2,
            minimum=0,
            maximum=20,
            steps=DRAWDOWN_STEPS,
            width=6,
            height=10,
        ),
        Panel(
            "Drawdown",
            "timeseries",
            "The worst sample of each interval, in percent of the peak. The lines are the limits of the alerts.",
            NO_ROWS,
            (Target(_DRAWDOWN),),
            unit="percent",
            decimals=2,
            minimum=0,
            steps=DRAWDOWN_STEPS,
            lines=True,
            width=18,
            height=10,
        ),
        Panel(
            "Equity and peak",
            "timeseries",
            "Cash and open profit of each account, and the highest it has been since the bot's first start.",
            NO_ROWS,
            (Target(_EQUITY), Target(_PEAK)),
            decimals=2,
            width=24,
            height=9,
        ),
        Panel(
            "Accounts",
            "table",
            "The worst drawdown in this range; `incomplete` counts samples that left out a position without price.",
            NO_ROWS,
            (Target(_WORST, "table"),),
            decimals=2,
            width=24,
            height=5,
            columns={
                "worst": ColumnStyle("percent", 2, steps=DRAWDOWN_STEPS),
                "now": ColumnStyle("percent", 2, steps=DRAWDOWN_STEPS),
                "samples": ColumnStyle(decimals=0),
                "incomplete": ColumnStyle(decimals=0),
            },
        ),
    ),
)

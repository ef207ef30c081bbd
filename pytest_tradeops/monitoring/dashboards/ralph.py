"""How loops end, what they cost, and which breaker stopped them."""

from typing import Any

from .filters import chosen, drop_down
from .model import ColumnStyle, Dashboard, Panel, Step, Target

_WHERE = f"$__timeFilter(timestamp) AND {chosen('project')}"
_ENDED = f"{_WHERE} AND status != 'active'"
_EMPTY = "No loops in this time range: look whether the stop hook is installed and can reach QuestDB."
_RUNS = f"SELECT count() AS ended FROM ralph_runs WHERE {_ENDED}"
_COMPLETED = f"""SELECT CASE WHEN count() > 0
  THEN 100.0 * sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) / count() END AS completed
FROM ralph_runs
WHERE {_ENDED}"""
_TRIPS = f"SELECT count() AS tripped FROM ralph_runs WHERE {_ENDED} AND breaker IS NOT NULL"
_COST = f"SELECT sum(cost_usd) AS cost FROM ralph_iterations WHERE {_WHERE}"
_OUTCOMES = f"""SELECT timestamp AS time, status AS metric, count() AS loops
FROM ralph_runs
WHERE {_ENDED}
SAMPLE BY $__interval
ORDER BY time, metric"""
_ITERATIONS = f"""SELECT timestamp AS time, project AS metric, max(iterations) AS iterations
FROM ralph_runs
WHERE {_ENDED}
SAMPLE BY $__interval
ORDER BY time, metric"""
_CI = f"""SELECT timestamp AS time, coalesce(ci_state, 'unknown') AS metric, count() AS iterations
FROM ralph_iterations
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_TOKENS = f"""SELECT timestamp AS time, sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out,
  sum(cache_read) AS cache_read
FROM ralph_iterations
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time"""
_ITERATION_TIME = f"""SELECT timestamp AS time, project AS metric, avg(duration_ms) AS mean_duration
FROM ralph_iterations
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_REASONS = f"""SELECT status, exit_reason, breaker, count() AS loops, avg(iterations) AS iterations,
  avg(duration_ms) AS mean_duration
FROM ralph_runs
WHERE {_ENDED}
ORDER BY loops DESC"""
#: Whatever the time range: a loop that began yesterday and has not ended is running.
_RUNNING = f"""SELECT timestamp AS time, project, run_id, iterations, datediff('s', timestamp, now()) AS age
FROM (
  SELECT timestamp, project, run_id, status, iterations FROM ralph_runs
  WHERE {chosen("project")}
  LATEST ON timestamp PARTITION BY run_id
)
WHERE status = 'active'
ORDER BY timestamp DESC"""


def _number(title: str, description: str, sql: str, **more: Any) -> Panel:
    return Panel(title, "stat", description, _EMPTY, (Target(sql, "table"),), width=6, height=5, **more)


RALPH = Dashboard(
    uid="tradeops-ralph",
    title="Ralph loops",
    description="Loops of coding sessions: how they ended, how long they took, and what they cost.",
    refresh="1m",
    since="now-7d",
    variables=(drop_down("project", "ralph_runs"),),
    panels=(
        _number("Loops", "Loops that ended in this time range.", _RUNS, base="blue"),
        _number(
            "Completed",
            "Share of the ended loops that met their exit criteria.",
            _COMPLETED,
            unit="percent",
            decimals=1,
            base="red",
            steps=(Step(50, "orange"), Step(80, "green")),
        ),
        _number("Breakers tripped", "Loops that a breaker stopped.", _TRIPS, steps=(Step(1, "orange"),)),
        _number(
            "Cost",
            "What the iterations cost, as far as it is known.",
            _COST,
            unit="currencyUSD",
            decimals=2,
            base="blue",
        ),
        Panel(
            "How loops ended",
            "timeseries",
            "Loops that ended in each interval, by their last state.",
            _EMPTY,
            (Target(_OUTCOMES),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Iterations of a loop",
            "timeseries",
            "The most iterations of a loop that ended in each interval, per project.",
            _EMPTY,
            (Target(_ITERATIONS),),
            decimals=0,
            minimum=0,
            span_ms=86_400_000,
            interval="6h",
        ),
        Panel(
            "CI after each iteration",
            "timeseries",
            "State of the tests after the iterations of each interval.",
            _EMPTY,
            (Target(_CI),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Tokens",
            "timeseries",
            "Tokens of the iterations of each interval; from transcripts they are estimates.",
            "No token counts in this time range: they are optional.",
            (Target(_TOKENS),),
            unit="short",
            minimum=0,
            span_ms=86_400_000,
            interval="6h",
        ),
        Panel(
            "Duration of an iteration",
            "timeseries",
            "Mean duration of the iterations of each interval, per project.",
            _EMPTY,
            (Target(_ITERATION_TIME),),
            unit="ms",
            minimum=0,
            span_ms=86_400_000,
            interval="6h",
        ),
        Panel(
            "Why loops ended",
            "table",
            "Last state, reason and breaker, with the mean of iterations and duration.",
            _EMPTY,
            (Target(_REASONS, "table"),),
            columns={"iterations": ColumnStyle(decimals=1), "mean_duration": ColumnStyle("ms", 0)},
        ),
        Panel(
            "Running loops",
            "table",
            "Loops whose last row says that they are active, whatever the time range.",
            "No loop is running.",
            (Target(_RUNNING, "table"),),
            width=24,
            height=6,
            columns={"time": ColumnStyle(width=190), "age": ColumnStyle("s", 0)},
        ),
    ),
)

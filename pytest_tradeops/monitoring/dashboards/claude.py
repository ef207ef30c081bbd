"""What coding sessions did: one panel at least for each table of theirs."""

from typing import Any

from .filters import chosen, drop_down
from .model import ColumnStyle, Dashboard, Panel, Step, Target

_WHERE = f"$__timeFilter(timestamp) AND {chosen('project')}"
_EMPTY = "No rows in this time range: look whether the session hooks are installed and can reach QuestDB."


def _per(table: str, column: str, name: str, more: str = "") -> str:
    """Counts of the rows of each value of a column over time."""
    return f"""SELECT timestamp AS time, {column} AS metric, count() AS {name}
FROM {table}
WHERE {_WHERE}{more}
SAMPLE BY $__interval
ORDER BY time, metric"""


_SESSIONS = f"SELECT count() AS sessions FROM claude_sessions WHERE {_WHERE}"
_CALLS = f"SELECT count() AS calls FROM claude_tool_usage WHERE {_WHERE}"
_FAILED = f"SELECT count() AS failed FROM claude_tool_usage WHERE {_WHERE} AND NOT success"
_COMPLIANCE = f"""SELECT 100.0 * sum(CASE WHEN test_first THEN 1 ELSE 0 END) / count() AS test_first
FROM claude_edits
WHERE {_WHERE} AND kind = 'code'"""
_COMPLIANCE_OVER_TIME = f"""SELECT timestamp AS time,
  100.0 * sum(CASE WHEN test_first THEN 1 ELSE 0 END) / count() AS test_first
FROM claude_edits
WHERE {_WHERE} AND kind = 'code'
SAMPLE BY $__interval
ORDER BY time"""
_DURATION = f"""SELECT timestamp AS time, project AS metric, max(duration_ms) AS duration
FROM claude_sessions
WHERE {_WHERE}
SAMPLE BY $__interval
ORDER BY time, metric"""
_SESSION_LIST = f"""SELECT timestamp AS time, project, session_id, model, duration_ms AS duration,
  tokens_in, tokens_out, cache_read, cost_usd AS cost, cost_source
FROM claude_sessions
WHERE {_WHERE}
ORDER BY timestamp DESC
LIMIT 200"""
_TOOLS = f"""SELECT tool, count() AS calls, sum(CASE WHEN success THEN 0 ELSE 1 END) AS failed,
  avg(duration_ms) AS mean_duration, max(duration_ms) AS longest
FROM claude_tool_usage
WHERE {_WHERE}
ORDER BY calls DESC"""
_HOOKS = f"""SELECT hook, event, outcome, count() AS runs, max(duration_ms) AS longest
FROM claude_hooks
WHERE {_WHERE}
ORDER BY hook, event, outcome"""
_AGENTS = f"""SELECT agent, count() AS started, avg(duration_ms) AS mean_duration, sum(tokens_in) AS tokens_in,
  sum(tokens_out) AS tokens_out, sum(cost_usd) AS cost
FROM agent_spawns
WHERE {_WHERE}
ORDER BY started DESC"""
_PROMPTS = f"""SELECT label, action, count() AS prompts, avg(confidence) AS confidence, avg(complexity) AS complexity,
  sum(CASE WHEN user_override THEN 1 ELSE 0 END) AS overridden
FROM classifier_decisions
WHERE {_WHERE}
ORDER BY prompts DESC"""


def _number(title: str, description: str, sql: str, **more: Any) -> Panel:
    return Panel(title, "stat", description, _EMPTY, (Target(sql, "table"),), width=6, height=5, **more)


CLAUDE = Dashboard(
    uid="tradeops-claude",
    title="Claude metrics",
    description="Duration, tools, hooks, sub-agents and test-first work of coding sessions.",
    refresh="1m",
    since="now-7d",
    variables=(drop_down("project", "claude_events"),),
    panels=(
        _number("Sessions", "Sessions that ended in this time range.", _SESSIONS, base="blue"),
        _number("Tool calls", "Uses of tools, failed ones included.", _CALLS, base="blue"),
        _number("Failed tool calls", "Uses of tools that failed.", _FAILED, steps=(Step(1, "orange"),)),
        _number(
            "Test first",
            "Share of the changes of code before which a test that covers it had been changed in the same session.",
            _COMPLIANCE,
            unit="percent",
            decimals=1,
            base="red",
            steps=(Step(50, "orange"), Step(80, "green")),
        ),
        Panel(
            "Duration of sessions",
            "timeseries",
            "The longest session that ended in each interval, per project.",
            _EMPTY,
            (Target(_DURATION),),
            unit="ms",
            minimum=0,
            span_ms=86_400_000,
            interval="6h",
        ),
        Panel(
            "Test first over time",
            "timeseries",
            "Share of the changes of code that came after their test, of those in each interval.",
            "No code was changed in this time range.",
            (Target(_COMPLIANCE_OVER_TIME),),
            unit="percent",
            decimals=1,
            minimum=0,
            maximum=100,
            span_ms=86_400_000,
            interval="6h",
        ),
        Panel(
            "Tool calls per tool",
            "timeseries",
            "Uses of each tool in each interval, failed ones included.",
            _EMPTY,
            (Target(_per("claude_tool_usage", "tool", "calls")),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Failed tool calls per tool",
            "timeseries",
            "Uses of each tool that failed, in each interval.",
            "No tool call failed in this time range.",
            (Target(_per("claude_tool_usage", "tool", "failed", " AND NOT success")),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Tools",
            "table",
            "Calls, failures and durations of each tool.",
            _EMPTY,
            (Target(_TOOLS, "table"),),
            columns={"mean_duration": ColumnStyle("ms", 0), "longest": ColumnStyle("ms", 0)},
        ),
        Panel(
            "Hooks",
            "table",
            "Runs of each hook: what it answered, how often, and the longest run.",
            _EMPTY,
            (Target(_HOOKS, "table"),),
            columns={"longest": ColumnStyle("ms", 0)},
        ),
        Panel(
            "Events",
            "timeseries",
            "Events of sessions in each interval.",
            _EMPTY,
            (Target(_per("claude_events", "event", "events")),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Sub-agents",
            "table",
            "How often each was started, how long it took and what it used; token counts are estimates.",
            _EMPTY,
            (Target(_AGENTS, "table"),),
            columns={"mean_duration": ColumnStyle("ms", 0), "cost": ColumnStyle("currencyUSD", 2)},
        ),
        Panel(
            "Prompts",
            "table",
            "What prompts were taken for, what was done, and how often a person decided otherwise.",
            _EMPTY,
            (Target(_PROMPTS, "table"),),
            columns={"confidence": ColumnStyle(decimals=2), "complexity": ColumnStyle(decimals=0)},
        ),
        Panel(
            "Changes of source",
            "timeseries",
            "Changes of tests and of code in each interval.",
            _EMPTY,
            (Target(_per("claude_edits", "kind", "changes")),),
            decimals=0,
            bars=True,
            interval="6h",
        ),
        Panel(
            "Latest sessions",
            "table",
            "The newest 200; an unknown amount is empty, and `cost_source` says where the others come from.",
            _EMPTY,
            (Target(_SESSION_LIST, "table"),),
            width=24,
            columns={
                "time": ColumnStyle(width=190),
                "duration": ColumnStyle("ms", 0),
                "cost": ColumnStyle("currencyUSD", 2),
            },
        ),
    ),
)

"""Recorded sessions of a coding agent as their hooks reported them, the rows made of them, and counts by hand.

Each record is what a hook was given, cut down to what matters: session, second, event, and what belongs to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..place import Value

PROJECT = "probe-bot"


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a session, `second` seconds after the recording began."""

    session: str
    second: int
    event: str
    more: Mapping[str, Any]


def _tool(session: str, second: int, tool: str, ms: int, *, file: str = "", failed: bool = False) -> Record:
    event = "PostToolUseFailure" if failed else "PostToolUse"
    return Record(session, second, event, {"tool_name": tool, "duration_ms": ms, "file_path": file})


def _simple(session: str, second: int, event: str, **more: Any) -> Record:
    return Record(session, second, event, more)


#: `aaaa` writes its tests first, `bbbb` its code, `cccc` a test for one of two modules.
RECORDED = (
    _simple("aaaa", 0, "SessionStart", model="opus"),
    _simple("aaaa", 5, "UserPromptSubmit", label="loop", confidence=0.93, complexity=61.0, action="loop"),
    _tool("aaaa", 20, "Read", 40),
    _tool("aaaa", 60, "Edit", 90, file="tests/test_sizing.py"),
    _tool("aaaa", 95, "Bash", 2_300, failed=True),  # the new test fails, as it should
    _tool("aaaa", 150, "Edit", 80, file="bot/sizing.py"),
    _tool("aaaa", 190, "Bash", 2_100),
    _simple("aaaa", 200, "SubagentStop", agent="reviewer", duration_ms=41_000, tokens_out=1_900),
    _simple("aaaa", 260, "Stop", hook="stop-gate", outcome="blocked", hook_ms=35),
    _tool("aaaa", 300, "Edit", 70, file="bot/sizing.py"),
    _simple("aaaa", 420, "SessionEnd", tokens_in=41_000, tokens_out=5_200, cost=0.84),
    _simple("bbbb", 600, "SessionStart", model="sonnet"),
    _simple("bbbb", 604, "UserPromptSubmit", label="question", confidence=0.71, complexity=12.0, action="none"),
    _tool("bbbb", 640, "Edit", 60, file="bot/router.py"),
    _tool("bbbb", 700, "Edit", 65, file="bot/router.py"),
    _tool("bbbb", 760, "Bash", 1_500, failed=True),
    _tool("bbbb", 800, "Edit", 75, file="tests/test_router.py"),
    _simple("bbbb", 830, "Stop", hook="stop-gate", outcome="allowed", hook_ms=22),
    _simple("bbbb", 840, "SessionEnd", tokens_in=18_000, tokens_out=2_100, cost=0.21),
    _simple("cccc", 1_000, "SessionStart", model="opus"),
    _tool("cccc", 1_040, "Grep", 30),
    _tool("cccc", 1_080, "Edit", 85, file="tests/test_clock.py"),
    _tool("cccc", 1_120, "Edit", 70, file="bot/clock.py"),
    _tool("cccc", 1_160, "Edit", 70, file="bot/drift.py"),
    _tool("cccc", 1_200, "Bash", 900, failed=True),
    _simple("cccc", 1_220, "SubagentStop", agent="explorer", duration_ms=17_500, tokens_out=700),
    _simple("cccc", 1_290, "Stop", hook="stop-gate", outcome="allowed", hook_ms=28),
    _simple("cccc", 1_300, "SessionEnd", tokens_in=26_000, tokens_out=3_300, cost=0.47),
)
LENGTH_S = 1_320

# Counted by hand from the list above.
SESSIONS = 3
TOOL_CALLS = 15
FAILED_CALLS = 3
#: Of bot/sizing.py (twice), bot/router.py (twice), bot/clock.py and bot/drift.py: the first two and the clock.
CODE_EDITS, TEST_FIRST_EDITS = 6, 3
DURATIONS_MS = (420_000, 240_000, 300_000)


def rows(now_ns: int) -> Mapping[str, list[Mapping[str, Value]]]:
    """Table to its rows; the last event is at the end of the history."""
    found: dict[str, list[Mapping[str, Value]]] = {}
    began: dict[str, Record] = {}
    tested: dict[str, set[str]] = {}
    for number, one in enumerate(RECORDED):
        began.setdefault(one.session, one)
        at = now_ns - (LENGTH_S - one.second) * 10**9
        common: Mapping[str, Value] = {"timestamp": at, "project": PROJECT, "session_id": one.session}
        told = {**common, "event_id": f"{one.session}-{number}"}
        found.setdefault("claude_events", []).append({**told, "event": one.event})
        for table, more in _rows(one, began[one.session], tested.setdefault(one.session, set())):
            base = common if table == "claude_sessions" else told
            found.setdefault(table, []).append({**base, **more})
    return found


def _rows(one: Record, began: Record, tested: set[str]) -> Iterator[tuple[str, Mapping[str, Value]]]:
    more = one.more
    if "tool_name" in more:
        yield (
            "claude_tool_usage",
            {
                "agent": "main",
                "tool": more["tool_name"],
                "success": one.event == "PostToolUse",
                "duration_ms": more["duration_ms"],
            },
        )
        if more["tool_name"] == "Edit":
            yield "claude_edits", _edit(more["file_path"], tested)
    elif one.event == "SessionEnd":
        yield (
            "claude_sessions",
            {
                "model": began.more["model"],
                "duration_ms": (one.second - began.second) * 1_000,
                "tokens_in": more["tokens_in"],
                "tokens_out": more["tokens_out"],
                "cost_usd": more["cost"],
                "cost_source": "estimated",
            },
        )
    elif one.event == "Stop":
        hook = {"hook": more["hook"], "event": "Stop", "outcome": more["outcome"], "duration_ms": more["hook_ms"]}
        yield "claude_hooks", hook
    elif one.event == "SubagentStop":
        spawn = {"agent": more["agent"], "duration_ms": more["duration_ms"], "tokens_out": more["tokens_out"]}
        yield "agent_spawns", {**spawn, "cost_source": "estimated"}
    elif one.event == "UserPromptSubmit":
        yield "classifier_decisions", {**more, "user_override": False}


def _edit(file: str, tested: set[str]) -> Mapping[str, Value]:
    name = file.rpartition("/")[2]
    if name.startswith("test_"):
        tested.add(name.removeprefix("test_"))
        return {"kind": "test"}
    return {"kind": "code", "test_first": name in tested}

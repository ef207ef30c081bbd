"""The tables of coding sessions: claude_* from the session's own events, ralph_* from loops.

An unknown amount is NULL and never zero: token counts taken from a transcript are estimates, and `cost_source` says so.
"""

from .schema import Column, Table

PROJECT = Column("project", "SYMBOL", "name of the project")
# A session id is different in every session: as a SYMBOL it would fill the symbol table.
SESSION = Column("session_id", "VARCHAR", "id of the session")
EVENT_ID = Column("event_id", "VARCHAR", "what makes the row one and the same when it is replayed")
DURATION = Column("duration_ms", "LONG", "how long it took", "ms")
TOKENS = (
    Column("tokens_in", "LONG", "input tokens; NULL if unknown", "tokens"),
    Column("tokens_out", "LONG", "output tokens; NULL if unknown", "tokens"),
    Column("cache_read", "LONG", "tokens read from the cache; NULL if unknown", "tokens"),
    Column("cost_usd", "DOUBLE", "what it cost; NULL if unknown", "USD"),
    Column("cost_source", "SYMBOL", "reported, or estimated from the transcript"),
)

LOOPS = (
    Table(
        "claude_sessions",
        "One row for each ended session.",
        (PROJECT, SESSION, Column("model", "SYMBOL", "name of the model"), DURATION, *TOKENS),
        keys=("session_id",),
        ttl="180 DAYS",
    ),
    Table(
        "claude_events",
        "One row for each event of a session.",
        (PROJECT, SESSION, EVENT_ID, Column("event", "SYMBOL", "SessionStart, UserPromptSubmit, Stop, ...")),
        keys=("event_id",),
        ttl="90 DAYS",
    ),
    Table(
        "claude_tool_usage",
        "One row for each use of a tool.",
        (
            PROJECT,
            SESSION,
            EVENT_ID,
            Column("agent", "SYMBOL", "main, or the name of the sub-agent"),
            Column("tool", "SYMBOL", "name of the tool"),
            Column("success", "BOOLEAN", "false: the tool failed"),
            DURATION,
        ),
        keys=("event_id",),
        ttl="90 DAYS",
    ),
    Table(
        "claude_hooks",
        "One row for each run of a hook.",
        (
            PROJECT,
            SESSION,
            EVENT_ID,
            Column("hook", "SYMBOL", "name of the hook"),
            Column("event", "SYMBOL", "the event that it answered"),
            Column("outcome", "SYMBOL", "allowed, blocked or failed"),
            DURATION,
        ),
        keys=("event_id",),
        ttl="90 DAYS",
    ),
    Table(
        "claude_edits",
        "One row for each change of source code, and whether a test had been changed before it in the same session.",
        (
            PROJECT,
            SESSION,
            EVENT_ID,
            Column("kind", "SYMBOL", "test or code"),
            Column("test_first", "BOOLEAN", "of code: a test that covers it came first"),
        ),
        keys=("event_id",),
        ttl="180 DAYS",
    ),
    Table(
        "agent_spawns",
        "One row for each sub-agent that was started.",
        (PROJECT, SESSION, EVENT_ID, Column("agent", "SYMBOL", "name of the sub-agent"), DURATION, *TOKENS),
        keys=("event_id",),
        ttl="90 DAYS",
    ),
    Table(
        "classifier_decisions",
        "One row for each prompt that was sorted into loop or no loop.",
        (
            PROJECT,
            SESSION,
            EVENT_ID,
            Column("label", "SYMBOL", "what it was taken for"),
            Column("confidence", "DOUBLE", "from 0 to 1"),
            Column("complexity", "DOUBLE", "from 0 to 100"),
            Column("action", "SYMBOL", "what was done"),
            Column("user_override", "BOOLEAN", "the person decided otherwise"),
        ),
        keys=("event_id",),
        ttl="180 DAYS",
    ),
    Table(
        "ralph_runs",
        "One row for each state that a loop takes: started, and how it ended.",
        (
            PROJECT,
            SESSION,
            Column("run_id", "VARCHAR", "id of the loop"),
            Column("status", "SYMBOL", "active, completed, tripped, stopped or interrupted"),
            Column("exit_reason", "SYMBOL", "why it ended"),
            Column("breaker", "SYMBOL", "which breaker tripped; NULL if none"),
            Column("iterations", "LONG", "how many there were", "count"),
            DURATION,
        ),
        keys=("run_id", "status"),
        ttl="180 DAYS",
    ),
    Table(
        "ralph_iterations",
        "One row for each iteration of a loop.",
        (
            PROJECT,
            SESSION,
            Column("run_id", "VARCHAR", "id of the loop"),
            Column("iteration", "LONG", "counted from 1", "count"),
            Column("outcome", "SYMBOL", "continued, completed, tripped or stopped"),
            Column("exit_reason", "SYMBOL", "why it ended; NULL if it went on"),
            Column("breaker", "SYMBOL", "which breaker tripped; NULL if none"),
            *TOKENS,
            Column("ci_state", "SYMBOL", "green, red or unknown"),
            DURATION,
        ),
        keys=("run_id", "iteration"),
        ttl="180 DAYS",
    ),
)

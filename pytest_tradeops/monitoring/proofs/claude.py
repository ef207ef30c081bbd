"""The Claude dashboard: every table of sessions is shown, and the numbers are those of the recorded events."""

import time
from collections.abc import Callable, Iterable, Sequence

from ...telemetry.tables import TABLES as ALL_TABLES
from ...telemetry.tables import TRADING
from ..asking import Answer
from ..panels import DashboardView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import sessions as scenario
from .common import Proof, hour_before, known, near

#: Those of sessions; the tables of loops have a dashboard of their own.
TABLES = tuple(name for name, table in ALL_TABLES.items() if table not in TRADING and not name.startswith("ralph_"))
_MILLISECONDS = {"ms": 1.0, "s": 1_000.0, "m": 60_000.0, "h": 3_600_000.0, "dtdurations": 1_000.0, "dtdurationms": 1.0}


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes the rows of the recorded sessions, opens the dashboard on them, and compares."""
    proof = Proof("claude-dashboard", dashboard)
    now = time.time_ns()
    for table, rows in scenario.rows(now).items():
        place.insert(table, rows)
    proof.ask(place, hour_before(now))
    for table in TABLES:
        if not any(mentions(one.query.sql, table) for one in proof.answers):
            proof.add("table not shown", f"No panel asks for {table}.")
    failed = 100.0 * scenario.FAILED_CALLS / scenario.TOOL_CALLS
    compliant = 100.0 * scenario.TEST_FIRST_EDITS / scenario.CODE_EDITS
    _expect(proof, "tool calls wrong", _of("claude_tool_usage"), (scenario.TOOL_CALLS,))
    _expect(
        proof, "error count wrong", _of("claude_tool_usage", "success"), (scenario.FAILED_CALLS, failed, failed / 100)
    )
    _expect(proof, "compliance wrong", _of("claude_edits", "test_first"), (compliant, compliant / 100))
    _durations(proof)
    return proof


def _of(*names: str) -> Callable[[Answer], bool]:
    return lambda answer: all(mentions(answer.query.sql, name) for name in names)


def _expect(proof: Proof, reason: str, chosen: Callable[[Answer], bool], wanted: Sequence[float]) -> None:
    """A panel shows it as one number, as a column that adds up to it, or as series that do."""
    answers = [one for one in proof.answers if chosen(one) and one.rows]
    if any(near(number, one) for answer in answers for number in _totals(answer, proof) for one in wanted):
        return
    shown = ", ".join(sorted({f"{number:g}" for answer in answers for number in _totals(answer, proof)})) or "nothing"
    proof.add(reason, f"The recorded events make {wanted[0]:g}; shown are {shown}.", answers[0] if answers else None)


def _totals(answer: Answer, proof: Proof) -> Iterable[float]:
    """A single number as it is; each column's sum; the sum of all series."""
    columns = [list(known(one.values)) for one in answer.numbers]
    proof.compared += sum(map(len, columns))
    yield from (sum(one) for one in columns)
    if answer.query.format == "time_series":
        yield sum(map(sum, columns))


def _durations(proof: Proof) -> None:
    """Some panel shows each session's duration, in its own unit."""
    wanted = sorted(scenario.DURATIONS_MS)
    for answer in filter(_of("claude_sessions", "duration_ms"), proof.answers):
        for one in answer.numbers:
            factor = _MILLISECONDS.get(answer.panel.unit_of(one.name))
            values = sorted(value * factor for value in known(one.values)) if factor else []
            proof.compared += len(values)
            if len(values) == len(wanted) and all(near(a, b) for a, b in zip(values, wanted, strict=True)):
                return
    proof.add("duration wrong", "No panel shows the durations of the recorded sessions in its unit.")

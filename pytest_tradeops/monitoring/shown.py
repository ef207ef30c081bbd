"""Whether the latency dashboard shows what was traded: each order in a bucket, each value within what was measured."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..model import Finding
from .asking import Answer, Database, ask
from .panels import DashboardView
from .sql import TimeRange

#: Grafana's names of units of time, in nanoseconds.
_UNITS = {"ns": 1.0, "µs": 1e3, "us": 1e3, "ms": 1e6, "s": 1e9}
#: Percentiles are approximate, and stand between two values.
_TOLERANCE = 0.05
_TABLE = "order_latency"
_INVISIBLE = "latency: no rows visible"
_REMEDY = "Open the dashboard's queries, and compare their conditions with the rows of order_latency."


@dataclass(frozen=True, slots=True)
class Shown:
    """What was looked at.

    Attributes:
        queries: Those of the dashboard that read the table of latencies.
        values: How many durations they showed.
    """

    queries: int
    values: int
    findings: tuple[Finding, ...]


def examine(
    dashboard: DashboardView,
    database: Database,
    span: TimeRange,
    rows: Sequence[Mapping[str, Any]],
    orders: Mapping[str, int],
) -> Shown:
    """Asks what the opened dashboard asks, and looks for the orders.

    Args:
        span: When they were traded.
        rows: Of order_latency; `latency_ns` of each is known to be true.
        orders: Client order id of every traded order that must be seen, and when it was sent, nanoseconds.
    """
    file = dashboard.file.name
    answers = [one for one in ask(dashboard, database, span) if _TABLE in one.query.sql]
    durations = [(answer, value) for answer in answers for value in _durations(answer)]
    findings = [
        Finding("latency: query fails", one.error, f"{file}: {one.name}", _REMEDY) for one in answers if one.error
    ]
    if not durations:
        text = f"{len(orders)} live orders were traded, and no panel of {dashboard.title!r} shows a latency of theirs."
        return Shown(len(answers), 0, (*findings, Finding(_INVISIBLE, text, file, _REMEDY)))
    measured = {str(row["client_order_id"]): int(row["at"]) for row in rows}
    for order in orders:
        if order not in measured or not any(_covers(answer, measured[order]) for answer in answers):
            text = f"No panel over time has a value where the order {order} was traded."
            findings.append(Finding(_INVISIBLE, text, file, _REMEDY))
    low, high = _limits(int(row["latency_ns"]) for row in rows)
    for answer, value in durations:
        if not low <= value <= high:
            text = (
                f"It shows {value / 1e6:.3f} ms; what was measured is between {low / 1e6:.3f} and {high / 1e6:.3f} ms."
            )
            findings.append(Finding("latency: panel outside venue truth", text, f"{file}: {answer.name}", _REMEDY))
    return Shown(len(answers), len(durations), tuple(findings))


def _durations(answer: Answer) -> Iterator[float]:
    """Every duration that it shows, in nanoseconds."""
    for one in answer.numbers:
        scale = _UNITS.get(answer.panel.unit_of(one.name))
        if scale is not None:
            yield from (float(value) * scale for value in one.values if value is not None and math.isfinite(value))


def _covers(answer: Answer, at: int) -> bool:
    """Whether a bucket of it that has a value holds this time."""
    width = answer.interval_ms * 1_000_000
    for frame in answer.frames:
        times = next((one.values for one in frame.all_of("time")), ())
        columns = [one.values for one in frame.all_of("number")]
        for row, time in enumerate(times):
            if time <= at < time + width and any(column[row] is not None for column in columns):
                return True
    return False


def _limits(latencies: Iterable[int]) -> tuple[float, float]:
    found = list(latencies) or [0]
    return min(found) * (1 - _TOLERANCE), max(found) * (1 + _TOLERANCE)

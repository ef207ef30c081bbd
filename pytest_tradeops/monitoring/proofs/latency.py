"""The Latency dashboard: percentiles of the live orders alone, in the unit that the panel says."""

import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from statistics import fmean

from ..asking import Answer
from ..panels import DashboardView, PanelView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import latency as scenario
from .common import Proof, hour_before, known, near_any

#: Milliseconds of one of Grafana's units of time.
UNITS = {"ns": 1e-6, "µs": 1e-3, "us": 1e-3, "ms": 1.0, "s": 1_000.0}
#: Histograms keep two or three digits, and where between two samples a percentile lies is a matter of taste.
TOLERANCE = 0.02
_NAMED = re.compile(r"(?<![a-z0-9])p(?:ercentile)?[ _]?(\d\d(?:[._]\d+)?)", re.IGNORECASE)
_USUAL = (50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0)
_SLIPS = (1e3, 1e-3, 1e6, 1e-6, 1e9, 1e-9)


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes the orders' rows, opens the dashboard on them, and compares."""
    proof = Proof("latency", dashboard)
    now = time.time_ns()
    place.insert("order_latency", scenario.rows(now))
    place.insert("trading_orders", scenario.orders(now))
    proof.ask(place, hour_before(now))
    percentiles = set()
    for answer, column, factor in timed(proof.answers):
        field = next(one for one in answer.numbers if one.name == column)
        percent = _percent(column, answer.panel)
        percentiles |= {percent} if percent else set()
        for value in known(field.values):
            proof.compared += 1
            _compare(answer, column, value * factor, percent, proof)
    if len(percentiles) < 2:
        proof.add("no percentiles", "Fewer than two percentiles are shown: a mean hides what is slow.")
    _coverage(proof)
    return proof


def timed(answers: Iterable[Answer]) -> Iterator[tuple[Answer, str, float]]:
    """Each column of latencies: the answer, the column's name, milliseconds of one of its unit."""
    for answer in answers:
        if mentions(answer.query.sql, "order_latency"):
            for one in answer.numbers:
                factor = UNITS.get(answer.panel.unit_of(one.name))
                if factor:
                    yield answer, one.name, factor


def _percent(column: str, panel: PanelView) -> float | None:
    """Which percentile a column is: by its own name, else by the panel's title."""
    if column.lower() in ("max", "longest", "maximum"):
        return 100.0
    if "median" in column.lower():
        return 50.0
    match = _NAMED.search(column) or _NAMED.search(panel.title)
    return float(match[1].replace("_", ".")) if match else None


def _compare(answer: Answer, column: str, milliseconds: float, percent: float | None, proof: Proof) -> None:
    if near_any(milliseconds, _possible(percent), TOLERANCE):
        return
    slip = next((slip for slip in _SLIPS if near_any(milliseconds * slip, _possible(percent), TOLERANCE)), None)
    if slip is not None:
        proof.add(
            "unit wrong",
            f"{column} shows {milliseconds:g} ms, which is {milliseconds * slip:.3g} ms in another unit.",
            answer,
            "Let the query's values and the panel's unit be the same.",
        )
    elif near_any(milliseconds, _possible(percent, paper=True), TOLERANCE):
        proof.add("paper rows counted", f"{column} shows {milliseconds:g} ms: rows of mode paper are counted.", answer)
    else:
        proof.add("value differs", f"{column} shows {milliseconds:.4g} ms, which no orders' latency is.", answer)


@cache
def _possible(percent: float | None, *, paper: bool = False) -> tuple[float, ...]:
    """What that percentile can be: of either burst or both, of one exchange or all, of any leg. None: any statistic."""
    found = []
    for leg in scenario.LEGS:
        for venue in ("", *scenario.VENUES):
            for burst in (None, 0, 1):
                ordered = scenario.values(leg=leg, venue=venue, burst=burst, paper=paper)
                percents = _USUAL if percent is None else (percent,)
                found += [scenario.percentile(ordered, one) for one in percents]
                found += [fmean(ordered), ordered[0]] if percent is None else []
    return tuple(found)


def _coverage(proof: Proof) -> None:
    """Where measured orders are compared with accepted ones, all of this history's are measured."""
    for answer in proof.answers:
        if not mentions(answer.query.sql, "trading_orders") or answer.panel.unit != "percent":
            continue
        for value in (one for field in answer.numbers for one in known(field.values)):
            proof.compared += 1
            if abs(value - 100.0) > 1e-6:
                proof.add(
                    "reconciliation rows counted",
                    f"{value:.1f} % of the orders count as measured; of the accepted live ones all are.",
                    answer,
                )

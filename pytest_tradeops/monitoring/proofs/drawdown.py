"""The Drawdown dashboard: the curve's own drawdown, and threshold lines at 5 and 10 in the unit of the query."""

import time

from ..asking import Answer
from ..frames import Field
from ..panels import DashboardView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import drawdown as scenario
from .common import Proof, hour_before, known, near

LIMITS = (5.0, 10.0)
#: What a value of 1 means in percent, by the panel's unit.
_UNITS = {"percent": 1.0, "percentunit": 100.0}


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes the equity curve's rows, opens the dashboard on them, and compares."""
    proof = Proof("drawdown", dashboard)
    now = time.time_ns()
    place.insert("trading_risk", scenario.rows(now))
    proof.ask(place, hour_before(now))
    shown = [(answer, one) for answer in proof.answers if shows_drawdown(answer) for one in answer.numbers]
    found = [scale for answer, one in shown if (scale := _compare(answer, one, proof))]
    if not shown:
        proof.add("no series", "No panel shows the drawdown over time: none asks trading_risk for it.")
    if found and not any(answer.panel.thresholds and answer.panel.draws_thresholds for answer, _ in shown):
        proof.add("no threshold lines", "No panel draws lines at the limits of 5 and 10 percent.", shown[0][0])
    return proof


def shows_drawdown(answer: Answer) -> bool:
    """Whether it is a series of drawdown: by what it is called, or by the unit."""
    if answer.query.format != "time_series" or not mentions(answer.query.sql, "trading_risk"):
        return False
    named = "drawdown" in answer.panel.title.lower() or "drawdown" in answer.query.sql.lower()
    return named and (answer.panel.unit in _UNITS or bool(answer.panel.thresholds))


def _compare(answer: Answer, one: Field, proof: Proof) -> float:
    """What a value of 1 of the query means in percent; 0 if it is another curve."""
    values, wanted = list(known(one.values)), scenario.expected()
    proof.compared += len(values)
    scale = next((scale for scale in (1.0, 100.0) if _equal([value * scale for value in values], wanted)), 0.0)
    if not scale:
        worst = f"{max(values):.4g}" if values else "nothing"
        proof.add("value differs", f"The worst is {worst}; the equity curve's own is {max(wanted):.2f} %.", answer)
        return 0.0
    lines = [value * scale for value in answer.panel.thresholds]
    unit = _UNITS.get(answer.panel.unit)
    if answer.panel.thresholds and not all(any(near(line, limit) for line in lines) for limit in LIMITS):
        proof.add(
            "threshold unit mismatch",
            f"The lines stand at {_listed(lines)} percent in the unit of the query, not at 5 and 10.",
            answer,
            "Let query, unit and thresholds all be in percent, or all be fractions.",
        )
    elif unit is not None and unit != scale:
        proof.add("unit wrong", f"The panel's unit is {answer.panel.unit}, which the query's values are not.", answer)
    return scale


def _equal(values: list[float], wanted: tuple[float, ...]) -> bool:
    return len(values) == len(wanted) and all(near(a, b, 1e-6) for a, b in zip(values, wanted, strict=True))


def _listed(values: list[float]) -> str:
    return " and ".join(f"{one:g}" for one in values)

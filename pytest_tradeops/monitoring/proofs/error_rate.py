"""The Error Rate dashboard: errors per order as counted by hand, and a number also where there are no orders."""

import math
import time
from collections.abc import Iterable

from ..asking import Answer, ask
from ..panels import DashboardView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import errors as scenario
from ..scenario.errors import MINUTES, Minute
from ..sql import TimeRange
from .common import Proof, hour_before, near_any

#: What a value of 1 means in percent, by the panel's unit.
_UNITS = {"percent": 1.0, "percentunit": 100.0}


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes orders and errors, opens the dashboard on all of them and on an idle minute, and compares."""
    proof = Proof("error-rate", dashboard)
    now = time.time_ns()
    place.insert("trading_orders", scenario.orders(now))
    place.insert("trading_errors", scenario.errors(now))
    place.insert("heartbeats", scenario.heartbeats(now))
    proof.ask(place, hour_before(now))
    rates = [one for one in proof.answers if is_rate(one)]
    for answer in rates:
        _compare(answer, now, proof)
    if not rates:
        proof.add("no panel shows a rate", "No panel with the unit percent is made of errors and orders.")
    idle = scenario.start(now, scenario.IDLE)
    for answer in ask(dashboard, place, TimeRange(idle + 1, idle + scenario.MINUTE - 1)):
        if is_rate(answer) and any(_is_no_number(one) for one in _values(answer)):
            proof.add("NaN without orders", "Without orders it shows no number.", answer, "Divide by at least 1.")
    return proof


def is_rate(answer: Answer) -> bool:
    """Whether it is errors per order: a percentage that is made of errors, or of orders that were refused."""
    sql = answer.query.sql
    refused = mentions(sql, "trading_orders") and "reject" in sql.lower()
    return answer.panel.unit in _UNITS and (mentions(sql, "trading_errors") or refused)


def _compare(answer: Answer, now: int, proof: Proof) -> None:
    factor = _UNITS[answer.panel.unit]
    for index, value in enumerate(_values(answer)):
        proof.compared += 1
        if _is_no_number(value):
            proof.add("NaN without orders", "Without orders it shows no number.", answer, "Divide by at least 1.")
            continue
        chosen = _minutes(answer.times[index], answer.interval_ms, now) if answer.times else MINUTES
        wanted = _rates(chosen)
        if wanted and not near_any(float(value or 0) * factor, wanted):
            errors, orders = sum(one.errors for one in chosen), sum(one.orders for one in chosen)
            shown = f"{float(value or 0) * factor:.2f} %"
            proof.add(
                "wrong ratio",
                f"It shows {shown}; {errors} errors of {orders} orders are {wanted[0]:.2f} %.",
                answer,
                "Divide the errors by the orders that were tried.",
            )


def _rates(minutes: Iterable[Minute]) -> tuple[float, ...]:
    """The rates that they can be said to have, in percent: denied orders count as tried, or not. Empty: undefined."""
    chosen = tuple(minutes)
    errors = sum(one.errors for one in chosen)
    if not errors:
        return (0.0,)
    tried, submitted = sum(one.orders for one in chosen), sum(one.submitted for one in chosen)
    return tuple(100.0 * errors / orders for orders in (tried, submitted) if orders)


def _minutes(moment: int, length_ms: int, now: int) -> tuple[Minute, ...]:
    """The minutes that a point's bucket holds; a point stands at its bucket's beginning, of a minute or more."""
    end = moment + max(length_ms * 10**6, scenario.MINUTE)
    return tuple(one for index, one in enumerate(MINUTES) if moment <= scenario.start(now, index) < end)


def _values(answer: Answer) -> list[float | None]:
    return [value for field in answer.numbers for value in field.values]


def _is_no_number(value: float | None) -> bool:
    return value is None or not math.isfinite(value)

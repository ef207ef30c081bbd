"""The PnL dashboard: a series for each strategy, the profit that its trades make, no older than the refresh."""

import time

from ..asking import Answer
from ..panels import DashboardView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import pnl as scenario
from .common import Proof, hour_before, known, near_any


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes the trades' rows, opens the dashboard on them, and compares."""
    proof = Proof("pnl", dashboard)
    if not dashboard.refresh_ms:
        proof.add("dashboard does not refresh", "The dashboard has no refresh, so that it shows old numbers as if new.")
    newest = time.time_ns()
    place.insert("trading_pnl", scenario.rows(newest))
    proof.ask(place, hour_before(time.time_ns()))
    series = [one for one in proof.answers if _over_time(one) and one.rows]
    split = [one for one in series if _strategies(one) == set(scenario.STRATEGIES)]
    if not series:
        proof.add("no series", "No panel shows rows of trading_pnl over time.")
    elif not split:
        proof.add("strategies merged", "No panel has a series for each strategy: two show as one.", series[0])
    for answer in split:
        _compare(answer, proof)
        _freshness(answer, proof, newest)
    return proof


def _over_time(answer: Answer) -> bool:
    return bool(answer.query.format == "time_series" and mentions(answer.query.sql, "trading_pnl"))


def _strategies(answer: Answer) -> set[str]:
    return {one for one in scenario.STRATEGIES for name in _names(answer) if one in name}


def _names(answer: Answer) -> list[str]:
    return [" ".join((one.name, *one.labels.values())) for one in answer.numbers]


def _compare(answer: Answer, proof: Proof) -> None:
    """The last value of each series must be one of its strategy's amounts, the total among them somewhere."""
    for strategy, amounts in scenario.expected().items():
        own = [one for one in answer.numbers if strategy in " ".join((one.name, *one.labels.values()))]
        possible = (
            amounts.total,
            amounts.realized,
            amounts.unrealized,
            amounts.commission,
            -amounts.commission,
            amounts.realized + amounts.commission,
            amounts.total + amounts.commission,
        )
        for one in own:
            last = list(known(one.values))[-1:]
            proof.compared += len(last)
            if not last or not near_any(last[0], possible):
                shown = f"{last[0]:.2f}" if last else "nothing"
                proof.add(
                    "value differs",
                    f"{strategy} ends at {shown}; its trades make {amounts.total:.2f} "
                    f"({amounts.realized:.2f} closed, {amounts.unrealized:.2f} open, {amounts.commission:.2f} fees).",
                    answer,
                )


def _freshness(answer: Answer, proof: Proof, newest: int) -> None:
    """The newest point is the beginning of its bucket; the bucket's end must be younger than the refresh.

    Counted from the newest row and not from now: how long the rows took to be written says nothing about the panel.
    """
    allowed = proof.dashboard.refresh_ms + answer.interval_ms
    age = (newest - max(answer.times)) / 1e6
    if age > allowed and proof.dashboard.refresh_ms:
        proof.add(
            "newest point too old",
            f"The newest point is {age / 1000:.0f} s older than the newest row.",
            answer,
        )

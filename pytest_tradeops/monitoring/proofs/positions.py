"""The Positions dashboard: exactly the open positions, each with its side and size."""

import time
from collections import Counter
from collections.abc import Iterator

from ..asking import Answer
from ..panels import DashboardView
from ..place import MetricsPlace
from ..planting import mentions
from ..scenario import positions as scenario
from .common import Proof, hour_before, near

_EVENTS = {"opened", "changed", "closed"}
type Row = tuple[str, ...]


def examine(dashboard: DashboardView, place: MetricsPlace) -> Proof:
    """Writes the positions' rows, opens the dashboard on them, and compares."""
    proof = Proof("positions", dashboard)
    now = time.time_ns()
    place.insert("trading_positions", scenario.rows(now))
    place.insert("trading_risk", scenario.risk(now))
    proof.ask(place, hour_before(now))
    lists = [one for one in proof.answers if lists_positions(one)]
    if not lists:
        proof.add("no list", "No panel lists the rows of trading_positions: instrument, side and size.")
    for answer in lists:
        _compare(answer, proof)
    return proof


def lists_positions(answer: Answer) -> bool:
    """Whether it lists positions as they are, and not their history."""
    if answer.query.format != "table" or not mentions(answer.query.sql, "trading_positions") or not answer.frames:
        return False
    texts = [{one for one in field.values if one} for frame in answer.frames for field in frame.all_of("string")]
    instruments = {instrument for _, instrument in scenario.pairs()}
    return any(values & instruments for values in texts) and not any(values and values <= _EVENTS for values in texts)


def _compare(answer: Answer, proof: Proof) -> None:
    wanted, seen = scenario.expected(), Counter[tuple[str, str]]()
    for texts, numbers in _rows(answer):
        pair = next((one for one in scenario.pairs() if one[1] in texts and one[0] in texts), None) or next(
            (one for one in sorted(scenario.pairs()) if one[1] in texts and not _names_strategy(answer)), None
        )
        if pair is None:
            continue
        proof.compared += 1
        seen[pair] += 1
        shown = f"{pair[0]} in {pair[1]}"
        if pair not in wanted or seen[pair] > 1:
            proof.add("closed position shown", f"{shown} is listed in a state that is over.", answer, _LATEST)
        elif not any(near(abs(number), abs(wanted[pair])) for number in numbers):
            proof.add("wrong size", f"{shown} is open with {abs(wanted[pair]):g}, which its row does not say.", answer)
        elif not _says_side(texts, numbers, wanted[pair]):
            proof.add("wrong side", f"{shown} is {_side(wanted[pair])}, which its row does not say.", answer)
    for pair in wanted:
        if not seen[pair]:
            proof.add("open position missing", f"{pair[0]} in {pair[1]} is open and not listed.", answer)


_LATEST = "Take the latest row of each position, and of those the ones whose quantity is not zero."


def _rows(answer: Answer) -> Iterator[tuple[Row, tuple[float, ...]]]:
    """The texts and the numbers of each row."""
    for frame in answer.frames:
        for index in range(len(frame)):
            texts = tuple(str(one.values[index]) for one in frame.all_of("string") if one.values[index])
            numbers = tuple(one.values[index] for one in frame.all_of("number") if one.values[index] is not None)
            yield texts, numbers


def _names_strategy(answer: Answer) -> bool:
    strategies = {strategy for strategy, _ in scenario.pairs()}
    return any(strategies & set(one.values) for frame in answer.frames for one in frame.all_of("string"))


def _says_side(texts: Row, numbers: tuple[float, ...], quantity: float) -> bool:
    words = {one.upper() for one in texts} & {"LONG", "SHORT", "BUY", "SELL"}
    if words:
        return bool(words & ({"LONG", "BUY"} if quantity > 0 else {"SHORT", "SELL"}))
    return any(near(number, quantity) for number in numbers)


def _side(quantity: float) -> str:
    return "long" if quantity > 0 else "short"

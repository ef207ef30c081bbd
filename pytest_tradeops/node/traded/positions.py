"""Rows of positions against the path that the venue's fills take, and what a replay leaves of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...model import Finding
from ...venue.client import Fill
from .rows import Row
from .script import Traded

MISSING = "positions: change missing"
_CLOSE = Decimal("0.000000001")
_REMEDY = "Compare trading_positions with the fills in the venue's journal."


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `opened`, `changed` or `closed`, and the signed quantity after it."""

    event: str
    quantity: Decimal


def path(fills: Sequence[Fill]) -> list[Step]:
    """What a position goes through: a fill that turns it round closes one and opens another."""
    held, steps = Decimal(0), []
    for fill in fills:
        before, held = held, held + fill.side.sign * fill.quantity
        if before and held and (before > 0) != (held > 0):
            steps += [Step("closed", Decimal(0)), Step("opened", held)]
        elif not held:
            steps.append(Step("closed", held))
        else:
            steps.append(Step("changed" if before else "opened", held))
    return steps


def steps(traded: Traded, fills: Sequence[Fill]) -> list[Step]:
    """What the venue's fills of the script's orders make of its position."""
    own = set(traded.orders.values())
    return path([one for one in fills if one.client_id in own and one.market == traded.place.market])


def replayed(before: int, after: int) -> list[Finding]:
    """What is wrong when the same rows were written a second time."""
    if before == after:
        return []
    message = f"The same {before} rows were written twice, and there are {after}."
    return [Finding("positions: replay doubled", message, remedy="Create the tables with `tradeops db migrate`.")]


def compare(rows: Sequence[Row], traded: Traded, fills: Sequence[Fill]) -> tuple[int, list[Finding]]:
    """How many changes the venue's fills make, and which of them have no row.

    Args:
        rows: Of trading_positions, oldest first; of one strategy, as the script's orders are.
        fills: The venue's, of the account, by time.
    """
    wanted = steps(traded, fills)
    said = [row for row in rows if row["instrument"] == traded.place.instrument]
    return len(wanted), [Finding(MISSING, text, remedy=_REMEDY) for text in _differences(said, wanted)]


def _differences(rows: Sequence[Row], wanted: Sequence[Step]) -> Iterator[str]:
    said = [Step(str(row["event"]), Decimal(str(row["signed_quantity"]))) for row in rows]
    at = 0
    for number, step in enumerate(wanted, 1):
        if at < len(said) and said[at].event == step.event and abs(said[at].quantity - step.quantity) < _CLOSE:
            at += 1
            continue
        there = f"{said[at].event} at {said[at].quantity.normalize():f}" if at < len(said) else "no further row"
        yield (
            f"Change {number} of {len(wanted)} at the venue is {step.event} at {step.quantity.normalize():f}, "
            f"and there is {there}."
        )
        return
    if at < len(said):
        yield f"There are {len(said)} rows, and the venue's fills make {len(wanted)} changes."

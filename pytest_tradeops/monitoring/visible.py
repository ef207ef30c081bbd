"""Whether one trade can be seen on a subject's dashboards: its order, its fill, its position, its profit."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, Self

from ..model import Finding
from .asking import Answer, Database, ask
from .panels import DashboardView
from .sql import TimeRange

REASON = "dashboard: trade not visible"
#: An opened dashboard asks again after some seconds: looking on for longer than one refresh is no honest "in time".
PATIENCE = 10.0
_LOOK = 0.2
_MINUTE = 60 * 10**9
_REMEDY = "Compare the tables that the panels read with those that the bot's sink writes: `tradeops db status`."


class Place(Protocol):
    """Where was traded."""

    @property
    def instrument(self) -> str: ...

    @property
    def base(self) -> str: ...

    @property
    def step(self) -> Decimal: ...


class Fill(Protocol):
    """One fill in the venue's books."""

    @property
    def quantity(self) -> Decimal: ...

    @property
    def cost(self) -> Decimal: ...

    @property
    def fee(self) -> Decimal: ...

    @property
    def fee_asset(self) -> str: ...

    @property
    def time_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Trade:
    """What must be seen, as the exchange's books have it.

    Attributes:
        strategy: Whose order it was.
        orders: How many orders the bot has sent.
        price: Average price of the fills of this order.
        position: What is held of the instrument afterwards, negative when short, less fees taken in coins.
        step: The least that quantities differ by.
        at_ns: When it was filled.
    """

    strategy: str
    instrument: str
    orders: int
    price: float
    position: float
    step: float
    at_ns: int

    @classmethod
    def of(cls, strategy: str, place: Place, fills: Sequence[Fill], orders: int) -> Self:
        """A first purchase, as the venue's fills of its order have it.

        Args:
            fills: One at least.
            orders: How many orders the bot has sent.
        """
        bought = sum((one.quantity for one in fills), Decimal(0))
        fees = sum((one.fee for one in fills if one.fee_asset == place.base), Decimal(0))
        return cls(
            strategy=strategy,
            instrument=place.instrument,
            orders=orders,
            price=float(sum((one.cost for one in fills), Decimal(0)) / bought),
            position=float(bought - fees),
            step=float(place.step),
            at_ns=max(one.time_ns for one in fills),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at, and what was found.

    Attributes:
        panels: What (`order`, `fill`, `position`, `profit`) to the panel that shows it.
        queries: How many were asked, each of the dashboards once.
        seconds: From the fill to the first look at which everything was there; None if it never was.
    """

    panels: Mapping[str, str]
    queries: int
    seconds: float | None
    findings: tuple[Finding, ...]


def examine(dashboards: Sequence[DashboardView], database: Database, trade: Trade, now: Callable[[], int]) -> Seen:
    """Opens the dashboards until all of the trade is on them, or one refresh is over.

    Args:
        now: Nanoseconds since 1970.

    Raises:
        QuestDbError: the server cannot be reached.
    """
    deadline = time.monotonic() + patience(dashboards)
    while True:
        moment = now()
        span = TimeRange(trade.at_ns - 15 * _MINUTE, moment + _MINUTE)
        answers = [one for board in dashboards for one in ask(board, database, span)]
        panels = {what: answer.name for what, test in _FACETS.items() if (answer := _first(answers, test, trade))}
        if len(panels) == len(_FACETS) or time.monotonic() > deadline:
            break
        time.sleep(_LOOK)
    complete = len(panels) == len(_FACETS)
    missing = [what for what in _FACETS if what not in panels]
    titles = ", ".join(repr(one.title) for one in dashboards)
    told = f"{trade.instrument} was traded, and no panel of {titles} shows its {' nor its '.join(missing)}."
    findings = (Finding(REASON, told, remedy=_REMEDY),) if missing else ()
    return Seen(panels, len(answers), (moment - trade.at_ns) / 1e9 if complete else None, findings)


def patience(dashboards: Sequence[DashboardView]) -> float:
    """Seconds that the trade may take to show."""
    return max([PATIENCE, *(one.refresh_ms / 1_000 for one in dashboards)])


def _first(answers: Iterable[Answer], test: Callable[[Answer, Trade], bool], trade: Trade) -> Answer | None:
    return next((one for one in answers if not one.error and test(one, trade)), None)


def _order(answer: Answer, trade: Trade) -> bool:
    """A panel that counts orders has counted all of them; one that lists them is no worse."""
    if "trading_orders" not in answer.sql:
        return False
    return any(sum(_finite(one.values)) >= trade.orders for one in answer.numbers)


def _fill(answer: Answer, trade: Trade) -> bool:
    return any(
        math.isclose(value, trade.price, rel_tol=1e-6)
        for row in _rows(answer, "trading_positions")
        if trade.instrument in row
        for value in _finite(row)
    )


def _position(answer: Answer, trade: Trade) -> bool:
    return any(
        abs(value - trade.position) <= trade.step / 2
        for row in _rows(answer, "trading_positions")
        if trade.instrument in row
        for value in _finite(row)
    )


def _profit(answer: Answer, trade: Trade) -> bool:
    """A number beside the strategy's name, or in a series of that name."""
    if "trading_pnl" not in answer.sql:
        return False
    series = (one for one in answer.numbers if trade.strategy in f"{one.name} {' '.join(one.labels.values())}")
    if any(True for one in series for _ in _finite(one.values)):
        return True
    named = (row for row in _rows(answer, "trading_pnl") if any(trade.strategy in str(cell) for cell in row))
    return any(True for row in named for _ in _finite(row))


_FACETS: Mapping[str, Callable[[Answer, Trade], bool]] = {
    "order": _order,
    "fill": _fill,
    "position": _position,
    "profit": _profit,
}


def _rows(answer: Answer, table: str) -> Iterator[Sequence[Any]]:
    """Its rows, of a query of that table; times are left out, as they are numbers, too."""
    if table in answer.sql:
        for frame in answer.frames:
            columns = [one.values for one in frame.fields if one.type != "time"]
            yield from zip(*columns, strict=True)


def _finite(values: Iterable[Any]) -> Iterator[float]:
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield float(value)

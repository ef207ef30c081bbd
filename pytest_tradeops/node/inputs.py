"""Bad market data and bad parameters: whether a strategy lets them reach an order, and what it says instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..exceptions import Inconclusive
from ..model import Finding
from .raised import Backtest, ask_backtest
from .server import NodeHost

REACHED = "input: bad value reached an order"
UNNAMED = "input: refusal does not name the field"
RAISED = "input: bad value raised in a handler"
#: An order's limit price may be so many times the market's, or the market's so many times the price.
_FAR = Decimal(2)
_DATA = (
    "Look at each quote, trade and bar before acting on it, and log why one is not acted on; strategies/guards.py does."
)
_PARAMETER = (
    "Refuse it in the configuration (`__post_init__`, PositiveFloat and the like) or in `__init__`, by its name."
)


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of all cases.

    Attributes:
        rows: One per case, as the child has them.
        elsewhere: Classes of strategies that only the node's configuration has.
        terms: Instrument to `max_quantity`, `max_notional`, `max_position`, as texts or None.
        strategies: Ids of those in the backtest.
    """

    rows: tuple[Mapping[str, Any], ...]
    elsewhere: tuple[str, ...]
    terms: Mapping[str, Mapping[str, Any]]
    strategies: tuple[str, ...]

    def count(self, *parts: str) -> int:
        """How many cases of these parts there were, controls left out."""
        return sum(row["part"] in parts and not row.get("control") for row in self.rows)


def examine(given: Backtest, host: NodeHost, node: str, risk: str) -> Examination:
    """Feeds and starts every strategy of the subject's backtest with each bad value.

    Args:
        node: `[tool.tradeops.node] config`, `risk`: `[tool.tradeops.risk] entry`.

    Raises:
        CheckFailed: `backtest: ...` or `node: ...`, where one of them is missing or does not run.
        Inconclusive: NautilusTrader is not installed for the subject; the process ended before it was done.
    """
    facts = ask_backtest(given, host, probe="feed", node=node, risk_entry=risk)
    if "inputs" not in facts:
        raise Inconclusive(
            f"The process with the backtest ended with {facts.get('ended', 'no answer')} before all cases were done.",
            remedy="Run the entry by hand; raise [tool.tradeops.backtest] timeout if it takes long.",
        )
    found = facts["inputs"]
    return Examination(tuple(found["rows"]), tuple(found["elsewhere"]), found["terms"], tuple(found["strategies"]))


def judge(examination: Examination) -> list[Finding]:
    """What is wrong.

    Raises:
        Inconclusive: a strategy was not examined, or would not have ordered on sound data either.
    """
    findings = [one for row in examination.rows for one in _findings(row, examination.terms)]
    if not findings:
        _require_controls(examination)
    return findings


def _require_controls(examination: Examination) -> None:
    """Raises Inconclusive unless each strategy orders on sound data, so that not ordering says something."""
    if examination.elsewhere:
        raise Inconclusive(
            f"{examination.elsewhere[0]} trades in the node and is not in the backtest, so it was fed nothing.",
            remedy="Let [tool.tradeops.backtest] entry add every strategy that the node runs.",
        )
    clean = [row for row in examination.rows if row["part"] == "clean"]
    if clean:
        raise Inconclusive(
            f"The backtest does not run: {clean[0].get('raised') or clean[0].get('crashed')}.",
            remedy="Run `tradeops verify -k STG-001` first.",
        )
    for strategy in examination.strategies or ("The backtest",):
        controls = [row for row in examination.rows if row["strategy"] == strategy and row.get("control")]
        if not any(row.get("orders") for row in controls):
            raise Inconclusive(
                f"{strategy} sends no order on sound quotes, trades or bars, so bad ones show nothing.",
                remedy="Let the backtest have data on which every strategy trades.",
            )


def _findings(row: Mapping[str, Any], terms: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    if row["part"] == "clean" or row.get("control"):
        return
    what = f"{row['strategy']}, {row['case']}"
    parameter = row["part"] == "parameter"
    remedy = _PARAMETER if parameter else _DATA
    if row.get("crashed"):
        yield Finding(RAISED, f"{what}: the process ended with {row['crashed']}.", row["strategy"], remedy)
        return
    why = next(_reached(row, terms), "")
    if why:
        yield Finding(REACHED, f"{what}: {why}.", row["strategy"], remedy)
        return
    names = (row["field"], *_values(row)) if parameter else tuple(row["names"])
    refused, raised, said = row.get("refused", ""), row.get("raised", ""), row.get("said", ())
    if refused and not _names(refused, names):
        yield Finding(UNNAMED, f"{what}: it was refused with {refused!r}.", row["strategy"], remedy)
    elif raised and not (parameter and _names(raised, names)):
        yield Finding(RAISED, f"{what}: {raised}.", row["strategy"], remedy)
    elif not refused and not raised and _silent(row, names):
        how = f"it said {said[-1]!r}" if said else "it said nothing"
        yield Finding(UNNAMED, f"{what}: no order followed, and {how}.", row["strategy"], remedy)


def _silent(row: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether there was no order where there should have been a refusal by name."""
    if row.get("orders") or any(_names(text, names) for text in row.get("said", ())):
        return False
    if row["part"] == "parameter":
        # A period that is too long, say, makes a strategy wait, and nothing is wrong with that.
        return bool(row["never"] or row.get("said"))
    return bool(row["same"])


def _reached(row: Mapping[str, Any], terms: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is bad about each order that followed."""
    for order in row.get("orders", ()):
        if order["reduces"]:
            continue  # out of a position: also on bad data
        what = f"{order['side']} {order['quantity']} {order['instrument']}"
        if row["part"] != "parameter":
            yield f"{what} was sent on it"
        elif row["never"]:
            yield f"{what} was sent though the value means nothing"
        else:
            yield from (f"{what} {why}" for why in _beyond(order, terms.get(order["instrument"], {})))


def _beyond(order: Mapping[str, Any], terms: Mapping[str, Any]) -> Iterator[str]:
    quantity, market, price = (_number(order[name]) for name in ("quantity", "market", "price"))
    if quantity is None or not quantity.is_finite() or quantity <= 0:
        yield "is no quantity above zero"
        return
    for name in ("max_quantity", "max_position"):
        limit = _number(terms.get(name))
        if limit is not None and quantity > limit:
            yield f"is above {name}, {limit}"
    if price is not None and (price <= 0 or (market and not market / _FAR <= price <= market * _FAR)):
        yield f"has the price {price}, and the market is at {market}"
    limit, multiplier = _number(terms.get("max_notional")), _number(terms.get("multiplier")) or Decimal(1)
    if limit is not None and market is not None and quantity * market * multiplier > limit * Decimal("1.01"):
        yield f"is above max_notional_per_order, {limit}"


def _values(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The bad value itself, where it is no ordinary word: an instrument that does not exist is named by its id."""
    value = str(row.get("value", ""))
    return (value,) if len(value) > 4 else ()


def _names(text: str, names: Sequence[str]) -> bool:
    lower = text.lower()
    return any(re.search(rf"(?<![a-z]){re.escape(one.lower())}(?![a-z])", lower) for one in names)


def _number(text: Any) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None

"""Exceptions in the team's own handlers, in a live node and in the backtest: what reaches Sentry before the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..exceptions import CheckFailed, Inconclusive
from ..model import Finding
from . import order_check
from .pipe import Pipe
from .places import Place
from .process import NodeProcess, problem
from .server import NodeHost

PATIENCE = 30.0
LOST = "sentry: event lost at exit"
_REMEDY = (
    "Run pytest_tradeops.telemetry.collector:MetricsCollector in the node and the backtest, or wrap each strategy's "
    "handlers with pytest_tradeops.telemetry.errors.guard, which flushes before it lets the exception go on."
)


class Event(Protocol):
    """What arrived at Sentry."""

    @property
    def tags(self) -> Mapping[str, str]: ...

    def mentions(self, text: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception on request.

    Attributes:
        where: `live` or `backtest`.
        handler: `strategy.handler` that raised; empty if none was called in time.
        nonce: What the exception said, besides a secret.
    """

    where: str
    strategy: str
    handler: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the subject's backtest is started for this."""

    root: Path
    entry: str
    seed: int
    start_up: str
    environ: Mapping[str, str] = field(repr=False)
    output: Path = Path("/dev/null")
    seconds: float = 120.0


def in_node(node: NodeProcess, strategy: str, nonce: str, secret: str, *, seconds: float = PATIENCE) -> Raised:
    """Raises in the handler of that strategy that is called next, and waits for the end of the node.

    A strategy that hears of orders only gets one.
    """
    handlers = node.raise_in(strategy, f"{nonce}: token={secret}")
    if not handlers:
        return Raised("live", strategy, "", nonce)
    if not set(handlers) & _OF_THE_MARKET:
        place = _place(node, strategy)
        bid, _ = order_check.market(node, place, seconds)
        node.submit(place.instrument, "BUY", str(order_check.quantity(place, bid)), strategy=strategy)
    end = node.wait(seconds)
    ended = end.kind not in ("killed", "lost")
    return Raised("live", strategy, f"{strategy}.{'|'.join(handlers)}" if ended else "", nonce)


def in_backtest(given: Backtest, host: NodeHost, strategy: str = "", nonce: str = "", secret: str = "") -> Any:
    """Without a strategy, the ids of those that have a handler of their own; with one, what became of raising in it.

    Raises:
        CheckFailed: `backtest: ...`, when there is none, or it does not run.
        Inconclusive: NautilusTrader is not installed for the subject.
    """
    facts = ask_backtest(given, host, probe="raise", strategy=strategy, said=f"{nonce}: token={secret}")
    if not strategy:
        return [str(one) for one in facts.get("strategies", [])]
    handler = next(iter(facts.get("raised", [])), "")
    return Raised("backtest", strategy, str(handler), nonce)


def ask_backtest(given: Backtest, host: NodeHost, *, probe: str, **task: Any) -> dict[str, Any]:
    """What a process with the subject's backtest in it has said until its end.

    Args:
        probe: What is done to it, one of `child.probes`.
        task: JSON values that the probe takes.

    Raises:
        CheckFailed: `backtest: ...`, when there is none, or it does not run.
        Inconclusive: NautilusTrader is not installed for the subject.
    """
    whole = {
        "root": str(given.root.resolve()),
        "backtest": given.entry,
        "seed": given.seed,
        "start_up": given.start_up,
        "environ": dict(given.environ),
        "probe": probe,
        **task,
    }
    pipe = Pipe(host.connect(whole, "fork", given.output))
    try:
        pipe.wait(lambda: "ended" in pipe.facts or pipe.gone, given.seconds)
        facts = dict(pipe.facts)
    finally:
        pipe.close()
    if "problem" in facts:
        raise problem(facts["problem"])
    return facts


def judge(raised: Sequence[Raised], events: Sequence[Event], leaks: Sequence[str]) -> list[Finding]:
    """What is missing of the events of these exceptions: each once, tagged, without the secret.

    Args:
        events: Everything that had arrived when the processes had ended.
        leaks: Where a secret was found.
    """
    findings = [Finding("sentry: canary in event", f"A secret arrived: {one}.", remedy=_REMEDY) for one in leaks]
    for one in raised:
        if not one.handler:
            message = f"No handler of {one.strategy} raised in time ({one.where}), so nothing was to be captured."
            raise Inconclusive(message, remedy="Let it subscribe to market data that the venue or the backtest has.")
        what = f"The exception in a handler of {one.strategy} ({one.where})"
        own = [event for event in events if event.mentions(one.nonce)]
        if not own:
            findings.append(Finding(LOST, f"{what} did not arrive before the process ended.", remedy=_REMEDY))
            continue
        if len(own) > 1:
            findings.append(Finding("sentry: event arrived twice", f"{what} arrived {len(own)} times.", remedy=_REMEDY))
        tags = own[0].tags
        missing = [name for name in ("strategy_id", "handler", "bot") if not tags.get(name)]
        if missing or tags.get("strategy_id") != one.strategy:
            text = f"{what} arrived without {', '.join(missing) or 'its own strategy id'}."
            findings.append(Finding("sentry: tag missing", text, remedy=_REMEDY))
    return findings


def require_strategies(strategies: Sequence[str], where: str) -> None:
    """Raises CheckFailed where there is nobody whose handlers could raise."""
    if not strategies:
        message = f"The {where} has no strategy with a handler of its own, so nothing could raise."
        raise CheckFailed([Finding("sentry: no handler", message, remedy="Run `tradeops init strategies`.")])


#: Handlers that are called without an order of anybody's.
_OF_THE_MARKET = frozenset(
    {
        "on_bar",
        "on_quote_tick",
        "on_trade_tick",
        "on_order_book",
        "on_order_book_deltas",
        "on_order_book_depth",
        "on_mark_price",
        "on_data",
    }
)


def _place(node: NodeProcess, strategy: str) -> Place:
    wanted = {one for member in node.team() if member.id == strategy for one in member.instruments}
    places = node.places()
    return next((one for one in places if one.instrument in wanted), places[0])

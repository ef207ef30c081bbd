"""Reads the risk configuration that the bot loads, and exceeds each of its limits on a freshly built engine."""

import functools
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from .entry import Problem, call, find
from .probers import Holder, ModifyProber, NotionalProber, SubmitProber

_RATES = ("max_order_submit_rate", "max_order_modify_rate")


def inspect(task: dict[str, Any], build: Callable[[], Any]) -> dict[str, Any]:
    """The configured limits, those of the built engine, and one row per limit that was exceeded on purpose."""
    root = Path(task["root"])
    function = find(task["risk_entry"], root, word="risk")
    from nautilus_trader.risk.config import RiskEngineConfig

    config = call(function, root=root, doing=f"{task['risk_entry']}()", word="risk")
    if not isinstance(config, RiskEngineConfig):
        message = f"{task['risk_entry']} returned {type(config).__name__}, not a RiskEngineConfig."
        raise Problem("wrong type", message, word="risk")
    positions = {str(name): Decimal(str(value)) for name, value in _positions_of(task["risk_entry"]).items()}
    notionals = {str(name): Decimal(str(value)) for name, value in config.max_notional_per_order.items()}
    probes = [_notional(build, root, name, value) for name, value in sorted(notionals.items())]
    probes += [_rate(build, root, name, getattr(config, name)) for name in _RATES]
    for name, value in sorted(positions.items()):
        probes += _position(build, root, name, value, notionals.get(name))
    return {
        "config": {
            "max_notional_per_order": {name: str(value) for name, value in notionals.items()},
            "max_position": {name: str(value) for name, value in positions.items()},
            **{name: getattr(config, name) for name in _RATES},
        },
        "probes": probes,
    }


def _positions_of(entry: str) -> dict[Any, Any]:
    """`MAX_POSITION` beside the risk entry; empty where the bot has no position limit."""
    limits: dict[Any, Any] = getattr(sys.modules[entry.partition(":")[0]], "MAX_POSITION", None) or {}
    return limits


def _notional(build: Callable[[], Any], root: Path, instrument: str, limit: Decimal) -> dict[str, Any]:
    prober = _alone(build, root, instrument, lambda one, step: NotionalProber(one, step, limit))
    return {"limit": "max_notional_per_order", "instrument": instrument, "value": str(limit), **prober.outcome()}


def _rate(build: Callable[[], Any], root: Path, limit: str, rate: str) -> dict[str, Any]:
    count = int(rate.partition("/")[0])
    kind = SubmitProber if limit == "max_order_submit_rate" else ModifyProber
    instruments = sorted(build().cache.instruments(), key=lambda one: str(one.id.value))
    if not instruments:
        raise Problem("wrong type", "The built engine has no instrument to probe limits with.")
    prober = _alone(build, root, instruments[0].id.value, lambda one, step: kind(one, step, count))
    return {"limit": limit, "instrument": "", "value": rate, **prober.outcome()}


def _position(
    build: Callable[[], Any], root: Path, name: str, limit: Decimal, notional: Decimal | None
) -> list[dict[str, Any]]:
    """With the position already at its limit, the strategies must not add to it, on each side that they trade."""
    free = _Path(build(), name)
    call(free.engine.run, root=root, doing="The backtest")
    rows = []
    for side in (1, -1):
        wanted = sum(1 for _, before, after in free.steps if after * side > 0 and after * side > before * side)
        if not wanted:
            continue
        held = _Path(build(), name)
        holder = Holder(name, _step_ns(held.engine), limit * side, notional)
        held.engine.add_strategy(holder)
        call(held.engine.run, root=root, doing="The backtest")
        breaches = sum(
            1
            for owner, before, after in held.steps
            if owner != holder.id and after * side > limit and after * side > before * side
        )
        rows.append(
            {
                "limit": "max_position",
                "instrument": name,
                "value": str(limit),
                "side": "long" if side > 0 else "short",
                "held": str(holder.held),
                "wanted": wanted,
                "breaches": breaches,
            }
        )
    return rows or [{"limit": "max_position", "instrument": name, "value": str(limit), "side": "", "wanted": 0}]


class _Path:
    """The path of an instrument's net position through a run: owner of the fill, position before, position after."""

    def __init__(self, engine: Any, instrument: str) -> None:
        self.engine = engine
        self.steps: list[tuple[Any, Decimal, Decimal]] = []
        self._instrument = instrument
        self._net = Decimal(0)
        engine.kernel.msgbus.subscribe("events.order.*", self._record)

    def _record(self, event: Any) -> None:
        if type(event).__name__ == "OrderFilled" and event.instrument_id.value == self._instrument:
            before = self._net
            quantity = event.last_qty.as_decimal()
            self._net += quantity if event.order_side.name == "BUY" else -quantity
            self.steps.append((event.strategy_id, before, self._net))


def _alone(build: Callable[[], Any], root: Path, instrument: str, make: Callable[[str, int], Any]) -> Any:
    """Runs one prober on an engine without the subject's strategies, so that nobody else uses up a limit.

    The first tenth of the data is enough unless the instrument has no price in it.
    """
    for tenths in (1, 10):
        engine = build()
        engine.clear_strategies()
        step = _step_ns(engine)
        prober = make(instrument, step)
        engine.add_strategy(prober)
        until = engine.data[0].ts_init + 10 * step if engine.data and tenths < 10 else None
        call(functools.partial(engine.run, end=until), root=root, doing="The backtest")
        if prober.done:
            break
    return prober


def _step_ns(engine: Any) -> int:
    """A hundredth of the data's span: often enough to find a price early, seldom enough to cost nothing."""
    data = engine.data
    span = data[-1].ts_init - data[0].ts_init if data else 0
    return int(max(span // 100, 1_000_000))

"""Feeds the team's strategies bad market data and starts them with bad parameters, each in a copy of the process."""

import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from nautilus_trader.common.actor import Actor  # type: ignore[import-not-found]
from nautilus_trader.config import ActorConfig
from nautilus_trader.model.data import Bar  # type: ignore[import-not-found]

from . import bad_parameters
from .bad_data import CASES, UNCHANGED, Case, instrument_of, refused_by_nautilus
from .entry import Problem, find
from .forked import in_fork, told
from .hearing import Ears
from .load import load
from .market import price_of
from .tasks import build

#: So many of the newest data of a kind are changed.
_NEWEST = 3
#: Orders of a strategy at whose moments data are changed.
_MOMENTS = 2


def feed_backtest(task: Mapping[str, Any], channel: Any) -> None:
    """Sends `inputs`: `rows`, one per case, `elsewhere`, classes of strategies that only the node has, and `terms`."""
    engine = build({"root": task["root"], "entry": task["backtest"], "seed": task["seed"]})
    terms = _terms(engine, task)
    elsewhere = _only_in_the_node(engine, task)
    gc.collect()
    gc.freeze()  # the copies share these pages as long as nobody writes to them
    clean = in_fork(partial(_clean, engine))
    rows = [] if "first" in clean else [{"strategy": "", "part": "clean", "case": "", **clean}]
    for strategy, (first, *more) in clean.get("first", {}).items():
        rows += [{"strategy": strategy, **row} for row in _data(engine, strategy, first)]
        for later in more:
            found = _data(engine, strategy, later, ", at a later order")
            # Not every order can be led to again; where the sound data do not, bad ones show nothing.
            rows += [{"strategy": strategy, **row} for row in found] if _led_to(found) else []
        rows += [{"strategy": strategy, **row} for row in _parameters(engine, strategy, first)]
    ids = [one.id.value for one in engine.trader.strategies()]
    channel.send(inputs={"rows": rows, "elsewhere": elsewhere, "terms": terms, "strategies": ids})


def _clean(engine: Any) -> dict[str, Any]:
    """Strategy to its first order in the sound backtest and to the next that only adds, each at a moment of its own.

    With each stands the newest bar of each type before it. Whoever looks at data once only is found by the second.
    """
    first: dict[str, list[dict[str, Any]]] = {}
    bars: dict[str, Any] = {}

    def bar(given: Any) -> None:
        bars[str(given.bar_type)] = given

    def event(given: Any) -> None:
        name = given.strategy_id.value
        if type(given).__name__ != "OrderInitialized":
            return
        known = first.setdefault(name, [])
        if not known or (len(known) < _MOMENTS and not given.reduce_only and given.ts_init > known[-1]["ts"]):
            mine = [one for one in bars.values() if one.bar_type.instrument_id == given.instrument_id]
            known.append(
                {
                    "ts": given.ts_init,
                    "instrument": given.instrument_id.value,
                    "side": given.side.name,
                    "bars": [Bar.to_dict(one) for one in mine],
                }
            )

    engine.kernel.msgbus.subscribe("data.bars.*", bar)
    engine.kernel.msgbus.subscribe("events.order.*", event)
    engine.run()
    return {"first": first}


def _led_to(rows: list[dict[str, Any]]) -> bool:
    return any(row.get("orders") for row in rows if row["control"])


def _data(engine: Any, strategy: str, first: Mapping[str, Any], when: str = "") -> list[dict[str, Any]]:
    at, name = first["ts"], first["instrument"]
    kinds = sorted(
        {type(one) for one in engine.data if type(one) in CASES and instrument_of(one).value == name},
        key=lambda kind: str(kind.__name__),
    )
    rows = []
    for kind in kinds:
        for case in (UNCHANGED, *CASES[kind]):
            answer = in_fork(partial(_fed, engine, strategy, first, kind, case, at))
            rows.append({"part": "data", **_named(kind, case, when), **answer})
    made = [one for one in first["bars"] if one["bar_type"].endswith("-INTERNAL")]
    if made and Bar not in kinds:
        for case in (UNCHANGED, *CASES[Bar]):
            answer = in_fork(partial(_handed, engine, strategy, made, case, at - 1))
            rows.append({"part": "bars", **_named(Bar, case, when), **answer})
    return rows


def _named(kind: type, case: Case, when: str) -> dict[str, Any]:
    return {
        "case": f"{kind.__name__}, {case.name}{when}",
        "control": case is UNCHANGED,
        "names": list(case.names),
        "same": case.same,
    }


def _fed(engine: Any, strategy: str, first: Mapping[str, Any], kind: Any, case: Case, at: int) -> dict[str, Any]:
    """Runs up to the moment of the first order with the newest data of that kind changed."""
    instrument = next(one for one in engine.cache.instruments() if one.id.value == first["instrument"])
    data: list[Any] = engine.data
    mine = [
        place
        for place, one in enumerate(data)
        if isinstance(one, kind) and instrument_of(one) == instrument.id and one.ts_init <= at
    ][-_NEWEST:]
    for place in mine:
        data[place] = case.change(instrument, data[place])
    engine.clear_data()
    groups: dict[Any, list[Any]] = defaultdict(list)
    for one in data:
        groups[type(one), str(getattr(one, "bar_type", getattr(one, "instrument_id", "")))].append(one)
    for group in groups.values():
        engine.add_data(group)
    return _run(engine, strategy, at, since=data[mine[0]].ts_init if mine else at)


def _handed(engine: Any, strategy: str, bars: list[dict[str, Any]], case: Case, at: int) -> dict[str, Any]:
    """Runs up to right before the first order, and hands the bar that it was made of to everybody, changed."""

    class Hand(Actor):  # type: ignore[misc]
        def on_start(self) -> None:
            self.clock.set_time_alert_ns("tradeops-bar", at, self.hand)

        def on_stop(self) -> None:
            """There is nothing to stop."""

        def hand(self, _event: Any) -> None:
            for given in bars:
                bar = Bar.from_dict({**given, "ts_event": at, "ts_init": at})
                instrument = self.cache.instrument(bar.bar_type.instrument_id)
                engine.kernel.data_engine.process(case.change(instrument, bar))

    engine.add_actor(Hand(ActorConfig(component_id="TradeopsHand")))
    return _run(engine, strategy, at, since=at)


def _parameters(engine: Any, strategy: str, first: Mapping[str, Any]) -> list[dict[str, Any]]:
    (found,) = (one for one in engine.trader.strategies() if one.id.value == strategy)
    rows = []
    for bad in bad_parameters.of(found.config):
        row = {"part": "parameter", "case": f"{bad.field} = {bad.value!r}", "field": bad.field, "never": bad.never}
        try:
            config = bad_parameters.parsed(found.config, bad)
        except Exception as error:  # a hook of the team's may raise anything
            rows.append({**row, "refused": told(error)})
            continue
        answer = in_fork(partial(_started, engine, type(found), config, first["ts"]))
        rows.append({**row, "value": str(bad.value), **answer})
    return rows


def _started(engine: Any, kind: Callable[[Any], Any], config: Any, until: int) -> dict[str, Any]:
    try:
        made = kind(config)
    except Exception as error:
        return {"refused": told(error)}
    engine.clear_strategies()
    engine.add_strategy(made)
    return _run(engine, made.id.value, until, since=0)


def _run(engine: Any, strategy: str, until: int, since: int) -> dict[str, Any]:
    """The orders of one strategy from `since` on, what it says, and what comes out of the run."""
    orders: list[dict[str, Any]] = []
    ears = Ears()
    for one in engine.trader.strategies():
        if one.id.value == strategy:
            ears.listen(one)

    def event(given: Any) -> None:
        if type(given).__name__ == "OrderInitialized" and given.ts_init >= since:
            market = price_of(engine.cache, given.instrument_id)
            orders.append(
                {
                    "instrument": given.instrument_id.value,
                    "side": given.side.name,
                    "quantity": str(given.quantity),
                    "price": (given.options or {}).get("price"),
                    "reduces": bool(given.reduce_only),
                    "market": None if market is None else str(market),
                }
            )

    engine.kernel.msgbus.subscribe(f"events.order.{strategy}", event)
    raised = ""
    try:
        engine.run(end=until)
    except Exception as error:
        raised = told(error)
    return {"orders": orders, "said": ears.said[-20:], "raised": raised}


def _terms(engine: Any, task: Mapping[str, Any]) -> dict[str, Any]:
    """Instrument to what an order must not go beyond, as far as the subject says."""
    notionals = engine.kernel.risk_engine.max_notionals_per_order()
    positions: Mapping[Any, Any] = {}
    try:
        find(task["risk_entry"], Path(task["root"]), word="risk")
        positions = getattr(sys.modules[task["risk_entry"].partition(":")[0]], "MAX_POSITION", None) or {}
    except Problem:
        pass  # it has no limits of its own: KNO-004 says so
    limits = {str(name): str(value) for name, value in positions.items()}
    return {
        one.id.value: {
            "max_quantity": None if one.max_quantity is None else str(one.max_quantity),
            "max_notional": _text(notionals.get(one.id)),
            "max_position": limits.get(one.id.value),
            "multiplier": str(one.multiplier.as_decimal()),
            "not_let_in": refused_by_nautilus(one),
        }
        for one in engine.cache.instruments()
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(Decimal(str(value)))


def _only_in_the_node(engine: Any, task: Mapping[str, Any]) -> list[str]:
    """Strategies of the node's configuration whose class the backtest does not run."""
    config, _ = load(task["node"], "venue", Path(task["root"]))
    here = {f"{type(one).__module__}:{type(one).__qualname__}" for one in engine.trader.strategies()}
    return sorted({one.strategy_path for one in config.strategies if one.strategy_path not in here})

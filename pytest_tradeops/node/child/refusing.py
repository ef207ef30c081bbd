"""Refuses each order of the team's as it is submitted, inside of `submit_order`, whatever stands around the call.

First all of a strategy's orders; then, run by run, those of one place in the team's code: where the first order's
refusal ends the run, nobody would come to the place that sends the stop, and swallows its refusal.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .entry import raised
from .hearing import Ears
from .tasks import build

#: More places in one strategy are not tried one by one.
_MOST = 12
_FRAMEWORK = ("nautilus_trader.", "tradeops_child.", "pytest_tradeops.")


class RefusedOnRequest(RuntimeError):
    """What `submit_order` raises."""


def refuse_in_backtest(task: Mapping[str, Any], channel: Any) -> None:
    """Runs the subject's backtest and refuses orders: per strategy all of them, and those of each place by itself.

    It sends `refused`, one row per run: `strategy`, `place` (empty for all of them), `attempts` (time, instrument,
    side, quantity of each order), `escaped`, whether the exception came out of the run, and `told`, the strategy's
    warnings and errors that name it.
    """
    found = {"root": task["root"], "entry": task["backtest"], "seed": task["seed"]}
    ids = [one.id.value for one in build(found).trader.strategies()]
    rows = [_refuse(build(found), one, task) for one in ids]
    for strategy, place in _places(build(found), task):
        rows.append(_refuse(build(found), strategy, task, place))
    channel.send(refused=rows)


def _places(engine: Any, task: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Strategy and place of each line that submits in the sound backtest, where a strategy has more than one."""
    found: dict[str, dict[str, None]] = {}

    def event(given: Any) -> None:
        if type(given).__name__ == "OrderInitialized":
            found.setdefault(given.strategy_id.value, {})[_place(task["root"])] = None

    engine.kernel.msgbus.subscribe("events.order.*", event)
    try:
        engine.run()
    except Exception as error:
        raise raised(error, Path(task["root"]), "The backtest", "backtest") from None
    return [(name, one) for name, places in found.items() if len(places) > 1 for one in list(places)[:_MOST] if one]


def _place(root: str) -> str:
    """Which line of the team's is submitting; empty if none can be told."""
    frame = sys._getframe(1)
    while frame is not None:
        if not str(frame.f_globals.get("__name__", "")).startswith(_FRAMEWORK):
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(root):
                return f"{path.relative_to(root).as_posix()}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _refuse(engine: Any, strategy: str, task: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    attempts: list[dict[str, Any]] = []
    ears = Ears()
    for one in engine.trader.strategies():
        if one.id.value == strategy:
            ears.listen(one)

    def refuse(event: Any) -> None:
        """NautilusTrader publishes an order inside of `submit_order`, before anything else is done with it."""
        if type(event).__name__ == "OrderInitialized" and place in ("", _place(task["root"])):
            attempts.append(
                {
                    "ts": event.ts_init,
                    "instrument": event.instrument_id.value,
                    "side": event.side.name,
                    "quantity": str(event.quantity),
                }
            )
            raise RefusedOnRequest(task["said"])

    engine.kernel.msgbus.subscribe(f"events.order.{strategy}", refuse)
    escaped = False
    try:
        engine.run()
    except Exception as error:
        escaped = _is_ours(error)
        if not escaped:
            raise raised(error, Path(task["root"]), "The backtest", "backtest") from None
    told = [text for text in ears.said if task["said"] in text or RefusedOnRequest.__name__ in text]
    return {"strategy": strategy, "place": place, "attempts": attempts, "escaped": escaped, "told": told}


def _is_ours(error: BaseException | None) -> bool:
    """Whether the exception, or one that it was made of, is the refusal."""
    while error is not None:
        if isinstance(error, RefusedOnRequest):
            return True
        error = error.__cause__ or error.__context__
    return False

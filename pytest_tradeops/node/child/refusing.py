"""Refuses each order of the team's as it is submitted, inside of `submit_order`, whatever stands around the call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .entry import raised
from .hearing import Ears
from .tasks import build


class RefusedOnRequest(RuntimeError):
    """What `submit_order` raises."""


def refuse_in_backtest(task: Mapping[str, Any], channel: Any) -> None:
    """Runs the subject's backtest once per strategy, and refuses every order of that strategy.

    It sends `refused`, one row per strategy: `strategy`, `attempts` (time, instrument, side, quantity of each order),
    `escaped`, whether the exception came out of the run, and `told`, the strategy's warnings and errors that name it.
    """
    found = {"root": task["root"], "entry": task["backtest"], "seed": task["seed"]}
    ids = [one.id.value for one in build(found).trader.strategies()]
    channel.send(refused=[_refuse(build(found), one, task) for one in ids])


def _refuse(engine: Any, strategy: str, task: Mapping[str, Any]) -> dict[str, Any]:
    attempts: list[dict[str, Any]] = []
    ears = Ears()
    for one in engine.trader.strategies():
        if one.id.value == strategy:
            ears.listen(one)

    def refuse(event: Any) -> None:
        """NautilusTrader publishes an order inside of `submit_order`, before anything else is done with it."""
        if type(event).__name__ == "OrderInitialized":
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
    return {"strategy": strategy, "attempts": attempts, "escaped": escaped, "told": told}


def _is_ours(error: BaseException | None) -> bool:
    """Whether the exception, or one that it was made of, is the refusal."""
    while error is not None:
        if isinstance(error, RefusedOnRequest):
            return True
        error = error.__cause__ or error.__context__
    return False

"""Raises inside the team's own handlers, in their own code, whatever stands around it: decorators, wrappers, mixins."""

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from .entry import raised, start_up
from .tasks import build

#: These begin and end a strategy, or keep its state: what is raised there is another case.
_NOT = frozenset({"on_start", "on_stop", "on_resume", "on_reset", "on_dispose", "on_degrade", "on_fault"})
_NOT_STATE = frozenset({"on_save", "on_load"})
_FRAMEWORK = ("nautilus_trader.", "builtins", "tradeops_child.")
MESSAGE = "an exception on request"
#: A tool of ours among the interpreter's six; debuggers, coverage and profilers have the first ones.
_TOOL = 4


class RaisedOnRequest(RuntimeError):
    """What is raised."""


class Raiser:
    """Raises in handlers of a trader's strategies.

    Args:
        trader: Gives the strategies.
        said: Words of the exception, with secrets for a check to look for.
    """

    def __init__(self, trader: Any, said: str = MESSAGE) -> None:
        self._trader = trader
        self.said = said
        #: `strategy.handler` of everything that was raised in.
        self.raised: list[str] = []

    def arm(self, strategy: str, said: str = "", once: bool = True) -> list[str]:
        """Lets the handler of that strategy that is called next raise; the names of those that may.

        Raises:
            LookupError: there is no such strategy.
        """
        found = [one for one in self._trader.strategies() if one.id.value == strategy]
        if not found:
            raise LookupError(f"The node has no strategy {strategy}.")
        codes = dict(handlers(found[0]))
        self._listen(strategy, {code: name for name, code in codes.items()}, said or self.said, once)
        return sorted(codes)

    def _listen(self, strategy: str, names: dict[CodeType, str], said: str, once: bool) -> None:
        monitoring = sys.monitoring
        if monitoring.get_tool(_TOOL) is None:
            monitoring.use_tool_id(_TOOL, "tradeops")

        def begun(code: CodeType, _offset: int) -> Any:
            if code not in names:
                return monitoring.DISABLE
            self.raised.append(f"{strategy}.{names[code]}")
            if once:
                for other in names:
                    monitoring.set_local_events(_TOOL, other, 0)
            raise RaisedOnRequest(said)

        monitoring.register_callback(_TOOL, monitoring.events.PY_START, begun)
        for code in names:
            monitoring.set_local_events(_TOOL, code, monitoring.events.PY_START)


def raise_in_backtest(task: Mapping[str, Any], channel: Any) -> None:
    """Runs the subject's backtest and raises in one strategy of it.

    It sends `strategies`, the ids of all that have a handler of their own. With `strategy` in the task it then sends
    `raised`, the handlers that did, and `escaped`, whether that came out of the run; and nothing is done after it: what
    has not been sent by then is lost with the process.
    """
    start_up(task)
    engine = build({"root": task["root"], "entry": task["backtest"], "seed": task["seed"]})
    channel.send(strategies=[one.id.value for one in engine.trader.strategies() if handlers(one)])
    if task["strategy"]:
        raiser = Raiser(engine.trader)
        raiser.arm(task["strategy"], task["said"])
        escaped = False
        try:
            engine.run()
        except RaisedOnRequest:
            escaped = True
        except Exception as error:
            raise raised(error, Path(task["root"]), "The backtest", "backtest") from None
        channel.send(raised=raiser.raised, escaped=escaped)


def handlers(strategy: Any) -> list[tuple[str, CodeType]]:
    """Name and code of every handler that the team itself wrote for this strategy."""
    found = []
    for name in dir(type(strategy)):
        if not name.startswith("on_") or name in _NOT | _NOT_STATE:
            continue
        owner = next(kind for kind in type(strategy).__mro__ if name in vars(kind))
        function = _innermost(vars(owner)[name])
        if not owner.__module__.startswith(_FRAMEWORK) and isinstance(function, FunctionType):
            found.append((name, function.__code__))
    return found


def _innermost(function: Callable[..., Any]) -> Any:
    return inspect.unwrap(function) if callable(function) else function

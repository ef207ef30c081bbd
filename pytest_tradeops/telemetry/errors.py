"""An exception in a handler is written down and sent before NautilusTrader ends the process; then it goes on its way.

NautilusTrader logs what a strategy's handler raises through a logger that Python's integrations never see, and then
ends the process at once, or stops the node: what Sentry and the sink still hold would be lost. `guard(strategy)` wraps
the handlers of one instance; the collector does that for every strategy of its node. Without `sentry_sdk`, or without a
DSN, nothing is sent and everything else is the same.
"""

import contextlib
import functools
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from .sentry import scrub

#: Seconds that an exception may take to be sent, all in all: the bot stands still meanwhile, and is about to end.
FLUSH = 2.0
_MARK = "_tradeops_guarded"
_FRAMEWORK = ("nautilus_trader.", "builtins")


class Observer(Protocol):
    """Who else wants to know of exceptions: the collectors of this process."""

    def failed(self, component: str, handler: str, error: BaseException) -> None:
        """Writes it down; must not raise."""

    def drain(self, seconds: float) -> bool:
        """Waits until everything that was written down is safe; must not raise."""


_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Tells it of every exception from now on."""
    if observer not in _observers:
        _observers.append(observer)


def forget(observer: Observer) -> None:
    """Tells it no more."""
    with contextlib.suppress(ValueError):
        _observers.remove(observer)


def guard[T](component: T, *, bot: str = "", seconds: float = FLUSH) -> T:
    """Wraps every `on_*` handler that the team wrote for this strategy, actor or algorithm; it is returned.

    Call it before the component subscribes to anything, in its `__init__` for one. A second call changes nothing. What
    handlers return and raise stays the same. Callbacks of another name: see `guarded`.

    Args:
        bot: Tag of the event; default the trader id.
        seconds: How long an exception may hold up the process until it is sent.
    """
    for name in _handlers(component):
        wrapped = guarded(getattr(component, name), component=component, handler=name, bot=bot, seconds=seconds)
        setattr(component, name, wrapped)
    return component


def guarded[**P, R](
    function: Callable[P, R], *, component: object = None, handler: str = "", bot: str = "", seconds: float = FLUSH
) -> Callable[P, R]:
    """The function, with what it raises captured: for a timer's callback, `guarded(self.rebalance, component=self)`."""
    if getattr(function, _MARK, False):
        return function
    name = handler or getattr(function, "__name__", "callback")

    @functools.wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except Exception as error:
            caught(error, component, name, bot=bot, seconds=seconds)
            raise

    setattr(call, _MARK, True)
    return call


def caught(error: BaseException, component: object, handler: str, *, bot: str = "", seconds: float = FLUSH) -> None:
    """Writes an exception down, sends it, and waits until both are safe, at most `seconds`; never raises.

    The same exception is taken once, however many guarded handlers it passes through.
    """
    if getattr(error, _MARK, False):
        return
    with contextlib.suppress(Exception):  # an exception without attributes is taken twice rather than not at all
        setattr(error, _MARK, True)
    until = time.monotonic() + seconds
    who = _name(component)
    for observer in tuple(_observers):
        with contextlib.suppress(Exception):
            observer.failed(who, handler, error)
    for observer in tuple(_observers):
        with contextlib.suppress(Exception):
            observer.drain(seconds / 2)  # half of it at most: Sentry has its own reasons to be slow
    with contextlib.suppress(Exception):
        _capture(error, who, handler, bot or _trader(component))
    with contextlib.suppress(Exception):
        _flush(max(until - time.monotonic(), 0.2))


def _capture(error: BaseException, strategy: str, handler: str, bot: str) -> None:
    sdk: Any = sys.modules.get("sentry_sdk")  # where nobody has loaded it, nobody has started it
    if sdk is None or not sdk.get_client().is_active():
        return
    with sdk.new_scope() as scope:
        scope.set_tag("strategy_id", strategy)
        scope.set_tag("handler", handler)
        scope.set_tag("bot", bot)
        # Whoever has started the SDK may have left its own scrubber, and local variables, as they are.
        scope.add_event_processor(lambda event, _hint: scrub(_without_locals(event)))
        sdk.capture_exception(error)


def _without_locals(event: Any) -> Any:
    for where in ("exception", "threads"):
        for one in (event.get(where) or {}).get("values") or ():
            for frame in ((one or {}).get("stacktrace") or {}).get("frames") or ():
                frame.pop("vars", None)
    return event


def _flush(seconds: float) -> None:
    sdk: Any = sys.modules.get("sentry_sdk")
    if sdk is not None:
        sdk.flush(timeout=seconds)


def _handlers(component: object) -> list[str]:
    """The names of `on_*` methods that are Python's and not the framework's own."""
    found = []
    for name in dir(type(component)):
        if name.startswith("on_"):
            owner = next(kind for kind in type(component).__mro__ if name in vars(kind))
            if not owner.__module__.startswith(_FRAMEWORK) and callable(getattr(component, name, None)):
                found.append(name)
    return found


def _name(component: object) -> str:
    identifier = getattr(component, "id", None)
    return str(getattr(identifier, "value", None) or type(component).__name__)


def _trader(component: object) -> str:
    return str(getattr(getattr(component, "trader_id", None), "value", "") or "")

"""What can be done to the subject's backtest in a process that has NautilusTrader loaded: one name per probe."""

from collections.abc import Callable, Mapping
from typing import Any

from .inputs import feed_backtest
from .raising import raise_in_backtest
from .refusing import refuse_in_backtest

_PROBES: Mapping[str, Callable[[Mapping[str, Any], Any], None]] = {
    "raise": raise_in_backtest,
    "refuse": refuse_in_backtest,
    "feed": feed_backtest,
}


def probe_backtest(task: Mapping[str, Any], channel: Any) -> int:
    """Does what the task names, and says that it is done; the exit code of the process."""
    _PROBES[task["probe"]](task, channel)
    channel.send(state="stopped", asked=True, reason="", snapshot=None)
    return 0

"""T107: in a backtest the wall clock is years ahead of the data, and live it is another clock than the events'."""

import ast

from .code import Code
from .flow import outermost
from .names import dotted, words
from .rule import rule

_CLOCKS = words(
    """time.time time.time_ns time.localtime time.gmtime time.ctime datetime.datetime.now datetime.datetime.utcnow
    datetime.datetime.today datetime.date.today pandas.Timestamp.now pandas.Timestamp.utcnow pandas.Timestamp.today
    arrow.now arrow.utcnow pendulum.now pendulum.today"""
)
#: These take a time, and the current one without.
_OF_NOW = frozenset({"time.localtime", "time.gmtime", "time.ctime"})
_PARSERS = frozenset({"pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64"})


@rule("T107", "Call", severity="MEDIUM", confidence="HIGH", cwe=710)
def wall_clock(node: ast.Call) -> str | None:
    """The time of the machine, in a Strategy or Actor or in a function of the file that one calls."""
    code = Code.around(node)
    full = code.imports.full(node.func)
    if full in _PARSERS:
        now = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value in ("now", "today")
    else:
        now = full in _CLOCKS and not (full in _OF_NOW and node.args)
    if not now:
        return None
    function = outermost(node)
    if code.strategy(node) is None and (function is None or id(function) not in code.in_methods):
        return None
    return (
        f"{dotted(node.func)} reads the machine's clock: use self.clock.utc_now() or self.clock.timestamp_ns(), which"
        " a backtest moves with its data, or the event's own ts_event."
    )

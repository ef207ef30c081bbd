"""A statement moved to a moment: what asks the server for its clock is replaced by that moment.

In Grafana `now()` is real time, a little after the tick that is evaluated. On a virtual clock it is the tick itself.
"""

import re

from ..sql import rfc3339

_TOKENS = re.compile(
    r"""'(?:[^']|'')*'|"[^"]*"|--[^\n]*|/\*.*?\*/|\b(now|systimestamp|sysdate|now_ns|systimestamp_ns"""
    r"""|today|yesterday|tomorrow)\s*\(\s*\)""",
    re.DOTALL | re.IGNORECASE,
)
_DAY = 86_400 * 10**9
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def at(sql: str, now: int) -> str:
    """The statement as if it ran at `now` (nanoseconds since 1970); text and comments stay as they are."""

    def moved(match: re.Match[str]) -> str:
        name = (match[1] or "").lower()
        if not name:
            return match[0]
        if name in _DAYS:
            start = (now // _DAY + _DAYS[name]) * _DAY
            return f"interval('{_micros(start)}', '{_micros(start + _DAY - 1000)}')"
        if name.endswith("_ns"):
            return f"'{rfc3339(now)}'::timestamp_ns"
        return f"'{_micros(now)}'::timestamp"

    return _TOKENS.sub(moved, sql)


def _micros(nanoseconds: int) -> str:
    return rfc3339(nanoseconds // 1000 * 1000)

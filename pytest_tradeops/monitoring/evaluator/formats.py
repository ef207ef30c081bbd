"""The functions of alert templates, and how their values are printed: Go's, and Prometheus' formatters."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...exceptions import TradeopsError
from .outcomes import number_text
from .values import Labels

_VERB = re.compile(r"%([-+ #0]*\d*(?:\.\d+)?)([a-zA-Z%])")


class TemplateError(TradeopsError):
    """The template cannot be expanded, here or at all."""


@dataclass(frozen=True, slots=True)
class Value:
    """A capture as templates see it: printed as its number, with `.Value` and `.Labels`."""

    labels: Labels
    number: float

    def __str__(self) -> str:
        return number_text(self.number)


class _Missing:
    def __str__(self) -> str:
        return "<no value>"


MISSING = _Missing()


def print_value(value: Any) -> str:
    """As `{{ value }}` prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{name}:{print_value(value[name])}" for name in sorted(value)) + "]"
    return str(value)


def is_true(value: Any) -> bool:
    """As `if` takes it."""
    return value is not MISSING and bool(value.number if isinstance(value, Value) else value)


def _float(value: Any) -> float:
    return float(value.number if isinstance(value, Value) else value)


def _printf(text: str, *arguments: Any) -> str:
    left = list(arguments)

    def one(match: re.Match[str]) -> str:
        flags, verb = match[1], match[2]
        if verb == "%":
            return "%"
        if not left:
            return f"%!{verb}(MISSING)"
        value = left.pop(0)
        if verb in "feEgG":
            return f"%{flags}{verb}" % _float(value)
        if verb in "sv":
            return f"%{flags}s" % print_value(value)
        if verb == "d":
            return f"%{flags}d" % int(_float(value))
        if verb == "q":
            return '"' + print_value(value).replace('"', '\\"') + '"'
        raise TemplateError(f"not known in a template: %{verb}")

    return _VERB.sub(one, text)


def _general(value: float) -> str:
    return f"{value:.4g}"


def _humanize(value: Any) -> str:
    number = _float(value)
    if number == 0 or not math.isfinite(number):
        return _general(number)
    if abs(number) >= 1:
        for prefix in ("", "k", "M", "G", "T", "P", "E", "Z", "Y"):
            if abs(number) < 1000:
                return f"{_general(number)}{prefix}"
            number /= 1000
        return f"{_general(number * 1000)}Y"
    for prefix in ("", "m", "u", "n", "p", "f", "a", "z", "y"):
        if abs(number) >= 1:
            return f"{_general(number)}{prefix}"
        number *= 1000
    return f"{_general(number / 1000)}y"


def _humanize_1024(value: Any) -> str:
    number = _float(value)
    if abs(number) <= 1 or not math.isfinite(number):
        return _general(number)
    prefixes = ["", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
    while abs(number) >= 1024 and len(prefixes) > 1:
        number /= 1024
        prefixes.pop(0)
    return f"{_general(number)}{prefixes[0]}"


def _humanize_duration(value: Any) -> str:
    number = _float(value)
    if not math.isfinite(number):
        return _general(number)
    if number == 0:
        return "0s"
    if abs(number) < 1:
        return f"{_humanize(number)}s"
    sign, whole = "-" if number < 0 else "", abs(int(number))
    days, hours, minutes, seconds = whole // 86_400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    if minutes:
        return f"{sign}{minutes}m {seconds}s"
    return f"{_general(number)}s"


def _index(value: Any, *names: Any) -> Any:
    for name in names:
        value = value.get(name, MISSING) if isinstance(value, Mapping) else value[int(name)]
    return value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "printf": _printf,
    "print": lambda *values: "".join(print_value(one) for one in values),
    "index": _index,
    "len": lambda value: float(len(value)),
    "not": lambda value: not is_true(value),
    "and": lambda *values: next((one for one in values if not is_true(one)), values[-1]),
    "or": lambda *values: next((one for one in values if is_true(one)), values[-1]),
    "eq": lambda a, *b: any(_plain(a) == _plain(one) for one in b),
    "ne": lambda a, b: _plain(a) != _plain(b),
    "lt": lambda a, b: _float(a) < _float(b),
    "le": lambda a, b: _float(a) <= _float(b),
    "gt": lambda a, b: _float(a) > _float(b),
    "ge": lambda a, b: _float(a) >= _float(b),
    "humanize": _humanize,
    "humanize1024": _humanize_1024,
    "humanizeDuration": _humanize_duration,
    "humanizePercentage": lambda value: f"{_float(value) * 100:.4g}%",
    "toUpper": lambda value: str(value).upper(),
    "toLower": lambda value: str(value).lower(),
    "title": lambda value: str(value).title(),
    "safeHtml": lambda value: str(value),
}


def _plain(value: Any) -> Any:
    return value.number if isinstance(value, Value) else value

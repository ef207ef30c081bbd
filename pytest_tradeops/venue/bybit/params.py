"""Declared parameters: what an endpoint takes, of which type, and what Bybit says when it is something else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .errors import Refusal, params_error
from .text import number

CATEGORIES = ("linear", "spot", "inverse", "option")
INTERVALS = ("1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W", "M")
TRIGGERS = ("LastPrice", "IndexPrice", "MarkPrice")
_MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter.

    Attributes:
        kind: `text`, `integer`, `decimal` (a string with a number), `flag` (a boolean).
        among: What it may be; the empty tuple allows everything.
        low, high: Bounds of an integer.
    """

    name: str
    kind: str = "text"
    required: bool = False
    among: tuple[str, ...] = ()
    default: Any = None
    low: int | None = None
    high: int | None = None


def text(name: str, *among: str, required: bool = False, default: str | None = None) -> Param:
    return Param(name, "text", required, among, default)


def integer(name: str, low: int, high: int, *, required: bool = False, default: int | None = None) -> Param:
    return Param(name, "integer", required, (), default, low, high)


def decimal(name: str, *, required: bool = False) -> Param:
    return Param(name, "decimal", required)


def flag(name: str, *, default: bool = False) -> Param:
    return Param(name, "flag", default=default)


def stamp(name: str) -> Param:
    """A time in milliseconds."""
    return integer(name, 0, 10**14)


CATEGORY = text("category", *CATEGORIES, required=True)
SYMBOL = text("symbol")
WINDOW = (stamp("startTime"), stamp("endTime"))


def read(given: Mapping[str, Any], params: Iterable[Param]) -> dict[str, Any]:
    """The declared parameters with their types; what is not declared is ignored, null counts as not given.

    Raises:
        Refusal: 10001 for one that is missing or of the wrong type, out of its bounds or not among its values.
    """
    result: dict[str, Any] = {}
    for param in params:
        value = given.get(param.name)
        if value is None or value == "":
            if param.required:
                raise _missing(param)
            result[param.name] = param.default
        else:
            result[param.name] = _READERS[param.kind](param, value)
    return result


def _missing(param: Param) -> Refusal:
    if param.name == "category":
        return params_error("Illegal category")
    return params_error(f"params error: {param.name} is required")


def _invalid(param: Param) -> Refusal:
    if param.name == "category":
        return params_error("Illegal category")
    if param.name == "symbol":
        return params_error("params error: symbol invalid")
    shown = param.name[:1].upper() + param.name[1:]
    return params_error(f"params error: {shown} invalid")


def _text(param: Param, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _invalid(param)
    found = str(value)
    if len(found) > _MAX_TEXT or (param.among and found not in param.among) or not found.isprintable():
        raise _invalid(param)
    return found


def _integer(param: Param, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _invalid(param)
    digits = str(value)
    sign, bare = (-1, digits[1:]) if digits.startswith("-") else (1, digits)
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 18:
        raise _invalid(param)
    found = sign * int(bare)
    if (param.low is not None and found < param.low) or (param.high is not None and found > param.high):
        raise _invalid(param)
    return found


def _decimal(param: Param, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _invalid(param)
    # Bybit documents strings; JSON numbers are taken all the same, as it takes them.
    found = number(value if isinstance(value, str) else format(Decimal(str(value)), "f"))
    if found is None:
        raise _invalid(param)
    return found


def _flag(param: Param, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _invalid(param)


_READERS = {"text": _text, "integer": _integer, "decimal": _decimal, "flag": _flag}

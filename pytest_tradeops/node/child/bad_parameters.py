"""Values that a strategy should not be started with, from what its configuration holds now."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from nautilus_trader.config import StrategyConfig

_HUGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Bad:
    """One field with one value.

    Attributes:
        value: As it stands in JSON.
        never: It can mean nothing, so that no order may follow from it at all.
    """

    field: str
    value: Any
    never: bool = False


def values_of(config: Any) -> dict[str, Any]:
    """The configuration as it stands in a file, fields of NautilusTrader's own included."""
    return dict(msgspec.json.decode(config.json()))


def of(config: Any) -> Iterator[Bad]:
    """Bad values for every field of the team's own."""
    written = values_of(config)
    for name in type(config).__struct_fields__:
        if name in StrategyConfig.__struct_fields__ or name not in written:
            continue
        yield from (Bad(name, value, never) for value, never in _bad(getattr(config, name), written[name]))


def parsed(config: Any, bad: Bad) -> Any:
    """The configuration with that value, read as NautilusTrader reads one; raises what that raises."""
    text = msgspec.json.encode({**values_of(config), bad.field: bad.value})
    return type(config).parse(text)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _bad(value: Any, written: Any) -> Iterator[tuple[Any, bool]]:
    if isinstance(value, bool):
        yield "perhaps", True
    elif isinstance(value, Decimal):
        sign = value if value else Decimal(1)
        for text in (0, -sign, sign * _HUGE):
            yield f"{text:f}" if isinstance(text, Decimal) else str(text), False
        yield from (("NaN", True), ("Infinity", False), ("not a number", True), ("", True))
    elif isinstance(value, int | float):
        number = value or 1
        yield from ((0, False), (-number, False), (number * _HUGE, False))
        yield from (("not a number", True), ("NaN", True))
    elif isinstance(written, str) and _is_number(written):
        yield from _bad(Decimal(written), written)  # a number that is written as text
    elif isinstance(written, str):
        yield from (("", False), ("no such thing", False), (7, True))
    elif isinstance(written, list | dict):
        yield 7, True

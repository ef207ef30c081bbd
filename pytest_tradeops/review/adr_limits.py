"""The limits that a risk record claims."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..exceptions import CheckFailed
from ..model import Finding
from .adr import AdrError, read_claims


def claimed_limits(folder: Path, record: str, shown: str) -> dict[str, Any]:
    """The table `[limits]` of the record's claims.

    Args:
        folder: Where the records are; `shown` is its name in a message.

    Raises:
        CheckFailed: `adr-003: record missing` or `adr-003: limits missing`.
    """
    try:
        claims = read_claims(folder, record, shown)
    except AdrError as error:
        raise _failed("adr-003: record missing", error.message, error.remedy) from None
    found = claims.get("limits")
    if not isinstance(found, dict) or not found:
        message = f"The claims of {record} have no table [limits]."
        raise _failed("adr-003: limits missing", message, "Write it as in the record that `tradeops init adr` creates.")
    return found


def numbers(limits: Mapping[str, Any], name: str, record: str) -> dict[str, Decimal]:
    """Instrument to a limit above zero; empty where the record has none of that name.

    Raises:
        CheckFailed: `adr-003: limit unreadable`.
    """
    table = limits.get(name, {})
    if not isinstance(table, Mapping):
        raise _failed("adr-003: limit unreadable", f"{name} of {record} is no table.", "Name a number per instrument.")
    return {
        str(instrument): _number(value, f"{name} of {instrument} in {record}") for instrument, value in table.items()
    }


def _number(value: Any, what: str) -> Decimal:
    try:
        number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and number > 0):
        raise _failed("adr-003: limit unreadable", f"{what} is {value!r}.", "Write a number above zero.")
    return number


def _failed(reason: str, message: str, remedy: str) -> CheckFailed:
    return CheckFailed([Finding(reason, message, remedy=remedy)])

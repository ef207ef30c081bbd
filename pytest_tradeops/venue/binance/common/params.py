"""Parameters of requests, declared in tables: name, type, whether mandatory; checked with Binance's own errors."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import errors
from .errors import BinanceError
from .numbers import decimals, to_ns

type Reader = Callable[[str, str], Any]

INTEGER = r"^[0-9]{1,20}$"
NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
SYMBOL = r"^[\w\-._&&[^a-z]]{1,50}$"
SYMBOLS = r"^\[(\"[\w\-._&&[^a-z]]{1,50}\"(,\"[\w\-._&&[^a-z]]{1,50}\"){0,}){0,1}\]$"
CLIENT_ID = r"^[a-zA-Z0-9-_]{1,36}$"
_INT64, _INT32 = 2**63 - 1, 2**31 - 1

_integer = re.compile(r"[0-9]{1,20}", re.ASCII)
_number = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_symbol = re.compile(r"(?![\s\S]*[a-z])[\w\-.]{1,50}")
_client_id = re.compile(r"[a-zA-Z0-9_-]{1,36}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter.

    Attributes:
        read: From its name and text to its value; raises BinanceError.
        empty: What is said when it is sent without a value.
    """

    name: str
    read: Reader
    required: bool = False
    empty: Callable[[str], BinanceError] = errors.empty


class Table:
    """The parameters that an endpoint takes."""

    def __init__(self, *params: Param) -> None:
        self.params = {param.name: param for param in params}
        self._required = tuple(param.name for param in params if param.required)

    def parse(self, sent: Mapping[str, str], also_read: int = 0) -> dict[str, Any]:
        """The values of what was sent.

        Args:
            also_read: How many further parameters (timestamp, signature) came with the request and were read.

        Raises:
            BinanceError: something is missing, empty, malformed or unknown.
        """
        for name in self._required:
            if name not in sent:
                raise errors.mandatory(name)
        values: dict[str, Any] = {}
        unknown = 0
        for name, text in sent.items():
            param = self.params.get(name)
            if param is None:
                unknown += 1
            elif text == "":
                raise param.empty(name)
            else:
                values[name] = param.read(name, text)
        if unknown:
            if not self.params and not also_read:
                raise errors.too_many(unknown)
            raise errors.unread(len(values) + also_read, len(sent) + also_read)
        return values


# -- readers ---------------------------------------------------------------------------------------------------------


def symbol(name: str, text: str) -> str:
    """Capitals, digits, `-_.` and letters of other scripts; whether it exists is asked later."""
    if not _symbol.fullmatch(text):
        raise errors.illegal(name, SYMBOL)
    return text


def client_id(name: str, text: str) -> str:
    if not _client_id.fullmatch(text):
        raise errors.illegal(name, CLIENT_ID)
    return text


def anything(name: str, text: str) -> str:
    """Any text: read, and not looked at."""
    del name
    return text


def long(name: str, text: str) -> int:
    return _whole(name, text, _INT64)


def integer(name: str, text: str) -> int:
    return _whole(name, text, _INT32)


def moment(name: str, text: str) -> int:
    """A time in milliseconds or microseconds, read as nanoseconds."""
    return to_ns(_whole(name, text, _INT64))


def limit(highest: int, *, strict: bool = False) -> Reader:
    """How many items: at least one; more than the highest is the highest, or refused if strict."""

    def read(name: str, text: str) -> int:
        value = _whole(name, text, _INT32)
        if value < 1 or (strict and value > highest):
            raise errors.invalid(name)
        return min(value, highest)

    return read


def amount(places: int = 8) -> Reader:
    """A decimal with so many digits after its point."""

    def read(name: str, text: str) -> Decimal:
        if not _number.fullmatch(text):
            raise errors.illegal(name, NUMBER)
        value = Decimal(text)
        if decimals(value) > places:
            raise errors.bad_precision(name)
        return value

    return read


def one_of(values: Iterable[str], error: BinanceError | None = None) -> Reader:
    """One of these words; otherwise the error, or -1130."""
    legal = frozenset(values)

    def read(name: str, text: str) -> str:
        if text not in legal:
            raise BinanceError(error.code, error.msg, status=error.status) if error else errors.invalid(name)
        return text

    return read


def boolean(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise errors.invalid(name)
    return text.lower() == "true"


def symbols(name: str, text: str) -> list[str]:
    """`["BTCUSDT","ETHUSDT"]`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise errors.illegal(name, SYMBOLS) from None
    if not isinstance(value, list) or not all(isinstance(one, str) and _symbol.fullmatch(one) for one in value):
        raise errors.illegal(name, SYMBOLS)
    if not value:
        raise errors.empty(name)
    if len(set(value)) != len(value):
        raise BinanceError(-1151, "Symbol is present multiple times in the list.")
    return value


def words(legal: Iterable[str]) -> Reader:
    """One word, or a JSON list of words, out of these."""
    known = frozenset(legal)

    def read(name: str, text: str) -> list[str]:
        value: Any = [text]
        if text.startswith("["):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                raise errors.malformed_json(name) from None
        if not isinstance(value, list) or not value:
            raise errors.invalid(name)
        if not all(isinstance(one, str) and one in known for one in value):
            raise errors.invalid(name)
        return value

    return read


def _whole(name: str, text: str, highest: int) -> int:
    if not _integer.fullmatch(text):
        raise errors.illegal(name, INTEGER)
    value = int(text)
    if value > highest:
        raise errors.overflow(name)
    return value
